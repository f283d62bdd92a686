//! Opening a sealed roster: it is decrypted, and every person in it is compared with what the evidence commits to.

use std::{
    collections::BTreeSet,
    io::{self, BufRead, BufReader, Read},
};

use age::{DecryptError, Decryptor, Identity, IdentityFile};

use super::{Belongs, Commitments, FORMAT, Heading, KIND, Opens, Place, Row};
use crate::{
    domain::ids::Pseudonym,
    roster::{details::Details, pseudonyms::commitment},
};

/// The longest line: a person has a few details, each of at most some hundred characters, a few times over.
const LINE_BYTES_MAX: u64 = 256 * 1024;

/// One opened commitment, or an erased person.
#[derive(Clone, PartialEq, Eq)]
pub struct Named {
    /// Who, in the evidence.
    pub person: Pseudonym,
    /// Their reference, as in links.csv.
    pub reference: String,
    /// The person whose row theirs repeats.
    pub merged_into: Option<Pseudonym>,
    /// Where the evidence commits to these details; none for the erased.
    pub place: Option<Place>,
    /// The details; none for the erased.
    pub details: Option<Details>,
}

impl std::fmt::Debug for Named {
    /// Personal data stay out of every log line.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Named(personal)")
    }
}

/// An opened roster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsealed {
    /// Everybody, in the order of their pseudonyms.
    pub rows: Vec<Named>,
    /// How many commitments were opened.
    pub opened: u64,
    /// How many persons are erased.
    pub erased: u64,
    /// The evidence that it was sealed for.
    pub belongs: Belongs,
}

/// Why a sealed roster does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenSealedError {
    /// Use the key of one of those to whom it is sealed.
    #[error("none of these keys opens the sealed roster")]
    WrongKey,
    /// Give a file of keys.
    #[error("it holds no key: {0}")]
    NoKey(io::Error),
    /// Get it again: it is cut off or changed, or was never a sealed roster.
    #[error("the sealed roster is damaged: {0}")]
    Damaged(String),
    /// Use the program that wrote it, or a newer one.
    #[error("a sealed roster of format {0}, newer than the {FORMAT} that this program reads")]
    Newer(u32),
    /// Give the bundle of the same attempt.
    #[error("it belongs to the log {sealed}, and the bundle to {bundle}")]
    Foreign {
        /// Whose roster it is.
        sealed: String,
        /// Whose bundle it is.
        bundle: String,
    },
    /// Call the auditor: what was sealed is not what was committed to.
    #[error("{} persons are not who the evidence commits to, the first is {}", .0.len(), first(.0))]
    Others(Vec<Pseudonym>),
    /// Get a sealed roster that is as new as the bundle, or call the auditor.
    #[error("{} persons of the evidence are not in the sealed roster, the first is {}", .0.len(), first(.0))]
    Missing(Vec<Pseudonym>),
    /// Look at the disk.
    #[error("it cannot be read")]
    Io(#[source] io::Error),
}

fn first(people: &[Pseudonym]) -> String {
    people.first().map(ToString::to_string).unwrap_or_default()
}

impl OpenSealedError {
    /// What the user can do about it.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::WrongKey => {
                "give --identity the file of a key to which the roster is sealed; privacy.csv of the bundle lists the \
                 public keys, and `age-keygen -y FILE` prints that of a file"
            }
            Self::NoKey(_) => "give --identity a file as `age-keygen -o FILE` writes it",
            Self::Damaged(_) => {
                "copy the file again, and compare its SHA-256 with the one in privacy.csv of the bundle"
            }
            Self::Newer(_) => "use the version of hadir that wrote it, or a newer one",
            Self::Foreign { .. } => "give --roster the bundle of the same attempt",
            Self::Others(_) => "trust neither before the auditor has checked the bundle with hadir-verify",
            Self::Missing(_) => "ask the organizer for a roster that is sealed after the newest entries of the bundle",
            Self::Io(_) => "check the path and your rights there",
        }
    }
}

/// The keys in a file as `age-keygen` writes it.
///
/// # Errors
/// When it holds something else, or nothing.
pub fn identities(file: impl BufRead) -> Result<Vec<Box<dyn Identity + Send + Sync>>, OpenSealedError> {
    let file = IdentityFile::from_buffer(file).map_err(OpenSealedError::NoKey)?;
    let keys = file.into_identities().map_err(|error| OpenSealedError::NoKey(io::Error::other(error)))?;
    if keys.is_empty() { Err(OpenSealedError::NoKey(io::Error::other("the file is empty"))) } else { Ok(keys) }
}

