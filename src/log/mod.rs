//! Where lines become durable. A log stamps and stores bytes; it never reads what they say.

mod check;
mod journal;
mod lock;
mod memory;
mod reader;
mod recovery;
mod schema;
mod stored;

use std::{future::Future, io};

use crate::domain::{
    event::Fact,
    ids::{EntryIndex, Size},
    line::{Line, LineError},
};

pub use check::{Damage, OpenError};
pub use journal::Journal;
pub use memory::{Failure, MemoryLog, MemoryStore};
pub use reader::Reader;

/// A signed head as it is stored: its size, and the exact text of its note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedHead {
    /// How many entries it covers.
    pub size: Size,
    /// The root hash over them.
    pub root: crate::domain::ids::Digest,
    /// The signed note.
    pub note: String,
}

/// Why a batch was not acknowledged.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// One fact cannot become a line: submit the others without it. Nothing was stored.
    #[error("a fact cannot become a line")]
    Fact(#[from] LineError),
    /// Another writer got there first: catch up by reading, then submit again. Nothing was stored.
    #[error("another writer has appended to this log")]
    Moved,
    /// Nobody knows whether the batch is durable: stop, restart, and find out by reading.
    #[error("the log cannot say whether the last batch is durable")]
    Unknown(#[source] io::Error),
}

/// Why a signed head was not recorded.
#[derive(Debug, thiserror::Error)]
pub enum HeadError {
    /// A different head was recorded meanwhile: read it, then decide.
    #[error("another head of size {} is recorded already", .0.0)]
    Moved(Size),
    /// The head contradicts a recorded one: this key has signed two histories. Stop, and call the auditor.
    #[error("a different root is signed already for size {}", .0.0)]
    Contradiction(Size),
    /// The head covers entries that are not stored: a defect of the caller.
    #[error("the head of size {} covers entries that the log does not have", .0.0)]
    Beyond(Size),
    /// Nobody knows whether the head is recorded: stop, restart, and find out by reading.
    #[error("the log cannot say whether the head is recorded")]
    Unknown(#[source] io::Error),
}

/// An ordered, append-only sequence of lines that survives a power cut.
///
/// Guarantees: lines are gapless from index 0 and never change; a line that was returned once is returned
/// again after any crash; facts of one batch stand next to each other in their order, all or none of them.
pub trait Log: Send {
    /// Orders the facts, fixes index and time with [`stamp`](crate::domain::line::stamp), and returns their lines
    /// once they would survive a power cut.
    fn append(&mut self, facts: &[Fact]) -> impl Future<Output = Result<Vec<Line>, AppendError>> + Send;

    /// At most `max` durable lines from `from` on, in order.
    fn read(&mut self, from: EntryIndex, max: usize) -> impl Future<Output = io::Result<Vec<Line>>> + Send;

    /// Records the newest signed head if the newest recorded one has size `previous`; refuses a contradiction.
    fn record_head(
        &mut self,
        previous: Option<Size>,
        head: &SignedHead,
    ) -> impl Future<Output = Result<(), HeadError>> + Send;

    /// Does now what keeps the log small and quick to open, and what would make a later batch wait: worth a call while
    /// nothing arrives. Lines and heads are the same before and after, and as durable; a second call has nothing to do.
    ///
    /// An error is that of a failed append: the log has stopped.
    fn settle(&mut self) -> impl Future<Output = Result<(), AppendError>> + Send;
}
