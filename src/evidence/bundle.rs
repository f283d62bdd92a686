//! A bundle: all evidence of an attempt as one folder, folded again from what was written to the disk.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};

use super::{
    carried,
    checkpoint::{CheckpointError, VerifierKey},
    documents::{self, is_document},
    files::{Evidence, EvidenceError, Source, each_chunk},
    manifest::{Grade, Hashing, Listed, MANIFEST, Manifest},
    progress::{Progress, Step, Watch},
    readme::{self, README},
    tables,
    verify::{self, Asked, Means, Verdict},
};
use crate::domain::{
    event::Opened,
    fold::refusal::Refusal,
    ids::{Digest, EntryIndex, Size},
    ledger::Ledger,
    line::Line,
    roster::RosterError,
    tree::Head,
};

/// The declaration as it was filed.
pub(super) const DECLARATION: &str = "declaration.toml";

/// The pseudonymous roster.
pub(super) const ROSTER: &str = "roster.csv";

/// The folder of the log's files.
pub(super) const LOG: &str = "log";

/// How much of a file is hashed at once.
const PIECE_BYTES: usize = 64 * 1024;

/// What a bundle is made from, beside the lines.
#[derive(Clone, Copy)]
pub struct Parts<'a> {
    /// The declaration's file, byte for byte.
    pub declaration: &'a [u8],
    /// The pseudonymous roster, byte for byte.
    pub roster: &'a [u8],
    /// The log's public key.
    pub key: &'a VerifierKey,
    /// The signed heads up to the one that the bundle ends with, smallest first.
    pub notes: &'a [String],
    /// Makes the documents for people that stand beside the evidence.
    pub documents: &'a documents::Make<'a>,
    /// Is told how far the writing has come.
    pub watch: &'a Watch<'a>,
}