/// Decrypts a sealed roster and compares every person with what the evidence of the log `origin` commits to.
///
/// # Errors
/// When it does not open, or is not exactly what the evidence commits to.
pub fn open(
    sealed: impl BufRead,
    keys: &[Box<dyn Identity + Send + Sync>],
    origin: &str,
    known: &Commitments,
) -> Result<Unsealed, OpenSealedError> {
    let decryptor = Decryptor::new_buffered(sealed).map_err(undecrypted)?;
    let stream = decryptor.decrypt(keys.iter().map(|key| &**key as &dyn Identity)).map_err(undecrypted)?;
    let mut lines = BufReader::new(stream);
    let heading = heading(&mut lines)?;
    if heading.belongs.origin != origin {
        let (sealed, bundle) = (heading.belongs.origin, origin.to_owned());
        return Err(OpenSealedError::Foreign { sealed, bundle });
    }
    let mut unsealed = Unsealed { rows: Vec::new(), opened: 0, erased: 0, belongs: heading.belongs };
    let mut others: Vec<Pseudonym> = Vec::new();
    let mut missing: BTreeSet<Pseudonym> = known.0.keys().copied().collect();
    for _ in 0..heading.persons {
        let row: Row = next(&mut lines)?;
        let person = row.person;
        // Who stands there twice is found as somebody whom the evidence does not have a second time.
        if !missing.remove(&person) || !unsealed.take(row, known) {
            others.push(person);
        }
    }
    if !fill(&mut lines)?.is_empty() {
        return Err(OpenSealedError::Damaged("it goes on after its last person".to_owned()));
    }
    if !others.is_empty() {
        return Err(OpenSealedError::Others(others));
    }
    if missing.is_empty() { Ok(unsealed) } else { Err(OpenSealedError::Missing(missing.into_iter().collect())) }
}

impl Unsealed {
    /// Takes a person, or says that the evidence commits to something else.
    fn take(&mut self, row: Row, known: &Commitments) -> bool {
        let Row { person, reference, merged_into, erased, openings } = row;
        if erased {
            self.erased = self.erased.saturating_add(1);
            self.rows.push(Named { person, reference, merged_into, place: None, details: None });
            return openings.is_empty();
        }
        let committed = known.0.get(&person).map_or(&[][..], Vec::as_slice);
        let opened: Vec<_> = openings.iter().filter_map(|opens| details(opens, committed)).collect();
        let places: BTreeSet<Place> = opened.iter().map(|(place, _)| *place).collect();
        let is_whole = opened.len() == openings.len() && places.len() == committed.len();
        for (place, details) in opened {
            self.opened = self.opened.saturating_add(1);
            let (reference, place, details) = (reference.clone(), Some(place), Some(details));
            self.rows.push(Named { person, reference, merged_into, place, details });
        }
        is_whole
    }
}

/// What an opening says, where a commitment has exactly that.
fn details(opens: &Opens, committed: &[(Place, crate::domain::ids::Digest)]) -> Option<(Place, Details)> {
    let salt = data_encoding::HEXLOWER.decode(opens.salt.as_bytes()).ok()?;
    let found = commitment(&salt.try_into().ok()?, &opens.details);
    let (place, _) = committed.iter().find(|(_, one)| *one == found)?;
    Some((*place, Details::from_canonical(opens.details.as_bytes())?))
}

fn heading(lines: &mut impl BufRead) -> Result<Heading, OpenSealedError> {
    let value: serde_json::Value = next(lines)?;
    let format = value.get("format").and_then(serde_json::Value::as_u64).and_then(|it| u32::try_from(it).ok());
    if let Some(format) = format.filter(|format| *format > FORMAT) {
        return Err(OpenSealedError::Newer(format));
    }
    let heading: Heading =
        serde_json::from_value(value).map_err(|_| OpenSealedError::Damaged("it is no sealed roster".to_owned()))?;
    if heading.kind == KIND { Ok(heading) } else { Err(OpenSealedError::Damaged("it is no sealed roster".to_owned())) }
}

fn next<T: serde::de::DeserializeOwned>(lines: &mut impl BufRead) -> Result<T, OpenSealedError> {
    let mut text = Vec::new();
    lines.take(LINE_BYTES_MAX).read_until(b'\n', &mut text).map_err(unread)?;
    // The reason is not shown: it could repeat what the line says of somebody.
    serde_json::from_slice(&text).map_err(|_| OpenSealedError::Damaged("a line in it cannot be read".to_owned()))
}

fn fill(lines: &mut impl BufRead) -> Result<&[u8], OpenSealedError> {
    lines.fill_buf().map_err(unread)
}

/// The decrypted stream says that a part is missing or changed as an error of reading.
fn unread(error: io::Error) -> OpenSealedError {
    if matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof) {
        return OpenSealedError::Damaged("a part of it is missing or changed".to_owned());
    }
    OpenSealedError::Io(error)
}

fn undecrypted(error: DecryptError) -> OpenSealedError {
    if matches!(error, DecryptError::NoMatchingKeys) {
        return OpenSealedError::WrongKey;
    }
    if let DecryptError::Io(error) = error {
        return unread(error);
    }
    OpenSealedError::Damaged("it is no age file, or not all of one".to_owned())
}
