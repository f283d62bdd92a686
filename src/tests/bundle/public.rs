//! The public grade of a bundle.

use std::{fs, path::PathBuf};

use hadir::evidence::{
    bundle::{self, BundleError, Parts},
    documents, progress, public,
    verify::{self, Asked, Verdict},
};
use serde_json::Value;

use super::{
    Simulated, contents,
    program::{json, verify as run_verifier},
    read,
};
use crate::model::history::DECLARATION_TOML;

/// What the public grade holds beside the kept checkpoints.
const FILES: [&str; 11] = [
    "README.txt",
    "counts.json",
    "declaration.toml",
    "funnel.json",
    "groups.csv",
    "log/checkpoint",
    "log/log.vkey",
    "log/policy",
    "manifest.json",
    "timeline.csv",
    "venues.csv",
];

fn export_public(attempt: &Simulated, name: &str) -> Result<PathBuf, BundleError> {
    let out = attempt.folder.path().join(name);
    let (declaration, key, notes) = (DECLARATION_TOML, attempt.key.verifier(), &attempt.notes);
    let (documents, watch) = (&documents::none, &progress::unseen);
    let parts = Parts { declaration, roster: &attempt.roster, key, notes, documents, watch };
    public::write(parts, None, &mut |from, max| read(&attempt.lines, from, max), &out)?;
    Ok(out)
}

#[test]
fn the_public_grade_holds_counts_and_checkpoints_and_no_person() {
    let attempt = Simulated::new();

    let out = export_public(&attempt, "public").unwrap();

    let files = contents(&out);
    let (kept, others): (Vec<_>, Vec<_>) = files.keys().partition(|path| path.starts_with("log/checkpoints/"));
    assert_eq!(others, FILES);
    assert!(!kept.is_empty());
    for row in hadir::domain::roster::parse(&attempt.roster).unwrap() {
        let name = row.person.to_string();
        let naming = files.iter().find(|(_, bytes)| String::from_utf8_lossy(bytes).contains(&name));
        assert!(naming.is_none(), "{name} is in {naming:?}");
    }
    let bundle = attempt.export();
    let checkpoint = |root: &PathBuf| fs::read(root.join("log/checkpoint")).unwrap();
    assert_eq!(checkpoint(&out), checkpoint(&bundle));
}

#[test]
fn the_public_grade_of_one_log_is_the_same_each_time() {
    let attempt = Simulated::new();

    let (one, other) = (export_public(&attempt, "one").unwrap(), export_public(&attempt, "other").unwrap());

    assert_eq!(contents(&one), contents(&other));
}

#[test]
fn no_number_of_the_public_grade_of_a_small_attempt_is_from_one_to_four() {
    let attempt = Simulated::new();

    let out = export_public(&attempt, "public").unwrap();

    let json = |name: &str| -> Value { serde_json::from_slice(&fs::read(out.join(name)).unwrap()).unwrap() };
    let counts = json("counts.json");
    let mut numbers: Vec<u64> = ["certified", "on_the_list"].iter().filter_map(|name| counts[name].as_u64()).collect();
    numbers.extend(counts["rounded"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()));
    numbers.extend(json("funnel.json").as_array().unwrap().iter().filter_map(|step| step["count"].as_u64()));
    for table in ["groups.csv", "venues.csv", "timeline.csv"] {
        let text = fs::read_to_string(out.join(table)).unwrap();
        let cells =
            text.lines().skip(1).flat_map(|line| line.split(',').skip(1).map(str::to_owned).collect::<Vec<_>>());
        numbers.extend(cells.filter_map(|cell| cell.trim().parse::<u64>().ok()));
    }
    assert!(numbers.len() > 5, "{numbers:?}");
    assert!(numbers.iter().all(|number| !(1..5).contains(number)), "{numbers:?}");
}

#[test]
fn the_verifier_cannot_tell_anything_of_the_public_grade_and_asks_for_the_auditors() {
    let attempt = Simulated::new();
    let out = export_public(&attempt, "public").unwrap();

    let report = verify::verify(&out, &Asked::default());
    let ran = run_verifier(&out, &["--json"]);

    assert_eq!(report.verdict, Verdict::CannotTell);
    assert_eq!(ran.status.code(), Some(2));
    let what = json(&ran)["error"]["what"].as_str().unwrap().to_owned();
    assert!(what.contains("public grade") && what.contains("the auditor's"), "{what}");
}

#[test]
fn a_folder_of_one_grade_is_never_replaced_by_the_other() {
    let attempt = Simulated::new();
    let bundle = attempt.export();
    let public = export_public(&attempt, "public").unwrap();

    let over_auditors = export_public(&attempt, "bundle");
    let over_public = attempt.export_notes(&attempt.notes, &public);

    assert!(matches!(over_auditors, Err(BundleError::Foreign(_))));
    assert!(matches!(over_public, Err(BundleError::Foreign(_))));
    assert!(bundle::paths(&bundle).unwrap().contains(&"people.csv".to_owned()));
    assert!(!bundle::paths(&public).unwrap().contains(&"people.csv".to_owned()));
    export_public(&attempt, "public").unwrap();
}

#[test]
fn entries_that_are_called_public_are_checked_all_the_same() {
    let attempt = Simulated::new();
    let bundle = attempt.export();
    let path = bundle.join("manifest.json");
    let manifest = fs::read_to_string(&path).unwrap();

    fs::write(&path, manifest.replacen("{\n", "{\n  \"grade\": \"public\",\n", 1)).unwrap();
    let report = verify::verify(&bundle, &Asked::default());

    assert_eq!(report.verdict, Verdict::NotSound);
}
