//! An attempt's keys and names: made once by `init`, read and checked at every start, never shown.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
};

use data_encoding::{BASE32_NOPAD, HEXLOWER_PERMISSIVE as HEX};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{
    files::{self, PRIVATE_FILE},
    layout::Layout,
};
use crate::{
    domain::{event::EarlierHead, fold::prompts::Seed, ids::Digest},
    evidence::checkpoint::SigningKey,
};

/// The form of the directory that this version writes and reads.
pub const FORMAT: u32 = 1;

/// What a rehearsal's origin ends in.
pub const REHEARSAL: &str = "/rehearsal";

/// 32 secret bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; 32]);

/// The random name of an event or an attempt: 26 lower-case letters and digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Name(pub [u8; 16]);

/// Which attempt this is, and of which event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// The form of the directory.
    pub format: u32,
    /// The event: its tickets are valid in each of its attempts and rehearsals.
    pub event: Name,
    /// This attempt alone.
    pub attempt: Name,
    /// The last signed heads of the attempts that this one continues.
    pub earlier: Vec<EarlierHead>,
}

/// The keys of an attempt.
#[derive(Clone, Debug)]
pub struct Keys {
    /// Which attempt this is.
    pub identity: Identity,
    /// Authenticates tickets; the event's.
    pub ticket: Secret,
    /// Encrypts people's details; the event's.
    pub people: Secret,
    /// Finds equal identifiers without storing them; the event's.
    pub identifier: Secret,
    /// Makes pseudonyms and tags, so that they are unlinkable across attempts; this attempt's.
    pub attempt: Secret,
    /// Signs the log's heads; this attempt's.
    pub log: ed25519_dalek::SigningKey,
}

/// Why keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The directory was never initialised: run `hadir init`.
    #[error("{} is missing", .0.display())]
    Missing(PathBuf),
    /// Use the newer program that made the directory.
    #[error("the directory has form {found}; this program knows form {FORMAT}")]
    Newer {
        /// The form that is written there.
        found: u64,
    },
    /// Restore the file from a copy: it is damaged.
    #[error("{} is damaged: {what}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The system refused: see its reason.
    #[error("{} cannot be read or written", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The system gives no random numbers: nothing secret can be made here.
    #[error("the operating system gives no random numbers: {0}")]
    Random(String),
}

const IDENTITY: &str = "identity.json";
const TICKET: &str = "ticket.key";
const PEOPLE: &str = "people.key";
const IDENTIFIER: &str = "identifier.key";
const ATTEMPT: &str = "attempt.key";
const LOG: &str = "log.key";

/// The names of the files that hold keys.
pub const FILES: [&str; 6] = [IDENTITY, TICKET, PEOPLE, IDENTIFIER, ATTEMPT, LOG];

/// The names of the files that are secret; the identity names nobody.
pub(super) const SECRETS: [&str; 5] = [PEOPLE, IDENTIFIER, ATTEMPT, TICKET, LOG];

/// Fills bytes from the operating system's random source.
///
/// # Errors
/// When it has none.
pub fn random<const N: usize>() -> Result<[u8; N], KeysError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| KeysError::Random(error.to_string()))?;
    Ok(bytes)
}

/// A text that is not a name of this form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a name has 26 lower-case letters and digits")]
pub struct NotAName;

impl TryFrom<String> for Name {
    type Error = NotAName;

    fn try_from(text: String) -> Result<Self, NotAName> {
        let bytes = BASE32_NOPAD.decode(text.to_ascii_uppercase().as_bytes()).map_err(|_| NotAName)?;
        let name = Self(bytes.try_into().map_err(|_| NotAName)?);
        if name.to_string() == text { Ok(name) } else { Err(NotAName) }
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.to_string()
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE32_NOPAD.encode(&self.0).to_ascii_lowercase())
    }
}

impl Secret {
    fn random() -> Result<Self, KeysError> {
        random().map(Self)
    }

    /// The bytes, for the code that computes with them.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

impl Keys {
    /// Keys of a new event.
    ///
    /// # Errors
    /// When there are no random numbers.
    pub fn generate() -> Result<Self, KeysError> {
        let (event, attempt) = (Name(random()?), Name(random()?));
        let identity = Identity { format: FORMAT, event, attempt, earlier: Vec::new() };
        Ok(Self {
            identity,
            ticket: Secret::random()?,
            people: Secret::random()?,
            identifier: Secret::random()?,
            attempt: Secret::random()?,
            log: ed25519_dalek::SigningKey::from_bytes(&random()?),
        })
    }

