//! The log on a real disk.

mod evidence;
mod faults;
mod power_cut;

use std::{
    fs,
    io::{Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    pin::pin,
    process::Command,
    task::{Context, Poll, Waker},
};

use hadir::{
    domain::{
        event::{Channel, Event, Fact, Joined, Reading, Signal, Signalled, Via},
        ids::{Digest, EntryIndex, Pseudonym, Size},
        line::Line,
        time::{BootMicros, UnixMicros},
        tree::{Head, Tree},
    },
    log::{AppendError, Damage, HeadError, Journal, Log, OpenError, SignedHead},
};
use rusqlite::Connection;
use tempfile::TempDir;

const ORIGIN: &str = "example.org/attempt-1";

/// The embedded log's futures are ready at once.
fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the future is not ready"),
    }
}

/// Somebody joins, this many milliseconds after the epoch.
fn join(number: u64) -> Fact {
    let at = Reading { wall: UnixMicros(number as i64 * 1_000), boot: BootMicros(number * 1_000) };
    let event = Event::Joined(Joined {
        p: Pseudonym([number.to_be_bytes(), [0; 8]].concat().try_into().unwrap()),
        s: format!("n1.1-{number}").parse().unwrap(),
        channel: Channel::Online,
        via: Via::Ws,
        d: None,
        n: None,
    });
    Fact { at, event }
}

fn signal(number: u64) -> Fact {
    let event = Event::Signalled(Signalled::new(Signal::Start, "organizer".into()));
    Fact { event, ..join(number) }
}

fn joins(numbers: std::ops::Range<u64>) -> Vec<Fact> {
    numbers.map(join).collect()
}

fn tree_over(lines: &[Line]) -> Tree {
    let mut tree = Tree::new();
    lines.iter().for_each(|line| tree.append(&line.bytes));
    tree
}

fn signed(tree: &Tree, size: u64) -> SignedHead {
    let root = tree.root_at(Size(size)).unwrap();
    SignedHead { size: Size(size), root, note: format!("note of {size}") }
}

/// A journal of 1,000 entries in batches of 50, with a head signed at 600.
fn journal(folder: &TempDir) -> (PathBuf, Vec<Line>) {
    let path = folder.path().join("journal.db");
    let mut journal = Journal::create(&path, ORIGIN).unwrap();
    let mut lines = Vec::new();
    for batch in 0..20 {
        lines.extend(now(journal.append(&joins(batch * 50..(batch + 1) * 50))).unwrap());
    }
    now(journal.record_head(None, &signed(&tree_over(&lines), 600))).unwrap();
    (path, lines)
}

fn open_error(path: &Path) -> OpenError {
    let error = Journal::open(path, ORIGIN).unwrap_err();
    assert!(error.remedy().len() > 20, "{error:?}");
    error
}

fn tamper(path: &Path, sql: &str) {
    Connection::open(path).unwrap().execute_batch(sql).unwrap();
}

#[test]
fn a_log_that_is_opened_again_returns_the_same_lines() {
    let folder = tempfile::tempdir().unwrap();
    let (path, mut lines) = journal(&folder);

    let mut reopened = Journal::open(&path, ORIGIN).unwrap();
    lines.extend(now(reopened.append(&[join(1_000)])).unwrap());
    drop(reopened);

    let mut journal = Journal::open(&path, ORIGIN).unwrap();
    assert_eq!(now(journal.read(EntryIndex(0), 5_000)).unwrap(), lines);
    assert_eq!(now(journal.read(EntryIndex(998), 2)).unwrap(), lines[998..1_000]);
    assert_eq!(journal.last(), lines.last().map(|line| line.stamp));
    assert_eq!(journal.newest_head().unwrap(), Some(signed(&tree_over(&lines), 600)));
}

#[test]
fn a_log_is_never_begun_twice_and_a_missing_one_is_never_begun_by_opening() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = journal(&folder);

    assert!(matches!(Journal::create(&path, ORIGIN), Err(OpenError::Exists(_))));
    assert!(matches!(open_error(&folder.path().join("other.db")), OpenError::Missing(_)));
    assert!(!folder.path().join("other.db").exists());
}

#[test]
fn a_reader_sees_what_is_durable_while_the_writer_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (path, lines) = journal(&folder);
    let mut writer = Journal::open(&path, ORIGIN).unwrap();
    let reader = Journal::reader(&path).unwrap();

    now(writer.append(&joins(1_000..1_010))).unwrap();
    writer.settle().unwrap();
    now(writer.append(&joins(1_010..1_020))).unwrap();

    assert_eq!(reader.origin(), ORIGIN);
    assert_eq!(reader.count().unwrap(), Size(1_020));
    assert_eq!(reader.entries(EntryIndex(0), 1_000).unwrap(), lines);
    assert_eq!(reader.head_at(Size(600)).unwrap(), reader.newest_head().unwrap());
    assert_eq!(reader.head_at(Size(601)).unwrap(), None);
    assert_eq!(reader.heads(Some(Size(600)), 10).unwrap(), []);
}

#[test]
fn a_second_opener_is_refused_until_the_first_has_ended() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = journal(&folder);

    let first = Journal::open(&path, ORIGIN).unwrap();
    assert!(matches!(open_error(&path), OpenError::Busy(_)));

    drop(first);
    assert!(Journal::open(&path, ORIGIN).is_ok());
}

