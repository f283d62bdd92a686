//! Help and usage.

use super::{Ran, done, hadir, ran, run, with_attempt};

const COMMANDS: [&[&str]; 12] = [
    &[],
    &["init"],
    &["declaration"],
    &["declaration", "check"],
    &["declaration", "seal"],
    &["serve"],
    &["roster"],
    &["roster", "import"],
    &["roster", "links"],
    &["roster", "forget"],
    &["export"],
    &["doctor"],
];

#[test]
fn every_command_option_and_argument_is_explained() {
    let folder = tempfile::tempdir().unwrap();

    for words in COMMANDS {
        let help = done(folder.path(), &[words, &["--help"]].concat());
        let lines: Vec<&str> = help.lines().collect();
        assert!(lines[0].len() > 20 && lines[0].starts_with(char::is_uppercase), "{words:?}: {}", lines[0]);
        for pair in lines.windows(2) {
            let named = pair[0].trim_start();
            if named.starts_with("--") || named.starts_with("-h") || named.starts_with("[DIR]") {
                let explained = pair[1].trim().starts_with(char::is_uppercase) || named.contains("  ");
                assert!(explained, "{words:?} does not explain {named}");
            }
        }
    }
}

#[test]
fn every_option_of_serve_can_be_given_by_the_environment() {
    let folder = tempfile::tempdir().unwrap();

    let help = done(folder.path(), &["serve", "--help"]);

    for name in ["LISTEN", "TLS_CERT", "TLS_KEY", "PROXIES", "LOG_FORMAT", "LOG_FILTER", "CONFIG"] {
        assert!(help.contains(&format!("[env: HADIR_{name}=]")), "{name}");
    }
}

#[test]
fn a_wrong_call_ends_with_2_and_shows_the_way_to_help() {
    let folder = with_attempt();
    let calls: [&[&str]; 9] = [
        &[],
        &["foo"],
        &["serve"],
        &["serve", "a", "--demo"],
        &["serve", "a", "--listen", "here"],
        &["export", "a"],
        &["export", "a", "--out", "b", "--at", "many"],
        &["roster", "import", "a", "r.csv", "--accept-valid"],
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
