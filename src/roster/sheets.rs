//! CSV files for people: UTF-8 with its mark, CRLF, quoted as RFC 4180 says, and no cell that a spreadsheet would run.

use crate::domain::roster::BYTE_ORDER_MARK;

/// What a spreadsheet takes for the beginning of a formula, or skips before one.
const FORMULA_STARTS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A cell that is shown and never run.
pub(super) fn safe(cell: &str) -> String {
    if cell.starts_with(FORMULA_STARTS) { format!("'{cell}") } else { cell.to_owned() }
}

/// A CSV file; every cell is made safe.
///
/// # Errors
/// Never for rows in memory; the caller reports it as a defect.
pub(crate) fn write<'a, R>(headings: &[&str], rows: impl IntoIterator<Item = R>) -> Result<Vec<u8>, csv::Error>
where
    R: IntoIterator<Item = &'a str>,
{
    let mut table = csv::WriterBuilder::new()
        .flexible(true)
        .terminator(csv::Terminator::CRLF)
        .from_writer(BYTE_ORDER_MARK.to_vec());
    table.write_record(headings.iter().map(|heading| safe(heading)))?;
    for row in rows {
        table.write_record(row.into_iter().map(safe))?;
    }
    table.into_inner().map_err(|error| error.into_error().into())
}
