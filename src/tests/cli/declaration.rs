//! `hadir declaration`.

use std::{fs, path::Path};

use hadir::{attempt::links::LinksFile, domain::ids::Digest};
use sha2::{Digest as _, Sha256};

use super::{done, edit, refused, with_attempt};

#[test]
fn a_declaration_is_explained_in_both_languages() {
    let folder = with_attempt();

    let explained = done(folder.path(), &["declaration", "check", "a"]);

    for part in ["Bahasa Indonesia", "upaya rekor", "English", "the record attempt", "75 s", "this machine only"] {
        assert!(explained.contains(part), "{part} in {explained}");
    }
}

#[test]
fn every_ready_declaration_is_valid_and_explained() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/attempts");
    let mut seen = 0;

    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let explained = done(&folder, &["declaration", "check", path.to_str().unwrap()]);
        assert!(explained.contains("What counts"), "{explained}");
        seen += 1;
    }

    assert!(seen >= 5);
}

#[test]
fn every_kind_of_mistake_is_named_with_its_line_and_remedy() {
    let mistakes: [(&str, &str, &[&str]); 10] = [
        ("title =", "titel =", &["line 7", "`titel` is not a known key", "did you mean `title`?"]),
        ("late_ms = 0", "late_ms = \"0\"", &["`rule.late_ms` has the wrong type (string)", "whole milliseconds"]),
        ("zone = \"Asia/Jakarta\"", "zone = \"Mars/Base\"", &["\"Mars/Base\"", "Asia/Jakarta"]),
        ("kind = \"full_lesson\"", "kind = \"faces\"", &["`rule.kind` is \"faces\"", "full_lesson"]),
        ("kind = \"full_lesson\"", "kind = \"prompts\"", &["a rule of kind `prompts` needs `rule.prompts_min`"]),
        ("grace_ms = 75000", "grace_ms = 7500000", &["`rule.grace_ms` (7500000 ms) does not fit"]),
        ("kind = \"full_lesson\"", "kind = \"share\"", &["a rule of kind `share` needs `rule.share_bp`"]),
        ("challenge_ms = 25000", "challenge_ms = 999", &["`liveness.challenge_ms` is 999", "between"]),
        (
            "[liveness]",
            "[prompts]\ncount = 21\n[liveness]",
            &["does not fit into the planned lesson", "plan a longer lesson"],
        ),
        ("[window]", "[window", &["the file is not TOML"]),
    ];

    for (from, to, parts) in mistakes {
        let folder = with_attempt();
        edit(folder.path(), "a/attempt.toml", |text| text.replacen(from, to, 1));
        refused(folder.path(), &["declaration", "check", "a"], parts);
    }
}

#[test]
fn an_end_before_the_start_is_refused() {
    let folder = with_attempt();
    edit(folder.path(), "a/attempt.toml", |text| {
        let line = |line: &str| match line.split_once(" = ") {
            Some(("planned_end", _)) => "planned_end = 2020-01-01T00:00:00Z".to_owned(),
            _ => line.to_owned(),
        };
        text.lines().map(line).collect::<Vec<_>>().join("\n")
    });

    let parts = ["is not after `window.planned_start`", "put the planned end after"];
    refused(folder.path(), &["declaration", "check", "a"], &parts);
}

#[test]
fn the_seal_is_what_others_compute_from_the_files() {
    let folder = with_attempt();
    let file = fs::read(folder.path().join("a/attempt.toml")).unwrap();

    let seal = done(folder.path(), &["declaration", "seal", "a"]);

    let digest = Digest(Sha256::digest(file).into()).to_string();
    let key = LinksFile::load(&folder.path().join("a/links.json")).unwrap().verifier_key;
    assert!(seal.contains(&digest) && seal.contains(&key), "{seal}");
}

#[test]
fn a_rehearsals_log_cannot_be_taken_for_the_attempts() {
    let folder = with_attempt();
    let real = done(folder.path(), &["declaration", "seal", "a"]);
    edit(folder.path(), "a/attempt.toml", |text| text.replace("rehearsal = false", "rehearsal = true"));

    let rehearsal = done(folder.path(), &["declaration", "seal", "a"]);

    assert!(!real.contains("/rehearsal") && rehearsal.contains("/rehearsal\n"), "{rehearsal}");
}
