//! An attempt's directory: what is where, its keys, its declaration and its links.

pub mod calendar;
pub mod declaration;
pub mod earlier;
pub mod files;
pub mod init;
pub mod keys;
pub mod layout;
pub mod links;
pub mod lock;
pub mod people;
pub mod retired;
pub mod settings;
pub mod staff;
pub mod template;
pub mod words;

use std::{
    fs, io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::{Path, PathBuf},
};

use self::{
    declaration::{DeclarationError, DeclarationFile},
    keys::{Keys, KeysError},
    layout::Layout,
    links::{LinksError, Tokens},
    lock::{Lock, LockError},
};
use crate::evidence::checkpoint::SigningKey;

/// One attempt, as its directory describes it; nothing of its log.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// Where everything lies.
    pub layout: Layout,
    /// Its keys and names.
    pub keys: Keys,
    /// What it declares, as the file says now; once the attempt is open, the log's first entry must agree with it.
    pub declaration: DeclarationFile,
    /// The staff's tokens.
    pub tokens: Tokens,
}

/// Why a directory cannot be used as an attempt.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is no such directory: correct the path, or create the attempt.
    #[error("{} does not exist", .0.display())]
    Missing(PathBuf),
    /// The directory was never initialised: correct the path, or create an attempt elsewhere.
    #[error("{} is not an attempt: it was not made by `hadir init`", .0.display())]
    NotAnAttempt(PathBuf),
    /// The evidence in it is of another attempt: put each attempt's files back together.
    #[error("{} holds the evidence of another attempt ({found} instead of {expected})", .path.display())]
    Foreign {
        /// The file that names the other attempt.
        path: PathBuf,
        /// Its origin.
        found: String,
        /// This attempt's.
        expected: String,
    },
    /// The declaration changed after the opening: put it back as it was.
    #[error("attempt.toml was changed after the attempt was opened with `rehearsal = {opened}`")]
    RehearsalChanged {
        /// What was opened.
        opened: bool,
    },
    /// Its people are gone for good: export what is left of it, or create another attempt.
    #[error("{} is retired: its personal data and keys were destroyed", .0.display())]
    Retired(PathBuf),
    /// A newer program made it: use that one.
    #[error("{} was made by a newer version of Hadir (form {found})", .path.display())]
    Newer {
        /// The attempt.
        path: PathBuf,
        /// The form it has.
        found: u64,
    },
    /// This user may not read it.
    #[error("{} cannot be read", .path.display())]
    Unreadable {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A key is missing or damaged: restore it from a copy.
    #[error("the keys cannot be used")]
    Keys(#[source] KeysError),
    /// The declaration cannot be used: correct it.
    #[error(transparent)]
    Declaration(DeclarationError),
    /// The links cannot be used: restore them from a copy.
    #[error("the staff's links cannot be used")]
    Links(#[source] LinksError),
}

impl Attempt {
    /// Reads an attempt and checks that it is whole. Writes nothing: take the [`Lock`] before you do.
    ///
    /// # Errors
    /// Each way in which a directory is not a usable attempt has its own.
    pub fn open(directory: &Path) -> Result<Self, OpenError> {
        let layout = Layout::new(directory);
        look_at(directory)?;
        if layout.retirement().exists() {
            return Err(OpenError::Retired(directory.to_owned()));
        }
        let keys = Keys::load(&layout).map_err(|error| keys_error(&layout, error))?;
        let declaration = DeclarationFile::load(&layout.declaration()).map_err(OpenError::Declaration)?;
        let tokens = Tokens::load(&layout.links()).map_err(OpenError::Links)?;
        let attempt = Self { layout, keys, declaration, tokens };
        attempt.check_evidence()?;
        Ok(attempt)
    }

    /// Whether its log has begun.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.layout.journal().exists()
    }

    /// Makes this process the attempt's only writer for as long as the lock lives.
    ///
    /// # Errors
    /// When another process is, or the directory cannot be written.
    pub fn hold(&self) -> Result<Lock, LockError> {
        Lock::take(&self.layout)
    }

    /// The log's origin: the first line of its checkpoints and the name of its key.
    #[must_use]
    pub fn origin(&self) -> String {
        self.keys.origin(self.declaration.declaration.rehearsal)
    }

    /// What signs the log's heads; its verifier key is the text with which anybody can check them.
    ///
    /// # Errors
    /// Never for keys that were loaded; the caller reports it as a defect.
    pub fn signing_key(&self) -> Result<SigningKey, KeysError> {
        self.keys.signing_key(self.declaration.declaration.rehearsal)
    }

    /// Whether the attempt's links work on this machine only.
    #[must_use]
    pub fn is_loopback_only(&self) -> bool {
        self.declaration.declaration.public_url.is_none()
    }

    /// The address under which links are made, without a slash at its end: the declared one, or this machine's.
    #[must_use]
    pub fn base_url(&self, scheme: &str, listening: SocketAddr) -> String {
        if let Some(url) = &self.declaration.declaration.public_url {
            return url.clone();
        }
        let mut address = listening;
        // Listening everywhere includes this machine; "everywhere" is no place that a browser can open.
        match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
            IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
            IpAddr::V4(_) | IpAddr::V6(_) => {}
        }
        format!("{scheme}://{address}")
    }

    /// Refuses evidence files that another attempt has left here.
    fn check_evidence(&self) -> Result<(), OpenError> {
        let path = self.layout.evidence().join("log.vkey");
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            // Nothing was published yet.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(source) => return Err(OpenError::Unreadable { path, source }),
        };
        let found = text.split('+').next().unwrap_or_default();
        let expected = self.origin();
        if found == expected {
            return Ok(());
        }
        if [self.keys.origin(true), self.keys.origin(false)].iter().any(|own| own == found) {
            return Err(OpenError::RehearsalChanged { opened: found.ends_with(keys::REHEARSAL) });
        }
        Err(OpenError::Foreign { path, found: found.to_owned(), expected })
    }
}

