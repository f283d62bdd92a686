//! The recount as an auditor calls it.

use std::{fs, path::Path, process::Command};

use hadir::evidence::{
    documents,
    verify::{self, Asked, Verdict},
};

use super::{Attempt, declaration_toml, program, recount, run, signing_key, story::Story};

fn exported(folder: &Path) -> std::path::PathBuf {
    let bundle = folder.join("bundle");
    Attempt::of_story(Story::told()).export(&documents::none, &bundle);
    bundle
}

#[test]
fn whoever_calls_the_recount_without_a_folder_counts_the_bundle_that_it_lies_in() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = exported(folder.path());

    let output = Command::new("python3").arg(bundle.join("recount.py")).output().unwrap();

    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.lines().any(|line| line == "certifiable  2  2  ok"), "{text}");
    assert!(text.lines().last().unwrap().starts_with("CONSISTENT, NOT ANCHORED: "), "{text}");
    assert!(!bundle.join("__pycache__").exists());
}

#[test]
fn a_key_from_elsewhere_is_compared_as_text_and_as_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = exported(folder.path());
    let filed = folder.path().join("filed.vkey");
    fs::copy(bundle.join("log/log.vkey"), &filed).unwrap();
    let other = hadir::evidence::checkpoint::SigningKey::from_seed(super::ORIGIN.parse().unwrap(), &[8; 32]);
    let keys = [signing_key().verifier().to_string(), filed.display().to_string(), other.verifier().to_string()];

    let [own, file, wrong] = keys.map(|key| run(&[bundle.to_str().unwrap(), "--key", &key]).status.code());

    assert_eq!((own, file, wrong), (Some(0), Some(0), Some(1)));
}

#[test]
fn what_is_no_bundle_and_a_bad_argument_are_neither_sound_nor_unsound() {
    let folder = tempfile::tempdir().unwrap();
    let (packed, newer) = (folder.path().join("bundle.zip"), folder.path().join("newer"));
    fs::write(&packed, "PK").unwrap();
    fs::create_dir(&newer).unwrap();
    fs::write(newer.join("manifest.json"), r#"{"format":2,"files":[]}"#).unwrap();
    let empty = folder.path().to_str().unwrap();

    let said = [
        run(&[packed.to_str().unwrap()]),
        run(&[newer.to_str().unwrap()]),
        run(&["/nonexistent"]),
        run(&[empty]),
        run(&[empty, "--key", "hadir"]),
        run(&[empty, "--keys"]),
    ];

    for (output, word) in said.iter().zip(["unpack it first", "format 2", "no bundle", "no bundle", "", "usage"]) {
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(text.contains(word), "{text}");
    }
    assert_eq!(run(&["--help"]).status.code(), Some(0));
}

#[test]
fn a_log_that_declares_something_else_than_the_filed_file_is_found_by_the_recount() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("bundle");
    let mut filed = super::story::declared();
    filed.rule.late_ms = hadir::domain::time::Millis(1_000);
    let story = Story::opened(super::story::declared(), &declaration_toml(&filed));

    Attempt::of_story(story).export(&documents::none, &bundle);

    assert_eq!(verify::verify(&bundle, &Asked::default()).verdict, Verdict::Sound, "it compares the digest");
    let [said] = recount(&[bundle], None).try_into().ok().unwrap();
    let last = said.lines.last().unwrap();
    assert!(last.contains("entry 0 declares something else than its file"), "{last}");
}

#[test]
fn a_python_that_cannot_read_the_declarations_file_says_that_it_was_not_compared() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = exported(folder.path());
    let without = "import runpy, sys; sys.modules['tomllib'] = None; sys.argv = sys.argv[1:]; \
                   runpy.run_path(sys.argv[0], run_name='__main__')";

    let output = Command::new("python3").args(["-c", without]).arg(program()).arg(&bundle).output().unwrap();

    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("file declaration.toml: not compared with the log"), "{text}");
}
