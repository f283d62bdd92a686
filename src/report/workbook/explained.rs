//! The last sheet: what each column of each table says, in both languages.

use rust_xlsxwriter::{Workbook, XlsxError};

use super::sheet::{self, Cell, Looks};
use crate::report::{columns::Columns, words::Language};

/// How wide a sentence is set.
const SENTENCE: usize = 58;

/// Writes a row for each column, in the order of the sheets.
pub(super) fn write(
    book: &mut Workbook,
    looks: &Looks,
    tables: &[(&str, Vec<String>)],
    columns: &Columns,
) -> Result<(), XlsxError> {
    let [id, en] = Language::ALL.map(Language::name);
    let headings = [("lembar / sheet", 14), ("kolom / column", 20), (id, SENTENCE), (en, SENTENCE)];
    let sheet = sheet::add(book, looks, "columns", &headings)?;
    let all = tables.iter().flat_map(|(table, headings)| headings.iter().map(move |heading| (*table, heading)));
    let mut rows = 0_u32;
    for (table, heading) in all {
        rows = rows.saturating_add(1);
        let (id, en) =
            columns.of(table, heading).map(|column| (column.id.clone(), column.en.clone())).unwrap_or_default();
        let cells = [table.to_owned(), heading.clone(), id, en].map(Cell::Text);
        sheet::row(sheet, rows, cells, &looks.wrapped)?;
    }
    sheet::filter(sheet, rows, headings.len())
}
