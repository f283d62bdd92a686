//! What must hold before a journal is trusted: it is ours, it is whole, and it still says what was signed.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, ErrorCode, OptionalExtension};

use super::{
    schema::{APPLICATION_ID, VERSION, io_error},
    stored,
};
use crate::domain::{
    event::Stamp,
    ids::{EntryIndex, Size},
    tree::Tree,
};

/// How many signed heads are fetched at once.
const HEADS_AT_ONCE: usize = 1_000;

/// Why a journal was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is none: check the folder's name, or create an attempt first.
    #[error("there is no journal at {}", .0.display())]
    Missing(PathBuf),
    /// One is there already: choose another folder; a log is never begun twice.
    #[error("there is a journal at {} already", .0.display())]
    Exists(PathBuf),
    /// Another process writes it: end that process first.
    #[error("another process has the journal {} open", .0.display())]
    Busy(PathBuf),
    /// The file is something else, or its first page is damaged: restore it from the newest copy.
    #[error("{} is not a journal of this program, or its first page is damaged", .0.display())]
    NotAJournal(PathBuf),
    /// A newer program wrote it: use that version.
    #[error("the journal has format {found}, newer than the {VERSION} that this program reads")]
    Newer {
        /// The file's version.
        found: i32,
    },
    /// It is the log of another attempt: put the right journal back.
    #[error("the journal belongs to the log `{found}`, not to `{expected}`")]
    Foreign {
        /// Whose it is.
        found: String,
        /// Whose it should be.
        expected: String,
    },
    /// Acknowledged data are damaged: stop, keep the files, and restore the journal from the newest copy.
    #[error("acknowledged data are damaged: {0}")]
    Damaged(Damage),
    /// The operating system refused: see its reason.
    #[error("the journal cannot be read or written")]
    Io(#[from] io::Error),
}

impl OpenError {
    /// What the operator can do about it.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Missing(_) => "check the folder's name, or create an attempt with `hadir init`",
            Self::Exists(_) => "choose another folder: a log is never begun twice",
            Self::Busy(_) => "end the other process, or wait until it has ended",
            Self::NotAJournal(_) => "put the attempt's own journal.db back, with its journal.db-wal if there was one",
            Self::Newer { .. } => "use the version of the program that wrote it",
            Self::Foreign { .. } => "put the journal of this attempt back",
            Self::Damaged(_) => {
                "do not delete anything: copy the whole attempt folder aside, check the disk, then restore the newest \
                 copy of private/journal.db (with its -wal) that holds every published checkpoint"
            }
            Self::Io(error) if error.kind() == io::ErrorKind::StorageFull => "free space on the disk, then start again",
            Self::Io(_) => "check that the folder exists, is writable by this user and that the disk has space",
        }
    }

    /// Tells damage and foreign files from refusals of the operating system.
    pub(super) fn of(path: &Path, error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::NotAJournal(path.to_owned()),
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged(Damage::File(error.to_string())),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy(path.to_owned()),
            _ => Self::Io(io_error(error)),
        }
    }
}

/// What is damaged, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Damage {
    /// SQLite's own check of the file fails.
    File(String),
    /// The file cannot be read from this entry on.
    Unreadable(EntryIndex, String),
    /// This entry is missing although later ones, or a signature over it, are there.
    Missing(EntryIndex),
    /// This entry is not what was written.
    Entry(EntryIndex, String),
    /// One of the entries from the first on, before the second, is not what was signed.
    NotWhatWasSigned(EntryIndex, Size),
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(what) => write!(f, "{what}"),
            Self::Unreadable(at, what) => write!(f, "the journal cannot be read from entry {} on ({what})", at.0),
            Self::Missing(at) => write!(f, "entry {} is missing", at.0),
            Self::Entry(at, what) => write!(f, "entry {} is not what was written ({what})", at.0),
            Self::NotWhatWasSigned(from, size) => {
                let last = size.0.saturating_sub(1);
                write!(f, "the entries {} to {last} are not those whose root was signed at size {}", from.0, size.0)
            }
        }
    }
}

