//! Small files of an attempt, written so that a power cut leaves the old or the new one, never half of one.

use std::{
    fs::{DirBuilder, File, OpenOptions, Permissions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::Path,
};

/// Readable by the owner only.
pub const PRIVATE_FILE: u32 = 0o600;
/// Readable by everybody: what is not secret.
pub const PUBLIC_FILE: u32 = 0o644;
/// A directory that only the owner may enter.
pub const PRIVATE_DIRECTORY: u32 = 0o700;
/// A directory that everybody may read.
pub const PUBLIC_DIRECTORY: u32 = 0o755;

/// Creates a directory with exactly this mode's rights (less what the umask takes).
pub(super) fn create_directory(path: &Path, mode: u32) -> io::Result<()> {
    DirBuilder::new().mode(mode).create(path)
}

/// Creates a file that must not exist yet, and syncs it.
pub(super) fn create(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Replaces a file as a whole: writes beside it, syncs, renames, syncs the directory.
///
/// # Errors
/// When the directory cannot be written; the old file is still there then.
pub fn replace(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let beside = path.with_extension("new");
    match std::fs::remove_file(&beside) {
        // A crash may have left one; it was never the file that counts.
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    create(&beside, bytes, mode)?;
    std::fs::rename(&beside, path)?;
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => sync_directory(Path::new(".")),
        Some(parent) => sync_directory(parent),
        None => Ok(()),
    }
}

/// Leaves a file to its owner alone.
pub(super) fn restrict(path: &Path) -> io::Result<()> {
    std::fs::set_permissions(path, Permissions::from_mode(PRIVATE_FILE))
}

/// Makes the names in a directory durable.
pub(super) fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}
