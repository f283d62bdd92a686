//! What a new attempt takes from an earlier one of the same event: people, ticket keys, and the last signed head.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    keys::{Keys, KeysError},
    layout::Layout,
};
use crate::{
    domain::event::EarlierHead,
    roster::{PeopleStore, StoreError},
};

/// The largest checkpoint that is read.
const CHECKPOINT_BYTES_MAX: u64 = 64 * 1024;

/// An earlier attempt of the event.
#[derive(Debug)]
pub(super) struct Earlier {
    layout: Layout,
    /// Its keys.
    pub(super) keys: Keys,
    /// The last signed heads of its own log and of those that it continues.
    pub(super) heads: Vec<EarlierHead>,
}

/// Why an attempt cannot be continued.
#[derive(Debug, thiserror::Error)]
pub enum EarlierError {
    /// It is not an attempt, or its keys are damaged.
    #[error("the keys of {} cannot be used", .path.display())]
    Keys {
        /// The attempt.
        path: PathBuf,
        /// Why.
        source: KeysError,
    },
    /// Its newest checkpoint is not one that its key has signed: its history is not what it was.
    #[error("{} is not a checkpoint of this attempt: {what}", .path.display())]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// Its people cannot be copied.
    #[error("{} cannot be copied", .path.display())]
    People {
        /// The file.
        path: PathBuf,
        /// What the store said.
        source: StoreError,
    },
}

impl EarlierError {
    /// What the user can do.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Keys { .. } => "give `--from` the directory of an attempt or rehearsal that `hadir init` has made",
            Self::Checkpoint { .. } => "restore that attempt's `log` directory from a copy: its evidence was changed",
            Self::People { source, .. } => source.remedy(),
        }
    }
}

impl Earlier {
    /// Reads what is to be continued; that attempt itself is not changed.
    ///
    /// # Errors
    /// When it is no attempt, or its newest checkpoint is not its own.
    pub(super) fn open(directory: &Path) -> Result<Self, EarlierError> {
        let layout = Layout::new(directory);
        let keys = Keys::load(&layout).map_err(|source| EarlierError::Keys { path: directory.to_owned(), source })?;
        let mut heads = keys.identity.earlier.clone();
        heads.extend(newest_head(&layout, &keys)?);
        Ok(Self { layout, keys, heads })
    }

    /// Copies the store of people.
    ///
    /// # Errors
    /// When it cannot be copied.
    pub(super) fn copy_people(&self, to: &Layout) -> Result<(), EarlierError> {
        let path = self.layout.people();
        PeopleStore::open(&path, self.keys.people_keys())
            .and_then(|store| store.copy_to(&to.people()))
            .map_err(|source| EarlierError::People { path, source })
    }
}

/// The newest signed head of a log; none where nothing was signed yet.
fn newest_head(layout: &Layout, keys: &Keys) -> Result<Option<EarlierHead>, EarlierError> {
    let path = layout.evidence().join("checkpoint");
    let wrong = |what: String| EarlierError::Checkpoint { path: path.clone(), what };
    let note = match fs::metadata(&path) {
        Ok(metadata) if metadata.len() > CHECKPOINT_BYTES_MAX => return Err(wrong("it is too large".to_owned())),
        Ok(_) => fs::read_to_string(&path).map_err(|error| wrong(error.to_string()))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(wrong(error.to_string())),
    };
    // The declaration may have been edited since: both origins that these keys can have are tried.
    let signed = [false, true].into_iter().find_map(|rehearsal| {
        let key = keys.signing_key(rehearsal).ok()?;
        let head = key.verifier().open(&note).ok()?;
        Some(EarlierHead { origin: keys.origin(rehearsal), size: head.size, root: head.root })
    });
    signed.map(Some).ok_or_else(|| wrong("its signature is not of this attempt's key".to_owned()))
}
