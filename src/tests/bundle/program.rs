//! The auditor's program as it is called.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use serde_json::Value;

use super::Simulated;

pub(super) fn verify(bundle: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hadir-verify"));
    command.env_remove("HADIR_KEY").env_remove("HADIR_NOTED").arg(bundle).args(arguments).output().unwrap()
}

pub(super) fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_program_says_what_programs_and_people_ask_for() {
    let attempt = Simulated::new();
    let bundle = attempt.export();
    let key = attempt.key.verifier().to_string();
    let noted = attempt.folder.path().join("noted.txt");
    fs::write(&noted, attempt.notes.join("\n")).unwrap();

    let anchored = verify(&bundle, &["--key", &key, "--noted", noted.to_str().unwrap(), "--json"]);
    let by_file = verify(&bundle, &["--key", bundle.join("log/log.vkey").to_str().unwrap()]);
    let unanchored = verify(&bundle, &[]);

    assert_eq!(anchored.status.code(), Some(0));
    let report = json(&anchored);
    assert_eq!((&report["verdict"], &report["anchored"]), (&"sound".into(), &true.into()));
    assert_eq!((&report["size"], &report["error"]), (&attempt.lines.len().into(), &Value::Null));
    assert_eq!(report["claims"][0].as_object().unwrap().len(), 4);
    assert!(String::from_utf8_lossy(&by_file.stdout).contains("SOUND: "));
    assert_eq!(unanchored.status.code(), Some(0));
    let said = String::from_utf8_lossy(&unanchored.stdout).into_owned();
    assert!(said.contains("CONSISTENT, NOT ANCHORED") && said.contains("ok    certifiable: claimed "), "{said}");
}

#[test]
fn the_program_fails_with_1_for_what_is_wrong_and_with_2_for_what_it_cannot_read() {
    let (attempt, other) = (Simulated::new(), Simulated::with(8, 0));
    let bundle = attempt.export();
    let wrong = verify(&bundle, &["--key", &other.key.verifier().to_string(), "--json"]);
    let no_key = verify(&bundle, &["--key", "hadir", "--json"]);
    let no_notebook = verify(&bundle, &["--noted", "/nonexistent", "--json"]);
    let no_bundle = verify(attempt.folder.path(), &["--json"]);
    let bad_usage = verify(&bundle, &["--keys"]);

    assert_eq!((wrong.status.code(), &json(&wrong)["verdict"]), (Some(1), &"not_sound".into()));
    assert_eq!(json(&wrong)["error"]["file"], "log/log.vkey");
    assert_eq!(json(&wrong)["error"]["line"], 1);
    for output in [&no_key, &no_notebook, &no_bundle] {
        assert_eq!((output.status.code(), &json(output)["verdict"]), (Some(2), &"cannot_tell".into()));
        assert!(json(output)["error"]["what"].is_string());
    }
    assert_eq!(bad_usage.status.code(), Some(2));
}
