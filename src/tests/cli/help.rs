//! Help and usage.

use std::{fs, process::Command};

use super::{Ran, done, hadir, ran, run, with_attempt};

/// Every command, with the variables of its own options.
const COMMANDS: [(&[&str], &[&str]); 21] = [
    (&[], &[]),
    (&["init"], &["INIT_CONFIG", "INIT_FROM"]),
    (&["declaration"], &[]),
    (&["declaration", "check"], &[]),
    (&["declaration", "seal"], &[]),
    (&["serve"], &["DEMO", "CONFIG", "LISTEN", "TLS_CERT", "TLS_KEY", "PROXIES"]),
    (&["roster"], &[]),
    (&["roster", "import"], &["IMPORT_MAP", "IMPORT_ACCEPT_VALID", "IMPORT_REJECTS"]),
    (&["roster", "links"], &["LINKS_OUT", "LINKS_BY"]),
    (&["roster", "list"], &["LIST_OUT"]),
    (&["roster", "merge"], &[]),
    (&["roster", "reissue"], &[]),
    (&["roster", "forget"], &[]),
    (&["roster", "seal"], &["SEAL_TO", "SEAL_OUT"]),
    (&["roster", "open"], &["OPEN_IDENTITY", "OPEN_ROSTER", "OPEN_OUT"]),
    (&["export"], &["EXPORT_OUT", "EXPORT_AT", "EXPORT_GRADE", "EXPORT_QUIET"]),
    (&["retire"], &["RETIRE_YES", "RETIRE_EARLY"]),
    (&["certificates"], &["CERTIFICATES_OUT", "CERTIFICATES_LANGUAGE", "CERTIFICATES_QUIET"]),
    (&["documents"], &["DOCUMENTS_QUIET"]),
    (&["reconcile"], &["RECONCILE_OUT", "RECONCILE_ZONE"]),
    (&["doctor"], &["CONFIG", "LISTEN", "TLS_CERT", "TLS_KEY", "PROXIES"]),
];

/// The variables of every command.
const EVERY: [&str; 2] = ["LOG_FORMAT", "LOG_FILTER"];

/// The texts of a help page: what stands between the empty lines, without usage, headings, names and notes in brackets.
fn texts(help: &str) -> Vec<String> {
    let unindented = |line: &&str| !line.starts_with(' ');
    let mut texts = vec![help.lines().take_while(unindented).take_while(|line| !line.is_empty()).collect::<String>()];
    let mut text = String::new();
    for line in help.lines().skip_while(|line| !line.starts_with("Options:")) {
        let told = line.trim();
        if told.is_empty() {
            // More of the same option may follow.
            texts.extend((!text.is_empty()).then(|| std::mem::take(&mut text).trim().to_owned()));
        } else if line.starts_with("          ")
            && !told.starts_with(['[', '-'])
            && !told.starts_with("Possible values")
        {
            text.push_str(told);
            text.push(' ');
        } else if !text.is_empty() {
            texts.push(std::mem::take(&mut text).trim().to_owned());
        }
    }
    texts
}

#[test]
fn every_command_and_option_is_explained_in_sentences_that_begin_with_what_it_does() {
    let folder = tempfile::tempdir().unwrap();

    for (words, _) in COMMANDS {
        let help = done(folder.path(), &[words, &["--help"]].concat());
        let texts = texts(&help);
        // One of the command, four of what every command has, and one of each own option.
        assert!(texts.len() >= 5, "{words:?}: {texts:?}");
        for text in &texts {
            let verb = text.split_whitespace().next().unwrap();
            assert!(verb.starts_with(char::is_uppercase) && verb.ends_with('s'), "{words:?}: {text}");
            assert!(text.ends_with('.'), "{words:?}: {text}");
        }
    }
}

#[test]
fn every_option_can_be_given_by_the_environment_under_the_name_that_its_help_says() {
    let folder = tempfile::tempdir().unwrap();

    for (words, own) in COMMANDS {
        let help = done(folder.path(), &[words, &["--help"]].concat());
        let options = help.lines().filter(|line| line.trim_start().starts_with("--")).count();
        for name in own.iter().chain(&EVERY) {
            assert!(help.contains(&format!("[env: HADIR_{name}=")), "{words:?}: {name}");
        }
        assert_eq!(
            (options, help.matches("[env: ").count()),
            (own.len() + EVERY.len(), own.len() + EVERY.len()),
            "{help}"
        );
    }
    let verifier = Command::new(env!("CARGO_BIN_EXE_hadir-verify")).arg("--help").output().unwrap();
    let help = String::from_utf8(verifier.stdout).unwrap();
    for name in ["KEY", "NOTED", "JSON"] {
        assert!(help.contains(&format!("[env: HADIR_{name}=")), "{name}");
    }
}

