//! `hadir init`.

use std::{fs, os::unix::fs::PermissionsExt};

use hadir::{
    attempt::{Attempt, links::LinksFile},
    roster::Directory,
};

use super::{done, edit, refused, with_attempt, with_rehearsal};
use crate::support::Process;

#[test]
fn a_new_attempt_is_valid_as_it_stands() {
    let folder = with_attempt();

    let explained = done(folder.path(), &["declaration", "check", "a"]);

    assert!(explained.contains("is valid") && explained.contains("30 min"), "{explained}");
    let attempt = Attempt::open(&folder.path().join("a")).unwrap();
    assert!(!attempt.declaration.declaration.rehearsal);
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(attempt.layout.private()), mode(attempt.layout.links())), (0o700, 0o600));
}

#[test]
fn an_existing_attempt_is_never_touched() {
    let folder = with_attempt();
    let links = fs::read(folder.path().join("a/links.json")).unwrap();

    refused(folder.path(), &["init", "a"], &["a exists already", "never touched"]);

    assert_eq!(fs::read(folder.path().join("a/links.json")).unwrap(), links);
}

#[test]
fn a_declaration_with_mistakes_makes_no_attempt_and_all_of_them_are_named() {
    let folder = with_attempt();
    edit(folder.path(), "a/attempt.toml", |text| {
        text.replace("organizer =", "organiser =").replace("late_ms = 0", "late_ms = \"none\"")
    });

    let parts = ["`organiser` is not a known key", "did you mean `organizer`", "`rule.late_ms` has the wrong type"];
    refused(folder.path(), &["init", "b", "--config", "a/attempt.toml"], &parts);

    assert!(!folder.path().join("b").exists());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn links_of_an_earlier_attempt_stay_valid_and_its_last_head_is_kept() {
    let folder = with_rehearsal();
    let earlier = folder.path().join("a");
    fs::write(folder.path().join("r.csv"), "nama,email\nSiti,siti@example.org\n").unwrap();
    done(folder.path(), &["roster", "import", "a", "r.csv"]);
    done(folder.path(), &["roster", "links", "a", "--out", "links.csv"]);
    assert_eq!(Process::start(&earlier).stop(), Some(0));

    done(folder.path(), &["init", "b", "--from", "a"]);

    let (earlier, attempt) = (Attempt::open(&earlier).unwrap(), Attempt::open(&folder.path().join("b")).unwrap());
    let links = fs::read_to_string(folder.path().join("links.csv")).unwrap();
    let ticket = links.split_once("/join#").unwrap().1.split(',').next().unwrap();
    let directory = Directory::load(&attempt.open_people().unwrap(), attempt.keys.pseudonyms()).unwrap();
    assert!(directory.admit(ticket).is_ok());
    let heads = &attempt.keys.identity.earlier;
    assert_eq!(heads.len(), 1);
    assert_eq!(heads[0].origin, earlier.origin());
    assert!(heads[0].size.0 > 0);
    let tokens = |name| LinksFile::load(&folder.path().join(name).join("links.json")).unwrap().organizer;
    assert_ne!(tokens("a"), tokens("b"));
}

#[test]
fn an_earlier_attempt_whose_checkpoint_was_changed_is_not_continued() {
    let folder = with_rehearsal();
    assert_eq!(Process::start(&folder.path().join("a")).stop(), Some(0));
    edit(folder.path(), "a/log/checkpoint", |text| text.replacen('\n', "\n1", 1));

    refused(folder.path(), &["init", "b", "--from", "a"], &["checkpoint", "restore"]);

    assert!(!folder.path().join("b").exists());
}

#[test]
fn only_an_attempt_can_be_continued() {
    let folder = with_attempt();
    fs::create_dir(folder.path().join("empty")).unwrap();

    refused(folder.path(), &["init", "b", "--from", "empty"], &["`--from`"]);
}
