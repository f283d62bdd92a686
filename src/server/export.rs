//! Hands out the evidence: the bundle of an attempt, as a folder or packed, while the hub serves and after.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter, write::SimpleFileOptions};

use super::offline::{Offline, OfflineError};
#[cfg(feature = "report")]
use crate::evidence::verify::{self, Asked, Means, Report};
use crate::{
    attempt::{
        Attempt,
        keys::KeysError,
        layout::Layout,
        lock::{Lock, LockError},
    },
    domain::{
        ids::{EntryIndex, Size},
        ledger::Ledger,
        tree::Head,
    },
    evidence::{
        bundle::{self, BundleError, Parts},
        checkpoint::VerifierKey,
        documents,
        files::EvidenceError,
        manifest::Grade,
        progress::{self, Watch},
        public,
    },
    log::{Journal, OpenError, Reader},
};

/// How many signed heads are read at once.
const HEADS_AT_ONCE: usize = 4_096;

/// Makes the documents for people, where this program was built to make any.
#[cfg(feature = "report")]
const DOCUMENTS: &documents::Make<'static> = &crate::report::documents;
#[cfg(not(feature = "report"))]
const DOCUMENTS: &documents::Make<'static> = &documents::none;

/// What was exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exported {
    /// What the bundle holds.
    pub head: Head,
    /// How many entries lie beyond it: they are durable, but not signed yet, or were not asked for.
    pub beyond: u64,
}

