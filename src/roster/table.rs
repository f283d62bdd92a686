//! A file of rows and cells, whatever program wrote it.

use super::{columns::Vocabulary, sheet, text};

/// The largest roster file: a million rows of text are about this much.
const FILE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// The most rows: ten times the largest lesson known.
pub(super) const ROWS_MAX: usize = 250_000;

/// A longer cell is a quotation mark that was never closed.
pub(super) const CELL_CHARS_MAX: usize = 1_000;

/// A cell, as text where it has a text that can be trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    /// Its text; empty where there is nothing.
    Text(String),
    /// A number with more digits than a spreadsheet keeps.
    Destroyed(String),
    /// Something that has no text: a date, a truth value, a formula's error.
    NotText(&'static str),
}

impl Cell {
    /// What the cell shows, for headings and for the file of rejects.
    pub(super) fn shown(&self) -> &str {
        match self {
            Self::Text(text) | Self::Destroyed(text) => text,
            Self::NotText(what) => what,
        }
    }
}

/// One row that is not blank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// Its number in the file, from 1.
    pub(super) number: u32,
    /// Its cells.
    pub(super) cells: Vec<Cell>,
}

impl Row {
    /// A row, unless all of its cells are blank.
    pub(super) fn unless_blank(number: u32, cells: Vec<Cell>) -> Option<Self> {
        let blank = |cell: &Cell| matches!(cell, Cell::Text(text) if text.trim().is_empty());
        (!cells.iter().all(blank)).then_some(Self { number, cells })
    }
}

/// A file's rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Table {
    /// Those that are not blank, in their order.
    pub(super) rows: Vec<Row>,
    /// The name of the sheet that was read, where the file has others that were not.
    pub(super) one_of_several: Option<String>,
}

/// Why a file cannot be read as a table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// Choose a file with rows in it.
    #[error("the file has no rows")]
    Empty,
    /// Split the file.
    #[error("the file is larger than {} MiB", FILE_BYTES_MAX / (1024 * 1024))]
    TooLarge,
    /// Split the file.
    #[error("the file has more than {ROWS_MAX} rows")]
    TooManyRows,
    /// Save the file again as "CSV UTF-8".
    #[error("line {line} is not UTF-8 text")]
    NotUtf8 {
        /// The first line that is not.
        line: usize,
    },
    /// Save the file again as "CSV UTF-8".
    #[error("the file looks like UTF-16 without its mark, or is not a text")]
    NotText,
    /// Save the file again as XLSX.
    #[error("the file is an old Excel workbook (XLS) or protected by a password")]
    OldWorkbook,
    /// Save the file again as XLSX or as "CSV UTF-8".
    #[error("the file is not an XLSX workbook")]
    NotAWorkbook,
    /// Open the workbook in a spreadsheet program and save it again.
    #[error("the workbook cannot be read: {0}")]
    DamagedWorkbook(String),
}

impl TableError {
    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Empty => "choose the file that holds the roster",
            Self::TooLarge | Self::TooManyRows => "split the file and import the parts one after the other",
            Self::NotUtf8 { .. } | Self::NotText => "save it again as \"CSV UTF-8\" in the spreadsheet program",
            Self::OldWorkbook => "save it again as XLSX without a password",
            Self::NotAWorkbook => "save it again as XLSX or as \"CSV UTF-8\"",
            Self::DamagedWorkbook(_) => "open it in a spreadsheet program and save it again as XLSX",
        }
    }
}

/// Reads a file by what it contains, not by its name.
pub(super) fn read(bytes: &[u8], vocabulary: &Vocabulary) -> Result<Table, TableError> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(TableError::TooLarge);
    }
    let table = if bytes.starts_with(b"PK\x03\x04") {
        sheet::read(bytes)?
    } else if bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        return Err(TableError::OldWorkbook);
    } else {
        Table { rows: text::read(bytes, vocabulary)?, one_of_several: None }
    };
    if table.rows.is_empty() { Err(TableError::Empty) } else { Ok(table) }
}
