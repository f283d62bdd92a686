//! `hadir reconcile`.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use super::{Ran, done, hadir, ran, refused, run, with_attempt, with_rehearsal};
use crate::support::Process;

fn zoom(folder: &Path, name: &str, rows: &str) {
    let headings = "Name (original name),Email,Join time,Leave time,Duration (minutes),Guest";
    fs::write(folder.join(name), format!("{headings}\n{rows}")).unwrap();
}

fn row(name: &str, email: &str) -> String {
    format!("{name},{email},11/24/2026 09:00:00 AM,11/24/2026 09:30:00 AM,30,Yes\n")
}

fn text(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap()
}

#[test]
fn an_attempt_that_was_never_served_has_nobody_to_compare_with() {
    let folder = with_attempt();
    zoom(folder.path(), "z.csv", &row("Siti", ""));

    refused(folder.path(), &["reconcile", "a", "z.csv", "--out", "r"], &["never served", "hadir serve"]);

    assert!(!folder.path().join("r").exists());
}

#[test]
fn who_is_in_both_is_told_beside_a_running_hub_and_after_it_and_no_count_changes() {
    let folder = with_rehearsal();
    let path = folder.path();
    let hub = Process::start(&path.join("a"));
    let pages = ["Siti", "Budi"].map(|name| hub.api().join(name));
    let before = hub.api().tally();
    zoom(path, "z.csv", &(row("HP Siti", "SITI@example.org") + &row("budi", "") + &row("=Orang Lain", "")));

    let during = done(path, &["reconcile", "a", "z.csv", "--out", "during"]);
    let tally = hub.api().tally();
    drop(pages);
    assert_eq!(hub.stop(), Some(0));
    let journal = fs::read(path.join("a/private/journal.db")).unwrap();
    done(path, &["reconcile", "a", "z.csv", "--out", "after", "--zone", "Asia/Makassar"]);

    for said in ["recognised in both: 2 persons (0 by code, 1 by e-mail, 1 by name)", "dikenali di keduanya: 2 orang"] {
        assert!(during.contains(said), "{during}");
    }
    assert_eq!(
        (before["ever_joined"].clone(), before["certifiable"].clone()),
        (tally["ever_joined"].clone(), tally["certifiable"].clone())
    );
    assert_eq!(fs::read(path.join("a/private/journal.db")).unwrap(), journal);
    let matched = text(path, "during/matched.csv");
    assert!(
        matched.contains("HP Siti") && matched.contains(",online,") && matched.contains("2026-11-24T02:00:00.000Z")
    );
    assert!(text(path, "after/matched.csv").contains("2026-11-24T01:00:00.000Z,2026-11-24T09:00:00+08:00"));
    assert!(text(path, "after/summary.txt").contains("Asia/Makassar"));
    assert!(text(path, "after/only-zoom.csv").contains("'=Orang Lain"));
}

/// The references of a roster's people, in their order.
fn references(folder: &Path) -> Vec<String> {
    done(folder, &["roster", "links", "a", "--out", "links.csv"]);
    let links = text(folder, "links.csv");
    links.lines().skip(1).map(|line| line.split(',').next().unwrap().to_owned()).collect()
}

#[test]
fn a_merged_row_is_the_person_who_counts_and_an_erased_one_is_nobody() {
    let folder = with_rehearsal();
    let path = folder.path();
    let roster =
        "name,id,email\nSiti A.,1,aminah@example.org\nSiti Aminah,2,siti@example.org\nBudi,3,budi@example.org\n";
    fs::write(path.join("r.csv"), roster).unwrap();
    done(path, &["roster", "import", "a", "r.csv"]);
    let people = references(path);
    done(path, &["roster", "merge", "a", &people[1], &people[0]]);
    assert_eq!(Process::start(&path.join("a")).stop(), Some(0));
    done(path, &["roster", "forget", "a", &people[2]]);
    zoom(
        path,
        "z.csv",
        &(row(&people[0], "") + &row("HP", "aminah@example.org") + &row(&people[2], "budi@example.org")),
    );

    let said = done(path, &["reconcile", "a", "z.csv", "--out", "r"]);

    assert!(said.contains("recognised in both: 1 persons (1 by code"), "{said}");
    let matched = text(path, "r/matched.csv");
    let kept = format!("{},p", people[1]);
    assert!(
        matched.lines().nth(1).unwrap().starts_with(&kept) && matched.contains(",Siti Aminah,siti@example.org,"),
        "{matched}"
    );
    assert_eq!((matched.lines().count(), text(path, "r/only-hadir.csv").lines().count()), (2, 1));
    assert!(text(path, "r/only-zoom.csv").contains(&format!("{},budi@example.org", people[2])));
}

