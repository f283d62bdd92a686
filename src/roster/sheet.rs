//! Rosters as XLSX workbooks: cells to text without losing a digit.

use std::io::Cursor;

use calamine::{Data, Range, Reader, SheetType, SheetVisible, Xlsx, XlsxError};

use super::table::{Cell, ROWS_MAX, Row, Table, TableError};

/// The most bytes that a workbook may unpack to; more is a bomb, not a roster.
const UNPACKED_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// The first whole number that a spreadsheet does not keep exactly: it has more than 15 digits.
const NUMBER_MAX: f64 = 1e15;

/// The rows of the first visible sheet that has any.
pub(super) fn read(bytes: &[u8]) -> Result<Table, TableError> {
    check_package(bytes)?;
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| damaged(&error))?;
    let names: Vec<String> = workbook
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible)
        .map(|sheet| sheet.name.clone())
        .collect();
    let mut filled = Vec::new();
    for name in names {
        let range = workbook.worksheet_range(&name).map_err(|error| damaged(&error))?;
        let rows = rows(&range)?;
        if !rows.is_empty() {
            filled.push((name, rows));
        }
    }
    let several = filled.len() > 1;
    let (name, rows) = filled.into_iter().next().ok_or(TableError::Empty)?;
    Ok(Table { rows, one_of_several: several.then_some(name) })
}

fn damaged(error: &XlsxError) -> TableError {
    TableError::DamagedWorkbook(error.to_string())
}

/// Whether the package is a workbook, and one that unpacks to a sensible size.
fn check_package(bytes: &[u8]) -> Result<(), TableError> {
    let mut package = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| TableError::NotAWorkbook)?;
    if package.index_for_name("xl/workbook.xml").is_none() {
        return Err(TableError::NotAWorkbook);
    }
    let mut unpacked = 0_u64;
    for index in 0..package.len() {
        let file = package.by_index_raw(index).map_err(|error| TableError::DamagedWorkbook(error.to_string()))?;
        unpacked = unpacked.saturating_add(file.size());
    }
    if unpacked > UNPACKED_BYTES_MAX { Err(TableError::TooLarge) } else { Ok(()) }
}

fn rows(range: &Range<Data>) -> Result<Vec<Row>, TableError> {
    let first = range.start().map_or(0, |(row, _)| row);
    let mut rows = Vec::new();
    for (number, cells) in (first.saturating_add(1)..).zip(range.rows()) {
        rows.extend(Row::unless_blank(number, cells.iter().map(cell).collect()));
        if rows.len() > ROWS_MAX {
            return Err(TableError::TooManyRows);
        }
    }
    Ok(rows)
}

fn cell(data: &Data) -> Cell {
    match data {
        Data::Empty => Cell::Text(String::new()),
        Data::String(text) => Cell::Text(text.clone()),
        Data::Int(number) => numeric(number.to_string(), number.unsigned_abs() >= 1_000_000_000_000_000),
        Data::Float(number) if number.fract() == 0.0 => numeric(format!("{number:.0}"), number.abs() >= NUMBER_MAX),
        Data::Float(number) => Cell::Text(number.to_string()),
        Data::Bool(_) => Cell::NotText("a truth value"),
        Data::DateTime(_) | Data::DateTimeIso(_) | Data::DurationIso(_) => Cell::NotText("a date or time"),
        Data::Error(_) => Cell::NotText("an error of a formula"),
    }
}

fn numeric(text: String, destroyed: bool) -> Cell {
    if destroyed { Cell::Destroyed(text) } else { Cell::Text(text) }
}
