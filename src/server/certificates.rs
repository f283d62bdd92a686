//! Hands out certificates: counts the closed log once more, and writes a folder that appears when it is complete.

mod folder;

use std::{
    io,
    path::Path,
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
};

use self::folder::Draft;
use super::{
    export::{self, ExportError},
    reading,
    recovery::RecoverError,
};
use crate::{
    attempt::{Attempt, calendar::Language},
    domain::{accounts::tally::Phase, ledger::Ledger},
    evidence::progress::{Progress, Step, Watch},
    log::{Journal, OpenError, SignedHead},
    report::certificates::{self, CertificateFonts, Everybody, Issuer, Row, SchoolFiles},
    roster::{OfSchool, StoreError},
};

/// How many schools are laid out at once: each has all its pages in memory.
const WORKERS_MAX: usize = 8;

/// What was handed out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Issued {
    /// How many certificates there are.
    pub certificates: usize,
    /// How many schools have any; those without a school are one of them.
    pub schools: usize,
    /// How many persons have a reason instead.
    pub reasons: usize,
    /// How many count whose details are erased.
    pub erased: usize,
    /// How many are on the roster and not in the log.
    pub unknown: usize,
    /// Whose certificates have a mark in the place of characters that cannot be printed.
    pub unprintable: Vec<String>,
    /// The public key that checks the codes.
    pub key: String,
}

