//! The rules that no compiler checks: what may import what, how long a file may be, which licences are linked in.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// A file that is longer hides a second idea.
const FILE_LINES_MAX: usize = 400;

/// The modules from the ground up; each may import those before it. Modules in one row do not know each other.
const LAYERS: [&[&str]; 8] = [
    &["domain"],
    &["wire"],
    &["session", "evidence"],
    &["log", "roster"],
    &["attempt"],
    &["report", "reconcile"],
    &["server"],
    &["config"],
];

/// What the core must not know, so that it can be simulated and the verifier stays small.
const UNKNOWN_TO_THE_CORE: [&str; 10] = [
    "tokio",
    "axum",
    "tracing::",
    "rusqlite",
    "std::net",
    "SystemTime",
    "Instant::now",
    "HashMap",
    "HashSet",
    "getrandom",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files_below(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_below(&path, endings));
        } else if path.extension().is_some_and(|ending| endings.iter().any(|one| ending == *one)) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// A source file and its top-level module.
fn modules() -> Vec<(PathBuf, String, String)> {
    let source = root().join("src");
    let name = |path: &Path| {
        let first = path.strip_prefix(&source).unwrap().components().next().unwrap();
        first.as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
    };
    files_below(&source, &["rs"])
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            (path.clone(), name(&path), text)
        })
        .collect()
}

/// The layer of a module; none for the binaries and the tests, which may import everything.
fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|row| row.contains(&module))
}

/// The top-level modules that a text names as `crate::x` or in `use crate::{x, ...}`.
fn imports(text: &str) -> BTreeSet<String> {
    let word = |tail: &str| tail.chars().take_while(|one| one.is_alphanumeric() || *one == '_').collect::<String>();
    let mut found = BTreeSet::new();
    for (place, _) in text.match_indices("crate::") {
        let tail = &text[place + "crate::".len()..];
        if let Some(list) = tail.strip_prefix('{') {
            let mut depth = 0;
            let mut at_start = true;
            for (offset, one) in list.char_indices() {
                match one {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => at_start = true,
                    one if at_start && !one.is_whitespace() => {
                        found.insert(word(&list[offset..]));
                        at_start = false;
                    }
                    _ => {}
                }
            }
        } else {
            found.insert(word(tail));
        }
    }
    found
}

#[test]
fn imports_point_down_only() {
    let mut wrong = Vec::new();
    for (path, module, text) in modules() {
        let Some(here) = layer(&module) else { continue };
        for imported in imports(&text) {
            let there = layer(&imported);
            if imported != module && there.is_some_and(|there| there >= here) {
                wrong.push(format!("{}: {module} imports {imported}", path.display()));
            }
        }
    }

    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Whether a file's code speaks of files: `fs` and `File` as whole words.
fn names_files(code: &str) -> bool {
    let is_part = |before: &str| before.ends_with(|last: char| last.is_alphanumeric() || last == '_');
    ["fs::", "File::"].iter().any(|word| code.match_indices(word).any(|(at, _)| !is_part(&code[..at])))
}

#[test]
fn the_core_knows_no_socket_no_clock_and_no_random_source() {
    let core = ["domain", "wire", "session", "evidence"];
    let mut wrong = Vec::new();
    for (path, module, text) in modules().into_iter().filter(|(_, module, _)| core.contains(&module.as_str())) {
        let code = text.split("#[cfg(test)]").next().unwrap();
        wrong.extend(UNKNOWN_TO_THE_CORE.iter().filter(|word| code.contains(*word)).map(|word| (path.clone(), *word)));
        if names_files(code) && module != "evidence" {
            wrong.push((path, "std::fs"));
        }
    }

    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_file_is_longer_than_one_idea() {
    let folders = ["src", "benches", "loadtest"].map(|folder| root().join(folder));
    let files = folders.iter().flat_map(|folder| files_below(folder, &["rs", "js", "css", "html"]));
    let lengths = files.map(|path| (fs::read_to_string(&path).unwrap().lines().count(), path));
    let long: Vec<_> = lengths.filter(|(lines, _)| *lines > FILE_LINES_MAX).collect();

    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn every_file_says_what_it_is_for() {
    let silent: Vec<_> = modules()
        .into_iter()
        .filter(|(path, _, text)| !text.starts_with("//!") && !path.ends_with("lib.rs"))
        .map(|(path, ..)| path)
        .collect();

    assert!(silent.is_empty(), "{silent:#?}");
}

/// Whether an SPDX expression can be satisfied from the allowed licences. Reads `A OR B`, `A AND B`, `A/B` and one
/// level of brackets, which is all that crates use.
fn allowed(expression: &str, licences: &BTreeSet<String>) -> bool {
    let expression = expression.replace('/', " OR ").replace(['(', ')'], " ");
    expression.split(" AND ").all(|part| part.split(" OR ").any(|one| licences.contains(one.trim())))
}

#[test]
fn every_dependency_has_a_licence_that_is_allowed() {
    let deny: toml::Table = fs::read_to_string(root().join("deny.toml")).unwrap().parse().unwrap();
    let licences: BTreeSet<String> =
        deny["licenses"]["allow"].as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect();
    let version = Command::new("rustc").arg("-vV").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", host])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();

    let refused: BTreeMap<_, _> = packages
        .iter()
        .map(|one| (one["name"].to_string(), one["license"].as_str().unwrap_or_default()))
        .filter(|(_, licence)| !allowed(licence, &licences))
        .collect();

    assert!(packages.len() > 100, "cargo metadata listed only {} packages", packages.len());
    assert!(refused.is_empty(), "{refused:#?}");
}
