//! What a bundle commits to, read from its own files: enough to compare a sealed roster with it, not to verify it.

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use super::{Belongs, Commitments, Place};
use crate::domain::{
    event::Event,
    ids::{Digest, EntryIndex, Size},
    line::{Entry, EntryError, LINE_BYTES_MAX},
    roster::{self, RosterError},
    tree::Tree,
};
use crate::evidence::checkpoint::{KeyError, VerifierKey};

/// The part of a line by which the kinds are told that matter here: reading every line takes minutes.
const KINDS: [&[u8]; 2] = [b"\"k\":\"person\"", b"\"k\":\"disclose\""];

/// What a bundle says of its people.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// The log's origin.
    pub origin: String,
    /// What it commits to.
    pub commitments: Commitments,
    /// The sealed rosters that were handed out, by entry and digest.
    pub disclosed: Vec<(EntryIndex, Digest)>,
    tree: Tree,
}

/// Why a bundle cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// Give the folder of an auditor's bundle.
    #[error("{} cannot be read", .0.display())]
    Io(PathBuf, #[source] io::Error),
    /// Check the bundle with hadir-verify.
    #[error("the bundle's roster.csv is damaged")]
    Roster(#[from] RosterError),
    /// Check the bundle with hadir-verify.
    #[error("the bundle's key is damaged")]
    Key(#[from] KeyError),
    /// Check the bundle with hadir-verify.
    #[error("line {0} of the bundle's log cannot be read")]
    Line(u64, #[source] EntryError),
}

impl BundleError {
    /// What the user can do about it.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Io(..) => {
                "give --roster the folder of an auditor's bundle; a .zip is unpacked first, and the public grade has no roster"
            }
            Self::Roster(_) | Self::Key(_) | Self::Line(..) => "check the bundle with hadir-verify, and get it again",
        }
    }
}

impl Evidence {
    /// Reads what a bundle commits to.
    ///
    /// # Errors
    /// When it is no auditor's bundle, or one of its lines is none.
    pub fn read(bundle: &Path) -> Result<Self, BundleError> {
        let failed = |path: PathBuf| move |error| BundleError::Io(path, error);
        let path = bundle.join("roster.csv");
        let rows = roster::parse(&fs::read(&path).map_err(failed(path))?)?;
        let path = bundle.join("log/log.vkey");
        let key: VerifierKey = fs::read_to_string(&path).map_err(failed(path))?.parse()?;
        let mut evidence = Self {
            origin: key.origin().to_string(),
            commitments: Commitments::new(&rows),
            disclosed: Vec::new(),
            tree: Tree::new(),
        };
        let path = bundle.join("log/entries.jsonl");
        let mut lines = BufReader::new(File::open(&path).map_err(failed(path.clone()))?);
        let mut line = Vec::new();
        loop {
            line.clear();
            // One byte more than the longest line and its end: a longer one is found as none.
            let most = LINE_BYTES_MAX.saturating_add(2) as u64;
            lines.by_ref().take(most).read_until(b'\n', &mut line).map_err(failed(path.clone()))?;
            let Some(text) = line.strip_suffix(b"\n") else { break };
            evidence.take(text)?;
        }
        Ok(evidence)
    }

    fn take(&mut self, line: &[u8]) -> Result<(), BundleError> {
        let number = self.tree.size().0.saturating_add(1);
        self.tree.append(line);
        let is_of = |kind: &&[u8]| line.windows(kind.len()).take(KIND_WITHIN).any(|part| part == *kind);
        if !KINDS.iter().any(is_of) {
            return Ok(());
        }
        let entry = Entry::parse(line).map_err(|error| BundleError::Line(number, error))?;
        self.commitments.note(entry.stamp.index, &entry.event);
        if let Event::Disclosed(disclosed) = &entry.event {
            self.disclosed.push((entry.stamp.index, disclosed.sha256));
        }
        Ok(())
    }

    /// Whether its log is the one that a sealed roster belongs to.
    #[must_use]
    pub fn continues(&self, belongs: &Belongs) -> bool {
        self.tree.root_at(Size(belongs.size)) == Some(belongs.root)
    }
}

/// How far into a line its kind can stand: after the version and the index.
const KIND_WITHIN: usize = 64;

impl Commitments {
    /// Takes what an entry commits to.
    pub fn note(&mut self, index: EntryIndex, event: &Event) {
        if let Event::PersonAdded(added) = event {
            self.add(added.p, Place::Entry(index), added.c);
        }
    }
}
