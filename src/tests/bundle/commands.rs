//! The checks that a bundle's own text offers to whoever does not trust this program.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use super::Simulated;

/// What stands between two commands that print the same, in the languages of the text.
const EQUALS: [&str; 2] = ["sama dengan:", "equals:"];

fn shell(folder: &Path, command: &str) -> Output {
    Command::new("bash").args(["-o", "pipefail", "-c", command]).current_dir(folder).output().unwrap()
}

/// The first word that a command prints.
fn answer(folder: &Path, command: &str) -> String {
    let output = shell(folder, command);
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.split_whitespace().next().unwrap_or_default().to_owned()
}

/// The commands of a bundle's text: each indented by two spaces.
fn commands(bundle: &Path) -> Vec<String> {
    let text = fs::read_to_string(bundle.join("README.txt")).unwrap();
    let indented = text.lines().filter_map(|line| line.strip_prefix("  "));
    let programs = ["jq ", "grep ", "tail ", "sed "];
    indented.filter(|line| programs.iter().any(|program| line.starts_with(program))).map(str::to_owned).collect()
}

#[test]
fn the_commands_of_a_bundles_text_do_what_it_says() {
    let attempt = Simulated::new();
    let bundle = attempt.export();
    // Stays in a hall are rows, and joins after the close are none: the sentences have to hold with both.
    let rows = answer(&bundle, r#"grep -c ',\(exit\|roll_call\)' connections.csv"#);
    let late = answer(&bundle, r#"sed '1,/"k":"close"/d' log/entries.jsonl | grep -c '"k":"join"'"#);
    assert_eq!((rows.as_str(), late.as_str()), ("3", "2"));
    let (pairs, alone): (Vec<_>, Vec<_>) =
        commands(&bundle).into_iter().partition(|line| EQUALS.iter().any(|word| line.contains(word)));

    assert_eq!((pairs.len(), alone.len()), (10, 4));
    for pair in pairs {
        let (left, right) = EQUALS.iter().find_map(|word| pair.split_once(word)).unwrap();
        let (left, right) = (answer(&bundle, left), answer(&bundle, right));
        assert!(!left.is_empty() && left == right, "{pair}: {left} and {right}");
    }
    for command in &alone {
        answer(&bundle, command);
    }
}

#[test]
fn the_commands_of_a_bundles_text_find_a_changed_file() {
    let attempt = Simulated::new();
    let bundle = attempt.export();
    let command = commands(&bundle).into_iter().find(|line| line.contains("sha256sum -c")).unwrap();

    fs::write(bundle.join("people.csv"), "changed").unwrap();
    let output = shell(&bundle, &command);

    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("people.csv: FAILED"));
}
