//! The staff's secret links: who may do what, and the file that hands them out.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{
    files::{self, PRIVATE_FILE},
    keys::{self, KeysError},
};

/// Bytes of randomness in a staff token: 192 bits, nobody guesses one.
const TOKEN_BYTES: usize = 24;

/// What a member of staff is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Watches the number and keeps the notebook of checkpoints; for the record body.
    Adjudicator,
    /// Gives the signals and takes the bundle.
    Organizer,
    /// Stands at the door.
    Steward,
    /// The big screen: sees the count, can do nothing.
    Screen,
    /// Reads the log's entries and tables.
    Auditor,
}

/// Every role, in the order of the links file.
pub const ROLES: [Role; 5] = [Role::Adjudicator, Role::Organizer, Role::Steward, Role::Screen, Role::Auditor];

/// `links.json`, as the contract names its fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinksFile {
    /// The adjudicator's page.
    pub adjudicator: String,
    /// The organizer's page.
    pub organizer: String,
    /// The page at the door.
    pub steward: String,
    /// The big screen.
    pub screen: String,
    /// The participants' page.
    pub join: String,
    /// The auditor's token, for programs.
    pub auditor: String,
    /// The key that checks the log's signatures.
    pub verifier_key: String,
}

/// The staff's tokens. Debug output shows none of them.
#[derive(Clone, PartialEq, Eq)]
pub struct Tokens(BTreeMap<Role, String>);

/// Why the links cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LinksError {
    /// Restore the file from a copy; the staff's links are in it.
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
}

impl Role {
    /// The page's path, for the roles that have a page.
    #[must_use]
    pub fn page(self) -> Option<&'static str> {
        match self {
            Self::Adjudicator => Some("/live"),
            Self::Organizer => Some("/desk"),
            Self::Steward => Some("/door"),
            Self::Screen => Some("/screen"),
            Self::Auditor => None,
        }
    }

    /// The name that the log and the links file use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Adjudicator => "adjudicator",
            Self::Organizer => "organizer",
            Self::Steward => "steward",
            Self::Screen => "screen",
            Self::Auditor => "auditor",
        }
    }
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens(hidden)")
    }
}

impl Tokens {
    /// New tokens.
    ///
    /// # Errors
    /// When there are no random numbers.
    pub fn generate() -> Result<Self, KeysError> {
        let mut tokens = BTreeMap::new();
        for role in ROLES {
            tokens.insert(role, BASE64URL_NOPAD.encode(&keys::random::<TOKEN_BYTES>()?));
        }
        Ok(Self(tokens))
    }

    /// The tokens of an attempt, out of its links file.
    ///
    /// # Errors
    /// When the file is missing, unreadable or not a links file.
    pub fn load(path: &Path) -> Result<Self, LinksError> {
        let file = LinksFile::load(path)?;
        let damaged = |what: String| LinksError::Damaged { path: path.to_owned(), what };
        let mut tokens = BTreeMap::new();
        for role in ROLES {
            let token = token_of(&file, role).ok_or_else(|| damaged(format!("`{}` has no token", role.name())))?;
            tokens.insert(role, token.to_owned());
        }
        Ok(Self(tokens))
    }

    /// Whose token this is.
    ///
    /// Digests are compared, and with every role's: the time that this takes tells nothing about a token.
    #[must_use]
    pub fn role_of(&self, presented: &str) -> Option<Role> {
        let presented = Sha256::digest(presented.as_bytes());
        self.0.iter().fold(None, |found, (role, token)| {
            let equal = Sha256::digest(token.as_bytes()) == presented;
            if equal { Some(*role) } else { found }
        })
    }

    /// The token of a role.
    #[must_use]
    pub fn token(&self, role: Role) -> &str {
        // Both constructors fill every role.
        self.0.get(&role).map_or("", String::as_str)
    }

