//! The bundle's files: none missing, none added, and each exactly as the log makes it.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

use super::{
    Audit, CHECKPOINT, CHECKPOINTS, ENTRIES, KEY, LOG, MANIFEST, Manifest, POLICY, Unreadable, in_log, replay::Replayed,
};
use crate::{
    domain::{
        event::Opened,
        ids::Digest,
        tree::{Head, Tree},
    },
    evidence::{
        bundle::{self, DECLARATION, ROSTER},
        carried::{RECOUNT, SPEC},
        checkpoint::VerifierKey,
        documents::{Source, is_document},
        progress::{Progress, Step},
        readme::README,
        tables,
        tiles::{TILE_WIDTH, TileKind, TilePath},
    },
};

/// The files that every bundle has, beside its tables and the log's tiles and kept checkpoints.
const ALWAYS: [&str; 6] = [README, SPEC, RECOUNT, MANIFEST, DECLARATION, ROSTER];

/// The log's files that every bundle has.
const ALWAYS_IN_LOG: [&str; 4] = [ENTRIES, CHECKPOINT, KEY, POLICY];

impl Audit<'_> {
    /// Nothing is missing and nothing was added, by the list and by what a bundle is.
    pub(super) fn compare_with_list(&mut self, manifest: Option<&Manifest>) {
        let mut expected: BTreeSet<String> =
            ALWAYS.iter().chain(&tables::NAMES).map(|name| (*name).to_owned()).collect();
        expected.extend(ALWAYS_IN_LOG.iter().map(|name| in_log(name)));
        if let Some(manifest) = manifest {
            expected.extend(manifest.files.iter().map(|listed| listed.path.clone()));
        }
        for path in expected.iter().filter(|path| !self.paths.contains(*path)).cloned().collect::<Vec<_>>() {
            self.find(&path, None, "missing".to_owned());
        }
        let added = self.paths.iter().filter(|path| !expected.contains(*path) || !belongs(path));
        for path in added.cloned().collect::<Vec<_>>() {
            self.find(&path, None, "does not belong to the bundle".to_owned());
        }
    }

    /// The listed documents for people that were not made again.
    pub(super) fn not_recomputed(&self, manifest: Option<&Manifest>) -> Vec<String> {
        let listed = manifest.into_iter().flat_map(|manifest| &manifest.files).map(|listed| &listed.path);
        let there = |path: &&String| is_document(path) && self.paths.contains(*path) && !self.remade.contains(*path);
        listed.filter(there).cloned().collect()
    }

    /// Everything that is made from the log is made again.
    pub(super) fn compare_contents(
        &mut self,
        replayed: &Replayed,
        key: Option<&VerifierKey>,
        heads: &[Head],
    ) -> Result<(), Unreadable> {
        let Some(opened) = replayed.ledger.attendance().opened() else { return Ok(()) };
        self.compare_declaration(opened)?;
        self.compare_origin(opened);
        let files = bundle::derived(&replayed.ledger, opened)?;
        for (name, bytes) in &files {
            self.compare_file(name, bytes)?;
        }
        if let Some(key) = key {
            let source = Source { ledger: &replayed.ledger, opened, key, tables: &files };
            self.compare_documents(&source)?;
        }
        drop(files);
        self.compare_tiles(replayed, heads)
    }

    /// Makes the documents again where somebody brought what makes them. A bundle without any needs none.
    fn compare_documents(&mut self, source: &Source<'_>) -> Result<(), Unreadable> {
        let there: Vec<String> = self.paths.iter().filter(|path| is_document(path)).cloned().collect();
        let Some(make) = self.means.documents.filter(|_| !there.is_empty()) else { return Ok(()) };
        (self.means.watch)(Progress { step: Step::Documents, done: 0, total: 0 });
        for (path, bytes) in make(source).map_err(Unreadable::Documents)? {
            if there.contains(&path) {
                self.compare_file(&path, &bytes)?;
            } else {
                self.find(&path, None, "missing".to_owned());
            }
            self.remade.insert(path);
        }
        for path in there.into_iter().filter(|path| !self.remade.contains(path)).collect::<Vec<_>>() {
            self.find(&path, None, "no document that this log makes".to_owned());
        }
        Ok(())
    }

    fn compare_declaration(&mut self, opened: &Opened) -> Result<(), Unreadable> {
        let Some(bytes) = self.read(DECLARATION)? else { return Ok(()) };
        let found = Digest(Sha256::digest(&bytes).into());
        self.claim("declaration.toml sha256".into(), opened.digest.to_string(), found.to_string());
        if found != opened.digest {
            let what = format!("its SHA-256 is {found}, but the log was opened with {}", opened.digest);
            self.find(DECLARATION, None, what);
        }
        for contradiction in opened.declaration.contradictions() {
            self.find(DECLARATION, None, format!("the log's declaration contradicts itself: {contradiction}"));
        }
        Ok(())
    }

    /// The log names itself as its key does.
    fn compare_origin(&mut self, opened: &Opened) {
        let Ok(Some(Ok(key))) = self
            .read(&in_log(KEY))
            .map(|bytes| bytes.map(|bytes| String::from_utf8_lossy(&bytes).parse::<VerifierKey>()))
        else {
            return;
        };
        if key.origin().as_str() != opened.origin {
            let what = format!("the log calls itself {}, its key is that of {}", opened.origin, key.origin());
            self.find(&in_log(ENTRIES), Some(1), what);
        }
    }

    /// Compares a file with what it has to be, and names the first line that differs.
    pub(super) fn compare_file(&mut self, path: &str, expected: &[u8]) -> Result<(), Unreadable> {
        let Some(found) = self.read(path)? else { return Ok(()) };
        if found != expected {
            let (line, what) = difference(&found, expected);
            self.find(path, line, what);
        }
        Ok(())
    }

    fn compare_tiles(&mut self, replayed: &Replayed, heads: &[Head]) -> Result<(), Unreadable> {
        let (tree, size) = (replayed.ledger.tree(), replayed.ledger.head().size);
        for kind in TileKind::of_log(size) {
            let edges = heads.iter().filter_map(|head| kind.edge(head.size));
            let last = kind.edge(size).map(|edge| edge.number);
            let needed =
                kind.grown(crate::domain::ids::Size(0), size).chain(edges.filter(|edge| Some(edge.number) == last));
            for tile in needed {
                let path = in_log(&tile.to_string());
                if !self.paths.contains(&path) {
                    self.find(&path, None, "missing".to_owned());
                }
            }
        }
        let folder = format!("{LOG}/tile/");
        for path in self.paths.iter().filter(|path| path.starts_with(&folder)).cloned().collect::<Vec<_>>() {
            self.compare_tile(&path, tree, replayed)?;
        }
        Ok(())
    }

    fn compare_tile(&mut self, path: &str, tree: &Tree, replayed: &Replayed) -> Result<(), Unreadable> {
        let tile = path.strip_prefix("log/").and_then(|path| path.parse::<TilePath>().ok());
        let size = tree.size();
        let expected = tile.and_then(|tile| match tile.kind {
            TileKind::Hashes(level) => tile.hashes(level, tree),
            // Full tiles of entries were compared while their lines were read.
            TileKind::Entries if tile.is_full() && tile.number < size.0 / TILE_WIDTH => None,
            TileKind::Entries => {
                let at_the_edge = tile.number == size.0 / TILE_WIDTH;
                at_the_edge.then(|| replayed.edge.first(tile.width)).flatten().map(<[u8]>::to_vec)
            }
        });
        let compared = tile.is_some_and(|tile| tile.kind == TileKind::Entries && tile.is_full());
        match expected {
            Some(expected) => self.compare_file(path, &expected),
            None if compared && tile.is_some_and(|tile| tile.number < size.0 / TILE_WIDTH) => Ok(()),
            None => {
                self.find(path, None, "no tile of this log".to_owned());
                Ok(())
            }
        }
    }

    /// Every listed file has the listed digest, and the list is the one that belongs to the log.
    pub(super) fn compare_hashes(
        &mut self,
        manifest: Option<&Manifest>,
        replayed: Option<&Replayed>,
    ) -> Result<(), Unreadable> {
        let Some(manifest) = manifest else { return Ok(()) };
        let mut found = BTreeMap::new();
        for path in self.paths.iter().filter(|path| *path != MANIFEST) {
            found.insert(path.clone(), bundle::describe(self.root, path)?);
        }
        let known: BTreeSet<String> = self.findings.iter().map(|finding| finding.file.clone()).collect();
        for listed in &manifest.files {
            let same_path = found.get(&listed.path);
            if let Some(one) = same_path.filter(|one| *one != listed && !known.contains(&listed.path)) {
                let what = format!("{} bytes, SHA-256 {}: not what {MANIFEST} lists", one.bytes, one.sha256);
                self.find(&listed.path, None, what);
            }
        }
        let Some(opened) = replayed.and_then(|replayed| Some((replayed, replayed.ledger.attendance().opened()?)))
        else {
            return Ok(());
        };
        let (replayed, opened) = opened;
        if self.findings.is_empty() {
            let made = Manifest::new(opened.origin.clone(), &replayed.ledger, found.into_values().collect());
            let bytes = made.bytes().map_err(std::io::Error::from)?;
            self.compare_file(MANIFEST, &bytes)?;
        }
        Ok(())
    }
}

