//! Files that are whole or absent after a power cut: write beside, sync, rename, sync the folder.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// What a file that is being written is called until it is complete.
const DRAFT: &str = ".draft";

/// How much a folder's files matter and are believed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trust {
    /// Whether each file is synced; a copy that somebody else syncs as a whole is not.
    pub(super) synced: bool,
    /// Whether a file that reads as it should is left as it is; after a failed sync the page cache may show what the disk lacks.
    pub(super) believed: bool,
}

/// A folder of derived files with one writer.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    /// Held open for as long as files are written: a write error of an evicted inode would be lost.
    held: File,
    trust: Trust,
}

impl Folder {
    /// Opens the folder, making it if needed.
    pub(super) fn open(root: &Path, trust: Trust) -> io::Result<Self> {
        if !root.try_exists()? {
            fs::create_dir_all(root)?;
            if let Some(parent) = root.parent().filter(|parent| !parent.as_os_str().is_empty()) {
                File::open(parent)?.sync_all()?;
            }
        }
        Ok(Self { root: root.to_owned(), held: File::open(root)?, trust })
    }

    /// The full path of a file in it.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// The bytes of a file, if it is there.
    pub(super) fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        match fs::read(self.path(name)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes a file, unless it says the same already.
    pub(super) fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.path(name);
        // The length is asked first: most files that change have grown.
        let same_length = fs::metadata(&path).is_ok_and(|file| file.is_file() && file.len() == bytes.len() as u64);
        if same_length && self.trust.believed && self.read(name)?.as_deref() == Some(bytes) {
            return Ok(());
        }
        self.put_with(name, |file| file.write_all(bytes))
    }

    /// Writes a file piece by piece; it appears when it is complete.
    pub(super) fn put_with(&self, name: &str, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
        let path = self.path(name);
        let parent = path.parent().unwrap_or(&self.root);
        self.make(parent)?;
        let folder = File::open(parent)?;
        let draft = draft_of(&path);
        let mut file = File::create(&draft)?;
        write(&mut file)?;
        if self.trust.synced {
            file.sync_all()?;
        }
        fs::rename(&draft, &path)?;
        self.sync(&folder)
    }

    /// Whether a file that reads as it should is left as it is.
    pub(super) fn is_believed(&self) -> bool {
        self.trust.believed
    }

    /// Removes a file, and its folder if that is empty then.
    pub(super) fn prune(&self, name: &str) -> io::Result<()> {
        self.remove(name)?;
        if let Some(folder) = self.path(name).parent() {
            // A folder that holds something else refuses, and stays.
            fs::remove_dir(folder).ok();
        }
        Ok(())
    }

    /// Removes a file or a folder with all that is in it, if it is there.
    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        let path = self.path(name);
        let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        match removed {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            // A removal need not be durable: what comes back is removed again at the next start.
            other => other,
        }
    }

    /// The files under a folder, by name from the root on; none if it is not there.
    pub(super) fn files_under(&self, name: &str) -> io::Result<Vec<String>> {
        let mut found = Vec::new();
        let mut waiting = vec![name.to_owned()];
        while let Some(name) = waiting.pop() {
            let entries = match fs::read_dir(self.path(&name)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                other => other?,
            };
            for entry in entries {
                let entry = entry?;
                let path = format!("{name}/{}", entry.file_name().to_string_lossy());
                if entry.file_type()?.is_dir() { waiting.push(path) } else { found.push(path) }
            }
        }
        Ok(found)
    }

    /// Syncs the root folder itself.
    pub(super) fn sync_root(&self) -> io::Result<()> {
        self.sync(&self.held)
    }

    /// Makes the folders down to `folder`, each durable in its parent.
    fn make(&self, folder: &Path) -> io::Result<()> {
        if folder.is_dir() {
            return Ok(());
        }
        let parent = folder.parent().unwrap_or(&self.root);
        self.make(parent)?;
        fs::create_dir(folder)?;
        self.sync(&File::open(parent)?)
    }

    fn sync(&self, folder: &File) -> io::Result<()> {
        if self.trust.synced { folder.sync_all() } else { Ok(()) }
    }
}

/// Where a file is written before it takes its name.
fn draft_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(DRAFT);
    PathBuf::from(name)
}
