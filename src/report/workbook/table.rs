//! One table of the bundle as a sheet, cell by cell from its own bytes; a long one continues on the next sheet.

use std::{borrow::Cow, io};

use csv::StringRecord;
use rust_xlsxwriter::{IgnoreError, Workbook, Worksheet, XlsxError};

use super::{
    defect,
    sheet::{self, Looks, as_written, exact, is_exact},
};
use crate::{
    domain::roster::BYTE_ORDER_MARK,
    report::columns::{Columns, Kind},
};

/// From how many rows the widths of the columns are taken.
const ROWS_MEASURED: usize = 500;

/// A table of the bundle.
pub(super) struct Table<'a> {
    /// Its file name without the ending.
    pub(super) name: &'a str,
    /// The file.
    pub(super) bytes: &'a [u8],
    pub(super) columns: &'a Columns,
    /// How many rows a sheet holds, its heading included.
    pub(super) rows_max: u32,
}

/// Writes a table and gives its headings.
pub(super) fn write(book: &mut Workbook, looks: &Looks, table: Table<'_>) -> io::Result<Vec<String>> {
    let mut reader = reader(table.bytes);
    let headings: Vec<String> = reader.headers().map_err(defect)?.iter().map(str::to_owned).collect();
    let kinds: Vec<Kind> = headings.iter().map(|heading| kind(&table, heading)).collect();
    let widths = widths(table.bytes, headings.len())?;
    let headed: Vec<(&str, usize)> = headings.iter().map(String::as_str).zip(widths).collect();
    let mut record = StringRecord::new();
    let mut more = reader.read_record(&mut record).map_err(defect)?;
    for number in 1_u32.. {
        let sheet = sheet::add(book, looks, &name(table.name, number), &headed).map_err(defect)?;
        let mut rows = 0;
        while more && rows < table.rows_max.saturating_sub(1) {
            rows = rows.saturating_add(1);
            row(sheet, rows, &record, &kinds).map_err(defect)?;
            more = reader.read_record(&mut record).map_err(defect)?;
        }
        end(sheet, rows, &kinds).map_err(defect)?;
        if !more {
            break;
        }
    }
    Ok(headings)
}

fn reader(bytes: &[u8]) -> csv::Reader<&[u8]> {
    csv::Reader::from_reader(bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes))
}

/// A column that nobody has described holds texts.
fn kind(table: &Table<'_>, heading: &str) -> Kind {
    table.columns.of(table.name, heading).map_or(Kind::Text, |column| column.kind)
}

/// The longest text of each column, as far as its first rows tell.
fn widths(bytes: &[u8], columns: usize) -> io::Result<Vec<usize>> {
    let mut widths = vec![0_usize; columns];
    for record in reader(bytes).records().take(ROWS_MEASURED) {
        for (width, cell) in widths.iter_mut().zip(&record.map_err(defect)?) {
            *width = cell.chars().count().max(*width);
        }
    }
    Ok(widths)
}

/// The name of a table's first sheet is the table's, that of its second `name (2)`.
fn name(table: &str, number: u32) -> String {
    if number == 1 { table.to_owned() } else { format!("{table} ({number})") }
}

/// Cells are texts or numbers and never formulas; an apostrophe before a text is in the table too and stays.
fn row(sheet: &mut Worksheet, row: u32, record: &StringRecord, kinds: &[Kind]) -> Result<(), XlsxError> {
    for ((column, cell), kind) in (0_u16..).zip(record).zip(kinds) {
        match (kind, number(cell)) {
            (Kind::Count, Some(number)) => sheet.write_number(row, column, number)?,
            (Kind::Count, None) | (Kind::Text, _) => sheet.write_string(row, column, cell_text(cell))?,
        };
    }
    Ok(())
}

fn cell_text(cell: &str) -> Cow<'_, str> {
    if cell.contains("_x") { Cow::Owned(as_written(cell)) } else { Cow::Borrowed(cell) }
}