#[test]
fn a_batch_is_refused_whole_when_another_writer_has_moved_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = journal(&folder);
    let mut journal = Journal::open(&path, ORIGIN).unwrap();

    tamper(&path, "INSERT INTO entry(i, body) VALUES(1000, x'7b7d')");

    assert!(matches!(now(journal.append(&joins(1_000..1_010))), Err(AppendError::Moved)));
    assert_eq!(Journal::reader(&path).unwrap().count().unwrap(), Size(1_001));
}

#[test]
fn a_key_never_signs_two_histories() {
    let folder = tempfile::tempdir().unwrap();
    let (path, lines) = journal(&folder);
    let mut journal = Journal::open(&path, ORIGIN).unwrap();
    let tree = tree_over(&lines);
    let other = SignedHead { root: Digest([1; 32]), ..signed(&tree, 600) };

    assert!(matches!(now(journal.record_head(Some(Size(600)), &other)), Err(HeadError::Contradiction(Size(600)))));
    assert!(matches!(now(journal.record_head(None, &signed(&tree, 700))), Err(HeadError::Moved(Size(600)))));
    assert!(matches!(now(journal.record_head(Some(Size(600)), &signed(&tree, 500))), Err(HeadError::Moved(_))));
    let beyond = SignedHead { size: Size(1_001), ..signed(&tree, 1_000) };
    assert!(matches!(now(journal.record_head(Some(Size(600)), &beyond)), Err(HeadError::Beyond(Size(1_001)))));
    now(journal.record_head(Some(Size(600)), &signed(&tree, 600))).unwrap();
    now(journal.record_head(Some(Size(600)), &signed(&tree, 1_000))).unwrap();
    assert_eq!(journal.newest_head().unwrap(), Some(signed(&tree, 1_000)));
}

#[test]
fn the_journal_of_another_attempt_a_newer_version_or_another_program_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = journal(&folder);
    let before = fs::read(&path).unwrap();

    let foreign = Journal::open(&path, "example.org/attempt-2").unwrap_err();
    assert!(matches!(&foreign, OpenError::Foreign { found, .. } if found == ORIGIN), "{foreign:?}");
    assert_eq!(fs::read(&path).unwrap(), before);

    tamper(&path, "PRAGMA user_version = 2");
    assert!(matches!(open_error(&path), OpenError::Newer { found: 2 }));
    tamper(&path, "PRAGMA application_id = 7");
    assert!(matches!(open_error(&path), OpenError::NotAJournal(_)));
    fs::write(&path, "not a database, but long enough to be looked at as one ".repeat(99)).unwrap();
    assert!(matches!(open_error(&path), OpenError::NotAJournal(_)));
}

#[test]
fn a_missing_entry_is_named() {
    for (sql, missing) in [
        ("DELETE FROM entry WHERE i = 700", 700),
        ("DELETE FROM entry WHERE i = 0", 0),
        ("DELETE FROM entry WHERE i >= 599", 599),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (path, _) = journal(&folder);

        tamper(&path, sql);

        let error = open_error(&path);
        assert!(matches!(error, OpenError::Damaged(Damage::Missing(EntryIndex(at))) if at == missing), "{error:?}");
    }
}

#[test]
fn a_changed_entry_is_named_or_found_among_those_that_were_signed() {
    for (sql, expected) in [
        ("UPDATE entry SET body = x'7b7d' WHERE i = 800", "entry 800 is not what was written"),
        ("UPDATE entry SET body = (SELECT body FROM entry WHERE i = 5) WHERE i = 6", "entry 6 is not what was written"),
        (
            "UPDATE entry SET body = CAST(replace(CAST(body AS TEXT), 'online', 'gate') AS BLOB) WHERE i = 599",
            "the entries 0 to 599 are not those",
        ),
        ("UPDATE entry SET i = 2000 WHERE i = 999", "entry 999 is missing"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (path, _) = journal(&folder);

        tamper(&path, sql);

        let error = open_error(&path).to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn a_damaged_page_is_found_wherever_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = journal(&folder);
    let whole = fs::read(&path).unwrap();
    assert!(whole.len() > 20 * 4096);
    for page in 0..whole.len() / 4096 {
        fs::write(&path, &whole).unwrap();
        let mut file = fs::File::options().write(true).open(&path).unwrap();
        file.seek(SeekFrom::Start(page as u64 * 4096)).unwrap();
        file.write_all(&[0xA5; 4096]).unwrap();
        drop(file);

        let error = open_error(&path);

        assert!(matches!(error, OpenError::Damaged(_) | OpenError::NotAJournal(_)), "page {page}: {error:?}");
    }
}

#[test]
fn a_log_in_a_folder_that_does_not_exist_or_cannot_be_written_says_so() {
    let folder = tempfile::tempdir().unwrap();

    let error = Journal::create(&folder.path().join("none/journal.db"), ORIGIN).unwrap_err();

    assert!(matches!(error, OpenError::Io(_)), "{error:?}");
}

/// Runs one of this binary's ignored tests as a process of its own, behind a command that prepares its surroundings.
fn child(test: &str, folder: &Path, wrap: &[&str]) -> Command {
    let program = std::env::current_exe().unwrap();
    let mut words = wrap.iter().map(std::ffi::OsString::from).collect::<Vec<_>>();
    words.push(program.into_os_string());
    let mut command = Command::new(words.remove(0));
    command
        .args(words)
        .args(["--ignored", "--exact", "--nocapture", "--test-threads=1", test])
        .env("HADIR_TEST_FOLDER", folder);
    command
}

fn head_of(tree: &Tree, size: u64) -> Head {
    Head { size: Size(size), root: tree.root_at(Size(size)).unwrap() }
}
