//! `hadir retire`: the end of retention.

use std::{fs, io::Write as _, path::Path, process::Stdio};

use super::{
    certificates::lesson,
    done, hadir,
    privacy::{key, tallies, verifies, with_roster},
    refused,
};
use crate::support::{Process, count};

const EARLY: [&str; 5] = ["retire", "a", "--yes", "--early", "all asked for it"];

/// What holds or opens personal data.
const DESTROYED: [&str; 6] =
    ["people.db", "keys/people.key", "keys/identifier.key", "keys/attempt.key", "keys/ticket.key", "keys/log.key"];

fn closed() -> tempfile::TempDir {
    let folder = with_roster();
    assert_eq!(lesson(folder.path(), &["Siti Rahmawati"], &["start", "end", "close"]).stop(), Some(0));
    folder
}

fn left(folder: &Path) -> Vec<&'static str> {
    DESTROYED.into_iter().filter(|name| folder.join("a/private").join(name).exists()).collect()
}

fn entries_of(bundle: &Path) -> String {
    fs::read_to_string(bundle.join("log/entries.jsonl")).unwrap()
}

#[test]
fn after_a_retirement_nobody_can_be_named_and_the_evidence_still_recomputes() {
    let folder = closed();
    let dir = folder.path();
    done(dir, &["export", "a", "--out", "before"]);

    let said = done(dir, &EARLY);
    done(dir, &["export", "a", "--out", "after"]);
    done(dir, &["export", "a", "--out", "public", "--grade", "public"]);

    assert!(said.contains("personal data of 4 persons") && said.contains("retired.txt"), "{said}");
    assert_eq!(left(dir), [""; 0]);
    let record = fs::read_to_string(dir.join("a/retired.txt")).unwrap();
    for part in ["4 orang", "4 persons", "all asked for it", "Tanda tangan", "Signature"] {
        assert!(record.contains(part), "{part} is not in {record}");
    }
    let newest = entries_of(&dir.join("after"));
    assert!(newest.lines().last().unwrap().contains("\"k\":\"retire\""), "{newest}");
    assert_eq!(tallies(&dir.join("before"))["certifiable"], tallies(&dir.join("after"))["certifiable"]);
    verifies(&dir.join("after"));
}

#[test]
fn a_retired_attempt_is_neither_served_nor_imported_into_nor_sealed() {
    let folder = closed();
    let (dir, public) = (folder.path(), key(folder.path(), "key.txt"));
    done(dir, &EARLY);

    for words in [
        &["serve", "a", "--listen", "127.0.0.1:0"][..],
        &["roster", "import", "a", "r.csv"],
        &["roster", "list", "a"],
        &["roster", "seal", "a", "--to", &public, "--out", "r.age"],
    ] {
        refused(dir, words, &["a is retired", "hadir export"]);
    }
}

#[test]
fn an_attempt_is_not_retired_while_it_is_needed() {
    let folder = with_roster();
    let dir = folder.path();

    refused(dir, &EARLY, &["never served"]);
    let hub = lesson(dir, &["Siti Rahmawati"], &["start", "end"]);
    refused(dir, &EARLY, &["held by another process"]);
    assert_eq!(hub.stop(), Some(0));
    refused(dir, &EARLY, &["not closed yet", "signal `close`"]);

    assert_eq!(left(dir), DESTROYED);
}

#[test]
fn an_attempt_is_not_retired_before_the_declared_end_or_without_its_title() {
    let folder = closed();
    let dir = folder.path();
    let ask = |typed: &str| {
        let mut command = hadir(dir);
        command.args(["retire", "a", "--early", "a test"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        writeln!(child.stdin.take().unwrap(), "{typed}").unwrap();
        child.wait_with_output().unwrap()
    };

    refused(dir, &["retire", "a", "--yes"], &["the declared retention ends at", "--early"]);
    let wrong = ask("something else");
    let kept = left(dir);
    let title = fs::read_to_string(dir.join("a/attempt.toml")).unwrap();
    let title =
        title.lines().find_map(|line| line.strip_prefix("title = \"")).unwrap().trim_end_matches('"').to_owned();
    let right = ask(&title);

    assert_eq!(wrong.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("nothing was destroyed"));
    assert_eq!(kept, DESTROYED);
    assert_eq!(right.status.code(), Some(0), "{}", String::from_utf8_lossy(&right.stderr));
    assert_eq!(left(dir), [""; 0]);
}

#[test]
fn an_interrupted_retirement_is_finished_and_a_finished_one_says_so() {
    let folder = closed();
    let dir = folder.path();
    let store = fs::read(dir.join("a/private/people.db")).unwrap();
    let secret = fs::read(dir.join("a/private/keys/ticket.key")).unwrap();
    done(dir, &EARLY);
    let record = fs::read(dir.join("a/retired.txt")).unwrap();
    // As if the process had died with the store half overwritten and one key left.
    fs::write(dir.join("a/private/people.db"), &store[..store.len() / 2]).unwrap();
    fs::write(dir.join("a/private/keys/ticket.key"), secret).unwrap();
    fs::remove_file(dir.join("a/retired.txt")).unwrap();

    let finished = done(dir, &["retire", "a"]);
    let again = done(dir, &["retire", "a"]);

    assert!(finished.contains("destroyed") && again.contains("done already"), "{finished}{again}");
    assert_eq!((left(dir), fs::read(dir.join("a/retired.txt")).unwrap()), (Vec::new(), record));
    done(dir, &["export", "a", "--out", "after"]);
    assert_eq!(entries_of(&dir.join("after")).matches("\"k\":\"retire\"").count(), 1);
}

#[test]
fn a_retirement_that_was_cut_off_before_anything_was_destroyed_is_logged_once() {
    let folder = closed();
    let dir = folder.path();
    let private = dir.join("a/private");
    let kept: Vec<_> =
        DESTROYED.iter().map(|name| (private.join(name), fs::read(private.join(name)).unwrap())).collect();
    done(dir, &EARLY);
    // As if the process had died between its entry and its decision.
    fs::remove_file(private.join("retired.json")).unwrap();
    fs::remove_file(dir.join("a/retired.txt")).unwrap();
    kept.iter().for_each(|(path, bytes)| fs::write(path, bytes).unwrap());

    let entries = crate::support::entries(&dir.join("a"));
    done(dir, &EARLY);

    assert_eq!(count(&entries, "retire"), 1);
    done(dir, &["export", "a", "--out", "after"]);
    assert_eq!(entries_of(&dir.join("after")).matches("\"k\":\"retire\"").count(), 1);
}

#[test]
fn whoever_retires_an_attempt_is_told_of_the_copies_of_others() {
    let folder = closed();
    let dir = folder.path();
    done(dir, &["init", "b", "--config", "declared.toml", "--from", "a"]);

    let said = done(dir, &EARLY);
    assert_eq!(Process::start(&dir.join("b")).stop(), Some(0));

    assert!(said.contains("has its own copy of people and keys"), "{said}");
}
