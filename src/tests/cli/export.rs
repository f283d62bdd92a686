//! `hadir export`.

use std::{fs, process::Command};

use super::{done, refused, with_attempt, with_rehearsal};
use crate::support::Process;

#[test]
fn an_attempt_that_was_never_served_has_no_evidence() {
    let folder = with_attempt();

    refused(folder.path(), &["export", "a", "--out", "bundle"], &["nothing is logged yet", "hadir serve"]);

    assert!(!folder.path().join("bundle").exists());
}

#[test]
fn a_bundle_can_be_written_while_serving_and_after_and_is_sound() {
    let folder = with_rehearsal();
    let hub = Process::start(&folder.path().join("a"));
    let page = hub.api().join("Siti");

    let during = done(folder.path(), &["export", "a", "--out", "during"]);
    drop(page);
    assert_eq!(hub.stop(), Some(0));
    let after = done(folder.path(), &["export", "a", "--out", "after"]);
    done(folder.path(), &["export", "a", "--out", "after.zip"]);

    assert!(during.contains("entries, root ") && after.contains("hadir-verify after --key"), "{during}\n{after}");
    assert!(fs::read(folder.path().join("after.zip")).unwrap().starts_with(b"PK"));
    for bundle in ["during", "after"] {
        let verdict =
            Command::new(env!("CARGO_BIN_EXE_hadir-verify")).arg(folder.path().join(bundle)).output().unwrap();
        assert!(verdict.status.success(), "{bundle}: {}", String::from_utf8_lossy(&verdict.stdout));
    }
}

#[test]
fn a_killed_hubs_newest_entries_are_recovered_and_signed_before_they_are_exported() {
    let folder = with_rehearsal();
    let hub = Process::start(&folder.path().join("a"));
    let page = hub.api().join("Siti");
    hub.kill();
    drop(page);

    let said = done(folder.path(), &["export", "a", "--out", "bundle"]);

    assert!(!said.contains("later entries"), "{said}");
    let people = fs::read_to_string(folder.path().join("bundle/people.csv")).unwrap();
    assert!(people.contains(",online,"), "{people}");
}

#[test]
fn an_export_never_overwrites_what_is_not_a_bundle_of_this_log() {
    let folder = with_rehearsal();
    assert_eq!(Process::start(&folder.path().join("a")).stop(), Some(0));
    fs::create_dir(folder.path().join("mine")).unwrap();
    fs::write(folder.path().join("mine/letter.txt"), "dear").unwrap();

    refused(folder.path(), &["export", "a", "--out", "mine"], &["holds something else"]);
    refused(folder.path(), &["export", "a", "--out", "b", "--at", "99999"], &["no checkpoint is signed for 99999"]);

    assert_eq!(fs::read_to_string(folder.path().join("mine/letter.txt")).unwrap(), "dear");
}
