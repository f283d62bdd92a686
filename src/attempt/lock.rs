//! The lock that makes one process the only writer of an attempt.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
};

use super::layout::Layout;

/// The most of a lock file that is read: a process id has at most 20 digits.
const HOLDER_BYTES_MAX: u64 = 20;

/// Held as long as this value lives; the operating system frees it when the process ends, however it ends.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Drop for Lock {
    fn drop(&mut self) {
        // A child that is being started shares the open file until it runs its program: closing ours is not enough.
        // Where the system refuses, closing it is all that can be done.
        self.file.unlock().ok();
    }
}

/// Why an attempt cannot be held.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process writes this attempt: stop it first.
    #[error("{} is held by another process{}", .root.display(), holder_words(.holder))]
    Held {
        /// The attempt.
        root: PathBuf,
        /// The process id that the holder left, if it is readable.
        holder: Option<String>,
    },
    /// The directory does not allow writing: give this user the right, or copy the attempt elsewhere.
    #[error("{} cannot be written", .path.display())]
    ReadOnly {
        /// The file that refused.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file system does not support it: move the attempt to a local disk.
    #[error("{} cannot be locked", .path.display())]
    Failed {
        /// The file that refused.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

fn holder_words(holder: &Option<String>) -> String {
    holder.as_ref().map(|id| format!(" (process {id})")).unwrap_or_default()
}

impl Lock {
    /// Takes the lock, or says who has it.
    ///
    /// # Errors
    /// When another process holds it or the directory cannot be written.
    pub fn take(layout: &Layout) -> Result<Self, LockError> {
        let path = layout.lock();
        let mut file = open_for_writing(&path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(LockError::Held { root: layout.root().to_owned(), holder: read_holder(&mut file) });
            }
            Err(TryLockError::Error(source)) => return Err(LockError::Failed { path, source }),
        }
        write_holder(&mut file).map_err(|source| LockError::ReadOnly { path, source })?;
        Ok(Self { file })
    }
}

impl LockError {
    /// What the user can do.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Held { .. } => {
                "only one process may write an attempt: stop the other one (Ctrl-C lets it finish in order), then try again"
            }
            Self::ReadOnly { .. } => {
                "give this user the right to write there, or copy the whole directory to a disk that can be written"
            }
            Self::Failed { .. } => {
                "move the attempt's directory to a local disk: network disks often cannot lock files"
            }
        }
    }
}

fn open_for_writing(path: &Path) -> Result<File, LockError> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(|source| {
        let path = path.to_owned();
        if matches!(source.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem) {
            LockError::ReadOnly { path, source }
        } else {
            LockError::Failed { path, source }
        }
    })
}

/// Leaves our process id for whoever finds the lock held.
fn write_holder(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    write!(file, "{}", std::process::id())
}

fn read_holder(file: &mut File) -> Option<String> {
    let mut text = String::new();
    file.take(HOLDER_BYTES_MAX).read_to_string(&mut text).ok()?;
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_writer_is_refused_until_the_first_lets_go_even_if_a_child_still_shares_its_file() {
        let directory = tempfile::tempdir().unwrap();
        let layout = Layout::new(directory.path());
        std::fs::create_dir(layout.private()).unwrap();

        let first = Lock::take(&layout).unwrap();
        let _of_a_child = first.file.try_clone().unwrap();
        let refused = Lock::take(&layout).unwrap_err();
        drop(first);

        let own = std::process::id().to_string();
        assert!(matches!(refused, LockError::Held { holder: Some(id), .. } if id == own));
        assert!(Lock::take(&layout).is_ok());
    }
}
