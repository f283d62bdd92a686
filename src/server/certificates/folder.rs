//! The folder of certificates: written beside its place, and put there when it is complete.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use super::IssueError;
use crate::{
    attempt::files::{PRIVATE_DIRECTORY, PRIVATE_FILE},
    report::certificates::{CHECK, KEY, REGISTER},
};

/// A folder that is being written; dropped before it is finished, it vanishes.
#[derive(Debug)]
pub(super) struct Draft {
    work: PathBuf,
    out: PathBuf,
    is_done: bool,
}

impl Draft {
    /// Begins beside `out`, which holds nothing yet, or older certificates of the attempt that has this key file.
    pub(super) fn begin(out: &Path, key_file: &str) -> Result<Self, IssueError> {
        let failed = |error| IssueError::Write(out.display().to_string(), error);
        if !is_free(out, key_file).map_err(failed)? {
            return Err(IssueError::Foreign(out.display().to_string()));
        }
        let work = beside(out, "new");
        remove(&work).map_err(failed)?;
        fs::create_dir_all(parent(out)).map_err(failed)?;
        DirBuilder::new().mode(PRIVATE_DIRECTORY).create(&work).map_err(failed)?;
        Ok(Self { work, out: out.to_owned(), is_done: false })
    }

    /// Writes a file that its owner alone may read: it names people.
    pub(super) fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.work.join(name);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(PRIVATE_FILE).open(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    }

    /// Puts the folder in its place.
    pub(super) fn finish(mut self) -> io::Result<()> {
        File::open(&self.work)?.sync_all()?;
        let old = beside(&self.out, "old");
        remove(&old)?;
        match fs::rename(&self.out, &old) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        if let Err(error) = fs::rename(&self.work, &self.out) {
            // What was there before is better than nothing.
            fs::rename(&old, &self.out).ok();
            return Err(error);
        }
        self.is_done = true;
        File::open(parent(&self.out))?.sync_all()?;
        remove(&old)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.is_done {
            // Whatever stays is overwritten by the next run.
            fs::remove_dir_all(&self.work).ok();
        }
    }
}

/// Whether certificates can be put here without losing anything else.
fn is_free(out: &Path, key_file: &str) -> io::Result<bool> {
    let entries = match fs::read_dir(out) {
        Ok(entries) => entries.collect::<io::Result<Vec<_>>>()?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => return Ok(false),
        Err(error) => return Err(error),
    };
    let is_own = |name: &str| {
        let is_table = name.starts_with("reasons-") && name.ends_with(".csv");
        [REGISTER, KEY, CHECK].contains(&name) || is_table || name.ends_with(".pdf")
    };
    let all_own = entries.iter().all(|entry| entry.file_name().to_str().is_some_and(is_own));
    let same_key = || fs::read(out.join(KEY)).is_ok_and(|bytes| bytes == key_file.as_bytes());
    Ok(entries.is_empty() || (all_own && same_key()))
}

/// A name beside a folder that no other program uses.
fn beside(out: &Path, ending: &str) -> PathBuf {
    let name = out.file_name().unwrap_or_default().to_string_lossy();
    parent(out).join(format!(".{name}.{ending}"))
}

fn parent(out: &Path) -> &Path {
    out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}
