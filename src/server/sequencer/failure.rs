//! How the single writer fails.

use std::io;

use crate::{domain::fold::refusal::Refusal, log::AppendError};

/// Why the writer stopped; the process ends with it.
#[derive(Debug, thiserror::Error)]
pub enum WriterError {
    /// Free the disk or replace it, then start again: what is acknowledged is on it.
    #[error("the log failed, and nothing after its last acknowledged entry counts")]
    Append(#[source] AppendError),
    /// Stop every other process on this attempt, then start again.
    #[error("the log has another writer")]
    Moved,
    /// A defect of this program: keep the attempt's folder and report it.
    #[error("an appended entry cannot be counted")]
    Refused(#[source] Refusal),
    /// Open the attempt first: a defect of the caller.
    #[error("the attempt is not open")]
    NotOpen,
    /// The machine refuses another thread: raise its limits.
    #[error("the writer's thread cannot start")]
    Thread(#[source] io::Error),
}

/// Why facts did not become counted entries.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// The log did not take them.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The log took them and the ledger cannot count them: a defect.
    #[error("an appended entry cannot be counted")]
    Refused(#[from] Refusal),
}

impl From<CommitError> for WriterError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Append(AppendError::Moved) => Self::Moved,
            CommitError::Append(error) => Self::Append(error),
            CommitError::Refused(refusal) => Self::Refused(refusal),
        }
    }
}
