//! `hadir export`.

use std::{fs, process::Command};

#[cfg(feature = "report")]
use sha2::{Digest as _, Sha256};

use super::{Ran, done, refused, run, with_attempt, with_rehearsal};
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

#[cfg(feature = "report")]
#[test]
fn the_documents_of_a_bundle_are_made_again_and_a_forged_one_is_found_although_the_list_agrees_with_it() {
    let folder = with_rehearsal();
    assert_eq!(Process::start(&folder.path().join("a")).stop(), Some(0));
    done(folder.path(), &["export", "a", "--out", "bundle"]);
    let (sheets, list) = (folder.path().join("bundle/tables.xlsx"), folder.path().join("bundle/manifest.json"));

    let honest = done(folder.path(), &["documents", "bundle"]);
    let before = listed(&folder.path().join("bundle"), "tables.xlsx");
    let mut forged = fs::read(&sheets).unwrap();
    *forged.last_mut().unwrap() ^= 1;
    fs::write(&sheets, forged).unwrap();
    let after = listed(&folder.path().join("bundle"), "tables.xlsx");
    fs::write(&list, fs::read_to_string(&list).unwrap().replace(&before, &after)).unwrap();

    assert!(honest.contains("ok    report.pdf\n") && honest.contains("ok    tables.xlsx\n"), "{honest}");
    assert!(before != after);
    let verdict = Command::new(env!("CARGO_BIN_EXE_hadir-verify")).arg(folder.path().join("bundle")).output().unwrap();
    assert!(verdict.status.success(), "{}", String::from_utf8_lossy(&verdict.stdout));
    refused(folder.path(), &["documents", "bundle"], &["tables.xlsx: not what the log makes of it", "manifest.json"]);
}

#[cfg(feature = "report")]
#[test]
fn a_bundle_without_documents_is_not_said_to_have_right_ones() {
    let attempt = crate::bundle::Simulated::new();
    let bundle = attempt.export();

    refused(bundle.parent().unwrap(), &["documents", "bundle"], &["holds no documents", "feature `report`"]);
    refused(bundle.parent().unwrap(), &["documents", "nowhere"], &["cannot be read"]);
}

/// The SHA-256 of a bundle's file.
#[cfg(feature = "report")]
fn listed(bundle: &std::path::Path, path: &str) -> String {
    let digest = Sha256::digest(fs::read(bundle.join(path)).unwrap());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn no_progress_is_drawn_where_nobody_can_see_it() {
    let folder = with_rehearsal();
    assert_eq!(Process::start(&folder.path().join("a")).stop(), Some(0));

    let Ran { code, err, .. } = run(folder.path(), &["export", "a", "--out", "bundle"]);

    assert_eq!((code, err.as_str()), (Some(0), ""));
}
