//! Hands out the sealed roster: encrypted beside its place, logged with its digest, signed, and only then there.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use age::x25519;
use sha2::{Digest as _, Sha256};

use super::offline::{Offline, OfflineError};
use crate::{
    attempt::{Attempt, files::PRIVATE_FILE, lock::Lock},
    domain::{
        event::{Disclosed, Event},
        ids::{Digest, EntryIndex},
        line::{Entry, EntryError},
        roster::{self, RosterError},
        tree::Head,
    },
    evidence::progress,
    log::Reader,
    roster::{
        StoreError,
        sealed::{self, Belongs, Commitments, SealRosterError, Sealed},
    },
};

/// How many lines are read at once.
const READ_AT_ONCE: usize = 4_096;

/// A sealed roster that was handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disclosure {
    /// Who is in it.
    pub sealed: Sealed,
    /// The SHA-256 of the file, as the log has it.
    pub sha256: Digest,
    /// The signed head that covers it.
    pub head: Head,
}

/// Why no sealed roster was handed out. No file is left at its place.
#[derive(Debug, thiserror::Error)]
pub enum DiscloseError {
    /// Choose another path: a sealed roster that is there has its digest in the log.
    #[error("{} exists already", .0.display())]
    Exists(PathBuf),
    /// As its own remedy says.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// As its own remedy says.
    #[error(transparent)]
    Log(#[from] OfflineError),
    /// As its own remedy says.
    #[error(transparent)]
    Seal(#[from] SealRosterError),
    /// Put the roster that the log was opened with back.
    #[error("private/roster.csv is damaged")]
    Roster(#[from] RosterError),
    /// The journal is damaged: call the auditor.
    #[error("an entry of the journal cannot be read")]
    Entry(#[from] EntryError),
    /// Look at the disk.
    #[error("{} cannot be read", .0.display())]
    Read(PathBuf, #[source] io::Error),
    /// Free space, or choose a path that can be written.
    #[error("{} cannot be written", .0.display())]
    Write(PathBuf, #[source] io::Error),
}

impl DiscloseError {
    /// What the user can do about it.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Exists(_) => "choose a path where nothing is; each sealed roster is handed out once",
            Self::Store(error) => error.remedy(),
            Self::Log(error) => error.remedy(),
            Self::Seal(error) => error.remedy(),
            Self::Roster(_) | Self::Read(..) => "put the file back from a copy of the attempt",
            Self::Entry(_) => "copy the whole attempt aside before anything else, and call the auditor",
            Self::Write(..) => "free some space, or choose a path that can be written; nothing was handed out",
        }
    }
}

/// Seals the roster of an open attempt to these keys.
///
/// The log learns the file's digest before the file has its name: nobody gets one that is not logged. What a crash
/// leaves between the two is a logged digest without a file, and a hidden draft that the next call removes.
///
/// # Errors
/// When the roster cannot be sealed, logged or written.
pub async fn disclose(
    attempt: &Attempt,
    lock: Lock,
    to: &[x25519::Recipient],
    out: &Path,
) -> Result<Disclosure, DiscloseError> {
    if out.symlink_metadata().is_ok() {
        return Err(DiscloseError::Exists(out.to_owned()));
    }
    let store = attempt.open_people()?;
    let mut log = Offline::open(attempt, lock, &progress::unseen).await?;
    let known = commitments(attempt, log.reader())?;
    let belongs = Belongs::new(attempt.origin(), log.head());
    let draft = Draft::create(out)?;
    let mut file = Hashed { file: &draft.file, sha256: Sha256::new() };
    let sealed = sealed::seal(&store, &attempt.keys.pseudonyms(), &known, belongs, to, &mut file)?;
    let sha256 = Digest(file.sha256.finalize().into());
    draft.file.sync_all().map_err(|error| DiscloseError::Write(out.to_owned(), error))?;
    let to = to.iter().map(ToString::to_string).collect();
    let persons = u32::try_from(sealed.named).unwrap_or(u32::MAX);
    log.log(Event::Disclosed(Disclosed { to, persons, sha256 })).await?;
    let head = log.sign().await?;
    draft.publish(out)?;
    Ok(Disclosure { sealed, sha256, head })
}

/// Everything to which the log commits.
fn commitments(attempt: &Attempt, reader: &Reader) -> Result<Commitments, DiscloseError> {
    let path = attempt.layout.roster();
    let rows = roster::parse(&fs::read(&path).map_err(|error| DiscloseError::Read(path, error))?)?;
    let mut known = Commitments::new(&rows);
    let mut from = EntryIndex(0);
    loop {
        let lines = reader.entries(from, READ_AT_ONCE);
        let lines = lines.map_err(|error| DiscloseError::Read(attempt.layout.journal(), error))?;
        let Some(last) = lines.last() else { return Ok(known) };
        from = last.stamp.index.next();
        for line in &lines {
            let entry = Entry::parse(&line.bytes)?;
            known.note(entry.stamp.index, &entry.event);
        }
    }
}

/// A file beside its place; what is not published is removed.
struct Draft {
    path: PathBuf,
    file: File,
    published: bool,
}

impl Draft {
    fn create(out: &Path) -> Result<Self, DiscloseError> {
        let name = out.file_name().unwrap_or_default().to_string_lossy();
        let path = out.with_file_name(format!(".{name}.hadir-draft"));
        let failed = |error| DiscloseError::Write(out.to_owned(), error);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            Ok(()) | Err(_) => {}
        }
        let file = OpenOptions::new().write(true).create_new(true).mode(PRIVATE_FILE).open(&path).map_err(failed)?;
        Ok(Self { path, file, published: false })
    }

    fn publish(mut self, out: &Path) -> Result<(), DiscloseError> {
        let failed = |error| DiscloseError::Write(out.to_owned(), error);
        fs::rename(&self.path, out).map_err(failed)?;
        self.published = true;
        let parent = out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(parent).and_then(|parent| parent.sync_all()).map_err(failed)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.published {
            // What cannot be removed now is removed by the next call for the same place.
            fs::remove_file(&self.path).ok();
        }
    }
}

/// A file that is hashed as it is written.
struct Hashed<'a> {
    file: &'a File,
    sha256: Sha256,
}

impl Write for Hashed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.sha256.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
