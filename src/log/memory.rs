//! A log in memory, for simulations: it keeps every guarantee but durability, and fails when it is told to.

use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{AppendError, HeadError, Log, SignedHead, journal::stamp_all};
use crate::domain::{
    event::Fact,
    ids::{EntryIndex, Size},
    line::Line,
};

/// How a planned append fails; to the caller all of them look the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The disk is full before anything is written.
    Before,
    /// The sync fails and the batch is lost.
    Lost,
    /// The sync fails and the batch is there all the same.
    Kept,
}

/// What survives the process: clone it to look inside, or to open the log again after a failure.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    // A lock and not a message: a test reads while the log's owner is inside a call, and nothing waits under the lock.
    disk: Arc<Mutex<Disk>>,
}

#[derive(Debug, Default)]
struct Disk {
    lines: Vec<Line>,
    heads: BTreeMap<Size, SignedHead>,
    /// By the number of the append, from 0 on, over all openings.
    failures: BTreeMap<u64, Failure>,
    appends: u64,
}

/// A log on a [`MemoryStore`].
#[derive(Debug)]
pub struct MemoryLog {
    store: MemoryStore,
    stopped: bool,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Plans that the append of this number, counted from 0 over all openings, fails.
    pub fn fail_append(&self, number: u64, failure: Failure) {
        self.disk().failures.insert(number, failure);
    }

    /// Everything that is stored.
    #[must_use]
    pub fn lines(&self) -> Vec<Line> {
        self.disk().lines.clone()
    }

    /// The newest signed head.
    #[must_use]
    pub fn newest_head(&self) -> Option<SignedHead> {
        self.disk().newest().cloned()
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        // A panic elsewhere leaves whole values behind: every change below is a single assignment.
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Disk {
    fn newest(&self) -> Option<&SignedHead> {
        self.heads.values().next_back()
    }

    fn size(&self) -> Size {
        Size(self.lines.len() as u64)
    }

    fn append(&mut self, facts: &[Fact]) -> Result<Vec<Line>, AppendError> {
        let lines = stamp_all(self.lines.last().map(|line| line.stamp), facts)?;
        let failure = self.failures.remove(&self.appends);
        self.appends = self.appends.saturating_add(1);
        match failure {
            None => {
                self.lines.extend(lines.iter().cloned());
                Ok(lines)
            }
            Some(Failure::Before) => Err(AppendError::Unknown(io::ErrorKind::StorageFull.into())),
            Some(Failure::Lost) => Err(AppendError::Unknown(io::Error::other("planned: the sync failed"))),
            Some(Failure::Kept) => {
                self.lines.extend(lines);
                Err(AppendError::Unknown(io::Error::other("planned: the sync failed")))
            }
        }
    }

    fn record(&mut self, previous: Option<Size>, head: &SignedHead) -> Result<(), HeadError> {
        if head.size > self.size() {
            return Err(HeadError::Beyond(head.size));
        }
        match self.heads.get(&head.size) {
            Some(recorded) if recorded.root == head.root => return Ok(()),
            Some(_) => return Err(HeadError::Contradiction(head.size)),
            None => {}
        }
        let newest = self.newest().map(|newest| newest.size);
        if newest != previous || newest.is_some_and(|newest| newest > head.size) {
            return Err(HeadError::Moved(newest.unwrap_or_default()));
        }
        self.heads.insert(head.size, head.clone());
        Ok(())
    }
}

impl MemoryLog {
    /// Opens the log on a store, as a process does when it starts.
    #[must_use]
    pub fn open(store: &MemoryStore) -> Self {
        Self { store: store.clone(), stopped: false }
    }

    fn refuse_if_stopped(&self) -> io::Result<()> {
        if self.stopped { Err(io::Error::other("the log has stopped after an earlier failure")) } else { Ok(()) }
    }

    fn append_batch(&mut self, facts: &[Fact]) -> Result<Vec<Line>, AppendError> {
        self.refuse_if_stopped().map_err(AppendError::Unknown)?;
        let appended = self.store.disk().append(facts);
        self.stopped = matches!(appended, Err(AppendError::Unknown(_)));
        appended
    }

    fn lines(&self, from: EntryIndex, max: usize) -> Vec<Line> {
        let from = usize::try_from(from.0).unwrap_or(usize::MAX);
        self.store.disk().lines.iter().skip(from).take(max).cloned().collect()
    }
}

impl Log for MemoryLog {
    async fn append(&mut self, facts: &[Fact]) -> Result<Vec<Line>, AppendError> {
        self.append_batch(facts)
    }

    async fn read(&mut self, from: EntryIndex, max: usize) -> io::Result<Vec<Line>> {
        Ok(self.lines(from, max))
    }

    async fn record_head(&mut self, previous: Option<Size>, head: &SignedHead) -> Result<(), HeadError> {
        self.refuse_if_stopped().map_err(HeadError::Unknown)?;
        self.store.disk().record(previous, head)
    }

    async fn settle(&mut self) -> Result<(), AppendError> {
        self.refuse_if_stopped().map_err(AppendError::Unknown)
    }
}