/// Whose log the file says it is, once it is known to be a journal that this program reads.
pub(super) fn identify(path: &Path, connection: &Connection) -> Result<String, OpenError> {
    let failed = |error| OpenError::of(path, error);
    let application: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(failed)?;
    if application != APPLICATION_ID {
        return Err(OpenError::NotAJournal(path.to_owned()));
    }
    let version: i32 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(failed)?;
    if version > VERSION {
        return Err(OpenError::Newer { found: version });
    }
    let origin = connection
        .query_row("SELECT value FROM meta WHERE key = 'origin'", [], |row| row.get(0))
        .optional()
        .map_err(failed)?;
    origin.ok_or_else(|| OpenError::Damaged(Damage::File("the log's origin is missing".to_owned())))
}

/// Refuses the log of another attempt.
pub(super) fn expect_origin(path: &Path, connection: &Connection, expected: &str) -> Result<(), OpenError> {
    let found = identify(path, connection)?;
    if found == expected { Ok(()) } else { Err(OpenError::Foreign { found, expected: expected.to_owned() }) }
}

/// Reads everything once: no gap, every line in its place, every signed root still true, the file whole.
///
/// Returns where the last entry stands.
pub(super) fn inspect(path: &Path, connection: &Connection) -> Result<Option<Stamp>, OpenError> {
    let failed = |error| OpenError::of(path, error);
    let (tree, last) = scan(connection)?;
    compare_signed(path, connection, &tree)?;
    let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(failed)?;
    if verdict == "ok" { Ok(last) } else { Err(OpenError::Damaged(Damage::File(verdict))) }
}

/// Reads every entry in order, up to the first that is not in its place.
fn scan(connection: &Connection) -> Result<(Tree, Option<Stamp>), OpenError> {
    let mut tree = Tree::new();
    let mut last = None;
    let unreadable = |tree: &Tree, error: rusqlite::Error| {
        let at = EntryIndex(tree.size().0);
        if error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure) {
            return OpenError::Io(io_error(error));
        }
        OpenError::Damaged(Damage::Unreadable(at, error.to_string()))
    };
    let mut statement =
        connection.prepare("SELECT i, body FROM entry ORDER BY i").map_err(|error| unreadable(&tree, error))?;
    let mut rows = statement.query([]).map_err(|error| unreadable(&tree, error))?;
    while let Some(row) = rows.next().map_err(|error| unreadable(&tree, error))? {
        let (index, body) = row
            .get(0)
            .and_then(|index: i64| Ok((index, row.get_ref(1)?.as_blob()?)))
            .map_err(|error| unreadable(&tree, error))?;
        last = Some(check_entry(index, body, EntryIndex(tree.size().0), last).map_err(OpenError::Damaged)?);
        tree.append(body);
    }
    Ok((tree, last))
}

/// Checks that an entry is the expected one and says so itself.
fn check_entry(row: i64, body: &[u8], expected: EntryIndex, last: Option<Stamp>) -> Result<Stamp, Damage> {
    if row != stored::row_number(expected.0) {
        return Err(Damage::Missing(expected));
    }
    let stamp = stored::stamp_of(body).map_err(|error| Damage::Entry(expected, error.to_string()))?;
    if stamp.index != expected {
        return Err(Damage::Entry(expected, format!("it says that it is entry {}", stamp.index.0)));
    }
    if last.is_some_and(|last| stamp.at.wall < last.at.wall) {
        return Err(Damage::Entry(expected, "its time is before that of the entry before it".to_owned()));
    }
    Ok(stamp)
}

/// Checks every signed head against the entries: what was signed can never change or go.
fn compare_signed(path: &Path, connection: &Connection, tree: &Tree) -> Result<(), OpenError> {
    let mut checked: Option<Size> = None;
    loop {
        let heads = stored::heads(connection, checked, HEADS_AT_ONCE).map_err(|error| OpenError::of(path, error))?;
        if heads.is_empty() {
            return Ok(());
        }
        for head in heads {
            let Some(root) = tree.root_at(head.size) else {
                return Err(OpenError::Damaged(Damage::Missing(EntryIndex(tree.size().0))));
            };
            if root != head.root {
                let from = EntryIndex(checked.unwrap_or_default().0);
                return Err(OpenError::Damaged(Damage::NotWhatWasSigned(from, head.size)));
            }
            checked = Some(head.size);
        }
    }
}