#[test]
fn options_of_the_environment_do_what_the_flags_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::write(path.join("declared.toml"), crate::support::quick_rehearsal()).unwrap();
    fs::write(path.join("r.csv"), "Wer,Post\nSiti,siti@example.org\nBudi,none\n").unwrap();
    let with = |words: &[&str], variables: &[(&str, &str)]| {
        let mut command = hadir(path);
        let Ran { code, out, err } = ran(command.args(words).envs(variables.iter().copied()));
        assert_eq!(code, Some(0), "{words:?}\n{out}\n{err}");
        assert!(!err.contains("not known"), "{err}");
    };

    with(&["init", "a"], &[("HADIR_INIT_CONFIG", "declared.toml")]);
    with(&["init", "b"], &[("HADIR_INIT_FROM", "a")]);
    let import = [
        ("HADIR_IMPORT_MAP", "name=Wer,email=Post"),
        ("HADIR_IMPORT_ACCEPT_VALID", "1"),
        ("HADIR_IMPORT_REJECTS", "rejects.csv"),
    ];
    with(&["roster", "import", "a", "r.csv"], &import);
    with(&["roster", "links", "a"], &[("HADIR_LINKS_OUT", "schools"), ("HADIR_LINKS_BY", "school")]);
    with(&["roster", "list", "a"], &[("HADIR_LIST_OUT", "who.csv")]);

    for made in ["b/attempt.toml", "rejects.csv", "schools/no-school.csv", "who.csv"] {
        assert!(path.join(made).exists(), "{made}");
    }
    assert!(fs::read_to_string(path.join("a/attempt.toml")).unwrap().contains("rehearsal = true"));
}

#[test]
fn a_variable_that_says_no_is_no_option_that_was_given() {
    let folder = with_attempt();
    fs::write(folder.path().join("r.csv"), "nama,email\nSiti,siti@example.org\n").unwrap();
    let code = |words: &[&str], name: &str, value: &str| ran(hadir(folder.path()).args(words).env(name, value)).code;

    for no in ["false", "0"] {
        assert_eq!(code(&["serve"], "HADIR_DEMO", no), Some(2), "{no}");
        // Refused for what is not there, and not for a contradiction.
        assert_eq!(code(&["serve", "missing"], "HADIR_DEMO", no), Some(1), "{no}");
        assert_eq!(code(&["roster", "import", "a", "r.csv"], "HADIR_IMPORT_ACCEPT_VALID", no), Some(0), "{no}");
    }
    for yes in ["true", "1"] {
        assert_eq!(code(&["serve", "missing"], "HADIR_DEMO", yes), Some(2), "{yes}");
        assert_eq!(code(&["roster", "import", "a", "r.csv"], "HADIR_IMPORT_ACCEPT_VALID", yes), Some(2), "{yes}");
    }
    assert_eq!(code(&["serve", "missing"], "HADIR_DEMO", "perhaps"), Some(2));
    for (value, json) in [("1", true), ("true", true), ("0", false), ("false", false)] {
        let said =
            Command::new(env!("CARGO_BIN_EXE_hadir-verify")).arg("none").env("HADIR_JSON", value).output().unwrap();
        assert_eq!((said.status.code(), said.stdout.starts_with(b"{")), (Some(2), json), "{value}");
    }
    assert!(!folder.path().join("hadir-demo").exists());
}

#[test]
fn a_wrong_call_ends_with_2_and_shows_the_way_to_help() {
    let folder = with_attempt();
    let calls: [&[&str]; 10] = [
        &[],
        &["foo"],
        &["serve"],
        &["serve", "a", "--demo"],
        &["serve", "a", "--listen", "here"],
        &["export", "a"],
        &["export", "a", "--out", "b", "--at", "many"],
        &["roster", "import", "a", "r.csv", "--accept-valid"],
        &["roster", "import", "a", "r.csv", "--rejects", "x.csv"],
        &["init", "b", "--unknown"],
    ];

    for words in calls {
        let Ran { code, out, err } = run(folder.path(), words);
        assert_eq!(code, Some(2), "{words:?}\n{out}\n{err}");
        assert!(err.contains("--help") || err.contains("Usage:"), "{words:?}\n{err}");
    }
}

#[test]
fn a_wrong_value_in_the_environment_is_a_wrong_call() {
    let folder = with_attempt();

    let Ran { code, err, .. } = ran(hadir(folder.path()).args(["serve", "a"]).env("HADIR_LISTEN", "nowhere"));

    assert_eq!(code, Some(2));
    assert!(err.contains("nowhere"), "{err}");
}