/// Whether a bundle has files of this name.
fn belongs(path: &str) -> bool {
    let Some(name) = path.strip_prefix("log/") else {
        return ALWAYS.contains(&path) || tables::NAMES.contains(&path) || is_document(path);
    };
    let kept = name.strip_prefix(CHECKPOINTS).and_then(|rest| rest.strip_prefix('/'));
    ALWAYS_IN_LOG.contains(&name) || kept.is_some() || name.parse::<TilePath>().is_ok()
}

/// The first line of two texts that differs, and how.
fn difference(found: &[u8], expected: &[u8]) -> (Option<u64>, String) {
    if std::str::from_utf8(expected).is_err() {
        return (None, "not what the log makes of it".to_owned());
    }
    let mut pairs = (1_u64..).zip(padded(found, expected));
    match pairs.find(|(_, (found, expected))| found != expected) {
        Some((line, (Some(found), Some(expected)))) => {
            (Some(line), format!("says {}, but the log makes it {}", shown(found), shown(expected)))
        }
        Some((line, (Some(found), None))) => {
            (Some(line), format!("says {}, but the log makes nothing here", shown(found)))
        }
        Some((line, (None, Some(expected)))) => {
            (Some(line), format!("ends, but the log goes on with {}", shown(expected)))
        }
        Some((_, (None, None))) | None => (None, "not what the log makes of it".to_owned()),
    }
}

type Pair<'a> = (Option<&'a [u8]>, Option<&'a [u8]>);

/// The lines of two texts side by side, as long as the longer one has any.
fn padded<'a>(found: &'a [u8], expected: &'a [u8]) -> impl Iterator<Item = Pair<'a>> {
    let mut left = found.split_inclusive(|byte| *byte == b'\n');
    let mut right = expected.split_inclusive(|byte| *byte == b'\n');
    std::iter::from_fn(move || match (left.next(), right.next()) {
        (None, None) => None,
        pair => Some(pair),
    })
}

/// How much of a line is shown.
const SHOWN_CHARS_MAX: usize = 160;

fn shown(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    format!("{:?}", text.trim_end().chars().take(SHOWN_CHARS_MAX).collect::<String>())
}
