//! The commands as a user runs them: the real program, its exit codes, and what it says.

#[cfg(feature = "report")]
mod certificates;
#[cfg(feature = "report")]
mod closed;
mod decisions;
mod declaration;
mod doctor;
mod export;
mod full_disk;
mod groups;
mod help;
mod init;
mod privacy;
mod reconcile;
mod refusals;
mod retire;
mod roster;
mod serve;

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use tempfile::TempDir;

/// What a command did.
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

/// The program in a folder, without options from the environment of whoever runs the tests.
fn hadir(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hadir"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("HADIR_")) {
        command.env_remove(name);
    }
    command.current_dir(folder);
    command
}

fn ran(command: &mut Command) -> Ran {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: status.code(), out: text(stdout), err: text(stderr) }
}

/// Runs `hadir` with these words in a folder.
fn run(folder: &Path, words: &[&str]) -> Ran {
    ran(hadir(folder).args(words))
}

/// Runs it, and expects it to be done.
fn done(folder: &Path, words: &[&str]) -> String {
    let Ran { code, out, err } = run(folder, words);
    assert_eq!(code, Some(0), "{words:?}\n{out}\n{err}");
    out
}

/// Runs it, and expects it to be refused with a reason and a remedy that contain these words.
fn refused(folder: &Path, words: &[&str], parts: &[&str]) -> String {
    refused_by(hadir(folder).args(words), parts)
}

fn refused_by(command: &mut Command, parts: &[&str]) -> String {
    let Ran { code, out, err } = ran(command);
    assert_eq!(code, Some(1), "{command:?}\n{out}\n{err}");
    for part in ["error: ", "\nremedy: "].iter().chain(parts) {
        assert!(err.contains(part), "`{part}` is not in\n{err}");
    }
    err
}

/// A folder with an attempt `a` in it.
fn with_attempt() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), &["init", "a"]);
    folder
}

/// A folder with a rehearsal `a` in it that answers fast.
fn with_rehearsal() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("declared.toml"), crate::support::quick_rehearsal()).unwrap();
    done(folder.path(), &["init", "a", "--config", "declared.toml"]);
    folder
}

/// Changes a file of an attempt.
fn edit(folder: &Path, file: &str, change: impl FnOnce(String) -> String) {
    let path = folder.join(file);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(path, change(text)).unwrap();
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
