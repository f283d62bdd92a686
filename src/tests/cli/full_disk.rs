//! Commands while the disk is nearly full: the kernel refuses to make durable what they write.

use std::{fs, path::Path, process::Command};

use super::{done, hadir, privacy, ran, refused_by};
use crate::support::Process;

/// The command under strace, told so much more.
fn strace(folder: &Path, told: &[&str], words: &[&str]) -> Command {
    let plain = hadir(folder);
    let mut command = Command::new("strace");
    command.current_dir(folder).args(["-f", "-qq"]).args(told).arg(plain.get_program()).args(words);
    for (name, value) in plain.get_envs() {
        assert!(value.is_none());
        command.env_remove(name);
    }
    command
}

/// Which syncs of a command are of its drafts, counted from 1: the others are of the attempt's own files.
fn syncs_of_drafts(folder: &Path, words: &[&str]) -> Vec<usize> {
    let traced = ran(&mut strace(folder, &["-y", "-e", "trace=fsync", "-o", "trace.txt"], words));
    assert_eq!(traced.code, Some(0), "{}", traced.err);
    let trace = fs::read_to_string(folder.join("trace.txt")).unwrap();
    fs::remove_file(folder.join("trace.txt")).unwrap();
    let is_draft = |line: &str| line.contains(".hadir-draft") || line.contains("/.bundle.zip.");
    let syncs = trace.lines().filter(|line| line.contains("fsync(")).enumerate();
    syncs.filter(|(_, line)| is_draft(line)).map(|(place, _)| place + 1).collect()
}

fn listing(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn an_export_while_the_disk_is_full_leaves_nothing_behind_and_says_what_to_do() {
    let folder = privacy::with_roster();
    let dir = folder.path();
    assert_eq!(Process::start(&dir.join("a")).stop(), Some(0));
    let before = listing(dir);
    let ways: [&[&str]; 3] = [
        &["export", "a", "--out", "bundle"],
        &["export", "a", "--out", "bundle", "--grade", "public"],
        &["export", "a", "--out", "bundle.zip"],
    ];

    for words in ways {
        let syncs = syncs_of_drafts(dir, words);
        let out = dir.join(words[3]);
        if out.is_dir() {
            fs::remove_dir_all(&out).unwrap()
        } else {
            fs::remove_file(&out).unwrap()
        }
        for sync in [syncs[0], syncs[syncs.len() / 2], syncs[syncs.len() - 1]] {
            let inject = format!("inject=fsync:error=ENOSPC:when={sync}+");
            let mut command = strace(dir, &["-e", "trace=fsync", "-e", &inject, "-o", "/dev/null"], words);

            refused_by(&mut command, &["No space left", "free some space"]);

            assert_eq!(listing(dir), before, "{words:?} at {sync}");
        }
        done(dir, words);
        if out.is_dir() { fs::remove_dir_all(&out).unwrap() } else { fs::remove_file(&out).unwrap() }
    }
}

#[test]
fn a_sealed_roster_that_the_disk_does_not_take_is_neither_there_nor_logged() {
    let folder = privacy::with_roster();
    let (dir, public) = (folder.path(), privacy::key(folder.path(), "key.txt"));
    assert_eq!(Process::start(&dir.join("a")).stop(), Some(0));
    let words = ["roster", "seal", "a", "--to", &public, "--out", "r.age"];
    let first = syncs_of_drafts(dir, &words)[0];
    fs::remove_file(dir.join("r.age")).unwrap();
    let (before, logged) = (listing(dir), crate::support::entries(&dir.join("a")).len());

    let inject = format!("inject=fsync:error=ENOSPC:when={first}");
    let mut command = strace(dir, &["-e", "trace=fsync", "-e", &inject, "-o", "/dev/null"], &words);
    refused_by(&mut command, &["cannot be written", "free some space"]);

    assert_eq!(listing(dir), before);
    assert_eq!(crate::support::entries(&dir.join("a")).len(), logged);
}
