//! The whole folder at once, from the journal: at the start of a process, after damage, and for a bundle.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, Write},
    path::Path,
};

use super::{
    checkpoint::VerifierKey,
    durable::Folder,
    files::{
        CHECKPOINTS, DOUBT, ENTRIES, Evidence, KEY, POLICY, Source, checkpoint_name, each_chunk, joined, new_folder,
        policy,
    },
    retention::{Follower, Published},
    startup::{EvidenceError, open_all},
    tiles::{TileKind, TilePath},
};
use crate::domain::{
    ids::Size,
    tree::{Head, Tree},
};

impl Evidence {
    /// Writes every file that differs from what the log says, and removes the others.
    pub(super) fn build(
        folder: Folder,
        key: &VerifierKey,
        tree: &Tree,
        heads: &[(Head, &str)],
        source: &mut Source<'_>,
    ) -> Result<Self, EvidenceError> {
        let mut evidence = Self::empty(folder, key);
        let size = heads.last().map_or(Size(0), |(head, _)| head.size);
        evidence.put_key()?;
        evidence.build_entries(size, source)?;
        evidence.build_tiles(tree, heads, size, source)?;
        evidence.build_checkpoints(heads, source)?;
        evidence.folder.remove(DOUBT).map_err(|error| evidence.failed(error))?;
        evidence.folder.sync_root().map_err(|error| evidence.failed(error))?;
        Ok(evidence)
    }

    /// Writes the key and the checkpoints that stay, and nothing of the entries, for whoever may not see them.
    pub(super) fn copy_heads(
        root: &Path,
        key: &VerifierKey,
        tree: &Tree,
        notes: &[String],
        source: &mut Source<'_>,
    ) -> Result<(), EvidenceError> {
        let heads = open_all(key, tree, notes)?;
        let mut evidence = Self::empty(new_folder(root)?, key);
        evidence.put_key()?;
        evidence.build_checkpoints(&heads, source)
    }

    fn empty(folder: Folder, key: &VerifierKey) -> Self {
        let (key, follower) = (key.clone(), Follower::default());
        Self { folder, key, follower, published: None, entries_bytes: 0, doubtful: false }
    }

    fn put_key(&self) -> Result<(), EvidenceError> {
        self.put(KEY, format!("{}\n", self.key).as_bytes())?;
        self.put(POLICY, policy(&self.key).as_bytes())
    }

    /// Rewrites the lines unless the file holds exactly these.
    fn build_entries(&mut self, size: Size, source: &mut Source<'_>) -> Result<(), EvidenceError> {
        if !self.entries_agree(size, source)? {
            self.write_entries(size, source)?;
        }
        let length = self.folder.path(ENTRIES).metadata().map_err(|error| self.failed(error))?.len();
        self.entries_bytes = length;
        Ok(())
    }

    fn write_entries(&self, size: Size, source: &mut Source<'_>) -> Result<(), EvidenceError> {
        let mut unreadable = None;
        let written = self.folder.put_with(ENTRIES, |file| {
            let mut file = BufWriter::new(file);
            let copied = each_chunk(Size(0), size, source, |lines| {
                file.write_all(&joined(lines)).map_err(EvidenceError::Source)
            });
            if let Err(error) = copied {
                unreadable = Some(error);
                return Err(io::Error::other("the lines cannot be copied"));
            }
            file.flush()
        });
        match unreadable {
            Some(error) => Err(error),
            None => written.map_err(|error| self.failed(error)),
        }
    }

    fn entries_agree(&self, size: Size, source: &mut Source<'_>) -> Result<bool, EvidenceError> {
        let path = self.folder.path(ENTRIES);
        if !self.folder.is_believed() {
            return Ok(false);
        }
        let mut file = match File::open(&path) {
            Ok(file) => BufReader::new(file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(EvidenceError::Io(path, error)),
        };
        let mut same = true;
        let mut found = Vec::new();
        each_chunk(Size(0), size, source, |lines| {
            for line in lines {
                found.clear();
                let read = file.read_until(b'\n', &mut found);
                read.map_err(|error| EvidenceError::Io(path.clone(), error))?;
                same &= found.strip_suffix(b"\n") == Some(line.bytes.as_slice());
            }
            Ok(())
        })?;
        let rest = file.fill_buf().map_err(|error| EvidenceError::Io(path.clone(), error))?;
        Ok(same && rest.is_empty())
    }

    fn build_tiles(
        &self,
        tree: &Tree,
        heads: &[(Head, &str)],
        size: Size,
        source: &mut Source<'_>,
    ) -> Result<(), EvidenceError> {
        let mut expected = BTreeSet::new();
        for kind in TileKind::of_log(size) {
            expected.extend(kind.grown(Size(0), size));
            // Whoever holds an earlier checkpoint needs the partial tiles of its size, until the full one is there.
            let edges = heads.iter().filter_map(|(head, _)| kind.edge(head.size));
            let last = kind.edge(size).map(|edge| edge.number);
            expected.extend(edges.filter(|edge| Some(edge.number) == last));
        }
        let names: BTreeSet<String> = expected.iter().map(TilePath::to_string).collect();
        self.remove_others("tile", &names)?;
        expected.into_iter().try_for_each(|tile| self.put_tile(tile, tree, source))
    }

    fn build_checkpoints(&mut self, heads: &[(Head, &str)], source: &mut Source<'_>) -> Result<(), EvidenceError> {
        let mut kept: Vec<(Published, &str)> = Vec::new();
        let mut from = Size(0);
        for (head, note) in heads {
            let follower = &mut self.follower;
            each_chunk(from, head.size, source, |lines| {
                lines.iter().for_each(|line| follower.see(line));
                Ok(())
            })?;
            let next = self.follower.publish(head.size, note);
            if kept.last().is_some_and(|(last, _)| last.is_superseded_by(&next)) {
                kept.pop();
            }
            kept.push((next, note));
            from = head.size;
        }
        let names = kept.iter().map(|(published, _)| checkpoint_name(published.size)).collect();
        self.remove_others(CHECKPOINTS, &names)?;
        for (published, note) in &kept {
            self.put(&checkpoint_name(published.size), note.as_bytes())?;
        }
        if let Some((published, note)) = kept.last() {
            self.put_checkpoint(published, note)?;
            self.published = Some(*published);
        }
        Ok(())
    }

    /// Removes what an interrupted run or another hand left under a folder.
    fn remove_others(&self, under: &str, expected: &BTreeSet<String>) -> Result<(), EvidenceError> {
        let found = self.folder.files_under(under).map_err(|error| self.failed(error))?;
        let mut others = found.iter().filter(|name| !expected.contains(*name));
        others.try_for_each(|name| self.folder.prune(name)).map_err(|error| self.failed(error))
    }
}
