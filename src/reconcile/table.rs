//! A platform's CSV file as rows and cells, and whether it is whole.

use super::problem::{CELL_CHARS_MAX, ROWS_MAX, ReadError};

/// What separates cells: Zoom writes commas, spreadsheets of other countries save with semicolons or tabs.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// How far down a first row of people may stand: titles and a meeting's summary come before it.
const LOOKED_AT_ROWS: usize = 40;

/// One row that is not blank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// The line at which it begins, from 1.
    pub(super) line: u64,
    /// Its cells.
    pub(super) cells: Vec<String>,
}

impl Row {
    /// A cell without the space around it; empty where the row is shorter.
    pub(super) fn cell(&self, place: usize) -> &str {
        self.cells.get(place).map_or("", |cell| cell.trim())
    }

    /// The only cell that is not empty, as titles have it.
    pub(super) fn title(&self) -> Option<&str> {
        let filled: Vec<&str> = self.cells.iter().map(|cell| cell.trim()).filter(|cell| !cell.is_empty()).collect();
        match filled.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }
}

/// A file's rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Table {
    /// Those that are not blank, in their order.
    pub(super) rows: Vec<Row>,
    /// Whether the last row may lack its end: nothing comes after it, not even the end of its line.
    pub(super) is_open: bool,
}

/// Reads the rows, with the delimiter under which the first ones have the most cells that `knows` knows.
pub(super) fn read(text: &str, knows: &dyn Fn(&str) -> bool) -> Result<Table, ReadError> {
    let mut reader = reader(text, delimiter(text, knows));
    let (mut rows, mut last) = (Vec::new(), (0, 0));
    for record in reader.records() {
        // Text that is UTF-8 and rows of any length leave nothing that could fail.
        let record = record.map_err(|_| ReadError::NotText)?;
        last = record.position().map_or((1, 0), |position| (position.line(), position.byte()));
        let row = Row { line: last.0, cells: record.iter().map(str::to_owned).collect() };
        let is_blank = row.cells.iter().all(|cell| cell.trim().is_empty());
        if is_blank || row.cell(0).starts_with("sep=") {
            continue;
        }
        if rows.len() >= ROWS_MAX {
            return Err(ReadError::TooManyRows);
        }
        if row.cells.iter().any(|cell| cell.chars().count() > CELL_CHARS_MAX) {
            return Err(ReadError::LongCell { line: row.line });
        }
        rows.push(row);
    }
    let start = usize::try_from(last.1).unwrap_or(usize::MAX);
    if ends_inside_quotes(text.get(start..).unwrap_or_default()) {
        return Err(ReadError::Truncated { line: last.0 });
    }
    Ok(Table { rows, is_open: !text.ends_with(['\n', '\r']) })
}

fn reader(text: &str, delimiter: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes())
}

/// Whether a row opens a quoted cell that it does not close. A mark inside a cell without quotation is a letter.
fn ends_inside_quotes(row: &str) -> bool {
    let (mut quoted, mut at_start) = (false, true);
    for character in row.chars() {
        match character {
            '"' if quoted || at_start => quoted = !quoted,
            _ => {}
        }
        at_start = !quoted && matches!(character, ',' | ';' | '\t' | '"');
    }
    quoted
}

fn delimiter(text: &str, knows: &dyn Fn(&str) -> bool) -> u8 {
    let mut best = (b',', (0, 0));
    for delimiter in DELIMITERS {
        let mut reader = reader(text, delimiter);
        let rows = reader.records().take(LOOKED_AT_ROWS).filter_map(Result::ok);
        let score = rows.map(|row| (row.iter().filter(|cell| knows(cell)).count(), row.len())).max();
        if score.unwrap_or_default() > best.1 {
            best = (delimiter, score.unwrap_or_default());
        }
    }
    best.0
}
