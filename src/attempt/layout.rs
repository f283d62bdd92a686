//! Where everything of an attempt lies in its directory.

use std::path::{Path, PathBuf};

/// The paths of one attempt's directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    root: PathBuf,
}

impl Layout {
    /// The layout of the attempt in `root`; touches no disk.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The attempt's directory.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The declaration.
    #[must_use]
    pub fn declaration(&self) -> PathBuf {
        self.root.join("attempt.toml")
    }

    /// The server's options for this attempt, where there are any.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.root.join("hadir.toml")
    }

    /// The staff's links.
    #[must_use]
    pub fn links(&self) -> PathBuf {
        self.root.join("links.json")
    }

    /// The evidence files.
    #[must_use]
    pub fn evidence(&self) -> PathBuf {
        self.root.join("log")
    }

    /// What only the organizer may read.
    #[must_use]
    pub fn private(&self) -> PathBuf {
        self.root.join("private")
    }

    /// The journal: the durable log.
    #[must_use]
    pub fn journal(&self) -> PathBuf {
        self.private().join("journal.db")
    }

    /// The encrypted store of people.
    #[must_use]
    pub fn people(&self) -> PathBuf {
        self.private().join("people.db")
    }

    /// The pseudonymous roster that the log was opened with, byte for byte as its first entry says.
    #[must_use]
    pub fn roster(&self) -> PathBuf {
        self.private().join("roster.csv")
    }

    /// Who acts, and as what.
    #[must_use]
    pub fn staff(&self) -> PathBuf {
        self.private().join("staff.json")
    }

    /// The keys.
    #[must_use]
    pub fn keys(&self) -> PathBuf {
        self.private().join("keys")
    }

    /// The file that a writer holds locked.
    #[must_use]
    pub fn lock(&self) -> PathBuf {
        self.private().join("lock")
    }
}
