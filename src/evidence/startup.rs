//! Whether what is published belongs to the journal: the files of a newer or of another history stop the start.

use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
};

use super::{
    checkpoint::{CheckpointError, VerifierKey},
    durable::Folder,
    files::{CHECKPOINT, CHECKPOINTS, ENTRIES, KEY},
};
use crate::domain::{
    ids::Size,
    tree::{Head, Tree},
};

/// Why the evidence was not published.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// The files are newer than the journal: it is a restored backup. Put the newer journal back.
    #[error("the published files cover {published} entries, but the journal has only {journal}", published = .published.0, journal = .journal.0)]
    Newer {
        /// What is published.
        published: Size,
        /// What the journal has.
        journal: Size,
    },
    /// A published checkpoint is not in the journal: it is a restored backup. Put the newer journal back.
    #[error("a checkpoint of size {} is published that the journal did not record", .0.0)]
    Unrecorded(Size),
    /// What is published or to be published contradicts the journal's entries: stop, and call the auditor.
    #[error("the checkpoint of size {} does not belong to the journal's entries", .0.0)]
    Contradiction(Size),
    /// A checkpoint is not one of this log: look who changed the folder.
    #[error("{0} is not a checkpoint of this log")]
    Checkpoint(PathBuf, #[source] CheckpointError),
    /// The folder belongs to a log with another key: put the right one back.
    #[error("the folder {} belongs to a log with another key", .0.display())]
    Foreign(PathBuf),
    /// The durable lines cannot be read.
    #[error("the log's lines cannot be read back")]
    Source(#[source] io::Error),
    /// The operating system refused: stop publishing, free space or repair the disk, then open the folder again.
    #[error("the evidence files in {} cannot be read or written", .0.display())]
    Io(PathBuf, #[source] io::Error),
}

impl EvidenceError {
    /// What the operator can do about it.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Newer { .. } | Self::Unrecorded(_) => {
                "private/journal.db is an old copy: put the newest one back, with its journal.db-wal; acknowledged \
                 entries are missing from this one"
            }
            Self::Contradiction(_) => {
                "do not delete anything: copy the whole attempt folder aside; two histories exist, and the auditor has \
                 to see both"
            }
            Self::Checkpoint(..) | Self::Foreign(_) => {
                "move the folder log/ aside and start again: it is rebuilt from the journal; keep the old one for the \
                 auditor"
            }
            Self::Source(_) => "check the disk, then start again",
            Self::Io(..) => "check that the disk has space and that this user may write there, then start again",
        }
    }
}

/// Opens every note and checks it against the tree.
pub(super) fn open_all<'a>(
    key: &VerifierKey,
    tree: &Tree,
    notes: &'a [String],
) -> Result<Vec<(Head, &'a str)>, EvidenceError> {
    notes.iter().map(|note| Ok((open_one(key, tree, note)?, note.as_str()))).collect()
}

/// Opens a note and checks it against the tree: only what the log's key has signed, and what is true, is published.
pub(super) fn open_one(key: &VerifierKey, tree: &Tree, note: &str) -> Result<Head, EvidenceError> {
    let head =
        key.open(note).map_err(|error| EvidenceError::Checkpoint(PathBuf::from("the note to publish"), error))?;
    if tree.root_at(head.size) == Some(head.root) { Ok(head) } else { Err(EvidenceError::Contradiction(head.size)) }
}

/// Compares what is published with the journal's entries and signed heads; changes nothing.
pub(super) fn check_published(
    folder: &Folder,
    key: &VerifierKey,
    tree: &Tree,
    heads: &[(Head, &str)],
) -> Result<(), EvidenceError> {
    let failed = |name: &str, error| EvidenceError::Io(folder.path(name), error);
    let found = folder.read(KEY).map_err(|error| failed(KEY, error))?;
    if found.is_some_and(|found| found.trim_ascii() != key.to_string().as_bytes()) {
        return Err(EvidenceError::Foreign(folder.path(KEY)));
    }
    let mut names = folder.files_under(CHECKPOINTS).map_err(|error| failed(CHECKPOINTS, error))?;
    names.retain(|name| name.bytes().next_back().is_some_and(|byte| byte.is_ascii_digit()));
    names.push(CHECKPOINT.to_owned());
    // The newest is looked at first: that the journal is old explains everything else.
    names.sort_by(|one, other| other.cmp(one));
    for name in names {
        if let Some(note) = folder.read(&name).map_err(|error| failed(&name, error))? {
            check_checkpoint(&folder.path(&name), &note, key, tree, heads)?;
        }
    }
    let lines = complete_lines(&folder.path(ENTRIES)).map_err(|error| failed(ENTRIES, error))?;
    if lines > tree.size() {
        return Err(EvidenceError::Newer { published: lines, journal: tree.size() });
    }
    Ok(())
}

fn check_checkpoint(
    path: &Path,
    note: &[u8],
    key: &VerifierKey,
    tree: &Tree,
    heads: &[(Head, &str)],
) -> Result<(), EvidenceError> {
    let text = std::str::from_utf8(note).map_err(|_| CheckpointError::Malformed);
    let head =
        text.and_then(|note| key.open(note)).map_err(|error| EvidenceError::Checkpoint(path.to_owned(), error))?;
    let Some(root) = tree.root_at(head.size) else {
        return Err(EvidenceError::Newer { published: head.size, journal: tree.size() });
    };
    if root != head.root {
        return Err(EvidenceError::Contradiction(head.size));
    }
    // The journal records a head before it is published: a published one that it does not know was lost with a newer journal.
    match heads.binary_search_by_key(&head.size, |(recorded, _)| recorded.size) {
        Ok(_) => Ok(()),
        Err(_) => Err(EvidenceError::Unrecorded(head.size)),
    }
}

/// How many complete lines a file has; a line that a crash has cut off does not count.
fn complete_lines(path: &Path) -> io::Result<Size> {
    let mut file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Size(0)),
        file => BufReader::new(file?),
    };
    let mut lines = 0_u64;
    loop {
        let bytes = file.fill_buf()?;
        if bytes.is_empty() {
            return Ok(Size(lines));
        }
        let length = bytes.len();
        lines = lines.saturating_add(bytes.iter().filter(|byte| **byte == b'\n').count() as u64);
        file.consume(length);
    }
}