/// The number that a cell shows, where a spreadsheet shows it in the same digits.
fn number(cell: &str) -> Option<f64> {
    let is_plain = cell == "0" || !cell.starts_with(['0', '+']);
    cell.parse().ok().filter(|count| is_plain && is_exact(*count)).map(exact)
}

/// Identifiers of digits only are meant as texts: no spreadsheet has to warn of them.
fn end(sheet: &mut Worksheet, rows: u32, kinds: &[Kind]) -> Result<(), XlsxError> {
    let last = u16::try_from(kinds.len().saturating_sub(1)).unwrap_or(u16::MAX);
    sheet.ignore_error_range(0, 0, rows, last, IgnoreError::NumberStoredAsText)?;
    sheet::filter(sheet, rows, kinds.len())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use calamine::{Data, Reader as _, Xlsx, open_workbook_from_rs};

    use super::*;

    /// The sheets of a table, as another program reads them.
    fn sheets(name: &str, bytes: &[u8], rows_max: u32) -> Vec<(String, Vec<Vec<Data>>)> {
        let (mut book, columns) = (Workbook::new(), Columns::embedded().unwrap());
        write(&mut book, &Looks::new(), Table { name, bytes, columns: &columns, rows_max }).unwrap();
        let mut read: Xlsx<_> = open_workbook_from_rs(Cursor::new(book.save_to_buffer().unwrap())).unwrap();
        let cells = |rows: &calamine::Range<Data>| rows.rows().map(<[Data]>::to_vec).collect();
        read.worksheets().iter().map(|(name, rows)| (name.clone(), cells(rows))).collect()
    }

    fn text(text: &str) -> Data {
        Data::String(text.to_owned())
    }

    #[test]
    fn identifiers_stay_texts_counts_are_numbers_and_nothing_is_a_formula() {
        let table = b"\xEF\xBB\xBFperson,group,present_ms\r\n007,'=1+1,90\r\n12,\"a \"\"b\"\", <c>\n&\",\r\n";

        let sheets = sheets("people", table, 100);

        let [(name, rows)] = sheets.as_slice() else { unreachable!("{sheets:?}") };
        assert_eq!(name, "people");
        assert_eq!(rows[0], ["person", "group", "present_ms"].map(text));
        assert_eq!(rows[1], [text("007"), text("'=1+1"), Data::Float(90.0)]);
        assert_eq!(rows[2], [text("12"), text("a \"b\", <c>\n&"), Data::Empty]);
    }

    #[test]
    fn a_table_that_is_longer_than_a_sheet_continues_under_the_same_heading() {
        let table = b"person\r\na\r\nb\r\nc\r\nd\r\n";

        let (long, full) = (sheets("people", table, 3), sheets("people", table, 5));

        let names: Vec<&str> = long.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["people", "people (2)"]);
        assert_eq!(long[0].1, [[text("person")], [text("a")], [text("b")]]);
        assert_eq!(long[1].1, [[text("person")], [text("c")], [text("d")]]);
        assert_eq!(full.len(), 1);
    }

    #[test]
    fn a_table_without_rows_is_a_sheet_with_its_heading() {
        let sheets = sheets("people", b"person,status\r\n", 3);

        assert_eq!(sheets, [("people".to_owned(), vec![["person", "status"].map(text).to_vec()])]);
    }

    #[test]
    fn only_what_a_spreadsheet_shows_in_the_same_digits_is_a_number() {
        let numbers = ["0", "12", "9007199254740992"].map(number);
        let texts = ["", "007", "+5", "-1", "1.5", "9007199254740993", "18446744073709551616", "'12", "1e3"];

        assert_eq!(numbers, [Some(0.0), Some(12.0), Some(9_007_199_254_740_992.0)]);
        assert!(texts.iter().all(|text| number(text).is_none()));
    }
}
