//! The store of people: one encrypted file beside the journal, the only place that holds personal data.

mod read;
mod schema;
mod seal;
mod write;

use std::path::{Path, PathBuf};

use hmac::Mac;
use rusqlite::{Connection, ErrorCode};

use super::{
    details::Details,
    identifiers::{IdKind, Identifier},
    reference::PersonRef,
    secrets::{NoEntropy, PeopleKeys},
};
use crate::domain::ids::PersonId;

pub use read::{FindError, Listed, Opening};
pub(super) use write::Changes;
pub use write::Reissued;

/// How a person came onto the roster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// By an imported list.
    Import,
    /// By open registration.
    Registration,
}

/// A person of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Their private number.
    pub id: PersonId,
    /// Their short reference.
    pub reference: PersonRef,
    /// As what they take part.
    pub role: String,
    /// How they came onto the roster.
    pub source: Source,
    /// The number of their newest ticket.
    pub issue: u32,
    /// What is known of them; none once they are erased.
    pub details: Option<Details>,
    /// The person whose row this one repeats, once somebody has decided so.
    pub merged_into: Option<PersonId>,
    /// The salt of their commitments; none once they are erased.
    pub(super) salt: Option<[u8; 16]>,
}

/// Why the store does not do what it is asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Initialise the attempt first.
    #[error("there is no store of people at {}", .0.display())]
    Missing(PathBuf),
    /// Choose another place: an existing store is never overwritten.
    #[error("there is a store of people at {} already", .0.display())]
    Exists(PathBuf),
    /// Check the path: the file is something else's.
    #[error("{} is not a store of people", .0.display())]
    Foreign(PathBuf),
    /// Use the program that wrote it, or a newer one.
    #[error("the store of people has version {found}; this program knows version {known}")]
    Version {
        /// Its version.
        found: i64,
        /// The version that this program knows.
        known: i64,
    },
    /// Put the keys back that belong to it.
    #[error("the store of people belongs to other keys")]
    OtherKeys,
    /// Restore a backup of the file.
    #[error("the store of people is damaged: {0}")]
    Damaged(String),
    /// Wait for the other process, or end it.
    #[error("another process holds the store of people")]
    Busy,
    /// Make the folder and the file writable.
    #[error("the store of people cannot be written")]
    ReadOnly(#[source] rusqlite::Error),
    /// Make room on the disk.
    #[error("the disk is full")]
    Full(#[source] rusqlite::Error),
    /// Ask the caller's defect list: the person is not in the store.
    #[error("nobody in the store has this number")]
    Nobody,
    /// Choose two persons who both count for themselves.
    #[error("these two persons cannot be merged in this direction")]
    CannotMerge,
    /// Delete the copy and make it again.
    #[error("the copy of the store of people may not be durable")]
    Unsynced(#[source] std::io::Error),
    /// Try again.
    #[error(transparent)]
    Entropy(#[from] NoEntropy),
    /// Read the reason; nothing was changed.
    #[error("the store of people failed")]
    Failed(#[source] rusqlite::Error),
}

impl StoreError {
    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Missing(_) => "run `hadir init` first, or correct the path",
            Self::Exists(_) => "choose another folder; an existing store is never overwritten",
            Self::Foreign(_) => "correct the path",
            Self::Version { .. } => "use the version of hadir that wrote it, or a newer one",
            Self::OtherKeys => "put the keys back that were made together with it",
            Self::Damaged(_) => "restore the file from a backup",
            Self::Busy => "wait until the other command has ended, then try again",
            Self::ReadOnly(_) => "give this user the right to write in the attempt's private folder",
            Self::Full(_) => "make room on the disk, then try again; nothing was changed",
            Self::Unsynced(_) => "delete the copy and make it again",
            Self::Nobody => "look the person up in links.csv",
            Self::CannotMerge => {
                "keep the one of the official list, and choose two who are neither erased nor merged already"
            }
            Self::Entropy(_) | Self::Failed(_) => "try again; nothing was changed",
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Self::Damaged(error.to_string()),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => Self::ReadOnly(error),
            Some(ErrorCode::DiskFull) => Self::Full(error),
            Some(_) | None => Self::Failed(error),
        }
    }
}

/// The store of people. Only one process at a time writes; readers see whole transactions.
#[derive(Debug)]
pub struct PeopleStore {
    connection: Connection,
    keys: PeopleKeys,
}

impl PeopleStore {
    /// Makes a new store.
    ///
    /// # Errors
    /// When there is one already, or the file cannot be made.
    pub fn create(path: &Path, keys: PeopleKeys) -> Result<Self, StoreError> {
        Ok(Self { connection: schema::create(path, &keys)?, keys })
    }

    /// Opens an existing store.
    ///
    /// # Errors
    /// When there is none, or it is not one that this program and these keys can open.
    pub fn open(path: &Path, keys: PeopleKeys) -> Result<Self, StoreError> {
        Ok(Self { connection: schema::open(path, &keys)?, keys })
    }

    /// Writes a compact copy of the whole store, for the next attempt of the same event.
    ///
    /// # Errors
    /// When something is at `path` already, or it cannot be written.
    pub fn copy_to(&self, path: &Path) -> Result<(), StoreError> {
        if path.exists() {
            return Err(StoreError::Exists(path.to_owned()));
        }
        let text = path.to_str().ok_or_else(|| StoreError::Foreign(path.to_owned()))?;
        self.connection.execute("VACUUM INTO ?1", [text])?;
        // The copy is written without a sync of its own.
        std::fs::File::open(path).and_then(|file| file.sync_all()).map_err(StoreError::Unsynced)
    }

    /// Destroys everybody's keys and details in the file, without asking for the event's keys: they may be gone.
    ///
    /// # Errors
    /// When the file is no store of people, or cannot be written.
    pub fn destroy_keys(path: &Path) -> Result<(), StoreError> {
        schema::destroy_keys(path)
    }

    /// The keys of this event.
    #[must_use]
    pub fn keys(&self) -> &PeopleKeys {
        &self.keys
    }

    /// The identifier that merges two rows, once the first import has fixed it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn primary(&self) -> Result<Option<IdKind>, StoreError> {
        let name: Option<String> = self.connection.query_row("SELECT primary_id FROM store", [], |row| row.get(0))?;
        name.map(|name| name.parse().map_err(|_| StoreError::Damaged(format!("unknown primary identifier {name}"))))
            .transpose()
    }
}

/// The entry under which an identifier is found again; nothing can be read from it without the key.
fn keyed(keys: &PeopleKeys, identifier: &Identifier) -> [u8; 32] {
    let mut hash = keys.identifiers.hash();
    hash.update(identifier.kind().name().as_bytes());
    hash.update(b"\0");
    hash.update(identifier.value().as_bytes());
    hash.finalize().into_bytes().into()
}