#[test]
fn the_report_is_its_owners_alone_and_replaces_only_an_earlier_one() {
    let folder = with_rehearsal();
    let path = folder.path();
    assert_eq!(Process::start(&path.join("a")).stop(), Some(0));
    zoom(path, "z.csv", &row("Siti", ""));
    fs::create_dir(path.join("mine")).unwrap();
    fs::write(path.join("mine/letter.txt"), "dear").unwrap();
    fs::create_dir(path.join("empty")).unwrap();

    for out in ["new", "new", "empty", "deep/er"] {
        done(path, &["reconcile", "a", "z.csv", "--out", out]);
    }
    let parts = ["holds something else", "choose a folder"];
    refused(path, &["reconcile", "a", "z.csv", "--out", "mine"], &parts);
    refused(path, &["reconcile", "a", "z.csv", "--out", "z.csv"], &parts);
    fs::write(path.join("new/summary.txt"), "Hadir: another attempt's\n").unwrap();
    refused(path, &["reconcile", "a", "z.csv", "--out", "new"], &parts);

    let mode = |name: &str| fs::metadata(path.join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("empty"), 0o700);
    let mut files: Vec<String> = fs::read_dir(path.join("empty"))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    assert_eq!(files, ["ambiguous.csv", "matched.csv", "only-hadir.csv", "only-zoom.csv", "summary.txt"]);
    assert!(files.iter().all(|file| mode(&format!("empty/{file}")) == 0o600));
    assert_eq!(text(path, "mine/letter.txt"), "dear");
    assert!(fs::read_dir(path).unwrap().all(|file| !file.unwrap().file_name().to_string_lossy().starts_with('.')));
}

#[test]
fn a_file_that_cannot_be_used_is_named_with_the_remedy_and_leaves_no_report() {
    let folder = with_rehearsal();
    let path = folder.path();
    assert_eq!(Process::start(&path.join("a")).stop(), Some(0));
    zoom(path, "good.csv", &row("Siti", ""));
    zoom(path, "cut.csv", row("Siti", "").strip_suffix(",Yes\n").unwrap());
    fs::write(path.join("other.csv"), "Wer,Wann\nSiti,heute\n").unwrap();

    let reconcile = |file: &str, parts: &[&str]| {
        refused(path, &["reconcile", "a", "good.csv", file, "--out", "r"], parts);
    };
    reconcile("cut.csv", &["cut.csv", "breaks off in the middle of line 2", "export or copy"]);
    reconcile("other.csv", &["other.csv", "no columns", "English"]);
    reconcile("missing.csv", &["missing.csv cannot be read"]);

    assert!(!path.join("r").exists());
}

#[test]
fn a_wrong_zone_or_no_file_is_a_wrong_call() {
    let folder = with_attempt();

    for words in [
        &["reconcile", "a", "--out", "r"][..],
        &["reconcile", "a", "z.csv"],
        &["reconcile", "a", "z.csv", "--out", "r", "--zone", "Mars"],
    ] {
        let Ran { code, err, .. } = run(folder.path(), words);
        assert_eq!(code, Some(2), "{words:?}\n{err}");
    }
    let by_variable =
        ran(hadir(folder.path()).args(["reconcile", "a", "z.csv", "--out", "r"]).env("HADIR_RECONCILE_ZONE", "Mars"));
    assert_eq!(by_variable.code, Some(2), "{}", by_variable.err);
}
