//! Why a platform's file cannot be read.

/// The largest file: a webinar of fifty thousand people, each of whom came back twenty times, is smaller.
pub const FILE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// The most rows of all files together: the largest lesson known, with forty rejoins for each person.
pub const ROWS_MAX: usize = 1_000_000;

/// A longer cell is a quotation mark that was never closed.
pub const CELL_CHARS_MAX: usize = 1_000;

/// Why a file is not read. Nothing of it is used then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Choose the file that Zoom exported.
    #[error("the file is empty")]
    Empty,
    /// Split the file.
    #[error("the file is larger than {} MiB", FILE_BYTES_MAX / (1024 * 1024))]
    TooLarge,
    /// Reconcile fewer files at a time.
    #[error("the files have more than {ROWS_MAX} rows")]
    TooManyRows,
    /// Choose the CSV file.
    #[error("the file is a workbook or a packed file, not CSV")]
    NotCsv,
    /// Choose the CSV file as Zoom exported it.
    #[error("the file is not text in UTF-8, UTF-16 or Windows-1252")]
    NotText,
    /// Export the file again: a part of it is missing.
    #[error("the file breaks off in the middle of line {line}")]
    Truncated {
        /// Where its last row begins.
        line: u64,
    },
    /// Correct the line: a quotation mark is not closed.
    #[error("a cell in line {line} has more than {CELL_CHARS_MAX} characters: a quotation mark is not closed")]
    LongCell {
        /// Where its row begins.
        line: u64,
    },
    /// Export again in English.
    #[error("no columns with a name and its times, or its minutes, are recognised in the file")]
    Unrecognised,
    /// Export again in English: times are written in a way that is not known.
    #[error("no row can be read; the first is line {line}, which has the time \"{time}\"")]
    Times {
        /// The first row.
        line: u64,
        /// What stands there.
        time: String,
    },
    /// Choose the file of the lesson, after Zoom has finished it.
    #[error("the file has headings, but names nobody")]
    Nobody,
}

impl ReadError {
    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Empty | Self::Nobody => {
                "export the report again; Zoom needs up to an hour after a meeting to complete it"
            }
            Self::TooLarge | Self::TooManyRows => "give the files of one lesson only, in parts if need be",
            Self::NotCsv | Self::NotText => "give the CSV file as Zoom exports it, not saved by another program",
            Self::Truncated { .. } => "export or copy the file again: a part of it is missing",
            Self::LongCell { .. } => "export the file again, or close the quotation mark in that line",
            Self::Unrecognised | Self::Times { .. } => {
                "set the language of the Zoom account to English, then export the report again"
            }
        }
    }
}
