//! Keeps every other process out of a journal for as long as one writes it.

use std::{
    fs::{File, TryLockError},
    path::Path,
};

use super::{check::OpenError, schema::beside};

/// The lock of one journal, in a file of its own: closing any descriptor of the journal would drop SQLite's locks.
#[derive(Debug)]
pub(super) struct Lock(File);

impl Lock {
    /// Takes the lock.
    ///
    /// # Errors
    /// When somebody else has it, or the operating system refuses.
    pub(super) fn take(journal: &Path) -> Result<Self, OpenError> {
        let lock = File::options().create(true).truncate(false).write(true).open(beside(journal, ".lock"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self(lock)),
            Err(TryLockError::WouldBlock) => Err(OpenError::Busy(journal.to_owned())),
            Err(TryLockError::Error(error)) => Err(OpenError::Io(error)),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // A child that is being started shares the open file until it runs its program: closing ours is not enough.
        // Where the system refuses, closing it is all that can be done.
        self.0.unlock().ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_free_once_it_is_dropped_even_if_a_child_still_shares_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let journal = folder.path().join("journal.db");
        let lock = Lock::take(&journal).unwrap();
        let _of_a_child = lock.0.try_clone().unwrap();

        let taken = Lock::take(&journal).is_ok();
        drop(lock);

        assert!(!taken);
        assert!(Lock::take(&journal).is_ok());
    }
}