fn look_at(directory: &Path) -> Result<(), OpenError> {
    match fs::metadata(directory) {
        Ok(metadata) if metadata.is_dir() => Ok(()),
        Ok(_) => Err(OpenError::NotAnAttempt(directory.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(OpenError::Missing(directory.to_owned())),
        Err(source) => Err(OpenError::Unreadable { path: directory.to_owned(), source }),
    }
}

fn keys_error(layout: &Layout, error: KeysError) -> OpenError {
    match error {
        KeysError::Missing(_) if !layout.private().exists() => OpenError::NotAnAttempt(layout.root().to_owned()),
        KeysError::Newer { found } => OpenError::Newer { path: layout.root().to_owned(), found },
        KeysError::Io { path, source } => OpenError::Unreadable { path, source },
        error @ (KeysError::Missing(_) | KeysError::Damaged { .. } | KeysError::Random(_)) => OpenError::Keys(error),
    }
}

impl OpenError {
    /// What the user can do.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Missing(_) | Self::NotAnAttempt(_) => {
                "check the path; a new attempt is created with `hadir init DIR` in a directory that does not exist yet"
            }
            Self::Foreign { .. } => {
                "a log belongs to the keys that signed it: put this attempt's own `log` and `private` directories back together"
            }
            Self::RehearsalChanged { .. } => {
                "put attempt.toml back as it was; another declaration needs another attempt (`hadir init`)"
            }
            Self::Retired(_) => {
                "`hadir export` goes on to work; `hadir retire` finishes what was interrupted; another attempt needs `hadir init`"
            }
            Self::Newer { .. } => "use the version of Hadir that made it, or a newer one",
            Self::Unreadable { .. } => {
                "run as the user who owns the attempt (`ls -l` shows who), or correct its rights"
            }
            Self::Keys(_) | Self::Links(_) => {
                "restore the file from your copy of the attempt; keys cannot be made again, they are part of its identity"
            }
            Self::Declaration(_) => "correct `attempt.toml`; `hadir declaration check DIR` explains it",
        }
    }
}
