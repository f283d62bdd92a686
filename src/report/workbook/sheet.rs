//! One sheet: a heading that stays in sight and is printed on every page, columns of a readable width, black on white.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};

/// A4, as the format numbers papers.
const PAPER_A4: u8 = 9;

/// How wide a column gets: a longer cell runs on, or is wrapped where it is a sentence.
const WIDTH_MAX: usize = 60;

/// What a width is beyond the longest text: the button of the filter.
const WIDTH_BUTTON: usize = 3;

/// How cells look.
pub(super) struct Looks {
    heading: Format,
    /// Sentences, which need several lines.
    pub(super) wrapped: Format,
    /// What a reader looks for first.
    pub(super) strong: Format,
}

/// A cell of the sheets that are written for reading.
pub(super) enum Cell {
    /// A text.
    Text(String),
    /// A number.
    Count(u64),
}

impl Looks {
    pub(super) fn new() -> Self {
        let top = Format::new().set_align(FormatAlign::Top);
        let heading = top.clone().set_bold().set_border_bottom(FormatBorder::Medium).set_text_wrap();
        let heading = heading.set_background_color(Color::RGB(0xEE_EE_EE));
        Self { heading, wrapped: top.clone().set_text_wrap(), strong: top.set_bold().set_text_wrap() }
    }
}

/// Adds a sheet with its heading, ready to be printed. Its rows go to the disk as they are written, so that a table
/// of millions needs no memory.
pub(super) fn add<'w>(
    book: &'w mut Workbook,
    looks: &Looks,
    name: &str,
    headings: &[(&str, usize)],
) -> Result<&'w mut Worksheet, XlsxError> {
    let sheet = book.add_worksheet_with_constant_memory()?;
    sheet.set_name(name)?.set_landscape().set_paper_size(PAPER_A4).set_print_fit_to_pages(1, 0);
    sheet.set_freeze_panes(1, 0)?.set_repeat_rows(0, 0)?;
    sheet.set_header("&L&A&R&F").set_footer("&C&P / &N");
    for (column, (heading, width)) in (0_u16..).zip(headings) {
        sheet.set_column_width(column, width_of(heading, *width))?;
        sheet.write_string_with_format(0, column, *heading, &looks.heading)?;
    }
    Ok(sheet)
}

/// Lets readers filter the rows of a sheet that is complete.
pub(super) fn filter(sheet: &mut Worksheet, rows: u32, columns: usize) -> Result<(), XlsxError> {
    let last = u16::try_from(columns.saturating_sub(1)).unwrap_or(u16::MAX);
    sheet.autofilter(0, 0, rows, last)?;
    Ok(())
}

/// Writes a row of the sheets that are written for reading.
pub(super) fn row<const N: usize>(
    sheet: &mut Worksheet,
    row: u32,
    cells: [Cell; N],
    look: &Format,
) -> Result<(), XlsxError> {
    for (column, cell) in (0_u16..).zip(cells) {
        match cell {
            Cell::Text(text) => sheet.write_string_with_format(row, column, as_written(&text), look)?,
            Cell::Count(count) if is_exact(count) => sheet.write_number_with_format(row, column, exact(count), look)?,
            Cell::Count(count) => sheet.write_string_with_format(row, column, count.to_string(), look)?,
        };
    }
    Ok(())
}

fn width_of(heading: &str, longest: usize) -> f64 {
    let heading = heading.chars().count().saturating_add(WIDTH_BUTTON);
    f64::from(u16::try_from(longest.saturating_add(1).max(heading).min(WIDTH_MAX)).unwrap_or(u16::MAX))
}

/// The largest number up to which a spreadsheet keeps every whole one.
const EXACT_MAX: u64 = 1 << 53;

/// Whether a spreadsheet keeps this number as it is.
pub(super) fn is_exact(count: u64) -> bool {
    count <= EXACT_MAX
}

/// A number that a spreadsheet keeps as it is.
#[expect(clippy::cast_precision_loss, reason = "the caller has asked whether it is exact")]
pub(super) fn exact(count: u64) -> f64 {
    count as f64
}

/// The text as the format has to hold it: `_x0041_` in it would be read as the character of that number.
pub(super) fn as_written(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        let (before, tail) = rest.split_at(at);
        written.push_str(before);
        written.push_str(if is_escape(tail) { "_x005F_x" } else { "_x" });
        rest = tail.get(2..).unwrap_or_default();
    }
    written.push_str(rest);
    written
}

fn is_escape(text: &str) -> bool {
    let digits = text.as_bytes().get(2..6).unwrap_or_default();
    digits.len() == 4 && digits.iter().all(u8::is_ascii_hexdigit) && text.as_bytes().get(6) == Some(&b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_looks_like_an_escaped_character_stays_that_text() {
        for (text, written) in [
            ("plain", "plain"),
            ("_x0041_", "_x005F_x0041_"),
            ("a_x00e9_x0041_b", "a_x005F_x00e9_x005F_x0041_b"),
            ("_x041_ _xyz _x", "_x041_ _xyz _x"),
            ("_x004", "_x004"),
            ("é_x0041é", "é_x0041é"),
        ] {
            assert_eq!(as_written(text), written);
        }
    }

    #[test]
    fn a_column_is_as_wide_as_its_texts_and_never_wider_than_a_page() {
        assert_eq!(width_of("person", 27), 28.0);
        assert_eq!(width_of("present_bridged_ms", 5), 21.0);
        assert_eq!(width_of("reason", 4_000), 60.0);
    }
}