    /// The links as they are under an address such as `https://hadir.example` (no slash at its end).
    #[must_use]
    pub fn links(&self, base: &str, open_registration: bool, verifier_key: &str) -> LinksFile {
        let base = base.trim_end_matches('/');
        let page = |role: Role| format!("{base}{}#{}", role.page().unwrap_or_default(), self.token(role));
        LinksFile {
            adjudicator: page(Role::Adjudicator),
            organizer: page(Role::Organizer),
            steward: page(Role::Steward),
            screen: page(Role::Screen),
            join: format!("{base}{}", if open_registration { "/" } else { "/join" }),
            auditor: self.token(Role::Auditor).to_owned(),
            verifier_key: verifier_key.to_owned(),
        }
    }
}

impl LinksFile {
    /// Reads the file.
    ///
    /// # Errors
    /// When it is missing, unreadable or not a links file.
    pub fn load(path: &Path) -> Result<Self, LinksError> {
        let text = fs::read_to_string(path).map_err(|source| LinksError::Io { path: path.to_owned(), source })?;
        serde_json::from_str(&text)
            .map_err(|error| LinksError::Damaged { path: path.to_owned(), what: error.to_string() })
    }

    /// The address under which these links are, without a slash at its end.
    #[must_use]
    pub fn base_url(&self) -> &str {
        self.join.strip_suffix("/join").unwrap_or(&self.join).trim_end_matches('/')
    }

    /// Writes the file as a whole, for its owner only.
    ///
    /// # Errors
    /// When the directory cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), LinksError> {
        let failed = |source| LinksError::Io { path: path.to_owned(), source };
        let text = serde_json::to_string_pretty(self).map_err(|error| failed(error.into()))?;
        files::replace(path, format!("{text}\n").as_bytes(), PRIVATE_FILE).map_err(failed)
    }
}

/// The token in a role's link: after `#`, or the whole text where there is no page.
fn token_of(file: &LinksFile, role: Role) -> Option<&str> {
    let link = match role {
        Role::Adjudicator => &file.adjudicator,
        Role::Organizer => &file.organizer,
        Role::Steward => &file.steward,
        Role::Screen => &file.screen,
        Role::Auditor => return whole_token(&file.auditor),
    };
    link.split_once('#').and_then(|(_, token)| whole_token(token))
}

/// The token, if none of it was lost on the way: a shortened one would be easy to guess.
fn whole_token(text: &str) -> Option<&str> {
    (BASE64URL_NOPAD.decode_len(text.len()) == Ok(TOKEN_BYTES) && BASE64URL_NOPAD.decode(text.as_bytes()).is_ok())
        .then_some(text)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_token_opens_the_door_of_its_own_role_only() {
        let tokens = Tokens::generate().unwrap();

        for role in ROLES {
            assert_eq!(tokens.role_of(tokens.token(role)), Some(role));
        }
        assert_eq!(tokens.role_of(""), None);
        assert_eq!(tokens.role_of(&tokens.token(Role::Screen)[1..]), None);
    }

    #[test]
    fn the_tokens_survive_the_file_and_its_new_address() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("links.json");
        let tokens = Tokens::generate().unwrap();

        tokens.links("http://127.0.0.1:8080", true, "k").write(&path).unwrap();
        let read = Tokens::load(&path).unwrap();
        read.links("https://hadir.example/", false, "k").write(&path).unwrap();

        assert_eq!(Tokens::load(&path).unwrap(), tokens);
        let file = LinksFile::load(&path).unwrap();
        assert_eq!((file.join.as_str(), file.base_url()), ("https://hadir.example/join", "https://hadir.example"));
        assert_eq!(file.adjudicator, format!("https://hadir.example/live#{}", tokens.token(Role::Adjudicator)));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_shortened_token_in_the_file_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("links.json");
        let mut file = Tokens::generate().unwrap().links("http://127.0.0.1:8080", true, "k");
        file.organizer.truncate(40);
        file.write(&path).unwrap();

        let error = Tokens::load(&path).unwrap_err();

        assert!(error.to_string().contains("`organizer` has no token"), "{error}");
    }
}
