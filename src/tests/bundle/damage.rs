//! Bundles that were changed on their way: what is wrong is named.

use std::{fs, path::Path};

use hadir::evidence::verify::{self, Asked, Report, Verdict};
use proptest::prelude::*;

use super::{Simulated, contents, first_finding};
use crate::model::history::{declaration, full_lesson};

fn lines(root: &Path) -> Vec<String> {
    let text = fs::read_to_string(root.join("log/entries.jsonl")).unwrap();
    text.lines().map(str::to_owned).collect()
}

fn write_lines(root: &Path, lines: &[String]) {
    fs::write(root.join("log/entries.jsonl"), lines.join("\n") + "\n").unwrap();
}

/// The verdict on a bundle whose lines were changed.
fn with_lines(change: impl FnOnce(&mut Vec<String>)) -> Report {
    let attempt = Simulated::new();
    let root = attempt.export();
    let mut lines = lines(&root);
    change(&mut lines);
    write_lines(&root, &lines);
    verify::verify(&root, &attempt.asked())
}

/// The verdict on a bundle of which one file was changed.
fn with_file(path: &str, change: impl FnOnce(&mut Vec<u8>)) -> Report {
    let attempt = Simulated::new();
    let root = attempt.export();
    let mut bytes = fs::read(root.join(path)).unwrap();
    change(&mut bytes);
    fs::write(root.join(path), bytes).unwrap();
    verify::verify(&root, &attempt.asked())
}

fn assert_not_sound(report: &Report, finding: &str) {
    assert_eq!(report.verdict, Verdict::NotSound);
    assert!(!report.anchored);
    let first = first_finding(report);
    assert!(first.starts_with(finding), "{first}");
}

#[test]
fn a_missing_line_is_named() {
    let report = with_lines(|lines| {
        lines.remove(140);
    });

    assert_not_sound(&report, "log/entries.jsonl line 141: not the line that was signed");
}

#[test]
fn a_changed_line_is_named_although_it_could_stand_there() {
    let report = with_lines(|lines| lines[120] = lines[120].replacen("\"m\":", "\"m\":1", 1));

    assert_not_sound(&report, "log/entries.jsonl line 121: not the line that was signed");
}

#[test]
fn reordered_lines_are_named() {
    let report = with_lines(|lines| lines.swap(200, 201));

    assert_not_sound(&report, "log/entries.jsonl line 201: not the line that was signed");
}

#[test]
fn a_truncated_log_is_named_where_it_ends() {
    let report = with_lines(|lines| lines.truncate(250));
    assert_not_sound(&report, "log/entries.jsonl line 251: the file ends here");

    let cut = with_file("log/entries.jsonl", |bytes| bytes.truncate(bytes.len() - 3));
    let line = Simulated::new().lines.len();
    assert_not_sound(&cut, &format!("log/entries.jsonl line {line}: "));
    assert!(first_finding(&cut).ends_with("the line is cut off"));
}

#[test]
fn an_added_line_is_named() {
    let last = Simulated::new().lines.len();
    let report = with_lines(|lines| {
        let added = lines[last - 1].replacen(&format!("\"i\":{}", last - 1), &format!("\"i\":{last}"), 1);
        lines.push(added);
    });

    assert_not_sound(&report, &format!("log/entries.jsonl line {}: nobody signed this line", last + 1));
}

#[test]
fn a_changed_table_is_named_by_file_line_and_content() {
    let report = with_file("people.csv", |bytes| {
        let text = String::from_utf8(bytes.clone()).unwrap();
        *bytes = text.replacen("not_certified", "certified", 1).into_bytes();
    });
    assert_not_sound(&report, "people.csv line 3: says ");

    let report = with_file("tallies.json", |bytes| {
        let text = String::from_utf8(bytes.clone()).unwrap();
        let mut value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let certifiable = value["certifiable"].as_u64().unwrap();
        value["certifiable"] = (certifiable + 1).into();
        *bytes = serde_json::to_vec_pretty(&value).unwrap();
    });
    assert_not_sound(&report, "tallies.json line ");
    let claim = report.claims.iter().find(|claim| claim.name == "certifiable").unwrap();
    assert!(!claim.ok);
    assert_eq!(claim.claimed.as_u64().unwrap(), claim.recomputed.as_u64().unwrap() + 1);
}

#[test]
fn a_changed_declaration_or_roster_is_named() {
    let declaration = with_file("declaration.toml", |bytes| bytes.push(b'\n'));
    assert_not_sound(&declaration, "declaration.toml: its SHA-256 is ");

    let roster = with_file("roster.csv", |bytes| {
        let text = String::from_utf8(bytes.clone()).unwrap();
        *bytes = text.replacen("steward", "participant", 1).into_bytes();
    });
    assert_not_sound(&roster, "roster.csv: ");
}

#[test]
fn a_log_whose_declaration_contradicts_itself_is_not_sound_and_never_exported() {
    let mut declared = declaration(full_lesson(0, 0, 5_000), true, true);
    declared.rule.prompts_min = Some(3);
    let attempt = Simulated::declared(7, 0, declared);

    let unsound = attempt.export_notes(&attempt.notes, &attempt.path()).unwrap_err().to_string();

    assert!(unsound.contains("the log's declaration contradicts itself: `rule.prompts_min` needs"), "{unsound}");
}

#[test]
fn a_missing_file_and_an_added_file_are_named() {
    let attempt = Simulated::new();
    let root = attempt.export();
    for (path, bytes) in contents(&root) {
        fs::remove_file(root.join(&path)).unwrap();
        let report = verify::verify(&root, &attempt.asked());
        assert_not_sound(&report, &format!("{path}: missing"));
        fs::write(root.join(&path), bytes).unwrap();
    }
    for added in ["notes.txt", "log/tile/0/001", "log/checkpoints/000000000007"] {
        fs::write(root.join(added), "added").unwrap();
        let report = verify::verify(&root, &attempt.asked());
        assert_not_sound(&report, &format!("{added}: "));
        fs::remove_file(root.join(added)).unwrap();
    }
    assert_eq!(verify::verify(&root, &attempt.asked()).verdict, Verdict::Sound);
}

#[test]
fn what_is_no_bundle_is_neither_sound_nor_unsound() {
    let folder = tempfile::tempdir().unwrap();
    let packed = folder.path().join("bundle.zip");
    fs::write(&packed, "PK").unwrap();
    let newer = folder.path().join("newer");
    fs::create_dir(&newer).unwrap();
    fs::write(newer.join("manifest.json"), r#"{"format":2}"#).unwrap();

    let said = [folder.path(), &packed, &newer, Path::new("/nonexistent")].map(|path| {
        let report = verify::verify(path, &Asked::default());
        assert_eq!(report.verdict, Verdict::CannotTell);
        first_finding(&report)
    });

    assert!(said[0].contains("not a bundle"));
    assert!(said[1].contains("unpack it first"));
    assert!(said[2].contains("newer"));
    assert!(said[3].contains("cannot be read"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_flipped_bit_is_found_in_every_file(place in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let attempt = Simulated::new();
        let root = attempt.export();
        for (path, bytes) in contents(&root) {
            let mut flipped = bytes.clone();
            flipped[place.index(bytes.len())] ^= 1 << bit;
            fs::write(root.join(&path), flipped).unwrap();

            let report = verify::verify(&root, &attempt.asked());

            assert_ne!(report.verdict, Verdict::Sound, "{path}");
            assert!(report.findings.iter().any(|finding| finding.file.contains(&path) || path == "manifest.json"), "{path}: {report:?}");
            fs::write(root.join(&path), bytes).unwrap();
        }
    }
}