/// Why a bundle was not written. Nothing is left behind.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// Sign a checkpoint first: start the hub, or let the export recover the log.
    #[error("the log has no signed checkpoint yet")]
    NothingSigned,
    /// A stored checkpoint is not one of this log's key: the attempt's files were mixed up.
    #[error("a stored checkpoint does not belong to the log's key")]
    Checkpoint(#[from] CheckpointError),
    /// The stored roster is damaged: restore `roster.csv` from a backup of the attempt.
    #[error("the stored roster cannot be read")]
    Roster(#[from] RosterError),
    /// The journal is damaged or was changed by another program: keep it as it is, and call the auditor.
    #[error("entry {index} of the journal cannot be counted", index = .index.0)]
    Line {
        /// Which.
        index: EntryIndex,
        /// What is wrong with it.
        source: Refusal,
    },
    /// The journal does not hold what was signed: keep it as it is, and call the auditor.
    #[error("the journal's first {size} entries have the root {found}, but {signed} is signed", size = .signed.size.0, found = .found.root, signed = .signed.root)]
    Disagrees {
        /// What is signed.
        signed: Head,
        /// What the journal holds.
        found: Head,
    },
    /// Put the declaration back as it was when the attempt opened.
    #[error("the declaration was changed after the attempt was opened: its SHA-256 was {opened} and is {found}")]
    Declaration {
        /// What the log says.
        opened: Digest,
        /// What the file has.
        found: Digest,
    },
    /// Choose another path, or empty the folder yourself.
    #[error("{path} holds something else than an earlier bundle of this log and grade", path = .0.display())]
    Foreign(PathBuf),
    /// The documents for people cannot be made: a defect of this program. Report it, and export with a program that was
    /// built without them: the evidence needs none.
    #[error("the documents for people cannot be made")]
    Documents(#[source] io::Error),
    /// What was written does not verify: a defect of this program or of the disk. Try another disk, and report it.
    #[error("the written bundle is not sound: {0}")]
    Unsound(String),
    /// The evidence files cannot be written.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    /// Free space, or choose a path that can be written.
    #[error("{path} cannot be written", path = .0.display())]
    Io(PathBuf, #[source] io::Error),
}

/// Writes the bundle of everything up to the newest of the notes into the folder `out`.
///
/// The folder appears when it is complete and verified. The same log up to the same head gives the same bytes.
/// `counted` spares a fold where the caller has just made it; one that is not of the signed head is not used.
///
/// # Errors
/// When the lines do not belong to the signed head, or the folder cannot be written.
pub fn write(
    parts: Parts<'_>,
    counted: Option<Ledger>,
    source: &mut Source<'_>,
    out: &Path,
) -> Result<Head, BundleError> {
    let (signed, ledger) = self::counted(parts, counted, source)?;
    refuse_foreign(out, parts.key.origin().as_str(), Grade::Auditor)?;
    let draft = Draft::new(out)?;
    draft.fill(parts, &ledger, source)?;
    // The verification counts the log itself: two counts at once need twice the memory.
    drop(ledger);
    draft.verify(parts)?;
    draft.publish(out)?;
    Ok(signed)
}

/// The newest signed head, and the count of exactly what it signs.
pub(super) fn counted(
    parts: Parts<'_>,
    counted: Option<Ledger>,
    source: &mut Source<'_>,
) -> Result<(Head, Ledger), BundleError> {
    let newest = parts.notes.last().ok_or(BundleError::NothingSigned)?;
    let signed = parts.key.open(newest)?;
    let ledger = match counted.filter(|counted| counted.head() == signed) {
        Some(counted) => counted,
        None => fold(parts.roster, signed.size, &mut watched(source, Step::Counting, signed.size, parts.watch))?,
    };
    let found = ledger.head();
    if found != signed {
        return Err(BundleError::Disagrees { signed, found });
    }
    check_declaration(parts.declaration, &ledger)?;
    Ok((signed, ledger))
}

/// A source whose readers are seen going through it.
fn watched<'a>(
    source: &'a mut Source<'_>,
    step: Step,
    Size(total): Size,
    watch: &'a Watch<'a>,
) -> impl FnMut(EntryIndex, usize) -> io::Result<Vec<Line>> + 'a {
    move |from, max| {
        watch(Progress { step, done: from.0, total });
        source(from, max)
    }
}

fn fold(roster: &[u8], size: Size, source: &mut Source<'_>) -> Result<Ledger, BundleError> {
    let mut ledger = Ledger::new(roster)?;
    let mut refused = None;
    each_chunk(Size(0), size, source, |lines| {
        for line in lines {
            if let Err(refusal) = ledger.accept(&line.bytes) {
                refused = Some(BundleError::Line { index: line.stamp.index, source: refusal });
                return Err(EvidenceError::Source(io::Error::other("a line cannot be counted")));
            }
        }
        Ok(())
    })
    .map_err(|error| refused.take().unwrap_or(BundleError::Evidence(error)))?;
    Ok(ledger)
}

fn check_declaration(declaration: &[u8], ledger: &Ledger) -> Result<(), BundleError> {
    let opened = ledger.attendance().opened().ok_or(BundleError::NothingSigned)?.digest;
    let found = Digest(Sha256::digest(declaration).into());
    if found == opened { Ok(()) } else { Err(BundleError::Declaration { opened, found }) }
}

/// Everything that is made from a counted log or by this program alone, by file name.
pub(super) fn derived(ledger: &Ledger, opened: &Opened) -> io::Result<Vec<(&'static str, Vec<u8>)>> {
    let mut files = tables::all(ledger)?;
    files.push((README, readme::text(opened, ledger.head()).into_bytes()));
    files.extend(carried::all());
    Ok(files)
}

/// Lets pass what does not exist, what is empty, and an earlier bundle of the same log and grade: a folder that is
/// published never gets what only the auditor may see.
pub(super) fn refuse_foreign(out: &Path, origin: &str, grade: Grade) -> Result<(), BundleError> {
    let mut inside = match fs::read_dir(out) {
        Ok(inside) => inside,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => return Err(BundleError::Foreign(out.to_owned())),
        Err(error) => return Err(BundleError::Io(out.to_owned(), error)),
    };
    if inside.next().is_none() {
        return Ok(());
    }
    let ours = fs::read_to_string(out.join(MANIFEST)).is_ok_and(|manifest| is_of(&manifest, origin, grade));
    if ours { Ok(()) } else { Err(BundleError::Foreign(out.to_owned())) }
}

/// Whether a manifest is that of a bundle of this log and grade.
#[must_use]
pub fn is_of(manifest: &str, origin: &str, grade: Grade) -> bool {
    let manifest = serde_json::from_str::<Manifest>(manifest);
    manifest.is_ok_and(|manifest| manifest.origin == origin && manifest.grade() == grade)
}

/// A bundle that is being written beside its place; what is not published is removed.
pub(super) struct Draft {
    root: PathBuf,
    published: bool,
}

impl Draft {
    pub(super) fn new(out: &Path) -> Result<Self, BundleError> {
        let root = beside(out, "draft");
        remove(&root)?;
        fs::create_dir_all(&root).map_err(|error| BundleError::Io(root.clone(), error))?;
        Ok(Self { root, published: false })
    }

    fn fill(&self, parts: Parts<'_>, ledger: &Ledger, source: &mut Source<'_>) -> Result<(), BundleError> {
        let size = ledger.head().size;
        let mut source = watched(source, Step::Writing, size, parts.watch);
        Evidence::copy(&self.root.join(LOG), parts.key, ledger.tree(), parts.notes, &mut source)?;
        self.put(DECLARATION, parts.declaration)?;
        self.put(ROSTER, parts.roster)?;
        let opened = ledger.attendance().opened().ok_or(BundleError::NothingSigned)?;
        let files = derived(ledger, opened).map_err(|error| self.failed(error))?;
        for (name, bytes) in &files {
            self.put(name, bytes)?;
        }
        (parts.watch)(Progress { step: Step::Documents, done: 0, total: 0 });
        let source = documents::Source { ledger, opened, key: parts.key, tables: &files };
        let made = (parts.documents)(&source).map_err(BundleError::Documents)?;
        drop(files);
        for (path, bytes) in made {
            self.put_document(&path, &bytes)?;
        }
        let listed = listing(&self.root).map_err(|error| self.failed(error))?;
        let origin = parts.key.origin().to_string();
        let manifest = Manifest::new(origin, ledger, listed);
        let bytes = manifest.bytes().map_err(|error| self.failed(error.into()))?;
        self.put(MANIFEST, &bytes)
    }

    fn put_document(&self, path: &str, bytes: &[u8]) -> Result<(), BundleError> {
        if !is_document(path) {
            let what = format!("{path} is no document of a bundle");
            return Err(BundleError::Documents(io::Error::new(io::ErrorKind::InvalidInput, what)));
        }
        if let Some((folder, _)) = path.rsplit_once('/') {
            fs::create_dir_all(self.root.join(folder)).map_err(|error| self.failed(error))?;
        }
        self.put(path, bytes)
    }

    pub(super) fn put(&self, name: &str, bytes: &[u8]) -> Result<(), BundleError> {
        let path = self.root.join(name);
        let written = fs::write(&path, bytes).and_then(|()| File::open(&path)?.sync_all());
        written.map_err(|error| BundleError::Io(path, error))
    }

    /// Whoever is handed a bundle checks it; a bundle that fails that check is not handed out.
    fn verify(&self, parts: Parts<'_>) -> Result<(), BundleError> {
        let asked = Asked { key: Some(parts.key.clone()), noted: None };
        let report = verify::verify_with(&self.root, &asked, Means { documents: None, watch: parts.watch });
        match (report.verdict, report.findings.first()) {
            (Verdict::Sound, _) => Ok(()),
            (Verdict::NotSound | Verdict::CannotTell, Some(finding)) => Err(BundleError::Unsound(finding.to_string())),
            (Verdict::NotSound | Verdict::CannotTell, None) => Err(BundleError::Unsound("no reason given".into())),
        }
    }

    pub(super) fn publish(mut self, out: &Path) -> Result<(), BundleError> {
        let old = beside(out, "old");
        remove(&old)?;
        let moved = |error| BundleError::Io(out.to_owned(), error);
        if out.exists() {
            fs::rename(out, &old).map_err(moved)?;
        }
        fs::rename(&self.root, out).map_err(moved)?;
        self.published = true;
        let parent = out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(parent).and_then(|parent| parent.sync_all()).map_err(moved)?;
        remove(&old)
    }

    /// The path of a file in it.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    pub(super) fn failed(&self, error: io::Error) -> BundleError {
        BundleError::Io(self.root.clone(), error)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.published {
            // What cannot be removed now is removed by the next export to the same place.
            fs::remove_dir_all(&self.root).ok();
        }
    }
}

