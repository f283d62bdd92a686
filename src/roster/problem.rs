//! What is wrong in a file, said by row and column with what to do about it.

use std::fmt;

/// Whether a problem keeps its row out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The row is not taken.
    Error,
    /// The row is taken; somebody should look.
    Warning,
}

/// One problem of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Whether it keeps its row out.
    pub severity: Severity,
    /// The row as a spreadsheet numbers it, from 1, headings included; none where the whole file is meant.
    pub row: Option<u32>,
    /// The heading of the column.
    pub column: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

impl Problem {
    /// Something that keeps its row out.
    pub(super) fn error(message: impl Into<String>, remedy: impl Into<String>) -> Self {
        let severity = Severity::Error;
        Self { severity, row: None, column: None, message: message.into(), remedy: remedy.into() }
    }

    /// Something to look at.
    pub(super) fn warning(message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(message, remedy) }
    }

    /// The same, of this row.
    pub(super) fn in_row(self, row: u32) -> Self {
        Self { row: Some(row), ..self }
    }

    /// The same, of this column.
    pub(super) fn in_column(self, heading: &str) -> Self {
        Self { column: Some(heading.to_owned()), ..self }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.row, &self.column) {
            (Some(row), Some(column)) => write!(f, "row {row}, column \"{column}\": ")?,
            (Some(row), None) => write!(f, "row {row}: ")?,
            (None, Some(column)) => write!(f, "column \"{column}\": ")?,
            (None, None) => {}
        }
        write!(f, "{} ({})", self.message, self.remedy)
    }
}
