//! Cells that no spreadsheet takes for a formula, and back.

/// A spreadsheet calculates a cell that begins so.
const FORMULA_STARTS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// What spreadsheets take as the sign of a text.
const APOSTROPHE: char = '\'';

/// Whether the text, without the apostrophes before it, would be calculated.
fn is_formula(text: &str) -> bool {
    text.trim_start_matches(APOSTROPHE).starts_with(FORMULA_STARTS)
}

/// The text as a cell: with an apostrophe before it where it would be calculated.
#[must_use]
pub fn harmless(text: String) -> String {
    if is_formula(&text) { format!("{APOSTROPHE}{text}") } else { text }
}

/// The text of a cell that [`harmless`] made.
#[must_use]
pub fn original(cell: &str) -> &str {
    cell.strip_prefix(APOSTROPHE).filter(|text| is_formula(text)).unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_calculated_and_every_text_is_read_back() {
        for text in ["=1+1", "+62", "-5", "@sum", "\ttab", "\rreturn", "'=1", "''@x", "'quoted'", "plain", "", "'"] {
            let cell = harmless(text.to_owned());

            assert!(!cell.starts_with(FORMULA_STARTS), "{text}");
            assert_eq!(original(&cell), text);
        }
        assert_eq!(harmless("=1".into()), "'=1");
        assert_eq!(harmless("SMA 1".into()), "SMA 1");
    }
}