/// Why nothing was exported. Nothing is left behind.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// As its own remedy says.
    #[error(transparent)]
    Journal(#[from] OpenError),
    /// As its own remedy says.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// As its own remedy says.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// As its own remedy says.
    #[error(transparent)]
    Log(#[from] OfflineError),
    /// Choose a size that has a checkpoint: the files under `log/checkpoints` have them as names.
    #[error("no checkpoint is signed for {} entries", .0.0)]
    NotSigned(Size),
    /// As its own doc says.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// Put the file back, or look at the disk.
    #[error("{path} cannot be read", path = .0.display())]
    Read(PathBuf, #[source] io::Error),
    /// Free space, or choose a path that can be written.
    #[error("{path} cannot be written", path = .0.display())]
    Write(PathBuf, #[source] io::Error),
}

impl ExportError {
    /// What the user can do about it.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Journal(error) => error.remedy(),
            Self::Lock(error) => error.remedy(),
            Self::Log(error) => error.remedy(),
            Self::NotSigned(_) => "choose a size that has a checkpoint: the files in log/checkpoints are named by them",
            Self::Bundle(BundleError::NothingSigned) => "start the hub once: it signs what it logs",
            Self::Bundle(BundleError::Foreign(_)) => "choose a new path, or remove what is there",
            Self::Bundle(BundleError::Declaration { .. }) => "put attempt.toml back as it was when the attempt opened",
            Self::Bundle(BundleError::Documents(_)) => {
                "report this as a defect, and export with a program built without the feature `report`"
            }
            Self::Bundle(BundleError::Io(..) | BundleError::Evidence(EvidenceError::Io(..))) | Self::Write(..) => {
                "free some space, or choose a path that can be written"
            }
            Self::Keys(_) | Self::Read(..) => "put the file back from a copy of the attempt",
            Self::Bundle(_) => "copy the whole attempt aside before anything else, and call the auditor",
        }
    }
}

/// Signs and publishes what is durable, where no hub does it, and gives the count that this took: the export needs no
/// other. Whoever exports after a crash does this first.
///
/// # Errors
/// When the log cannot be counted or signed. A running hub and a directory that cannot be written are no error: the
/// export then ends at the newest signed head.
pub async fn sign_what_is_durable(attempt: &Attempt) -> Result<Option<Ledger>, ExportError> {
    sign_watched(attempt, &progress::unseen).await
}

/// As [`sign_what_is_durable`], for somebody who watches how far it has come.
///
/// # Errors
/// As there.
pub async fn sign_watched(attempt: &Attempt, watch: &Watch<'_>) -> Result<Option<Ledger>, ExportError> {
    let Some(lock) = hold(attempt)? else { return Ok(None) };
    let mut log = Offline::open(attempt, lock, watch).await?;
    log.sign().await?;
    Ok(Some(log.into_ledger()))
}

/// The key that the published files name, for whoever has the log and nothing else any more.
///
/// # Errors
/// When the file is missing or is no key.
pub fn published_key(layout: &Layout) -> Result<VerifierKey, ExportError> {
    let path = layout.evidence().join("log.vkey");
    let text = String::from_utf8_lossy(&read(path.clone())?).into_owned();
    text.parse().map_err(|error| ExportError::Read(path, io::Error::new(io::ErrorKind::InvalidData, error)))
}

/// The lock, unless a hub holds it or nothing can be written here.
fn hold(attempt: &Attempt) -> Result<Option<Lock>, ExportError> {
    match attempt.hold() {
        Ok(lock) => Ok(Some(lock)),
        Err(LockError::Held { .. } | LockError::ReadOnly { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Writes the bundle up to the newest signed head, or up to the signed head of exactly `at` entries. A path that ends
/// in `.zip` gets a packed bundle. `counted` is the log's count where the caller has it.
///
/// # Errors
/// When what is on the disk is not what was signed, or the path cannot be written.
pub fn export(
    layout: &Layout,
    key: &VerifierKey,
    counted: Option<Ledger>,
    at: Option<Size>,
    out: &Path,
) -> Result<Exported, ExportError> {
    export_graded(layout, key, counted, Wanted { grade: Grade::Auditor, at, out }, &progress::unseen)
}

/// What is to be exported, and to where.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// For whom.
    pub grade: Grade,
    /// Up to which signed head; the newest one where none is named.
    pub at: Option<Size>,
    /// A folder, or a file that ends in `.zip`.
    pub out: &'a Path,
}

/// As [`export`], for whoever says for whom it is and watches how far it has come.
///
/// # Errors
/// As there.
pub fn export_graded(
    layout: &Layout,
    key: &VerifierKey,
    counted: Option<Ledger>,
    wanted: Wanted<'_>,
    watch: &Watch<'_>,
) -> Result<Exported, ExportError> {
    let Wanted { grade, at, out } = wanted;
    let reader = Journal::reader(&layout.journal())?;
    let notes = notes(&reader, at, layout)?;
    let (declaration, roster) = (read(layout.declaration())?, read(layout.roster())?);
    let parts = Parts { declaration: &declaration, roster: &roster, key, notes: &notes, documents: DOCUMENTS, watch };
    let mut source = |from: EntryIndex, max: usize| reader.entries(from, max);
    let write = |folder: &Path| match grade {
        Grade::Public => public::write(parts, counted, &mut source, folder),
        Grade::Auditor => bundle::write(parts, counted, &mut source, folder),
    };
    let is_packed = out.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip"));
    let head = if is_packed { packed(out, key, grade, |folder| Ok(write(folder)?))? } else { write(out)? };
    let count = reader.count().map_err(|error| ExportError::Read(layout.journal(), error))?;
    Ok(Exported { head, beyond: count.0.saturating_sub(head.size.0) })
}

/// The signed heads that the bundle can show, smallest first.
fn notes(reader: &Reader, at: Option<Size>, layout: &Layout) -> Result<Vec<String>, ExportError> {
    let (mut notes, mut after) = (Vec::new(), None);
    loop {
        let heads = reader.heads(after, HEADS_AT_ONCE).map_err(|error| ExportError::Read(layout.journal(), error))?;
        let Some(last) = heads.last().map(|head| head.size) else { break };
        let wanted = heads.into_iter().take_while(|head| at.is_none_or(|at| head.size <= at));
        for head in wanted {
            after = Some(head.size);
            notes.push(head.note);
        }
        if after != Some(last) {
            break;
        }
    }
    match at {
        Some(at) if after != Some(at) => Err(ExportError::NotSigned(at)),
        Some(_) | None => Ok(notes),
    }
}

/// Checks a bundle's folder, and makes its documents for people again.
#[cfg(feature = "report")]
#[must_use]
pub fn check_documents(bundle: &Path, watch: &Watch<'_>) -> Report {
    verify::verify_with(bundle, &Asked::default(), Means { documents: Some(DOCUMENTS), watch })
}

fn read(path: PathBuf) -> Result<Vec<u8>, ExportError> {
    fs::read(&path).map_err(|error| ExportError::Read(path, error))
}

/// Packs what `write` puts into a folder beside `out`.
fn packed(
    out: &Path,
    key: &VerifierKey,
    grade: Grade,
    write: impl FnOnce(&Path) -> Result<Head, ExportError>,
) -> Result<Head, ExportError> {
    refuse_foreign(out, key.origin().as_str(), grade)?;
    let parent = out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = out.file_name().unwrap_or_default().to_string_lossy();
    // The process id keeps two exports to the same place apart; a folder of a dead one is overwritten or lies idle.
    let work = parent.join(format!(".{name}.{}", std::process::id()));
    let failed = |error| ExportError::Write(out.to_owned(), error);
    fs::create_dir_all(&work).map_err(failed)?;
    let folder = work.join("bundle");
    let written = write(&folder).and_then(|head| {
        let draft = work.join("bundle.zip");
        pack(&folder, &draft).and_then(|()| fs::rename(&draft, out)).map_err(failed)?;
        Ok(head)
    });
    let removed = fs::remove_dir_all(&work).map_err(failed);
    let head = written?;
    removed?;
    File::open(parent).and_then(|parent| parent.sync_all()).map_err(failed)?;
    Ok(head)
}

/// A file that is there already is replaced only by a bundle of the same log and grade.
fn refuse_foreign(out: &Path, origin: &str, grade: Grade) -> Result<(), ExportError> {
    let Ok(file) = File::open(out) else { return Ok(()) };
    let same = ZipArchive::new(file).is_ok_and(|mut archive| {
        let manifest = archive.by_name("manifest.json").map(io::read_to_string);
        manifest.is_ok_and(|text| text.is_ok_and(|text| bundle::is_of(&text, origin, grade)))
    });
    if same { Ok(()) } else { Err(BundleError::Foreign(out.to_owned()).into()) }
}

/// Packs a folder: files in the order of their paths, all with the same date, so that the same bundle packs the same.
fn pack(folder: &Path, out: &Path) -> io::Result<()> {
    let mut archive = ZipWriter::new(File::create(out)?);
    for path in bundle::paths(folder)? {
        let mut file = File::open(folder.join(&path))?;
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::default())
            .unix_permissions(0o644)
            .large_file(file.metadata()?.len() > u64::from(u32::MAX));
        archive.start_file(path, options)?;
        io::copy(&mut file, &mut archive)?;
    }
    archive.finish()?.sync_all()
}
