//! The log in the hands of a command, while no hub runs: it is recovered, takes what the command did, and is signed.

use std::{fs, io, path::PathBuf};

use super::{
    clock::Clock,
    recovery::{self, RecoverError},
    sequencer::{CommitError, commit},
};
use crate::{
    attempt::{Attempt, keys::KeysError, lock::Lock},
    domain::{
        event::{Event, Fact},
        fold::attendance::Attendance,
        ids::EntryIndex,
        ledger::Ledger,
        time::UnixMillis,
        tree::Head,
    },
    evidence::{
        checkpoint::SigningKey,
        files::Evidence,
        progress::{Progress, Step, Watch},
    },
    log::{HeadError, Journal, Log as _, OpenError, Reader, SignedHead},
};

/// An open attempt's log, which nobody else writes for as long as this lives.
pub struct Offline {
    journal: Journal,
    reader: Reader,
    ledger: Ledger,
    evidence: Evidence,
    key: SigningKey,
    clock: Clock,
    /// Dropped last: what comes before may still write.
    _lock: Lock,
}

/// Why a command cannot log.
#[derive(Debug, thiserror::Error)]
pub enum OfflineError {
    /// As its own remedy says.
    #[error(transparent)]
    Journal(#[from] OpenError),
    /// As its own remedy says.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// As its own remedy says.
    #[error(transparent)]
    Recovery(#[from] RecoverError),
    /// Whether it is logged is not known: look at the disk, then do the same again.
    #[error("it cannot be logged")]
    Commit(#[from] CommitError),
    /// This key has signed something else: keep everything as it is, and call the auditor.
    #[error("the newest entries cannot be signed")]
    Head(#[from] HeadError),
    /// Put the file back, or look at the disk.
    #[error("{path} cannot be read", path = .0.display())]
    Read(PathBuf, #[source] io::Error),
}

impl OfflineError {
    /// What the user can do about it.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Journal(error) => error.remedy(),
            Self::Recovery(error) => error.remedy(),
            Self::Keys(_) | Self::Read(..) => "put the file back from a copy of the attempt",
            Self::Commit(_) => "check the disk and its free space, then run the same command again",
            Self::Head(_) => "copy the whole attempt aside before anything else, and call the auditor",
        }
    }
}

impl Offline {
    /// Recovers the log; the runs that did not drain are ended. `lock` is the attempt's own.
    ///
    /// # Errors
    /// When the log is not what was signed, or cannot be written.
    pub async fn open(attempt: &Attempt, lock: Lock, watch: &Watch<'_>) -> Result<Self, OfflineError> {
        let mut journal = Journal::open(&attempt.layout.journal(), &attempt.origin())?;
        let reader = Journal::reader(&attempt.layout.journal())?;
        let path = attempt.layout.roster();
        let roster = fs::read(&path).map_err(|error| OfflineError::Read(path, error))?;
        let mut ledger = Ledger::new(&roster).map_err(RecoverError::Roster)?;
        let total = reader.count().map_err(RecoverError::Read)?.0;
        recovery::replay(&reader, &mut ledger, &|done| watch(Progress { step: Step::Counting, done, total }))?;
        let key = attempt.signing_key()?;
        // Before anything is appended: entries on top of an old copy of the journal would be a second history.
        let evidence = recovery::open_evidence(attempt, &reader, &ledger, &key)?;
        let clock = Clock::system(journal.last().map(|last| last.at));
        recovery::log_unfinished_runs(&mut journal, &mut ledger, &clock).await?;
        Ok(Self { journal, reader, ledger, evidence, key, clock, _lock: lock })
    }

    /// Logs one event; it is durable when this returns.
    ///
    /// # Errors
    /// When the log does not take it.
    pub async fn log(&mut self, event: Event) -> Result<(), OfflineError> {
        let fact = Fact { at: self.clock.now(), event };
        commit(&mut self.journal, &mut self.ledger, &[fact]).await?;
        Ok(())
    }

    /// Signs and publishes what is durable, unless that is done already.
    ///
    /// # Errors
    /// When the key has signed something else, or the checkpoint cannot be published.
    pub async fn sign(&mut self) -> Result<Head, OfflineError> {
        let newest = self.reader.newest_head().map_err(RecoverError::Read)?;
        let (head, previous) = (self.ledger.head(), newest.map(|newest| newest.size));
        if head.size.0 > 0 && previous != Some(head.size) {
            let signed = SignedHead { size: head.size, root: head.root, note: self.key.sign(&head) };
            self.journal.record_head(previous, &signed).await?;
            let reader = &self.reader;
            let mut source = |from: EntryIndex, max: usize| reader.entries(from, max);
            self.evidence.publish(self.ledger.tree(), &signed.note, &mut source).map_err(RecoverError::from)?;
        }
        Ok(head)
    }

    /// Reads the durable lines.
    #[must_use]
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// What the log says.
    #[must_use]
    pub fn attendance(&self) -> &Attendance {
        self.ledger.attendance()
    }

    /// How many entries there are, and the root over them.
    #[must_use]
    pub fn head(&self) -> Head {
        self.ledger.head()
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> UnixMillis {
        self.clock.now_millis()
    }

    /// The count, for whoever goes on with it; the log is let go.
    #[must_use]
    pub fn into_ledger(self) -> Ledger {
        self.ledger
    }
}
