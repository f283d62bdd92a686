//! The embedded log: one SQLite file with one writer, one synced transaction for each batch.

use std::{
    io,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, ErrorCode, TransactionBehavior, config::DbConfig};

use super::{
    AppendError, HeadError, Log, SignedHead,
    check::{self, OpenError},
    lock::Lock,
    reader::Reader,
    recovery,
    schema::{self, io_error},
    stored,
};
use crate::domain::{
    event::{Fact, Stamp},
    ids::{EntryIndex, Size},
    line::{Line, stamp},
};

/// How much the write-ahead log may grow before it is moved into the main file, even if the log is never idle.
const SETTLE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// What a batch adds to the write-ahead log beside its lines: about one new page and one changed again.
const BATCH_OVERHEAD_BYTES: u64 = 2 * 4096;

/// The embedded log. Its futures block until the disk has answered and are then ready at once: drive it from a thread
/// of its own, never from a task that shares its thread with others.
///
/// After a commit that failed, it refuses everything: a later sync could succeed without the data being there.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    /// The only connection that writes.
    connection: Connection,
    last: Option<Stamp>,
    /// Bytes in the write-ahead log that the main file lacks, about.
    unsettled_bytes: u64,
    stopped: bool,
    /// Keeps other processes out for as long as this one lives; dropped after the connection.
    _lock: Lock,
}

impl Journal {
    /// Begins a log at `path`, where there is none yet.
    ///
    /// # Errors
    /// When there is one already, or the operating system refuses.
    pub fn create(path: &Path, origin: &str) -> Result<Self, OpenError> {
        let lock = Lock::take(path)?;
        if path.try_exists()? {
            return Err(OpenError::Exists(path.to_owned()));
        }
        schema::create(path, origin)?;
        Self::open_locked(path, origin, lock)
    }

    /// Opens the log of `origin`, after reading it once from end to end.
    ///
    /// # Errors
    /// When it is missing, foreign, newer, in use, or damaged; nothing is changed then.
    pub fn open(path: &Path, origin: &str) -> Result<Self, OpenError> {
        let there = path.try_exists()? || recovery::is_marked(path)?;
        if !there {
            return Err(OpenError::Missing(path.to_owned()));
        }
        let lock = Lock::take(path)?;
        if recovery::is_marked(path)? {
            recovery::copy_forward(path, origin)?;
        }
        Self::open_locked(path, origin, lock)
    }

    /// Copies the log into a new file that takes its place, as the next start after a failed sync does by itself.
    ///
    /// # Errors
    /// As [`Journal::open`]; nothing that was there is lost then.
    pub fn copy_forward(path: &Path, origin: &str) -> Result<(), OpenError> {
        let _lock = Lock::take(path)?;
        recovery::copy_forward(path, origin)
    }

    /// A reading connection to the log at `path`, whoever writes it.
    ///
    /// # Errors
    /// When there is no journal that this program reads.
    pub fn reader(path: &Path) -> Result<Reader, OpenError> {
        Reader::open(path)
    }

    fn open_locked(path: &Path, origin: &str, lock: Lock) -> Result<Self, OpenError> {
        // A reading connection looks first: a file of somebody else is not even turned to WAL.
        let reading = schema::connect_reader(path).map_err(|error| OpenError::of(path, error))?;
        check::expect_origin(path, &reading, origin)?;
        let last = check::inspect(path, &reading)?;
        let connection = schema::connect_writer(path).map_err(|error| OpenError::of(path, error))?;
        Ok(Self { path: path.to_owned(), connection, last, unsettled_bytes: 0, stopped: false, _lock: lock })
    }

    /// Where the last entry stands.
    #[must_use]
    pub fn last(&self) -> Option<Stamp> {
        self.last
    }

    /// How many entries are durable.
    #[must_use]
    pub fn size(&self) -> Size {
        self.last.map_or(Size(0), |last| Size(last.index.next().0))
    }

