//! The published files: what outside programs read, and what a restored backup cannot hide.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use hadir::{
    domain::{
        ids::{EntryIndex, Size},
        line::Line,
        tree::Tree,
    },
    evidence::{
        checkpoint::SigningKey,
        files::{Evidence, EvidenceError},
        tiles::TilePath,
    },
    log::{Log, MemoryLog, MemoryStore},
};
use tempfile::TempDir;

use super::{ORIGIN, head_of, join, joins, now, signal, tree_over};

fn key() -> SigningKey {
    SigningKey::from_seed(ORIGIN.parse().unwrap(), &[7; 32])
}

/// 1,500 entries over 1.5 s, then 100 over 100 s, with a signal among them.
fn lines() -> Vec<Line> {
    let store = MemoryStore::new();
    let mut log = MemoryLog::open(&store);
    now(log.append(&joins(0..1_500))).unwrap();
    for second in 2..102 {
        let fact = if second == 30 { signal(second * 1_000) } else { join(second * 1_000) };
        now(log.append(&[fact])).unwrap();
    }
    store.lines()
}

/// The sizes at which heads are signed: crowded at first, then one by one.
fn sizes() -> Vec<u64> {
    [1, 2, 255, 256, 257, 300, 511, 600, 1_499].into_iter().chain(1_500..=1_600).collect()
}

fn source(lines: &[Line]) -> impl FnMut(EntryIndex, usize) -> io::Result<Vec<Line>> + '_ {
    |from, max| Ok(lines.iter().skip(from.0 as usize).take(max).cloned().collect())
}

fn note(tree: &Tree, size: u64) -> String {
    key().sign(&head_of(tree, size))
}

fn notes(tree: &Tree, up_to: u64) -> Vec<String> {
    sizes().into_iter().filter(|size| *size <= up_to).map(|size| note(tree, size)).collect()
}

fn open(root: &Path, lines: &[Line], up_to: u64) -> Result<Evidence, EvidenceError> {
    let tree = tree_over(lines);
    Evidence::open(root, key().verifier(), &tree, &notes(&tree, up_to), &mut source(lines))
}

/// A folder published head by head, as a serving hub does.
fn published(lines: &[Line]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let tree = tree_over(lines);
    let mut evidence = open(folder.path(), lines, 0).unwrap();
    for size in sizes() {
        evidence.publish(&tree, &note(&tree, size), &mut source(lines)).unwrap();
    }
    assert_eq!(evidence.published(), Some(Size(1_600)));
    folder
}

