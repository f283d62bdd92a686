//! Counts an attempt's log as it lies on the disk: beside a running hub or without one, and writes nothing.

use super::recovery::{self, RecoverError};
use crate::{
    attempt::Attempt,
    domain::ledger::Ledger,
    evidence::progress::{Progress, Step, Watch},
    log::Journal,
};

/// The count of everything that is durable now. Connections of a run that was killed are presumed to go on until the
/// last entry; the next start, or an export, ends them at what was proved.
///
/// # Errors
/// When the journal or the roster cannot be read, or an entry cannot be counted.
pub fn count(attempt: &Attempt, watch: &Watch<'_>) -> Result<Ledger, RecoverError> {
    let reader = Journal::reader(&attempt.layout.journal())?;
    let roster = std::fs::read(attempt.layout.roster()).map_err(RecoverError::RosterFile)?;
    let mut ledger = Ledger::new(&roster)?;
    let total = reader.count().map_err(RecoverError::Read)?.0;
    recovery::replay(&reader, &mut ledger, &|done| watch(Progress { step: Step::Counting, done, total }))?;
    Ok(ledger)
}
