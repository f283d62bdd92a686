//! `hadir reconcile`.

use std::{
    fs::{self, DirBuilder, File},
    io::{self, Read},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use hadir::{
    attempt::{
        Attempt,
        files::{self, PRIVATE_DIRECTORY, PRIVATE_FILE},
    },
    domain::ledger::Ledger,
    evidence::progress,
    reconcile::{self, FILE_BYTES_MAX, FILES, FIRST_LINE, Lesson, ReadError, Report, SUMMARY, ZoomFile},
    server::{reading, recovery::RecoverError},
};
use jiff::tz::TimeZone;

use super::{Failure, print, with_remedy};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Names the attempt's directory.
    #[arg(value_name = "DIR")]
    directory: PathBuf,

    /// Names the attendance files as Zoom exports them: CSV, of one or several meetings or webinars.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// Writes the report to this folder, which names people: never publish it.
    #[arg(long, env = "HADIR_RECONCILE_OUT", value_name = "FOLDER")]
    out: PathBuf,

    /// Reads Zoom's times as local times of this zone, such as Asia/Jakarta; the declared zone is the default.
    #[arg(long, env = "HADIR_RECONCILE_ZONE", value_name = "ZONE", value_parser = zone)]
    zone: Option<Zone>,
}

/// A zone with the name under which it was asked for.
#[derive(Clone)]
struct Zone {
    name: String,
    rules: TimeZone,
}

fn zone(name: &str) -> Result<Zone, String> {
    let rules = TimeZone::get(name).map_err(|_| "not a zone of the IANA database, such as Asia/Jakarta".to_owned())?;
    Ok(Zone { name: name.to_owned(), rules })
}

with_remedy!(RecoverError);

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let attempt = Attempt::open(&arguments.directory)?;
    if !attempt.is_open() {
        return Err(Failure::words(
            format!("{} was never served: there is nobody to compare with", arguments.directory.display()),
            format!("open it with `hadir serve {}`", arguments.directory.display()),
        ));
    }
    let declared = &attempt.declaration.declaration.zone;
    let zone = match &arguments.zone {
        Some(zone) => zone.clone(),
        None => zone(declared).map_err(|what| Failure::words(what, "name a zone with --zone"))?,
    };
    let origin = attempt.origin();
    // Before the work: whoever named the wrong folder need not wait for it.
    check_folder(&arguments.out, &origin)?;
    let ledger = reading::count(&attempt, &progress::unseen)?;
    let lesson = lesson(&attempt, &ledger, &zone)?;
    let mut read = Vec::new();
    for path in &arguments.files {
        read.push(zoom_file(path, |name, bytes| reconcile::read(name, bytes, &zone.rules, lesson.window))?);
    }
    let people = attempt.open_people()?.people()?;
    let known = reconcile::known(&people, &attempt.keys.pseudonyms(), ledger.attendance());
    let report = reconcile::reconcile(read, known).map_err(|error| Failure::new(error.clone(), error.remedy()))?;
    write(&report, &lesson, &arguments.out)?;
    let words = reconcile::short(&report);
    let out = arguments.out.display();
    print(format!(
        "{}\n\n{}\n\n{out}: laporan memuat nama orang, jangan dipublikasikan / the report names people, never publish it",
        words.id, words.en
    ))
}

fn lesson(attempt: &Attempt, ledger: &Ledger, zone: &Zone) -> Result<Lesson, Failure> {
    let nothing = || Failure::words("nothing is logged yet", "start the hub once with `hadir serve`");
    let attendance = ledger.attendance();
    let declaration = &attempt.declaration.declaration;
    Ok(Lesson {
        origin: attempt.origin(),
        title: declaration.title.clone(),
        is_rehearsal: declaration.rehearsal,
        zone: zone.rules.clone(),
        zone_name: zone.name.clone(),
        window: attendance.window(),
        size: ledger.head().size,
        at: attendance.now().ok_or_else(nothing)?,
        phase: attendance.phase(),
    })
}

/// Reads a file, not more of it than anything can be made of.
fn zoom_file(path: &Path, read: impl FnOnce(&str, &[u8]) -> Result<ZoomFile, ReadError>) -> Result<ZoomFile, Failure> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(FILE_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    let taken = File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes));
    taken.map_err(|error| {
        let error = anyhow::Error::new(error).context(format!("{} cannot be read", path.display()));
        Failure::new(error, "check the path and your rights there")
    })?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    read(&name, &bytes).map_err(|error| {
        let remedy = error.remedy();
        Failure::new(anyhow::Error::new(error).context(path.display().to_string()), remedy)
    })
}

/// Refuses a folder that holds anything but an earlier report of the same attempt.
fn check_folder(out: &Path, origin: &str) -> Result<(), Failure> {
    let foreign = || {
        Failure::words(
            format!("{} holds something else than an earlier report of this attempt", out.display()),
            "choose a folder that does not exist yet, or empty this one",
        )
    };
    let entries = match fs::read_dir(out) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => return Err(foreign()),
        other => other.map_err(|error| unwritable(out, error))?,
    };
    let mut is_empty = true;
    for entry in entries {
        let name = entry.map_err(|error| unwritable(out, error))?.file_name();
        is_empty = false;
        if !FILES.iter().any(|file| name == *file) {
            return Err(foreign());
        }
    }
    let is_own = fs::read_to_string(out.join(SUMMARY))
        .is_ok_and(|text| text.lines().next().and_then(|line| line.strip_prefix(FIRST_LINE)) == Some(origin));
    if is_empty || is_own { Ok(()) } else { Err(foreign()) }
}

/// Writes the report beside its folder and moves it there: it is complete, or as it was.
fn write(report: &Report, lesson: &Lesson, out: &Path) -> Result<(), Failure> {
    let made = reconcile::files(report, lesson)
        .map_err(|error| Failure::new(error, "try again, and report it if it happens again"))?;
    let parent = out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = out.file_name().unwrap_or_default().to_string_lossy();
    // The process id keeps two reports to the same place apart.
    let draft = parent.join(format!(".{name}.{}", std::process::id()));
    let written = fs::create_dir_all(parent).and_then(|()| fill(&draft, &made)).and_then(|()| put(&draft, out));
    if written.is_err() {
        // What is left of it names people.
        fs::remove_dir_all(&draft).ok();
    }
    written.map_err(|error| unwritable(out, error))
}

fn fill(folder: &Path, made: &[(&str, Vec<u8>)]) -> io::Result<()> {
    DirBuilder::new().mode(PRIVATE_DIRECTORY).create(folder)?;
    made.iter().try_for_each(|(name, bytes)| files::replace(&folder.join(name), bytes, PRIVATE_FILE))
}

/// Moves the folder to its place, where an earlier report or nothing is.
fn put(draft: &Path, out: &Path) -> io::Result<()> {
    if out.is_dir() {
        for file in FILES {
            match fs::remove_file(out.join(file)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
    }
    // An empty folder is replaced; one that meanwhile got something else in it is not.
    fs::rename(draft, out)
}

fn unwritable(path: &Path, error: io::Error) -> Failure {
    let error = anyhow::Error::new(error).context(format!("{} cannot be written", path.display()));
    Failure::new(error, "choose a place where you may write, with enough free space")
}
