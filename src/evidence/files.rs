//! The log as plain files that anybody can read: published from the durable lines, and rebuilt from them byte for byte.

use std::{fs::File, io, os::unix::fs::FileExt, path::Path};

pub use super::startup::EvidenceError;
use super::{
    checkpoint::VerifierKey,
    durable::{Folder, Trust},
    retention::{Follower, Published},
    startup::{check_published, open_all, open_one},
    tiles::{TileKind, TilePath, bundle},
};
use crate::domain::{
    ids::{EntryIndex, Size},
    line::Line,
    tree::{Head, Tree},
};

/// The newest checkpoint.
pub(super) const CHECKPOINT: &str = "checkpoint";

/// The checkpoints that stay, by size.
pub(super) const CHECKPOINTS: &str = "checkpoints";

/// The log's lines, one a line.
pub(super) const ENTRIES: &str = "entries.jsonl";

/// The log's public key.
pub(super) const KEY: &str = "log.vkey";

/// Whose signatures make a checkpoint of this log (C2SP tlog-policy).
pub(super) const POLICY: &str = "policy";

/// Says that a write failed: what the page cache shows of these files is not believed at the next start.
pub(super) const DOUBT: &str = ".doubt";

/// How many lines are fetched at once.
const LINES_AT_ONCE: usize = 1_024;

/// Where the durable lines come from: at most so many from an index on, read back from the disk.
pub type Source<'a> = dyn FnMut(EntryIndex, usize) -> io::Result<Vec<Line>> + 'a;

/// Publishes one log's files. Owned by whoever certifies; nobody else writes into the folder.
#[derive(Debug)]
pub struct Evidence {
    pub(super) folder: Folder,
    pub(super) key: VerifierKey,
    pub(super) follower: Follower,
    pub(super) published: Option<Published>,
    /// How long `entries.jsonl` is.
    pub(super) entries_bytes: u64,
    /// A write has failed: the folder has to be opened again.
    pub(super) doubtful: bool,
}

impl Evidence {
    /// Opens the folder and brings it to what the journal says: `notes` are all signed heads, smallest first, and
    /// `tree` is over all durable lines.
    ///
    /// # Errors
    /// When what is published is newer than the journal or contradicts it; nothing is changed then.
    pub fn open(
        root: &Path,
        key: &VerifierKey,
        tree: &Tree,
        notes: &[String],
        source: &mut Source<'_>,
    ) -> Result<Self, EvidenceError> {
        let heads = open_all(key, tree, notes)?;
        let doubted = root.join(DOUBT).exists();
        let folder = Folder::open(root, Trust { synced: true, believed: !doubted })
            .map_err(|error| EvidenceError::Io(root.to_owned(), error))?;
        check_published(&folder, key, tree, &heads)?;
        Self::build(folder, key, tree, &heads, source)
    }

    /// Writes a copy of the log's files into a new folder, for a bundle: the same bytes, not synced one by one.
    ///
    /// # Errors
    /// When a note does not belong to the lines, or the operating system refuses.
    pub fn copy(
        root: &Path,
        key: &VerifierKey,
        tree: &Tree,
        notes: &[String],
        source: &mut Source<'_>,
    ) -> Result<(), EvidenceError> {
        let heads = open_all(key, tree, notes)?;
        Self::build(new_folder(root)?, key, tree, &heads, source).map(|_| ())
    }

    /// Publishes the log up to a signed head: lines, tiles, then the checkpoint that vouches for them.
    ///
    /// # Errors
    /// When the note is not one of this log, or the operating system refuses; then the folder has to be opened again.
    pub fn publish(&mut self, tree: &Tree, note: &str, source: &mut Source<'_>) -> Result<Head, EvidenceError> {
        if self.doubtful {
            return Err(self.failed(io::Error::other("an earlier write failed; start the program again")));
        }
        let head = open_one(&self.key, tree, note)?;
        let published = self.publish_head(tree, head, note, source);
        if published.is_err() {
            self.doubtful = true;
            // The disk may refuse this too; the next start compares every file all the same.
            self.folder.put(DOUBT, b"").ok();
        }
        published.map(|()| head)
    }

    /// The size of the newest published checkpoint.
    #[must_use]
    pub fn published(&self) -> Option<Size> {
        self.published.map(|published| published.size)
    }

