//! Documents for people beside the evidence: listed, compared by digest, and never taken for evidence.

use std::{cell::RefCell, fs, io, path::PathBuf};

use hadir::evidence::{
    bundle::BundleError,
    documents::{self, Source},
    progress::{Progress, Step},
    verify::{self, Means, Verdict},
};
use serde_json::Value;

use super::{Simulated, contents, first_finding, program};

const DOCUMENTS: [&str; 3] = ["letters/witness-id.pdf", "report.pdf", "tables.xlsx"];

/// Documents that say what they were made from.
fn made(source: &Source<'_>) -> io::Result<Vec<(String, Vec<u8>)>> {
    let tables: Vec<&str> = source.tables.iter().map(|(name, _)| *name).collect();
    let said = format!("{} {} {tables:?}", source.opened.origin, source.ledger.head().size.0);
    Ok(DOCUMENTS.map(|path| (path.to_owned(), said.clone().into_bytes())).to_vec())
}

/// An attempt with its bundle, which has documents.
fn exported() -> (Simulated, PathBuf) {
    let attempt = Simulated::new();
    attempt.export_with(&made, &attempt.notes, &attempt.path()).unwrap();
    let bundle = attempt.path();
    (attempt, bundle)
}

#[test]
fn documents_are_made_from_the_counted_log_and_listed_beside_the_evidence() {
    let (attempt, bundle) = exported();

    let files = contents(&bundle);

    let said = String::from_utf8_lossy(&files["letters/witness-id.pdf"]).into_owned();
    assert!(said.starts_with(&format!("hadir.example/attempt/rehearsal {} ", attempt.lines.len())), "{said}");
    assert!(said.contains("people.csv") && said.contains("versions.csv"), "{said}");
    let manifest: Value = serde_json::from_slice(&files["manifest.json"]).unwrap();
    for path in DOCUMENTS {
        assert!(manifest["files"].as_array().unwrap().iter().any(|listed| listed["path"] == path), "{path}");
    }
}

#[test]
fn the_verdict_names_the_documents_that_it_does_not_reach() {
    let (attempt, bundle) = exported();

    let report = verify::verify(&bundle, &attempt.asked());
    let (said, json) = (program::verify(&bundle, &[]), program::verify(&bundle, &["--json"]));

    assert_eq!((report.verdict, first_finding(&report)), (Verdict::Sound, String::new()));
    assert_eq!(report.not_recomputed, DOCUMENTS);
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(said.contains("manifest.json: letters/witness-id.pdf, report.pdf, tables.xlsx\n"), "{said}");
    assert_eq!(program::json(&json)["not_recomputed"], Value::from(DOCUMENTS.to_vec()));
    let without = Simulated::new();
    assert!(verify::verify(&without.export(), &without.asked()).not_recomputed.is_empty());
}

#[test]
fn a_changed_a_missing_and_an_unlisted_document_are_found() {
    let (attempt, bundle) = exported();
    let found = || first_finding(&verify::verify(&bundle, &attempt.asked()));
    let report = bundle.join("report.pdf");
    let honest = fs::read(&report).unwrap();

    fs::write(&report, "another report").unwrap();
    let changed = found();
    fs::remove_file(&report).unwrap();
    let missing = found();
    fs::write(&report, honest).unwrap();
    fs::write(bundle.join("letters/sponsor-id.pdf"), "a letter that nobody made").unwrap();
    let unlisted = found();

    assert!(changed.starts_with("report.pdf: 14 bytes, SHA-256 "), "{changed}");
    assert_eq!(missing, "report.pdf: missing");
    assert_eq!(unlisted, "letters/sponsor-id.pdf: does not belong to the bundle");
}

#[test]
fn a_document_in_the_place_of_evidence_or_outside_the_bundle_is_not_written() {
    let attempt = Simulated::new();

    for path in ["people.csv", "../report.pdf", "letters/../../a.pdf", "log/entries.jsonl"] {
        let made = |_: &Source<'_>| Ok(vec![(path.to_owned(), Vec::new())]);

        let refused = attempt.export_with(&made, &attempt.notes, &attempt.path());

        assert!(matches!(refused, Err(BundleError::Documents(_))), "{path}");
        assert_eq!(fs::read_dir(attempt.folder.path()).unwrap().count(), 0);
    }
}

#[test]
fn no_bundle_is_handed_out_whose_documents_cannot_be_made() {
    let attempt = Simulated::new();
    let failing = |_: &Source<'_>| Err(io::Error::other("a font is damaged"));

    let refused = attempt.export_with(&failing, &attempt.notes, &attempt.path());

    assert!(matches!(refused, Err(BundleError::Documents(_))));
    assert_eq!(fs::read_dir(attempt.folder.path()).unwrap().count(), 0);
}

#[test]
fn documents_that_are_made_again_are_compared_byte_by_byte() {
    let (attempt, bundle) = exported();
    let other = |_: &Source<'_>| {
        Ok(vec![("report.pdf".to_owned(), b"forged".to_vec()), ("letters/sponsor-id.pdf".to_owned(), Vec::new())])
    };
    let checked = |documents| verify::verify_with(&bundle, &attempt.asked(), Means { documents, watch: &|_| () });

    let (honest, forged) = (checked(Some(&made)), checked(Some(&other)));

    assert_eq!((honest.verdict, first_finding(&honest)), (Verdict::Sound, String::new()));
    assert_eq!((honest.remade, honest.not_recomputed), (DOCUMENTS.map(str::to_owned).to_vec(), Vec::new()));
    let found: Vec<String> = forged.findings.iter().map(ToString::to_string).collect();
    assert_eq!(forged.verdict, Verdict::NotSound);
    assert!(found[0].starts_with("report.pdf line 1: says \"hadir.example/"), "{found:?}");
    assert_eq!(found[1], "letters/sponsor-id.pdf: missing");
    assert_eq!(found[2], "letters/witness-id.pdf: no document that this log makes");
}

#[test]
fn whoever_watches_an_export_sees_every_step_in_its_order() {
    let attempt = Simulated::new();
    let seen = RefCell::new(Vec::new());

    attempt
        .export_watched(&documents::none, &attempt.notes, &attempt.path(), &|one| seen.borrow_mut().push(one))
        .unwrap();

    let seen = seen.into_inner();
    let total = attempt.lines.len() as u64;
    let mut steps: Vec<Step> = seen.iter().map(|one| one.step).collect();
    steps.dedup();
    assert_eq!(steps, [Step::Counting, Step::Writing, Step::Documents, Step::Checking]);
    assert!(seen.contains(&Progress { step: Step::Checking, done: 256, total }), "{seen:?}");
    assert!(seen.iter().all(|one| one.done <= one.total), "{seen:?}");
}