/// Why no certificates were handed out. The folder is as it was.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// Serve the attempt first.
    #[error("nothing is logged yet: the attempt was never served")]
    NotOpen,
    /// Wait for the end of the lesson, then give the signal `close`.
    #[error("attendance is not closed yet: who counts can still change")]
    NotClosed,
    /// Keep the log as it is, and call the auditor.
    #[error("attendance is closed, and yet the log says that it is not final")]
    NotFinal,
    /// Wait a second, then try again: the hub signs what it logs.
    #[error("the newest entries of the log are not signed yet")]
    NotSigned,
    /// Copy the whole attempt aside, and call the auditor.
    #[error("the log is not what was signed for it")]
    Disagrees,
    /// Choose a new folder, or empty this one.
    #[error("{0} holds something else than certificates of this attempt")]
    Foreign(String),
    /// As its own remedy says.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// As its own remedy says.
    #[error(transparent)]
    Journal(#[from] OpenError),
    /// As its own remedy says.
    #[error(transparent)]
    People(#[from] StoreError),
    /// As its own remedy says.
    #[error(transparent)]
    Recovery(#[from] RecoverError),
    /// Look at the disk.
    #[error("the log cannot be read")]
    Read(#[source] io::Error),
    /// Report it as a defect.
    #[error("the certificates cannot be laid out")]
    Layout(#[source] io::Error),
    /// Free space, or choose a place that can be written.
    #[error("{0} cannot be written")]
    Write(String, #[source] io::Error),
}

impl IssueError {
    /// What the user can do about it.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::NotOpen => "open the attempt with `hadir serve`; certificates are for those who counted in a lesson",
            Self::NotClosed => "give the signal `close` on the organizer's page after the lesson, then try again",
            Self::NotSigned => "wait a second until the hub has signed them, then try again",
            Self::NotFinal | Self::Disagrees => {
                "copy the whole attempt aside before anything else, and call the auditor"
            }
            Self::Foreign(_) => "choose a folder that does not exist yet, or empty this one",
            Self::Export(error) => error.remedy(),
            Self::Journal(error) => error.remedy(),
            Self::People(error) => error.remedy(),
            Self::Recovery(error) => error.remedy(),
            Self::Read(_) => "check the disk, then try again",
            Self::Layout(_) => "report this as a defect",
            Self::Write(..) => "free some space, or choose a place where you may write",
        }
    }
}

/// Writes certificates for everybody who counts, and the reason of everybody else, into the folder `out`.
///
/// # Errors
/// When it is not decided yet who counts, or something cannot be read or written.
pub async fn issue(attempt: &Attempt, out: &Path, language: Language, watch: &Watch<'_>) -> Result<Issued, IssueError> {
    if !attempt.is_open() {
        return Err(IssueError::NotOpen);
    }
    let ledger = match export::sign_watched(attempt, watch).await? {
        Some(ledger) => ledger,
        None => reading::count(attempt, watch)?,
    };
    let tally = ledger.tally().ok_or(IssueError::NotOpen)?;
    if tally.phase != Phase::Closed {
        return Err(IssueError::NotClosed);
    }
    if !tally.is_final {
        return Err(IssueError::NotFinal);
    }
    check_signed(attempt, &ledger)?;
    let opened = ledger.attendance().opened().ok_or(IssueError::NotOpen)?;
    let public_url = attempt.declaration.declaration.public_url.as_deref();
    let issuer = Issuer::new(opened, &ledger, &attempt.keys, public_url, language).ok_or(IssueError::NotOpen)?;
    let everybody = certificates::everybody(&attempt.open_people()?.people()?, &attempt.keys, &ledger);
    write(&issuer, &everybody, out, attempt.keys.certificate_key_text(), watch)
}

/// What certificates name is a head that was signed: anybody who has the log can compare it.
fn check_signed(attempt: &Attempt, ledger: &Ledger) -> Result<(), IssueError> {
    let reader = Journal::reader(&attempt.layout.journal())?;
    let head = ledger.head();
    match reader.head_at(head.size).map_err(IssueError::Read)? {
        None => Err(IssueError::NotSigned),
        Some(SignedHead { root, .. }) if root != head.root => Err(IssueError::Disagrees),
        Some(_) => Ok(()),
    }
}

/// Writes the draft of the folder, and puts it in its place.
fn write(
    issuer: &Issuer,
    everybody: &Everybody,
    out: &Path,
    key: String,
    watch: &Watch<'_>,
) -> Result<Issued, IssueError> {
    let unwritable = |error| IssueError::Write(out.display().to_string(), error);
    let draft = Draft::begin(out, &issuer.key_file())?;
    let mut issued = Issued { erased: everybody.erased, unknown: everybody.unknown, key, ..Issued::default() };
    let total = everybody.schools.len() as u64;
    let mut done = 0_u64;
    each_school(issuer, everybody, |school, files| {
        watch(Progress { step: Step::Certificates, done, total });
        done = done.saturating_add(1);
        let files = files.map_err(IssueError::Layout)?;
        issued.certificates = issued.certificates.saturating_add(files.certified);
        issued.schools = issued.schools.saturating_add(usize::from(files.certificates.is_some()));
        issued.reasons = issued.reasons.saturating_add(school.items.len().saturating_sub(files.certified));
        issued.unprintable.extend(files.unprintable);
        let mut written = files.certificates.into_iter().chain(files.reasons);
        written.try_for_each(|(name, bytes)| draft.put(&name, &bytes)).map_err(unwritable)
    })?;
    // Schools come as their pages are ready; what is said does not depend on it.
    issued.unprintable.sort();
    for (name, bytes) in issuer.beside(everybody).map_err(IssueError::Layout)? {
        draft.put(name, &bytes).map_err(unwritable)?;
    }
    draft.finish().map_err(unwritable)?;
    Ok(issued)
}

/// Lays out the schools on every core, and hands each one over when it is ready; at most a few are in memory.
fn each_school(
    issuer: &Issuer,
    everybody: &Everybody,
    mut take: impl FnMut(&OfSchool<Row>, io::Result<SchoolFiles>) -> Result<(), IssueError>,
) -> Result<(), IssueError> {
    let fonts = &CertificateFonts::embedded().map_err(IssueError::Layout)?;
    let workers = thread::available_parallelism().map_or(1, usize::from).min(WORKERS_MAX);
    let next = &AtomicUsize::new(0);
    let (ready, schools) = mpsc::sync_channel(workers);
    thread::scope(|scope| {
        for _ in 0..workers {
            let ready = ready.clone();
            scope.spawn(move || {
                while let Some(school) = everybody.schools.get(next.fetch_add(1, Ordering::Relaxed)) {
                    // Nobody takes any more once something could not be written.
                    if ready.send((school, issuer.school(school, fonts))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(ready);
        schools.into_iter().try_for_each(|(school, files)| take(school, files))
    })
}