    fn publish_head(
        &mut self,
        tree: &Tree,
        head: Head,
        note: &str,
        source: &mut Source<'_>,
    ) -> Result<(), EvidenceError> {
        let from = self.published().unwrap_or_default();
        if head.size < from {
            return Err(EvidenceError::Newer { published: from, journal: head.size });
        }
        self.append_entries(from, head.size, source)?;
        for kind in TileKind::of_log(head.size) {
            for tile in kind.grown(from, head.size) {
                self.put_tile(tile, tree, source)?;
                if tile.is_full() {
                    self.folder.remove(&tile.partials()).map_err(|error| self.failed(error))?;
                }
            }
        }
        let next = self.follower.publish(head.size, note).or_as(self.published);
        self.put_checkpoint(&next, note)?;
        let previous = self.published.replace(next);
        match previous.filter(|previous| previous.is_superseded_by(&next)) {
            Some(previous) => self.folder.remove(&checkpoint_name(previous.size)).map_err(|error| self.failed(error)),
            None => Ok(()),
        }
    }

    pub(super) fn put_checkpoint(&self, published: &Published, note: &str) -> Result<(), EvidenceError> {
        self.put(&checkpoint_name(published.size), note.as_bytes())?;
        self.put(CHECKPOINT, note.as_bytes())
    }

    /// Appends at the known end: what a failed attempt left behind is overwritten.
    fn append_entries(&mut self, from: Size, to: Size, source: &mut Source<'_>) -> Result<(), EvidenceError> {
        let path = self.folder.path(ENTRIES);
        let written = |error| EvidenceError::Io(path.clone(), error);
        let file = File::options().write(true).open(&path).map_err(written)?;
        let mut end = self.entries_bytes;
        let follower = &mut self.follower;
        each_chunk(from, to, source, |lines| {
            lines.iter().for_each(|line| follower.see(line));
            let text = joined(lines);
            file.write_all_at(&text, end).map_err(written)?;
            end = end.saturating_add(text.len() as u64);
            Ok(())
        })?;
        file.sync_all().map_err(written)?;
        self.entries_bytes = end;
        Ok(())
    }

    pub(super) fn put_tile(&self, tile: TilePath, tree: &Tree, source: &mut Source<'_>) -> Result<(), EvidenceError> {
        let bytes = match tile.kind {
            TileKind::Hashes(level) => tile.hashes(level, tree),
            TileKind::Entries => {
                let (start, mut lines) = (tile.start(), Vec::new());
                let end = start.saturating_add(tile.width);
                each_chunk(Size(start), Size(end), source, |chunk| {
                    lines.extend_from_slice(chunk);
                    Ok(())
                })?;
                bundle(&lines)
            }
        };
        let bytes = bytes.ok_or_else(|| EvidenceError::Source(io::Error::other(format!("nothing for {tile}"))))?;
        self.put(&tile.to_string(), &bytes)
    }

    pub(super) fn put(&self, name: &str, bytes: &[u8]) -> Result<(), EvidenceError> {
        self.folder.put(name, bytes).map_err(|error| self.failed(error))
    }

    pub(super) fn failed(&self, error: io::Error) -> EvidenceError {
        EvidenceError::Io(self.folder.path(""), error)
    }
}

/// A folder of a bundle: new, so that what it holds is believed, and not synced file by file.
pub(super) fn new_folder(root: &Path) -> Result<Folder, EvidenceError> {
    let trust = Trust { synced: false, believed: true };
    Folder::open(root, trust).map_err(|error| EvidenceError::Io(root.to_owned(), error))
}

/// The policy of a log that nobody witnesses: its own key, and no quorum.
pub(super) fn policy(key: &VerifierKey) -> String {
    format!("log {key}\nquorum none\n")
}

/// The file of a checkpoint that stays.
pub(super) fn checkpoint_name(size: Size) -> String {
    format!("{CHECKPOINTS}/{:012}", size.0)
}

/// Lines as the text of `entries.jsonl`.
pub(super) fn joined(lines: &[Line]) -> Vec<u8> {
    lines.iter().flat_map(|line| line.bytes.iter().copied().chain([b'\n'])).collect()
}

/// Hands on the lines from one size to another, in order, a limited number at once.
pub(super) fn each_chunk(
    from: Size,
    to: Size,
    source: &mut Source<'_>,
    mut take: impl FnMut(&[Line]) -> Result<(), EvidenceError>,
) -> Result<(), EvidenceError> {
    let mut at = from.0;
    while at < to.0 {
        let wanted = usize::try_from(to.0.saturating_sub(at)).unwrap_or(usize::MAX).min(LINES_AT_ONCE);
        let lines = source(EntryIndex(at), wanted).map_err(EvidenceError::Source)?;
        let in_place = lines.iter().zip(at..).all(|(line, index)| line.stamp.index.0 == index);
        if lines.is_empty() || lines.len() > wanted || !in_place {
            return Err(EvidenceError::Source(io::Error::other(format!("entry {at} is not where it should be"))));
        }
        take(&lines)?;
        at = at.saturating_add(lines.len() as u64);
    }
    Ok(())
}