/// A hidden neighbour of a path.
fn beside(out: &Path, what: &str) -> PathBuf {
    let name = out.file_name().unwrap_or(OsStr::new("bundle")).to_string_lossy();
    out.with_file_name(format!(".{name}.hadir-{what}"))
}

fn remove(folder: &Path) -> Result<(), BundleError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(BundleError::Io(folder.to_owned(), error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Every file under a folder as the list names it, in the order of their paths.
pub(super) fn listing(root: &Path) -> io::Result<Vec<Listed>> {
    let mut listed = Vec::new();
    for path in paths(root)? {
        listed.push(describe(root, &path)?);
    }
    Ok(listed)
}

/// The paths of every file under a folder, with `/` between the parts, in order.
///
/// # Errors
/// When the folder cannot be read.
pub fn paths(root: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut open = vec![String::new()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(root.join(&folder))? {
            let entry = entry?;
            let name = entry.file_name();
            let name =
                name.to_str().ok_or_else(|| io::Error::other(format!("a name that is not UTF-8 in {folder}")))?;
            let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
            if entry.file_type()?.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    Ok(found)
}

/// Hashes one file as it stands on the disk.
pub(super) fn describe(root: &Path, path: &str) -> io::Result<Listed> {
    let mut file = File::open(root.join(path))?;
    let mut hashing = Hashing::default();
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let length = file.read(&mut piece)?;
        if length == 0 {
            return Ok(hashing.listed(path));
        }
        hashing.update(piece.get(..length).unwrap_or_default());
    }
}
