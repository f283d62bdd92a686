//! `hadir roster seal` and `hadir roster open`: who is who, for the record body alone.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek},
    path::PathBuf,
};

use age::x25519::Recipient;
use hadir::{
    domain::{cell::harmless, event::RECIPIENTS_MAX, ids::Digest, roster::BYTE_ORDER_MARK},
    roster::{
        IdKind,
        sealed::{self, BundleError, Evidence, Named, OpenSealedError, Place, Unsealed},
    },
    server::disclosure::{self, DiscloseError, Disclosure},
};
use sha2::{Digest as _, Sha256};

use super::{unreadable, write};
use crate::commands::{Failure, block_on, open_and_hold, print, with_remedy};

#[derive(clap::Args)]
pub(crate) struct Seal {
    /// Names the attempt's directory; its hub must not be running.
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// Encrypts to this public key, as `age-keygen` prints it; it can be repeated.
    #[arg(long, env = "HADIR_SEAL_TO", value_name = "AGE_KEY", required = true, value_delimiter = ',')]
    to: Vec<String>,
    /// Writes the sealed roster to this file, which must not exist yet.
    #[arg(long, env = "HADIR_SEAL_OUT", value_name = "FILE")]
    out: PathBuf,
}

#[derive(clap::Args)]
pub(crate) struct Open {
    /// Names the sealed roster.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Decrypts with the keys in this file, as `age-keygen` writes it.
    #[arg(long, env = "HADIR_OPEN_IDENTITY", value_name = "KEYFILE")]
    identity: PathBuf,
    /// Compares with the folder of the auditor's bundle of the same attempt.
    #[arg(long, env = "HADIR_OPEN_ROSTER", value_name = "BUNDLE")]
    roster: PathBuf,
    /// Writes the table of names to this file.
    #[arg(long, env = "HADIR_OPEN_OUT", value_name = "FILE")]
    out: PathBuf,
}

with_remedy!(DiscloseError, OpenSealedError, BundleError);

/// The columns before those of the identifiers.
const FIRST_COLUMNS: [&str; 5] = ["person", "person_ref", "committed_in", "merged_into", "name"];

/// The columns after them.
const LAST_COLUMNS: [&str; 5] = ["school", "region", "venue", "steward", "profession"];

pub(super) fn seal(arguments: &Seal) -> Result<(), Failure> {
    let to = recipients(&arguments.to)?;
    let (attempt, lock) = open_and_hold(&arguments.directory)?;
    if !attempt.is_open() {
        return Err(Failure::words(
            "the attempt was never served: no evidence commits to its roster yet",
            format!("open it with `hadir serve {}`", arguments.directory.display()),
        ));
    }
    let Disclosure { sealed, sha256, head } = block_on(disclosure::disclose(&attempt, lock, &to, &arguments.out))??;
    let out = arguments.out.display();
    print(format!("{out}: {} persons named, {} erased, SHA-256 {sha256}", sealed.named, sealed.erased))?;
    print(format!("the log says to whom it is sealed: {} entries, root {}", head.size.0, head.root))?;
    print("export the attempt again, and hand both to the record body: `hadir roster open` compares them")
}

fn recipients(keys: &[String]) -> Result<Vec<Recipient>, Failure> {
    let remedy = "give --to a public key as `age-keygen` prints it, such as age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
    if keys.len() > RECIPIENTS_MAX {
        return Err(Failure::words(
            format!("{} keys are too many", keys.len()),
            format!("give at most {RECIPIENTS_MAX}"),
        ));
    }
    keys.iter()
        .map(|key| {
            key.trim()
                .parse()
                .map_err(|what| Failure::words(format!("`{key}` is no public key of age: {what}"), remedy))
        })
        .collect()
}

pub(super) fn open(arguments: &Open) -> Result<(), Failure> {
    let keys = File::open(&arguments.identity).map_err(|error| unreadable(&arguments.identity, error))?;
    let keys = sealed::identities(BufReader::new(keys))?;
    let evidence = Evidence::read(&arguments.roster)?;
    let mut file = File::open(&arguments.file).map_err(|error| unreadable(&arguments.file, error))?;
    let digest = digest(&mut file).map_err(|error| unreadable(&arguments.file, error))?;
    let unsealed = sealed::open(BufReader::new(file), &keys, &evidence.origin, &evidence.commitments)?;
    if !evidence.continues(&unsealed.belongs) {
        return Err(Failure::words(
            format!(
                "the bundle's log is not the one that the roster was sealed for, at {} entries",
                unsealed.belongs.size
            ),
            "get a bundle that was exported after the roster was sealed, and check it with hadir-verify",
        ));
    }
    let table = table(&unsealed).map_err(|error| Failure::new(error, "report this as a defect"))?;
    write(&arguments.out, &table)?;
    let Unsealed { rows, opened, erased, .. } = &unsealed;
    print(format!("{opened} commitments opened, none missing; {erased} persons are erased; {} rows", rows.len()))?;
    print(listed(&evidence, digest))?;
    print(format!("the names are written to {}: never publish them", arguments.out.display()))?;
    print(format!("whether the bundle itself is sound says `hadir-verify {}`", arguments.roster.display()))
}

/// Whether the log says that this file was handed out.
fn listed(evidence: &Evidence, digest: Digest) -> String {
    match evidence.disclosed.iter().find(|(_, one)| *one == digest) {
        Some((entry, _)) => format!("entry {} of the log says that this very file was handed out", entry.0),
        None => {
            "note: the bundle does not list this file; a bundle that was exported after the sealing does".to_owned()
        }
    }
}

fn digest(file: &mut File) -> io::Result<Digest> {
    let mut sha256 = Sha256::new();
    let mut piece = [0; 16 * 1024];
    loop {
        let length = file.read(&mut piece)?;
        if length == 0 {
            file.rewind()?;
            return Ok(Digest(sha256.finalize().into()));
        }
        sha256.update(piece.get(..length).unwrap_or_default());
    }
}

/// One row for each opened commitment and each erased person.
fn table(unsealed: &Unsealed) -> anyhow::Result<Vec<u8>> {
    let mut table = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(BYTE_ORDER_MARK.to_vec());
    let kinds = IdKind::ALL.iter().map(|kind| kind.name());
    table.write_record(FIRST_COLUMNS.into_iter().chain(kinds).chain(LAST_COLUMNS))?;
    for row in &unsealed.rows {
        table.write_record(cells(row).into_iter().map(harmless))?;
    }
    Ok(table.into_inner().map_err(|error| error.into_error())?)
}

fn cells(row: &Named) -> Vec<String> {
    let place = match row.place {
        Some(Place::Roster) => "roster.csv".to_owned(),
        Some(Place::Entry(index)) => format!("entry {}", index.0),
        None => "erased".to_owned(),
    };
    let merged = row.merged_into.map(|into| into.to_string()).unwrap_or_default();
    let details = row.details.clone().unwrap_or_default();
    let mut cells = vec![row.person.to_string(), row.reference.clone(), place, merged, details.name.clone()];
    cells.extend(IdKind::ALL.iter().map(|kind| details.identifier(*kind).unwrap_or_default().to_owned()));
    let last = [details.school, details.region, details.venue, details.steward, details.profession];
    cells.extend(last.map(Option::unwrap_or_default));
    cells
}
