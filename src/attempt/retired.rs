//! The end of retention: what is destroyed then, in which order, and the record that stays.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{
    files::{self, PRIVATE_FILE, PUBLIC_FILE},
    keys,
    layout::Layout,
};
use crate::{
    domain::{ids::Digest, time::UnixMillis},
    roster::{PeopleStore, StoreError},
};

/// How much of a file is overwritten at once.
const PIECE_BYTES: usize = 64 * 1024;

/// What is known of a retirement from its decision on; it holds nothing personal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retirement {
    /// The attempt.
    pub title: String,
    /// Its log.
    pub origin: String,
    /// When the log says that it was decided.
    pub at: UnixMillis,
    /// The signed head that covers it.
    pub size: u64,
    /// The root over it.
    pub root: Digest,
    /// How many persons the store held, the erased ones among them.
    pub persons: u64,
    /// Why before the declared end, where it was.
    pub early: Option<String>,
}

/// Why something is not destroyed. The same command goes on with it.
#[derive(Debug, thiserror::Error)]
pub enum RetireError {
    /// Look at the disk, then run the command again.
    #[error("{} cannot be destroyed", .0.display())]
    Destroy(PathBuf, #[source] io::Error),
    /// As its own remedy says.
    #[error("the store of people cannot be emptied")]
    Store(#[from] StoreError),
    /// Free space, then run the command again.
    #[error("{} cannot be written or read", .0.display())]
    Record(PathBuf, #[source] io::Error),
}

impl RetireError {
    /// What the user can do about it.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Destroy(..) | Self::Record(..) | Self::Store(_) => {
                "correct the rights, or free some space, then run the same command again: it goes on where it stopped"
            }
        }
    }
}

impl Layout {
    /// What is kept of a retirement; once it is there, the attempt is retired.
    #[must_use]
    pub fn retirement(&self) -> PathBuf {
        self.private().join("retired.json")
    }

    /// The record of what was destroyed, to be signed.
    #[must_use]
    pub fn retired(&self) -> PathBuf {
        self.root().join("retired.txt")
    }

    /// What a retirement destroys, in its order: whoever has the first of them gone finds no names in the others.
    #[must_use]
    pub fn destroyed_at_retirement(&self) -> Vec<PathBuf> {
        let mut paths = vec![self.people(), self.people().with_extension("db-journal")];
        paths.extend(keys::SECRETS.iter().map(|name| self.keys().join(name)));
        paths.push(self.staff());
        paths
    }
}

impl Retirement {
    /// What is known of a directory's retirement; none where it was not decided.
    ///
    /// # Errors
    /// When the file is damaged or cannot be read.
    pub fn load(layout: &Layout) -> Result<Option<Self>, RetireError> {
        let path = layout.retirement();
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(RetireError::Record(path, error)),
        };
        serde_json::from_slice(&bytes).map(Some).map_err(|error| RetireError::Record(path, error.into()))
    }

    /// Decides it: from here on the directory is retired, and what is left to destroy is destroyed by [`Self::finish`].
    ///
    /// # Errors
    /// When it cannot be written; nothing is destroyed then.
    pub fn decide(&self, layout: &Layout) -> Result<(), RetireError> {
        let path = layout.retirement();
        let text = serde_json::to_vec_pretty(self).map_err(|error| RetireError::Record(path.clone(), error.into()))?;
        files::replace(&path, &text, PRIVATE_FILE).map_err(|error| RetireError::Record(path, error))
    }

    /// Whether everything is destroyed and the record written.
    #[must_use]
    pub fn is_finished(layout: &Layout) -> bool {
        layout.retired().exists() && !layout.destroyed_at_retirement().iter().any(|path| path.exists())
    }

    /// Destroys what is there yet, then writes the record.
    ///
    /// # Errors
    /// When something cannot be destroyed; calling it again goes on.
    pub fn finish(&self, layout: &Layout, record: &str) -> Result<(), RetireError> {
        if layout.people().exists() {
            PeopleStore::destroy_keys(&layout.people())?;
        }
        for path in layout.destroyed_at_retirement() {
            destroy(&path).map_err(|error| RetireError::Destroy(path.clone(), error))?;
        }
        for folder in [layout.keys(), layout.private()] {
            files::sync_directory(&folder).map_err(|error| RetireError::Destroy(folder.clone(), error))?;
        }
        let path = layout.retired();
        files::replace(&path, record.as_bytes(), PUBLIC_FILE).map_err(|error| RetireError::Record(path, error))
    }
}

/// Overwrites a file and removes it; one that is not there is destroyed already.
fn destroy(path: &Path) -> io::Result<()> {
    let mut file = match OpenOptions::new().write(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let mut left = file.metadata()?.len();
    let zeros = [0; PIECE_BYTES];
    while left > 0 {
        let most = usize::try_from(left).unwrap_or(PIECE_BYTES).min(PIECE_BYTES);
        let written = file.write(zeros.get(..most).unwrap_or_default())?;
        left = left.saturating_sub(written.max(1) as u64);
    }
    file.sync_all()?;
    fs::remove_file(path)
}