    /// Keys of another attempt of the same event: its people and tickets stay valid, its pseudonyms and log do not.
    ///
    /// # Errors
    /// When there are no random numbers.
    pub fn continue_event(&self, earlier: Vec<EarlierHead>) -> Result<Self, KeysError> {
        let new = Self::generate()?;
        Ok(Self {
            identity: Identity { event: self.identity.event, earlier, ..new.identity },
            ticket: self.ticket.clone(),
            people: self.people.clone(),
            identifier: self.identifier.clone(),
            ..new
        })
    }

    /// Writes the keys where none are yet.
    ///
    /// # Errors
    /// When a file exists already or cannot be written.
    pub fn create(&self, layout: &Layout) -> Result<(), KeysError> {
        let directory = layout.keys();
        let identity = serde_json::to_string_pretty(&self.identity)
            .map_err(|error| KeysError::Io { path: directory.join(IDENTITY), source: error.into() })?;
        write(&directory, IDENTITY, &identity)?;
        write(&directory, TICKET, &HEX.encode(self.ticket.bytes()))?;
        write(&directory, PEOPLE, &HEX.encode(self.people.bytes()))?;
        write(&directory, IDENTIFIER, &HEX.encode(self.identifier.bytes()))?;
        write(&directory, ATTEMPT, &HEX.encode(self.attempt.bytes()))?;
        write(&directory, LOG, &HEX.encode(self.log.as_bytes()))?;
        files::sync_directory(&directory).map_err(|source| KeysError::Io { path: directory, source })
    }

    /// Reads the keys and checks that they are whole.
    ///
    /// # Errors
    /// When they are missing, damaged, unreadable or of a newer version.
    pub fn load(layout: &Layout) -> Result<Self, KeysError> {
        let directory = layout.keys();
        let identity = load_identity(&directory.join(IDENTITY))?;
        Ok(Self {
            identity,
            ticket: load_secret(&directory.join(TICKET))?,
            people: load_secret(&directory.join(PEOPLE))?,
            identifier: load_secret(&directory.join(IDENTIFIER))?,
            attempt: load_secret(&directory.join(ATTEMPT))?,
            log: ed25519_dalek::SigningKey::from_bytes(load_secret(&directory.join(LOG))?.bytes()),
        })
    }

    /// The log's origin: the first line of its checkpoints and the name of its key.
    #[must_use]
    pub fn origin(&self, rehearsal: bool) -> String {
        format!("hadir/{}{}", self.identity.attempt, if rehearsal { REHEARSAL } else { "" })
    }

    /// The seed of the participation checks' times: derived, so that it is this attempt's from its first day on. Its
    /// later publication says nothing about the key.
    #[must_use]
    pub fn seed(&self) -> Seed {
        Seed(Digest(self.derived(b"hadir seed of prompts\n")))
    }

    /// What signs certificates: derived as the seed is, and another key than the log's, so that neither can speak for
    /// the other.
    #[must_use]
    pub fn certificate_key(&self) -> ed25519_dalek::SigningKey {
        ed25519_dalek::SigningKey::from_bytes(&self.derived(b"hadir signature of certificates\n"))
    }

    /// The public half of that key as people compare it: 64 hexadecimal digits.
    #[must_use]
    pub fn certificate_key_text(&self) -> String {
        HEX.encode(self.certificate_key().verifying_key().as_bytes())
    }

    /// Makes the certificates' numbers; whoever does not have it cannot tell which row of the log a number belongs to.
    #[must_use]
    pub fn certificate_numbers(&self) -> Secret {
        Secret(self.derived(b"hadir numbers of certificates\n"))
    }

    /// 32 bytes for one purpose that say nothing about the attempt's key or those for another purpose.
    fn derived(&self, purpose: &[u8]) -> [u8; 32] {
        Sha256::new().chain_update(purpose).chain_update(self.attempt.bytes()).finalize().into()
    }

