//! `hadir roster`: people in, their links out, and what is decided about them.

mod forget;
mod sealed;

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::{ValueEnum, builder::BoolishValueParser};
use hadir::{
    attempt::{
        Attempt,
        files::{self, PRIVATE_FILE},
        links::LinksFile,
        lock::LockError,
    },
    roster::{
        FindError, ImportError, ImportOptions, ImportReport, LinkOptions, LinksError, Mapping, OsEntropy, Primary,
        Suspect, write_links, write_links_by_school, write_listing,
    },
};

use crate::commands::{Failure, LOOPBACK_ONLY, open_and_hold, print, print_bytes, with_remedy};

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Takes people in from a CSV or XLSX file; importing again adds and corrects, and keeps everybody's link.
    Import(Box<Import>),
    /// Writes everybody's personal link, ready to be sent.
    Links {
        /// Names the attempt's directory.
        #[arg(value_name = "DIR")]
        directory: PathBuf,
        /// Writes the table to this file; with `--by`, writes one table each into this folder.
        #[arg(long, env = "HADIR_LINKS_OUT", value_name = "PATH")]
        out: PathBuf,
        /// Writes one table for each of these.
        #[arg(long, env = "HADIR_LINKS_BY", value_enum)]
        by: Option<By>,
    },
    /// Lists who is who in this attempt, for the organizer alone: with names, and with what the log calls them.
    List {
        /// Names the attempt's directory.
        #[arg(value_name = "DIR")]
        directory: PathBuf,
        /// Writes the table to this file instead of printing it.
        #[arg(long, env = "HADIR_LIST_OUT", value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Decides that two rows of the roster are one person, before the attempt opens.
    ///
    /// The second row repeats the first: whoever uses either link counts once, as the first.
    Merge {
        /// Names the attempt's directory.
        #[arg(value_name = "DIR")]
        directory: PathBuf,
        /// Names the person who stays: by reference, as in links.csv, or by an identifier, such as `nik:1671...`.
        #[arg(value_name = "REF")]
        kept: String,
        /// Names the one whose row repeats the first.
        #[arg(value_name = "REPEATED")]
        repeated: String,
    },
    /// Gives a person a new link and withdraws the old one, while the attempt is not being served.
    ///
    /// The withdrawal is logged at the next start. While the attempt is served, use the organizer's page.
    Reissue {
        /// Names the attempt's directory.
        #[arg(value_name = "DIR")]
        directory: PathBuf,
        /// Names the person: by reference, as in links.csv, or by an identifier, such as `nik:1671...`.
        #[arg(value_name = "REF")]
        person: String,
    },
    /// Encrypts who is who to the keys of a record body, and logs that it was handed out.
    ///
    /// Only persons to whom the evidence commits are in it, with what opens those commitments. While the attempt is
    /// served this is refused.
    Seal(sealed::Seal),
    /// Decrypts a sealed roster, and compares everybody in it with what a bundle commits to.
    Open(sealed::Open),
    /// Erases a person's details for good; what the log says of them stays, under a name that nobody can trace.
    ///
    /// Once the attempt is open, the log says that they were erased. Before the close they count no longer; after it
    /// the count stays as it is.
    Forget {
        /// Names the attempt's directory.
        #[arg(value_name = "DIR")]
        directory: PathBuf,
        /// Names the person: by reference, as in links.csv, or by an identifier, such as `nik:1671...`.
        #[arg(value_name = "ID")]
        id: String,
    },
}

#[derive(clap::Args)]
pub(crate) struct Import {
    /// Names the attempt's directory.
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// Names the roster: CSV (comma, semicolon or tab) or XLSX.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Says which column means what, such as `name=Nama Guru,nip=No. Pegawai`; it can be repeated.
    #[arg(long, env = "HADIR_IMPORT_MAP", value_name = "FIELD=HEADING,...")]
    map: Vec<Mapping>,
    /// Takes the good rows of a file that has bad ones, which --rejects then hands back.
    #[arg(long, env = "HADIR_IMPORT_ACCEPT_VALID", value_parser = BoolishValueParser::new())]
    accept_valid: bool,
    /// Writes the rows that --accept-valid leaves out, with their reasons, to this file.
    #[arg(long, env = "HADIR_IMPORT_REJECTS", value_name = "FILE")]
    rejects: Option<PathBuf>,
}