    /// The newest signed head.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn newest_head(&self) -> io::Result<Option<SignedHead>> {
        stored::newest_head(&self.connection).map_err(io_error)
    }

    /// Moves the write-ahead log into the main file: worth doing while nothing arrives.
    ///
    /// # Errors
    /// When a write or sync fails: the log has stopped then.
    pub fn settle(&mut self) -> Result<(), AppendError> {
        self.refuse_if_stopped().map_err(AppendError::Unknown)?;
        if self.unsettled_bytes == 0 {
            return Ok(());
        }
        let settled = self.connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
        settled.map_err(|error| AppendError::Unknown(self.stop(error)))?;
        self.unsettled_bytes = 0;
        Ok(())
    }

    fn append_batch(&mut self, facts: &[Fact]) -> Result<Vec<Line>, AppendError> {
        self.refuse_if_stopped().map_err(AppendError::Unknown)?;
        if facts.is_empty() {
            return Ok(Vec::new());
        }
        let lines = stamp_all(self.last, facts)?;
        if self.unsettled_bytes >= SETTLE_BYTES_MAX {
            self.settle()?;
        }
        match insert(&mut self.connection, &lines) {
            Ok(()) => {}
            Err(error) if is_another_writer(&error) => return Err(AppendError::Moved),
            Err(error) => return Err(AppendError::Unknown(self.stop(error))),
        }
        let bytes = lines.iter().map(|line| line.bytes.len() as u64).sum::<u64>();
        self.unsettled_bytes = self.unsettled_bytes.saturating_add(bytes).saturating_add(BATCH_OVERHEAD_BYTES);
        self.last = lines.last().map(|line| line.stamp);
        Ok(lines)
    }

    fn record(&mut self, previous: Option<Size>, head: &SignedHead) -> Result<(), HeadError> {
        self.refuse_if_stopped().map_err(HeadError::Unknown)?;
        if head.size > self.size() {
            return Err(HeadError::Beyond(head.size));
        }
        let recorded =
            stored::head_at(&self.connection, head.size).map_err(|error| HeadError::Unknown(self.stop(error)))?;
        match recorded {
            Some(recorded) if recorded.root == head.root => return Ok(()),
            Some(_) => return Err(HeadError::Contradiction(head.size)),
            None => {}
        }
        let newest = stored::newest_head(&self.connection)
            .map_err(|error| HeadError::Unknown(self.stop(error)))?
            .map(|newest| newest.size);
        if newest != previous || newest.is_some_and(|newest| newest > head.size) {
            return Err(HeadError::Moved(newest.unwrap_or_default()));
        }
        insert_head(&mut self.connection, head).map_err(|error| HeadError::Unknown(self.stop(error)))?;
        self.unsettled_bytes = self.unsettled_bytes.saturating_add(BATCH_OVERHEAD_BYTES);
        Ok(())
    }

    fn refuse_if_stopped(&self) -> io::Result<()> {
        if self.stopped {
            return Err(io::Error::other("the log has stopped after an earlier failure; start the program again"));
        }
        Ok(())
    }

    /// Ends all writing: no later sync of this file may be believed.
    fn stop(&mut self, error: rusqlite::Error) -> io::Error {
        self.stopped = true;
        // Closing would checkpoint, and its sync could succeed over pages that the kernel has dropped.
        let kept = self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
        let error = io_error(error);
        // A disk that was full has refused to take data; it has not dropped any that it had taken.
        let marked = if error.kind() == io::ErrorKind::StorageFull {
            Ok(())
        } else {
            recovery::mark(&self.path, &error.to_string())
        };
        match (kept, marked) {
            (Ok(_), Ok(())) => error,
            (Err(second), _) => io::Error::new(error.kind(), format!("{error}; and then: {second}")),
            (_, Err(second)) => io::Error::new(
                error.kind(),
                format!("{error}; the marker for the next start cannot be written either: {second}"),
            ),
        }
    }
}

impl Log for Journal {
    async fn append(&mut self, facts: &[Fact]) -> Result<Vec<Line>, AppendError> {
        self.append_batch(facts)
    }

    async fn read(&mut self, from: EntryIndex, max: usize) -> io::Result<Vec<Line>> {
        stored::lines(&self.connection, from, max)
    }

    async fn record_head(&mut self, previous: Option<Size>, head: &SignedHead) -> Result<(), HeadError> {
        self.record(previous, head)
    }

    async fn settle(&mut self) -> Result<(), AppendError> {
        Self::settle(self)
    }
}

/// Gives each fact its place, in order.
pub(super) fn stamp_all(mut last: Option<Stamp>, facts: &[Fact]) -> Result<Vec<Line>, AppendError> {
    let mut lines = Vec::with_capacity(facts.len());
    for fact in facts {
        let line = stamp(last, fact)?;
        last = Some(line.stamp);
        lines.push(line);
    }
    Ok(lines)
}

/// Stores a batch: when this returns, it would survive a power cut.
fn insert(connection: &mut Connection, lines: &[Line]) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    {
        let mut statement = transaction.prepare_cached("INSERT INTO entry(i, body) VALUES(?1, ?2)")?;
        for line in lines {
            statement.execute((stored::row_number(line.stamp.index.0), line.bytes.as_slice()))?;
        }
    }
    transaction.commit()
}

fn insert_head(connection: &mut Connection, head: &SignedHead) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.prepare_cached("INSERT INTO signed(size, root, note) VALUES(?1, ?2, ?3)")?.execute((
        stored::row_number(head.size.0),
        head.root.0.as_slice(),
        head.note.as_str(),
    ))?;
    transaction.commit()
}

/// Whether the file has moved on under somebody else's hand; the batch was rolled back then.
fn is_another_writer(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::ConstraintViolation | ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}
