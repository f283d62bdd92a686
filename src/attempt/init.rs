//! Creates an attempt: a deliberate act, done as a whole or not at all, and never over something that exists.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    Attempt, OpenError,
    declaration::{DeclarationFile, Mistakes},
    earlier::{self, EarlierError},
    files::{self, PRIVATE_DIRECTORY, PUBLIC_DIRECTORY, PUBLIC_FILE},
    keys::{Keys, KeysError},
    layout::Layout,
    links::{LinksError, Tokens},
};
use crate::roster::{PeopleStore, StoreError};

/// What a new attempt is made of.
#[derive(Clone, Debug)]
pub struct NewAttempt<'a> {
    /// The declaration's bytes.
    pub declaration: Vec<u8>,
    /// An attempt of the same event, whose people and tickets stay valid.
    pub from: Option<&'a Path>,
    /// The address for links where the declaration names none.
    pub local_url: &'a str,
}

/// Why an attempt was not created; nothing was left behind.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// Choose another directory: what is there stays untouched.
    #[error("{} exists already", .0.display())]
    Exists(PathBuf),
    /// Correct the declaration first.
    #[error("the declaration is not valid:{0}")]
    Declaration(Mistakes),
    /// The other attempt cannot be continued.
    #[error("the attempt given with `--from` cannot be continued")]
    From(#[from] EarlierError),
    /// The keys cannot be made or written.
    #[error("the keys cannot be made")]
    Keys(#[from] KeysError),
    /// The store of people cannot be made.
    #[error("the store of people cannot be made")]
    People(#[from] StoreError),
    /// The links cannot be written.
    #[error("the links cannot be written")]
    Links(#[from] LinksError),
    /// The system refused: see its reason.
    #[error("{} cannot be written", .path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// What was written does not read back: the disk is not to be trusted.
    #[error("the new attempt does not read back")]
    Unsound(#[source] OpenError),
}

impl InitError {
    /// What the user can do.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Exists(_) => "choose a directory that does not exist yet; an existing one is never touched",
            Self::Declaration(_) => "correct the file given with `--config`; without it a valid one is written",
            Self::From(error) => error.remedy(),
            Self::People(error) => error.remedy(),
            Self::Keys(_) | Self::Links(_) | Self::Io { .. } | Self::Unsound(_) => {
                "check the disk's free space and your rights there, then try again: nothing was left behind"
            }
        }
    }
}

/// Creates an attempt in a directory that does not exist yet, or is empty.
///
/// # Errors
/// When it cannot; nothing is left behind then.
pub fn create(directory: &Path, new: NewAttempt<'_>) -> Result<Attempt, InitError> {
    refuse_existing(directory)?;
    let declaration = DeclarationFile::from_bytes(new.declaration).map_err(InitError::Declaration)?;
    let other = new.from.map(earlier::Earlier::open).transpose()?;
    let keys = match &other {
        Some(other) => other.keys.continue_event(other.heads.clone())?,
        None => Keys::generate()?,
    };
    let name = keys.identity.attempt.to_string();
    // The directory appears under its own name only when all of it is there and synced.
    let beside = Layout::new(beside(directory, &name));
    let built = build(&beside, &declaration, &keys, new.local_url, other.as_ref())
        .and_then(|()| put_in_place(beside.root(), directory));
    if let Err(error) = built {
        if let Err(left) = fs::remove_dir_all(beside.root()) {
            tracing::warn!(path = %beside.root().display(), %left, "an unfinished attempt is left behind; delete it");
        }
        return Err(error);
    }
    Attempt::open(directory).map_err(InitError::Unsound)
}

fn refuse_existing(directory: &Path) -> Result<(), InitError> {
    match fs::read_dir(directory) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(InitError::Exists(directory.to_owned())),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => Err(InitError::Exists(directory.to_owned())),
        Err(source) => Err(InitError::Io { path: directory.to_owned(), source }),
    }
}

fn beside(directory: &Path, name: &str) -> PathBuf {
    let mut own = directory.file_name().unwrap_or_default().to_owned();
    own.push(format!(".unfinished-{name}"));
    directory.with_file_name(own)
}

fn build(
    layout: &Layout,
    declaration: &DeclarationFile,
    keys: &Keys,
    local_url: &str,
    other: Option<&earlier::Earlier>,
) -> Result<(), InitError> {
    if let Some(parent) = layout.root().parent() {
        fs::create_dir_all(parent).map_err(failed(parent))?;
    }
    let directories = [
        (layout.root().to_owned(), PUBLIC_DIRECTORY),
        (layout.evidence(), PUBLIC_DIRECTORY),
        (layout.private(), PRIVATE_DIRECTORY),
        (layout.keys(), PRIVATE_DIRECTORY),
    ];
    for (path, mode) in &directories {
        files::create_directory(path, *mode).map_err(failed(path))?;
    }
    files::create(&layout.declaration(), &declaration.bytes, PUBLIC_FILE).map_err(failed(&layout.declaration()))?;
    keys.create(layout)?;
    match other {
        Some(other) => other.copy_people(layout)?,
        None => drop(PeopleStore::create(&layout.people(), keys.people_keys())?),
    }
    files::restrict(&layout.people()).map_err(failed(&layout.people()))?;
    let declared = &declaration.declaration;
    let base = declared.public_url.as_deref().unwrap_or(local_url);
    let verifier_key = keys.signing_key(declared.rehearsal)?.verifier().to_string();
    Tokens::generate()?.links(base, declared.people.open_registration, &verifier_key).write(&layout.links())?;
    for (path, _) in directories.iter().rev() {
        files::sync_directory(path).map_err(failed(path))?;
    }
    Ok(())
}

/// Renames over an empty directory or to a new name; anything else there makes the system refuse.
fn put_in_place(beside: &Path, directory: &Path) -> Result<(), InitError> {
    fs::rename(beside, directory).map_err(|source| {
        let taken = [io::ErrorKind::DirectoryNotEmpty, io::ErrorKind::AlreadyExists, io::ErrorKind::NotADirectory];
        let directory = directory.to_owned();
        if taken.contains(&source.kind()) {
            InitError::Exists(directory)
        } else {
            InitError::Io { path: directory, source }
        }
    })?;
    match directory.parent() {
        Some(parent) if parent.as_os_str().is_empty() => files::sync_directory(Path::new(".")).map_err(failed(parent)),
        Some(parent) => files::sync_directory(parent).map_err(failed(parent)),
        None => Ok(()),
    }
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> InitError {
    let path = path.to_owned();
    move |source| InitError::Io { path, source }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::{attempt::template, domain::time::UnixMillis};

    const NOW: UnixMillis = UnixMillis(1_795_486_330_123);

    fn new(from: Option<&Path>) -> NewAttempt<'_> {
        NewAttempt { declaration: template::attempt(NOW).into_bytes(), from, local_url: "http://127.0.0.1:8080" }
    }

    #[test]
    fn a_new_attempt_lies_as_the_contract_says_and_its_secrets_are_its_owners() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a");

        let attempt = create(&path, new(None)).unwrap();

        for name in ["attempt.toml", "links.json", "log", "private/keys", "private/people.db"] {
            assert!(path.join(name).exists(), "{name}");
        }
        for secret in ["private", "links.json", "private/keys/log.key", "private/people.db"] {
            let mode = fs::metadata(path.join(secret)).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{secret} {mode:o}");
        }
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
        let key = attempt.signing_key().unwrap().verifier().to_string();
        assert!(key.starts_with(&format!("{}+", attempt.origin())));
        assert!(fs::read_to_string(attempt.layout.links()).unwrap().contains(&key));
    }

    #[test]
    fn an_attempt_that_exists_is_never_touched() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a");
        let first = create(&path, new(None)).unwrap();

        let refused = create(&path, new(None)).unwrap_err();

        assert!(matches!(refused, InitError::Exists(_)));
        assert_eq!(Attempt::open(&path).unwrap().keys.identity, first.keys.identity);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_failed_creation_leaves_nothing_behind() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a");
        let broken = NewAttempt { declaration: b"title = 3\n".to_vec(), ..new(None) };

        let refused = create(&path, broken).unwrap_err();

        assert!(matches!(refused, InitError::Declaration(_)));
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }

    #[test]
    fn an_empty_directory_can_become_an_attempt() {
        let directory = tempfile::tempdir().unwrap();

        assert!(create(directory.path(), new(None)).is_ok());
    }
}
