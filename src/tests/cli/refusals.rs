//! Directories and options with which nothing can be served: each is refused with what is wrong and what to do.

use std::{
    fs,
    net::TcpListener,
    os::unix::{
        fs::{PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::Command,
};

use super::{edit, hadir, refused, refused_by, with_attempt, with_rehearsal};
use crate::support::Process;

/// Listens anywhere: the refusals below have other reasons.
const SERVE: [&str; 4] = ["serve", "a", "--listen", "127.0.0.1:0"];

#[test]
fn a_directory_that_does_not_exist_is_not_created_by_a_typo() {
    let folder = tempfile::tempdir().unwrap();

    for command in ["serve", "doctor"] {
        let words = [command, "a"];
        if command == "serve" {
            refused(folder.path(), &words, &["a does not exist", "hadir init"]);
        } else {
            assert_eq!(super::run(folder.path(), &words).code, Some(1));
        }
    }

    assert!(!folder.path().join("a").exists());
}

#[test]
fn a_directory_that_was_not_initialised_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("a")).unwrap();
    fs::write(folder.path().join("a/attempt.toml"), "title = \"T\"\n").unwrap();

    refused(folder.path(), &SERVE, &["a is not an attempt", "hadir init"]);

    assert_eq!(fs::read_dir(folder.path().join("a")).unwrap().count(), 1);
}

#[test]
fn an_attempt_of_a_newer_version_is_refused() {
    let folder = with_attempt();
    edit(folder.path(), "a/private/keys/identity.json", |text| text.replace("\"format\": 1", "\"format\": 2"));

    refused(folder.path(), &SERVE, &["newer version", "form 2", "use the version"]);
}

#[test]
fn the_evidence_of_another_attempt_is_refused() {
    let folder = with_rehearsal();
    super::done(folder.path(), &["init", "b", "--config", "declared.toml"]);
    assert_eq!(Process::start(&folder.path().join("b")).stop(), Some(0));
    fs::remove_dir(folder.path().join("a/log")).unwrap();
    fs::rename(folder.path().join("b/log"), folder.path().join("a/log")).unwrap();

    refused(folder.path(), &SERVE, &["the evidence of another attempt", "back together"]);
}

#[test]
fn the_journal_of_another_attempt_is_refused() {
    let folder = with_rehearsal();
    super::done(folder.path(), &["init", "b", "--config", "declared.toml"]);
    assert_eq!(Process::start(&folder.path().join("b")).stop(), Some(0));
    fs::rename(folder.path().join("b/private/journal.db"), folder.path().join("a/private/journal.db")).unwrap();

    refused(folder.path(), &SERVE, &["belongs to the log"]);
}

#[test]
fn a_second_process_on_an_attempt_is_refused_and_the_first_goes_on() {
    let folder = with_rehearsal();
    let first = Process::start(&folder.path().join("a"));

    refused(folder.path(), &SERVE, &["is held by another process", "only one process may write"]);
    fs::write(folder.path().join("r.csv"), "nama,email\nSiti,siti@example.org\n").unwrap();
    refused(folder.path(), &["roster", "import", "a", "r.csv"], &["is held by another process"]);

    assert_eq!(first.api().get_with("/healthz", None).status, 200);
    assert_eq!(first.stop(), Some(0));
}

#[test]
fn a_port_that_is_taken_leaves_no_entry_behind() {
    let folder = with_attempt();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();

    refused(folder.path(), &["serve", "a", "--listen", &address], &["in use by another program", "--listen"]);

    assert!(!folder.path().join("a/private/journal.db").exists());
}

#[test]
fn a_declaration_that_changed_after_the_opening_is_refused() {
    let folder = with_rehearsal();
    assert_eq!(Process::start(&folder.path().join("a")).stop(), Some(0));
    edit(folder.path(), "a/attempt.toml", |text| text.replace("grace_ms = 75000", "grace_ms = 76000"));

    refused(folder.path(), &SERVE, &["attempt.toml was changed after the attempt was opened", "put attempt.toml back"]);
}

#[test]
fn a_rehearsal_that_was_opened_cannot_become_the_attempt() {
    let folder = with_rehearsal();
    assert_eq!(Process::start(&folder.path().join("a")).stop(), Some(0));
    edit(folder.path(), "a/attempt.toml", |text| {
        text.replace("rehearsal = true", "rehearsal = false").replace("minimum_ms = 0", "minimum_ms = 1")
    });

    refused(folder.path(), &SERVE, &["opened with `rehearsal = true`", "put attempt.toml back"]);
}

#[test]
fn a_file_of_options_with_mistakes_is_refused_with_all_of_them() {
    let folder = with_attempt();
    fs::write(folder.path().join("a/hadir.toml"), "listn = \"127.0.0.1:0\"\nproxies = 4\n").unwrap();

    let parts = ["line 1: `listn` is not a known key (did you mean `listen`?)", "line 2: `proxies` has the wrong type"];
    refused(folder.path(), &SERVE, &parts);
    refused(folder.path(), &["serve", "a", "--config", "missing.toml"], &["missing.toml cannot be read"]);
}

#[test]
fn half_a_certificate_and_a_broken_one_are_refused() {
    let folder = with_attempt();
    fs::write(folder.path().join("c.pem"), "not a certificate").unwrap();

    let half = [&SERVE[..], &["--tls-cert", "c.pem"]].concat();
    refused(folder.path(), &half, &["`tls_cert` is set without `tls_key`"]);
    let broken = [&half[..], &["--tls-key", "c.pem"]].concat();
    refused(folder.path(), &broken, &["c.pem", "PEM files that belong together"]);
}

#[test]
fn a_damaged_key_is_named() {
    let folder = with_attempt();
    fs::write(folder.path().join("a/private/keys/ticket.key"), "0123").unwrap();

    refused(folder.path(), &SERVE, &["ticket.key is damaged", "from your copy"]);
}

#[test]
fn an_attempt_that_cannot_be_written_is_refused() {
    let folder = with_attempt();
    let mut command = as_a_user_without_rights(folder.path());

    refused_by(command.args(SERVE), &["cannot be written", "the right to write"]);

    fs::set_permissions(folder.path().join("a/private"), fs::Permissions::from_mode(0o700)).unwrap();
}

/// The program as a user who owns the attempt but may not write its private folder; root may write everywhere.
fn as_a_user_without_rights(folder: &Path) -> Command {
    fs::set_permissions(folder.join("a/private"), fs::Permissions::from_mode(0o500)).unwrap();
    if !rustix::process::geteuid().is_root() {
        return hadir(folder);
    }
    let nobody = 65_534;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    for path in below(&folder.join("a")) {
        chown(path, Some(nobody), Some(nobody)).unwrap();
    }
    // The build's own folder need not be open to everybody.
    let program = folder.join("hadir");
    fs::copy(env!("CARGO_BIN_EXE_hadir"), &program).unwrap();
    let mut command = Command::new(program);
    command.current_dir(folder).uid(nobody).gid(nobody);
    command
}

fn below(path: &Path) -> Vec<PathBuf> {
    let mut found = vec![path.to_owned()];
    if path.is_dir() {
        found.extend(fs::read_dir(path).unwrap().flat_map(|entry| below(&entry.unwrap().path())));
    }
    found
}