/// Every file of a folder with its bytes.
fn contents(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![root.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                found.insert(path.strip_prefix(root).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

#[test]
fn a_rebuild_from_the_journal_is_byte_identical_to_what_was_published_step_by_step() {
    let lines = lines();
    let folder = published(&lines);
    let (rebuilt, copied) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let tree = tree_over(&lines);

    drop(open(rebuilt.path(), &lines, 1_600).unwrap());
    Evidence::copy(copied.path(), key().verifier(), &tree, &notes(&tree, 1_600), &mut source(&lines)).unwrap();

    let expected = contents(folder.path());
    assert!(expected == contents(rebuilt.path()));
    assert!(expected == contents(copied.path()));
    drop(open(folder.path(), &lines, 1_600).unwrap());
    assert!(expected == contents(folder.path()));
}

#[test]
fn the_published_files_are_those_that_the_specification_names() {
    let lines = lines();
    let folder = published(&lines);
    let read = |name: &str| fs::read(folder.path().join(name)).unwrap();

    let text = read("entries.jsonl");
    let found: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
    assert_eq!(found.len(), 1_601);
    assert!(lines.iter().zip(found).all(|(line, found)| line.bytes == found));
    assert_eq!(key().verifier().open(&String::from_utf8(read("checkpoint")).unwrap()).unwrap().size, Size(1_600));
    assert_eq!(read("checkpoint"), read("checkpoints/000000001600"));
    assert_eq!(read("log.vkey"), format!("{}\n", key().verifier()).into_bytes());
    assert_eq!(read("policy"), format!("log {}\nquorum none\n", key().verifier()).into_bytes());
    assert_eq!(read("tile/0/000").len(), 8_192);
    assert_eq!(read("tile/0/006.p/64").len(), 64 * 32);
    assert_eq!(read("tile/1/000.p/6").len(), 6 * 32);
    assert!(!folder.path().join("tile/0/000.p").exists(), "a partial tile outlives the full one");
    let bundle = read("tile/entries/006.p/64");
    assert_eq!(usize::from(u16::from_be_bytes([bundle[0], bundle[1]])), lines[1_536].bytes.len());
    assert!(bundle[2..].starts_with(&lines[1_536].bytes));
}

#[test]
fn the_hashes_of_the_tiles_are_those_of_an_independent_tree() {
    let lines = lines();
    let folder = published(&lines);
    let root = |lines: &[Line]| {
        let mut tree = MemoryBackedTree::<sha2_oracle::Sha256, Vec<u8>>::new();
        lines.iter().for_each(|line| tree.push(line.bytes.clone()));
        tree.root().as_bytes().to_vec()
    };

    let leaves = fs::read(folder.path().join("tile/0/006.p/64")).unwrap();
    let above = fs::read(folder.path().join("tile/1/000.p/6")).unwrap();

    assert!((0..64).all(|leaf| leaves[leaf * 32..][..32] == root(&lines[1_536 + leaf..][..1])));
    assert!((0..6).all(|tile| above[tile * 32..][..32] == root(&lines[tile * 256..][..256])));
}

#[test]
fn the_checkpoints_that_stay_are_the_milestones_and_one_of_each_minute() {
    let lines = lines();
    let folder = published(&lines);
    let mut names: Vec<_> = contents(&folder.path().join("checkpoints")).into_keys().collect();
    names.sort();

    // The signal is entry 1528; the first minute ends with entry 1557; the newest is always there.
    let expected = ["000000001529", "000000001558", "000000001600"].map(PathBuf::from);
    assert_eq!(names, expected);
}

#[test]
fn files_newer_than_the_journal_stop_the_start() {
    let lines = lines();
    let folder = published(&lines);
    let before = contents(folder.path());

    let fewer = open(folder.path(), &lines[..1_590], 1_590).unwrap_err();
    let unsigned = open(folder.path(), &lines, 1_599).unwrap_err();

    assert!(matches!(fewer, EvidenceError::Newer { published: Size(1_600), journal: Size(1_590) }), "{fewer:?}");
    assert!(matches!(unsigned, EvidenceError::Unrecorded(Size(1_600))), "{unsigned:?}");
    assert!(fewer.remedy().contains("journal.db"));
    assert!(before == contents(folder.path()), "a refused start has changed the files");
}

#[test]
fn published_lines_that_the_journal_lacks_stop_the_start_even_without_a_checkpoint() {
    let lines = lines();
    let folder = published(&lines);
    fs::remove_file(folder.path().join("checkpoint")).unwrap();
    fs::remove_dir_all(folder.path().join("checkpoints")).unwrap();

    let error = open(folder.path(), &lines[..1_590], 1_590).unwrap_err();

    assert!(matches!(error, EvidenceError::Newer { published: Size(1_600), .. }), "{error:?}");
}

#[test]
fn a_published_checkpoint_of_another_history_or_key_stops_the_start() {
    let lines = lines();
    let folder = published(&lines);
    let mut other = lines.clone();
    other[700].bytes.push(b' ');

    let contradiction = open(folder.path(), &other, 1_600).unwrap_err();
    let tree = tree_over(&lines);
    let stranger = SigningKey::from_seed(ORIGIN.parse().unwrap(), &[8; 32]);
    let foreign = Evidence::open(folder.path(), stranger.verifier(), &tree, &[], &mut source(&lines)).unwrap_err();

    assert!(matches!(contradiction, EvidenceError::Contradiction(_)), "{contradiction:?}");
    assert!(matches!(foreign, EvidenceError::Foreign(_)), "{foreign:?}");
}

#[test]
fn files_that_are_older_missing_changed_or_cut_off_are_published_again() {
    let lines = lines();
    let folder = published(&lines);
    let expected = contents(folder.path());
    let at = |name: &str| folder.path().join(name);

    fs::copy(at("checkpoints/000000001529"), at("checkpoint")).unwrap();
    fs::remove_file(at("checkpoints/000000001600")).unwrap();
    fs::remove_dir_all(at("tile/1")).unwrap();
    fs::write(at("tile/0/003"), [0; 8_192]).unwrap();
    fs::write(at("tile/0/003.draft"), "cut off").unwrap();
    fs::create_dir(at("tile/0/009.p")).unwrap();
    fs::write(at("tile/0/009.p/3"), "left over").unwrap();
    let text = fs::read(at("entries.jsonl")).unwrap();
    fs::write(at("entries.jsonl"), &text[..text.len() - 40]).unwrap();
    drop(open(folder.path(), &lines, 1_600).unwrap());

    assert!(expected == contents(folder.path()));
}

#[test]
fn nothing_is_published_that_the_key_has_not_signed_or_the_lines_do_not_bear_out() {
    let lines = lines();
    let folder = tempfile::tempdir().unwrap();
    let tree = tree_over(&lines);
    let mut evidence = open(folder.path(), &lines, 0).unwrap();
    let other = key().sign(&hadir::domain::tree::Head { size: Size(5), ..head_of(&tree, 6) });
    let stranger = SigningKey::from_seed(ORIGIN.parse().unwrap(), &[8; 32]).sign(&head_of(&tree, 5));

    let contradiction = evidence.publish(&tree, &other, &mut source(&lines)).unwrap_err();
    let unsigned = evidence.publish(&tree, &stranger, &mut source(&lines)).unwrap_err();

    assert!(matches!(contradiction, EvidenceError::Contradiction(Size(5))), "{contradiction:?}");
    assert!(matches!(unsigned, EvidenceError::Checkpoint(..)), "{unsigned:?}");
    assert!(!folder.path().join("checkpoint").exists());
}

#[test]
fn a_failed_write_stops_the_publisher_and_the_next_start_writes_everything_again() {
    let lines = lines();
    let folder = tempfile::tempdir().unwrap();
    let tree = tree_over(&lines);
    let mut evidence = open(folder.path(), &lines, 0).unwrap();
    evidence.publish(&tree, &note(&tree, 300), &mut source(&lines)).unwrap();
    // A file stands where a folder has to be.
    fs::remove_dir_all(folder.path().join("checkpoints")).unwrap();
    fs::write(folder.path().join("checkpoints"), "in the way").unwrap();

    assert!(evidence.publish(&tree, &note(&tree, 600), &mut source(&lines)).is_err());
    fs::remove_file(folder.path().join("checkpoints")).unwrap();
    assert!(evidence.publish(&tree, &note(&tree, 600), &mut source(&lines)).is_err(), "it went on");

    drop(open(folder.path(), &lines, 1_600).unwrap());
    assert!(contents(folder.path()) == contents(published(&lines).path()));
}

#[test]
fn every_published_tile_is_found_by_its_url_and_nothing_else_is() {
    let lines = lines();
    let folder = published(&lines);
    for name in contents(folder.path()).keys().filter(|name| name.starts_with("tile")) {
        let tile = TilePath::of_url(&format!("/{}", name.display())).unwrap();
        assert!(folder.path().join(tile.to_string()).is_file());
        assert_eq!(tile.is_public(), !name.starts_with("tile/entries"));
    }
    for url in ["/tile/../checkpoint", "/tile/0/../../../private/keys", "/entries.jsonl", "/tile/0/%2e%2e", "/tile/0/"]
    {
        assert_eq!(TilePath::of_url(url), None, "{url}");
    }
}