/// What links are sorted by.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum By {
    /// The people's schools.
    #[value(help = "Writes one table for each school.")]
    School,
}

impl Command {
    /// Whether it is an import that takes the good rows and drops the others, or the other way round.
    pub(crate) fn is_half(&self) -> bool {
        match self {
            Self::Import(import) => import.accept_valid != import.rejects.is_some(),
            Self::Links { .. }
            | Self::List { .. }
            | Self::Merge { .. }
            | Self::Reissue { .. }
            | Self::Seal(_)
            | Self::Open(_)
            | Self::Forget { .. } => false,
        }
    }
}

impl From<FindError> for Failure {
    fn from(error: FindError) -> Self {
        Self::new(error, "type the reference as links.csv has it in its first column")
    }
}

impl From<LinksError> for Failure {
    fn from(error: LinksError) -> Self {
        let remedy = match &error {
            LinksError::Store(error) => error.remedy(),
            LinksError::Seal(_) | LinksError::Table(_) => "try again, and report it if it happens again",
        };
        Self::new(error, remedy)
    }
}

with_remedy!(ImportError);

pub(crate) fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Import(arguments) => import(arguments),
        Command::Links { directory, out, by } => links(directory, out, *by),
        Command::List { directory, out } => list(directory, out.as_deref()),
        Command::Merge { directory, kept, repeated } => merge(directory, kept, repeated),
        Command::Reissue { directory, person } => reissue(directory, person),
        Command::Seal(arguments) => sealed::seal(arguments),
        Command::Open(arguments) => sealed::open(arguments),
        Command::Forget { directory, id } => forget::run(directory, id),
    }
}

fn import(arguments: &Import) -> Result<(), Failure> {
    let (attempt, _lock) = open_and_hold(&arguments.directory)?;
    let bytes = fs::read(&arguments.file).map_err(|error| unreadable(&arguments.file, error))?;
    let primary = &attempt.declaration.declaration.people.primary_id;
    let primary: Primary = primary
        .parse()
        .map_err(|error| Failure::new(anyhow::Error::new(error), "correct people.primary_id in attempt.toml"))?;
    let mapping = arguments.map.iter().cloned().fold(Mapping::default(), Mapping::and);
    let options = ImportOptions { primary, mapping, accept_valid: arguments.accept_valid };
    let report = attempt.open_people()?.import(&bytes, &options, &mut OsEntropy);
    let report = report.map_err(|error| {
        if let ImportError::Rows(problems) = &error {
            let rows: Vec<String> = problems.iter().map(|problem| format!("\n  {problem}")).collect();
            return Failure::words(format!("{error}{}", rows.concat()), error.remedy());
        }
        Failure::from(error)
    })?;
    if let (Some(path), Some(rejects)) = (&arguments.rejects, &report.rejects) {
        write(path, &rejects.csv)?;
    }
    print(told(&attempt, &report))
}

fn told(attempt: &Attempt, report: &ImportReport) -> String {
    let mut lines = vec![format!(
        "{} rows: {} new, {} corrected, {} unchanged, {} merged by {}, {} left out",
        report.rows,
        report.added.len(),
        report.corrected.len(),
        report.unchanged,
        report.merged.len(),
        report.primary,
        report.rejects.as_ref().map_or(0, |rejects| rejects.rows),
    )];
    lines.extend(report.problems.iter().map(ToString::to_string));
    lines.extend(report.merged.iter().map(|merged| format!("row {} repeats row {}", merged.row, merged.into)));
    lines.extend(report.suspects.iter().map(suspect));
    let roles = &attempt.declaration.declaration.people.roles;
    lines.extend(report.roles.iter().map(|(role, persons)| {
        let counts = if roles.contains(role) { "counts" } else { "does not count: it is not in people.roles" };
        format!("role \"{role}\": {persons} persons, {counts}")
    }));
    if attempt.is_open() {
        lines.push("note: the attempt is open; new persons are logged as added later at the next start".to_owned());
    }
    lines.join("\n")
}

fn suspect(suspect: &Suspect) -> String {
    let people = suspect.people.iter().map(|person| format!("{} {}", person.reference, person.name));
    let people = people.collect::<Vec<_>>().join("; ");
    format!(
        "suspect: {} for {people} (decide before the attempt opens whether they are one person: `hadir roster merge`)",
        suspect.likeness
    )
}