    /// What signs the log's heads.
    ///
    /// # Errors
    /// Never for a name that was read as one; the caller reports it as a defect.
    pub fn signing_key(&self, rehearsal: bool) -> Result<SigningKey, KeysError> {
        let origin = self.origin(rehearsal).parse();
        let origin = origin.map_err(|error| damaged(Path::new(IDENTITY), &format!("{error}")))?;
        Ok(SigningKey::from_seed(origin, self.log.as_bytes()))
    }
}

fn write(directory: &Path, name: &str, text: &str) -> Result<(), KeysError> {
    let path = directory.join(name);
    files::create(&path, format!("{text}\n").as_bytes(), PRIVATE_FILE).map_err(|source| KeysError::Io { path, source })
}

fn read(path: &Path) -> Result<String, KeysError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(KeysError::Missing(path.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(damaged(path, "it is not text")),
        Err(source) => Err(KeysError::Io { path: path.to_owned(), source }),
    }
}

fn damaged(path: &Path, what: &str) -> KeysError {
    KeysError::Damaged { path: path.to_owned(), what: what.to_owned() }
}

fn load_identity(path: &Path) -> Result<Identity, KeysError> {
    let text = read(path)?;
    // The form is looked at first: a newer one may well have fields that this version cannot read.
    let value: serde_json::Value = serde_json::from_str(&text).map_err(|error| damaged(path, &error.to_string()))?;
    let found = value.get("format").and_then(serde_json::Value::as_u64);
    let found = found.ok_or_else(|| damaged(path, "it names no form"))?;
    if found > u64::from(FORMAT) {
        return Err(KeysError::Newer { found });
    }
    serde_json::from_value(value).map_err(|error| damaged(path, &error.to_string()))
}

fn load_secret(path: &Path) -> Result<Secret, KeysError> {
    let text = read(path)?;
    let bytes = HEX.decode(text.trim().as_bytes()).map_err(|error| damaged(path, &error.to_string()))?;
    let bytes: [u8; 32] = bytes.try_into().map_err(|_| damaged(path, "a key has 64 hexadecimal digits"))?;
    if bytes == [0; 32] {
        return Err(damaged(path, "it holds only zeros"));
    }
    Ok(Secret(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(directory: &tempfile::TempDir) -> Layout {
        let layout = Layout::new(directory.path());
        fs::create_dir_all(layout.keys()).unwrap();
        layout
    }

    #[test]
    fn keys_are_read_back_as_they_were_made() {
        let directory = tempfile::tempdir().unwrap();
        let layout = layout(&directory);
        let keys = Keys::generate().unwrap();

        keys.create(&layout).unwrap();
        let loaded = Keys::load(&layout).unwrap();

        assert_eq!(loaded.identity, keys.identity);
        assert_eq!(loaded.ticket, keys.ticket);
        assert_eq!(loaded.log, keys.log);
    }

    #[test]
    fn keys_that_exist_are_never_overwritten() {
        let directory = tempfile::tempdir().unwrap();
        let layout = layout(&directory);
        Keys::generate().unwrap().create(&layout).unwrap();

        assert!(matches!(Keys::generate().unwrap().create(&layout), Err(KeysError::Io { .. })));
    }

    #[test]
    fn another_attempt_of_the_event_shares_tickets_but_neither_pseudonyms_nor_signatures() {
        let keys = Keys::generate().unwrap();

        let next = keys.continue_event(Vec::new()).unwrap();

        assert_eq!((&next.ticket, &next.people, &next.identifier), (&keys.ticket, &keys.people, &keys.identifier));
        assert_eq!(next.identity.event, keys.identity.event);
        assert_ne!(next.identity.attempt, keys.identity.attempt);
        assert_ne!(next.attempt, keys.attempt);
        assert_ne!(next.log, keys.log);
        assert_ne!(next.certificate_key_text(), keys.certificate_key_text());
    }

    #[test]
    fn a_damaged_key_is_named_and_a_newer_form_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let layout = layout(&directory);
        Keys::generate().unwrap().create(&layout).unwrap();

        fs::write(layout.keys().join(PEOPLE), "abc\n").unwrap();
        let damaged = Keys::load(&layout).unwrap_err();
        fs::write(layout.keys().join(IDENTITY), r#"{"format":2,"moon":true}"#).unwrap();
        let newer = Keys::load(&layout).unwrap_err();

        assert!(matches!(damaged, KeysError::Damaged { path, .. } if path.ends_with(PEOPLE)));
        assert!(matches!(newer, KeysError::Newer { found: 2 }));
    }

    #[test]
    fn a_secret_never_shows_in_debug_output() {
        let keys = Keys::generate().unwrap();
        let ticket = keys.ticket.bytes();

        let shown = format!("{keys:?}");

        let numbers = format!("{:?}", &ticket[..8]);
        assert!(!shown.contains(&HEX.encode(ticket)) && !shown.contains(numbers.trim_matches(['[', ']'])));
    }
}
