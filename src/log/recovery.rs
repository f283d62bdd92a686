//! After a failed sync: the file is not written again; what it shows is copied into a new one that takes its place.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

use super::{
    check::{self, OpenError},
    schema::{self, beside, folder, remove_if_there},
};

/// Says that a sync failed: the page cache may show what the disk lacks.
const MARKER: &str = ".failed";

/// A copy in the making.
const DRAFT: &str = ".draft";

/// A copy that is complete and synced, but not in place yet.
const COPY: &str = ".copy";

/// The old file, kept aside for whoever looks into the failure.
const SUSPECT: &str = ".suspect";

/// Leaves the marker that makes the next start copy the journal before it writes.
pub(super) fn mark(path: &Path, reason: &str) -> io::Result<()> {
    let directory = File::open(folder(path))?;
    let mut marker = File::create(beside(path, MARKER))?;
    writeln!(marker, "{reason}")?;
    marker.sync_all()?;
    directory.sync_all()
}

/// Whether an earlier run left the marker.
pub(super) fn is_marked(path: &Path) -> io::Result<bool> {
    beside(path, MARKER).try_exists()
}

/// Copies the journal into a new, synced file and puts that in its place; can be interrupted and repeated anywhere.
pub(super) fn copy_forward(path: &Path, origin: &str) -> Result<(), OpenError> {
    let directory = File::open(folder(path))?;
    let copy = beside(path, COPY);
    if !copy.try_exists()? {
        make_copy(path, origin)?;
        fs::rename(beside(path, DRAFT), &copy)?;
        directory.sync_all()?;
    }
    // The old write-ahead log must be away, durably, before the copy stands there: SQLite would replay it into the copy.
    for suffix in ["", "-wal"] {
        set_aside(path, suffix)?;
    }
    remove_if_there(&beside(path, "-shm"))?;
    directory.sync_all()?;
    fs::rename(&copy, path)?;
    directory.sync_all()?;
    remove_if_there(&beside(path, MARKER))?;
    directory.sync_all()?;
    Ok(())
}

/// Writes what the journal shows into a draft, syncs it, and checks it against every root that was signed.
fn make_copy(path: &Path, origin: &str) -> Result<(), OpenError> {
    let failed = |error| OpenError::of(path, error);
    let draft = beside(path, DRAFT);
    remove_if_there(&draft)?;
    // A reading connection cannot checkpoint, so that the suspect files stay as they are.
    let old = schema::connect_reader(path).map_err(failed)?;
    check::expect_origin(path, &old, origin)?;
    let target = draft.to_str().ok_or_else(|| io::Error::other("the journal's path is not UTF-8"))?;
    old.pragma_update(None, "query_only", false).map_err(failed)?;
    old.execute("VACUUM INTO ?1", [target]).map_err(failed)?;
    schema::turn_to_wal(&draft).map_err(failed)?;
    File::open(&draft)?.sync_all()?;
    let new = schema::connect_reader(&draft).map_err(failed)?;
    check::expect_origin(&draft, &new, origin)?;
    check::inspect(&draft, &new).map(|_| ())
}

fn set_aside(path: &Path, suffix: &str) -> io::Result<()> {
    let from = beside(path, suffix);
    let to = beside(&beside(path, SUSPECT), suffix);
    match fs::rename(from, &to) {
        // It was moved before an interruption, or there was none: an older one must not be taken for it.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