fn links(directory: &Path, out: &Path, by: Option<By>) -> Result<(), Failure> {
    let attempt = Attempt::open(directory)?;
    let links = attempt.open_people()?.links(&link_options(&attempt)?)?;
    match by {
        None => {
            write(out, &write_links(&links).map_err(LinksError::from)?)?;
            print(format!("{} links written to {}", links.len(), out.display()))?;
        }
        Some(By::School) => {
            let sheets = write_links_by_school(&links).map_err(LinksError::from)?;
            fs::create_dir_all(out).map_err(|error| unwritable(out, error))?;
            for sheet in &sheets {
                write(&out.join(&sheet.file_name), &sheet.csv)?;
            }
            print(format!("{} links written to {} tables in {}", links.len(), sheets.len(), out.display()))?;
        }
    }
    if attempt.is_loopback_only() { print(LOOPBACK_ONLY) } else { Ok(()) }
}

fn link_options(attempt: &Attempt) -> Result<LinkOptions, Failure> {
    let base_url = match &attempt.declaration.declaration.public_url {
        Some(url) => url.clone(),
        // Where the attempt was served last.
        None => LinksFile::load(&attempt.layout.links())?.base_url().to_owned(),
    };
    Ok(LinkOptions { base_url, title: attempt.declaration.declaration.title.clone() })
}

fn list(directory: &Path, out: Option<&Path>) -> Result<(), Failure> {
    let attempt = Attempt::open(directory)?;
    let people = attempt.open_people()?.people()?;
    let listing = write_listing(&people, &attempt.keys.pseudonyms()).map_err(LinksError::from)?;
    match out {
        None => print_bytes(&listing),
        Some(path) => {
            write(path, &listing)?;
            print(format!("the listing is written to {}; it names everybody: never publish it", path.display()))
        }
    }
}

fn merge(directory: &Path, kept: &str, repeated: &str) -> Result<(), Failure> {
    let (attempt, _lock) = open_and_hold(directory)?;
    if attempt.is_open() {
        return Err(Failure::words(
            "the attempt is open: its roster is its log's first entry and stays as it is",
            "merge rows before the first `hadir serve`; for the next attempt, `hadir init NEW --from` this one, then merge there",
        ));
    }
    let mut store = attempt.open_people()?;
    let (kept, repeated) = (store.find(kept)?, store.find(repeated)?);
    store.merge(repeated, kept)?;
    let (kept, repeated) = (store.person(kept)?.reference, store.person(repeated)?.reference);
    print(format!("{repeated} repeats {kept}: both links count as {kept}"))
}

fn reissue(directory: &Path, person: &str) -> Result<(), Failure> {
    let attempt = Attempt::open(directory)?;
    // The hub has everybody's links in memory: one that is withdrawn beside it would go on to be let in.
    let _lock = attempt.hold().map_err(|error| match error {
        LockError::Held { .. } => Failure::new(error, "while the attempt is served, use the organizer's page"),
        LockError::ReadOnly { .. } | LockError::Failed { .. } => error.into(),
    })?;
    let mut store = attempt.open_people()?;
    let id = store.find(person)?;
    store.reissue(id)?;
    let reference = store.person(id)?.reference.to_string();
    let links = store.links(&link_options(&attempt)?)?;
    match links.iter().find(|link| link.person_ref == reference) {
        Some(link) => print(format!("{reference}: the old link is withdrawn; the new one is {}", link.url))?,
        None => print(format!("{reference}: the old link is withdrawn; this row repeats another, whose link counts"))?,
    }
    if attempt.is_loopback_only() { print(LOOPBACK_ONLY) } else { Ok(()) }
}

/// Links and rejects name people: the file is its owner's alone.
fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    files::replace(path, bytes, PRIVATE_FILE).map_err(|error| unwritable(path, error))
}

fn unreadable(path: &Path, error: std::io::Error) -> Failure {
    let error = anyhow::Error::new(error).context(format!("{} cannot be read", path.display()));
    Failure::new(error, "check the path and your rights there")
}

fn unwritable(path: &Path, error: std::io::Error) -> Failure {
    let error = anyhow::Error::new(error).context(format!("{} cannot be written", path.display()));
    Failure::new(error, "choose a place where you may write, with enough free space")
}
