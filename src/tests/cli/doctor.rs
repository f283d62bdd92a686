//! `hadir doctor`.

use std::{fs, os::unix::fs::PermissionsExt};

use super::{Ran, done, edit, run, with_attempt, with_rehearsal};
use crate::support::Process;

#[test]
fn a_fresh_attempt_has_nothing_that_would_break_it() {
    let folder = with_attempt();
    let port = format!("127.0.0.1:{}", super::free_port());

    let said = done(folder.path(), &["doctor", "a", "--listen", &port]);

    for part in ["open files: ", "clock", "free space: ", "keys and secrets: whole", "nothing here would break"] {
        assert!(said.contains(part), "{part} in {said}");
    }
}

#[test]
fn the_machine_alone_can_be_checked() {
    let folder = tempfile::tempdir().unwrap();

    let said = done(folder.path(), &["doctor"]);

    assert!(said.contains("participants' sockets"), "{said}");
}

#[test]
fn a_secret_that_others_can_read_is_found() {
    let folder = with_attempt();
    let key = folder.path().join("a/private/keys/log.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();

    let Ran { code, out, err } = run(folder.path(), &["doctor", "a"]);

    assert_eq!(code, Some(1), "{out}\n{err}");
    assert!(out.contains("log.key can be read by others") && out.contains("change: chmod go= "), "{out}");
}

#[test]
fn a_broken_declaration_and_broken_options_are_found() {
    let folder = with_attempt();
    fs::write(folder.path().join("a/hadir.toml"), "listn = 1\n").unwrap();

    let options = run(folder.path(), &["doctor", "a"]);
    edit(folder.path(), "a/attempt.toml", |text| text.replace("late_ms", "lately"));
    let declaration = run(folder.path(), &["doctor", "a"]);

    assert_eq!((options.code, declaration.code), (Some(1), Some(1)));
    assert!(options.out.contains("BAD") && options.out.contains("`listn`"), "{}", options.out);
    assert!(declaration.out.contains("`rule.lately`"), "{}", declaration.out);
}

#[test]
fn a_taken_address_is_found_and_a_running_hub_is_not_taken_for_one() {
    let folder = with_rehearsal();
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = other.local_addr().unwrap().to_string();

    let before = run(folder.path(), &["doctor", "a", "--listen", &taken]);
    let hub = Process::start(&folder.path().join("a"));
    let during = run(folder.path(), &["doctor", "a", "--listen", &hub.address.to_string()]);

    assert_eq!(before.code, Some(1));
    assert!(before.out.contains("in use by another program"), "{}", before.out);
    assert_eq!(during.code, Some(0), "{}", during.out);
    assert!(during.out.contains(" entries"), "{}", during.out);
    assert!(during.out.contains("it is being served"), "{}", during.out);
}
