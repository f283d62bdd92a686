//! The sealed roster: who is who in one attempt, encrypted to the keys of a record body, with what opens the
//! commitments of its evidence.

mod bundle;
mod open;

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, BufWriter, Write},
};

use age::{Encryptor, Recipient, x25519};
use serde::{Deserialize, Serialize};

pub use self::{
    bundle::{BundleError, Evidence},
    open::{Named, OpenSealedError, Unsealed, identities, open},
};
use super::{
    pseudonyms::{Pseudonyms, commitment},
    store::{Opening, PeopleStore, StoreError},
};
use crate::domain::{
    ids::{Digest, EntryIndex, Pseudonym},
    roster::RosterRow,
    tree::Head,
};

/// The version of the content that this program writes and reads.
const FORMAT: u32 = 1;

/// What the first line says that it is.
const KIND: &str = "hadir sealed roster";

/// Where a commitment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// In the roster with which the log opened.
    Roster,
    /// In an entry that added a person.
    Entry(EntryIndex),
}

/// What a log commits to, person by person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commitments(BTreeMap<Pseudonym, Vec<(Place, Digest)>>);

impl Commitments {
    /// Those of the roster with which the log opened.
    #[must_use]
    pub fn new(rows: &[RosterRow]) -> Self {
        let mut commitments = Self::default();
        rows.iter().for_each(|row| commitments.add(row.person, Place::Roster, row.commitment));
        commitments
    }

    /// Adds one.
    pub fn add(&mut self, person: Pseudonym, place: Place, commitment: Digest) {
        self.0.entry(person).or_default().push((place, commitment));
    }

    /// How many persons there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is nobody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Where one stands that this opens.
    fn place(&self, person: Pseudonym, salt: &[u8; 16], details: &str) -> Option<Place> {
        let found = commitment(salt, details);
        self.0.get(&person)?.iter().find(|(_, one)| *one == found).map(|(place, _)| *place)
    }
}

/// Which evidence a sealed roster belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Belongs {
    /// The log's origin.
    pub origin: String,
    /// How many entries the log had.
    pub size: u64,
    /// The root over them.
    pub root: Digest,
}

impl Belongs {
    /// The evidence of this log up to this head.
    #[must_use]
    pub fn new(origin: String, head: Head) -> Self {
        Self { origin, size: head.size.0, root: head.root }
    }
}

/// The first line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Heading {
    kind: String,
    format: u32,
    #[serde(flatten)]
    belongs: Belongs,
    persons: u64,
}

/// One person's line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    person: Pseudonym,
    reference: String,
    merged_into: Option<Pseudonym>,
    erased: bool,
    openings: Vec<Opens>,
}

/// What opens one commitment.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Opens {
    salt: String,
    details: String,
}

/// What was sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// How many persons it names.
    pub named: u64,
    /// How many it lists as erased.
    pub erased: u64,
}

/// Why nothing was sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealRosterError {
    /// As its own remedy says.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Restore the store of people: it does not know what the evidence commits to.
    #[error("the store of people does not open the commitments of {} persons of the log", .0)]
    Unopened(usize),
    /// Check the keys of the recipients.
    #[error("it cannot be encrypted to these keys")]
    Keys(#[source] age::EncryptError),
    /// Make room, or choose another place.
    #[error("the sealed roster cannot be written")]
    Io(#[from] io::Error),
}

impl SealRosterError {
    /// What the user can do about it.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Store(error) => error.remedy(),
            Self::Unopened(_) => "restore private/people.db from a copy of this attempt",
            Self::Keys(_) => "check the keys given with --to with whoever sent them",
            Self::Io(_) => "free some space, or choose a path that can be written",
        }
    }
}

/// Encrypts who is who to these recipients: one line for each person to whom the log commits, in the order of their
/// pseudonyms, with nothing of them to which it does not commit. One person at a time is in memory.
///
/// # Errors
/// When the store does not open what the log commits to, or `out` cannot be written.
pub fn seal(
    store: &PeopleStore,
    names: &Pseudonyms,
    known: &Commitments,
    belongs: Belongs,
    to: &[x25519::Recipient],
    out: impl Write,
) -> Result<Sealed, SealRosterError> {
    let encryptor = Encryptor::with_recipients(to.iter().map(|one| one as &dyn Recipient));
    let mut out = BufWriter::new(encryptor.map_err(SealRosterError::Keys)?.wrap_output(out)?);
    let persons = known.len() as u64;
    line(&mut out, &Heading { kind: KIND.to_owned(), format: FORMAT, belongs, persons })?;
    let mut unopened: BTreeSet<Pseudonym> = known.0.keys().copied().collect();
    let mut sealed = Sealed { named: 0, erased: 0 };
    for (person, row) in rows(store, names, known)? {
        let row = row.map_err(SealRosterError::Store)?;
        if row.erased {
            sealed.erased = sealed.erased.saturating_add(1);
        } else if known.0.get(&person).is_some_and(|all| all.len() == row.openings.len()) {
            sealed.named = sealed.named.saturating_add(1);
        } else {
            continue;
        }
        unopened.remove(&person);
        line(&mut out, &row)?;
    }
    if !unopened.is_empty() {
        return Err(SealRosterError::Unopened(unopened.len()));
    }
    let stream = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    stream.finish()?.flush()?;
    Ok(sealed)
}

/// The rows of everybody whom the log knows, in the order of their pseudonyms.
fn rows<'a>(
    store: &'a PeopleStore,
    names: &'a Pseudonyms,
    known: &'a Commitments,
) -> Result<impl Iterator<Item = (Pseudonym, Result<Row, StoreError>)>, StoreError> {
    let everybody = store.everybody()?.into_iter().map(|one| (names.person(one.id), one));
    let everybody: BTreeMap<Pseudonym, _> = everybody.filter(|(person, _)| known.0.contains_key(person)).collect();
    Ok(everybody.into_iter().map(move |(person, one)| {
        let openings = store.openings(one.id, names).map(|openings| committed(person, known, openings));
        let row = openings.map(|openings| Row {
            person,
            reference: one.reference.to_string(),
            merged_into: one.merged_into.map(|into| names.person(into)),
            erased: one.erased,
            openings,
        });
        (person, row)
    }))
}

/// The openings of what the log commits to, each commitment once.
fn committed(person: Pseudonym, known: &Commitments, openings: Vec<Opening>) -> Vec<Opens> {
    let mut found: BTreeMap<Place, Opens> = BTreeMap::new();
    for Opening { salt, details } in openings {
        if let Some(place) = known.place(person, &salt, &details) {
            found.entry(place).or_insert(Opens { salt: data_encoding::HEXLOWER.encode(&salt), details });
        }
    }
    found.into_values().collect()
}

fn line(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")
}
