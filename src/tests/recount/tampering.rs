//! Kinds of tampering: each is found by the verifier and by the recount, although the list of files is made anew.

mod lines;
mod tables;

use std::{collections::BTreeMap, fs, path::Path, path::PathBuf};

use hadir::{
    domain::{ids::Size, tree::Tree},
    evidence::{
        checkpoint::SigningKey,
        documents,
        files::Evidence,
        progress,
        verify::{self, Asked, Means, Verdict},
    },
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use super::{Attempt, Line, recount, signing_key, story::Story};

/// How many kinds there have to be at least.
const KINDS_MIN: usize = 50;

/// A kind of tampering by its name, and what it does to the files.
type Kind = (&'static str, fn(&mut Tampered));

/// The files of a bundle, in somebody else's hands.
struct Tampered {
    files: BTreeMap<String, Vec<u8>>,
    /// Whether the list of files is left as it was.
    keeps_list: bool,
}

#[derive(Deserialize, Serialize)]
struct Manifest {
    format: u32,
    line_format: u32,
    program: Option<String>,
    origin: String,
    size: u64,
    root: String,
    files: Vec<Listed>,
}

#[derive(Deserialize, Serialize)]
struct Listed {
    path: String,
    bytes: u64,
    sha256: String,
}

impl Tampered {
    fn text(&self, path: &str) -> String {
        String::from_utf8(self.files[path].clone()).unwrap()
    }

    /// Puts something else in the place of the first occurrence, which has to be there.
    fn replace(&mut self, path: &str, from: &str, to: &str) {
        let text = self.text(path);
        assert!(text.contains(from), "{path} has no {from:?}: {text}");
        self.files.insert(path.into(), text.replacen(from, to, 1).into_bytes());
    }

    /// Changes the rows of a table, whose first is its headings.
    fn rows(&mut self, path: &str, change: impl FnOnce(&mut Vec<String>)) {
        let text = self.text(path);
        let mut rows: Vec<String> = text.split_inclusive("\r\n").map(str::to_owned).collect();
        assert!(rows.len() > 1, "{path} has no rows");
        change(&mut rows);
        self.files.insert(path.into(), rows.concat().into_bytes());
    }

    /// Changes one cell of the first row that is picked.
    fn cell(&mut self, path: &str, column: &str, pick: impl Fn(&str) -> bool, to: &str) {
        self.rows(path, |rows| {
            let headings = rows[0].trim_start_matches('\u{feff}').trim_end().to_owned();
            let place = headings.split(',').position(|heading| heading == column).unwrap();
            let row = rows.iter_mut().skip(1).find(|row| pick(row)).expect("a row to change");
            let end = row.trim_end().to_owned();
            let mut cells: Vec<&str> = end.split(',').collect();
            assert_ne!(cells[place], to, "{path} says so already");
            cells[place] = to;
            *row = cells.join(",") + "\r\n";
        });
    }

    fn lines(&self) -> Vec<String> {
        self.text("log/entries.jsonl").lines().map(str::to_owned).collect()
    }

    fn put_lines(&mut self, lines: &[String]) {
        self.files.insert("log/entries.jsonl".into(), (lines.join("\n") + "\n").into_bytes());
    }

    /// Makes the files of the log anew from other lines and signs them, as whoever owns a key can.
    fn sign(&mut self, key: &SigningKey, lines: &[String]) {
        let mut tree = Tree::new();
        lines.iter().for_each(|line| tree.append(line.as_bytes()));
        let head = hadir::domain::tree::Head { size: tree.size(), root: tree.root() };
        let folder = tempfile::tempdir().unwrap();
        let stored = stored(lines);
        let mut read = |from: hadir::domain::ids::EntryIndex, max| {
            Ok(stored.iter().skip(usize::try_from(from.0).unwrap()).take(max).cloned().collect())
        };
        Evidence::copy(&folder.path().join("log"), key.verifier(), &tree, &[key.sign(&head)], &mut read).unwrap();
        self.files.retain(|path, _| !path.starts_with("log/"));
        self.files.extend(read_all(folder.path()));
        let text = self.text("manifest.json");
        let mut manifest: Manifest = serde_json::from_str(&text).unwrap();
        let Size(size) = head.size;
        (manifest.size, manifest.root) = (size, head.root.to_string());
        self.put_manifest(&manifest);
    }

    fn put_manifest(&mut self, manifest: &Manifest) {
        let bytes = serde_json::to_string_pretty(manifest).unwrap() + "\n";
        self.files.insert("manifest.json".into(), bytes.into_bytes());
    }

    /// Makes the list of files anew, so that no digest gives the change away.
    fn list(&mut self) {
        let mut manifest: Manifest = serde_json::from_str(&self.text("manifest.json")).unwrap();
        let others = self.files.iter().filter(|(path, _)| *path != "manifest.json");
        let listed = |(path, bytes): (&String, &Vec<u8>)| Listed {
            path: path.clone(),
            bytes: bytes.len() as u64,
            sha256: hadir::domain::ids::Digest(Sha256::digest(bytes).into()).to_string(),
        };
        manifest.files = others.map(listed).collect();
        self.put_manifest(&manifest);
    }

    fn write(&self, root: &Path) {
        for (path, bytes) in &self.files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
    }
}

/// Lines as a journal would give them back; only their bytes are used.
fn stored(lines: &[String]) -> Vec<Line> {
    let stamp = |index: usize| hadir::domain::event::Stamp {
        index: hadir::domain::ids::EntryIndex(index as u64),
        at: hadir::domain::event::Reading {
            wall: hadir::domain::time::UnixMicros(0),
            boot: hadir::domain::time::BootMicros(0),
        },
    };
    let line = |(index, line): (usize, &String)| Line { stamp: stamp(index), bytes: line.clone().into_bytes() };
    lines.iter().enumerate().map(line).collect()
}

fn read_all(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let paths = hadir::evidence::bundle::paths(root).unwrap();
    paths.into_iter().map(|path| (path.clone(), fs::read(root.join(path)).unwrap())).collect()
}

/// The bundle in which everything happens, without the documents that only their digests protect.
fn untouched() -> (TempDir, BTreeMap<String, Vec<u8>>) {
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("bundle");
    Attempt::of_story(Story::told()).export(&documents::none, &bundle);
    let files = read_all(&bundle);
    (folder, files)
}

fn verdict_of_the_verifier(bundle: &Path) -> Verdict {
    let asked = Asked { key: Some(signing_key().verifier().clone()), noted: None };
    let means = Means { documents: Some(&hadir::report::documents), watch: &progress::unseen };
    verify::verify_with(bundle, &asked, means).verdict
}

#[test]
fn every_kind_of_tampering_is_found_by_the_verifier_and_by_the_recount() {
    let (folder, files) = untouched();
    let kinds: Vec<Kind> = tables::KINDS.iter().chain(lines::KINDS).copied().collect();
    let mut bundles: Vec<PathBuf> = vec![folder.path().join("bundle")];
    for (number, (_, change)) in kinds.iter().enumerate() {
        let mut tampered = Tampered { files: files.clone(), keeps_list: false };
        change(&mut tampered);
        if !tampered.keeps_list {
            tampered.list();
        }
        let path = folder.path().join(format!("kind {number}"));
        tampered.write(&path);
        bundles.push(path);
    }

    let said = recount(&bundles, Some(&signing_key().verifier().to_string()));
    let verified: Vec<Verdict> = bundles.iter().map(|bundle| verdict_of_the_verifier(bundle)).collect();

    assert!(kinds.len() >= KINDS_MIN, "{} kinds", kinds.len());
    assert_eq!((verified[0], said[0].verdict), (Verdict::Sound, Verdict::Sound), "{}", said[0].lines.join("\n"));
    let names = kinds.iter().map(|(name, _)| *name);
    let missed: Vec<_> = names
        .zip(verified.iter().zip(&said).skip(1))
        .filter(|(_, (verified, said))| (**verified, said.verdict) != (Verdict::NotSound, Verdict::NotSound))
        .map(|(name, (verified, said))| format!("{name}: verifier {verified:?}, recount {:?}", said.verdict))
        .collect();
    assert!(missed.is_empty(), "{missed:#?}");
}
