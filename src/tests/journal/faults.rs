//! The log when the disk fails: in child processes, under a kernel that refuses on plan.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
};

use hadir::{
    domain::ids::EntryIndex,
    log::{AppendError, Failure, Journal, Log, MemoryLog, MemoryStore},
};

use super::{ORIGIN, child, join, joins, now};

/// How many batches a child tries.
const BATCHES: u64 = 40;

/// What a child said and left behind.
struct Outcome {
    folder: tempfile::TempDir,
    acknowledged: u64,
    failed: Option<String>,
}

impl Outcome {
    fn path(&self) -> PathBuf {
        self.folder.path().join("journal.db")
    }

    fn marked(&self) -> bool {
        self.folder.path().join("journal.db.failed").exists()
    }
}

/// Appends in a child while strace makes one kind of system call fail: at its n-th time (`n`), or from then on (`n+`).
fn append_under(calls: &str, error: &str, when: &str) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    drop(Journal::create(&folder.path().join("journal.db"), ORIGIN).unwrap());
    let inject = format!("inject={calls}:error={error}:when={when}");
    let trace = format!("trace={calls}");
    let wrap = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject];
    let output = child("journal::faults::child_appends_until_it_fails", folder.path(), &wrap)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .output()
        .expect("strace must be installed: it makes the disk fail");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    // The harness begins the first line itself.
    let acknowledged = text.matches("acknowledged").count() as u64;
    let failed = text.split_once("failed: ").map(|(_, rest)| rest.lines().next().unwrap_or_default().to_owned());
    Outcome { folder, acknowledged, failed }
}

#[test]
#[ignore = "run by the other tests, as a process of its own"]
fn child_appends_until_it_fails() {
    let Some(folder) = std::env::var_os("HADIR_TEST_FOLDER").map(PathBuf::from) else { return };
    let mut journal = Journal::open(&folder.join("journal.db"), ORIGIN).unwrap();
    for batch in 0..BATCHES {
        match now(journal.append(&joins(batch * 10..(batch + 1) * 10))) {
            Ok(_) => println!("acknowledged"),
            Err(AppendError::Unknown(error)) => {
                println!("failed: {:?} {error}", error.kind());
                assert!(matches!(now(journal.append(&[join(9_999)])), Err(AppendError::Unknown(_))), "it went on");
                assert!(journal.settle().is_err());
                return;
            }
            Err(other) => panic!("{other:?}"),
        }
    }
}

fn assert_nothing_acknowledged_is_missing(outcome: &Outcome) {
    let mut journal = Journal::open(&outcome.path(), ORIGIN).unwrap();
    let lines = now(journal.read(EntryIndex(0), 10_000)).unwrap();
    assert_eq!(lines.len() % 10, 0, "a batch was stored in part");
    assert!(lines.len() as u64 >= outcome.acknowledged * 10);
    assert!(lines.len() as u64 <= outcome.acknowledged * 10 + 10);
    let next = now(journal.append(&[join(5_000)])).unwrap();
    assert_eq!(next[0].stamp.index.0, lines.len() as u64);
}

#[test]
fn a_failed_sync_stops_the_log_and_the_next_start_copies_it_into_a_new_file() {
    // A disk may fail once and then seem well again: that is when an acknowledgement would be a lie.
    for nth in ["3", "4", "7+", "20", "20+"] {
        let outcome = append_under("fdatasync,fsync", "EIO", nth);

        assert!(outcome.failed.is_some() && outcome.acknowledged < BATCHES, "sync {nth}");
        assert!(outcome.marked(), "sync {nth}");
        assert_nothing_acknowledged_is_missing(&outcome);
        assert!(!outcome.marked());
        assert!(outcome.folder.path().join("journal.db.suspect").exists());
        drop(Journal::open(&outcome.path(), ORIGIN).unwrap());
    }
}

#[test]
fn a_full_disk_stops_the_log_says_so_and_nothing_acknowledged_is_missing_afterwards() {
    for nth in ["12", "25+", "60"] {
        let outcome = append_under("pwrite64", "ENOSPC", nth);

        let failed = outcome.failed.as_deref().unwrap();
        assert!(failed.starts_with("StorageFull"), "{failed}");
        assert!(!outcome.marked(), "a full disk has dropped nothing: the file may go on");
        assert_nothing_acknowledged_is_missing(&outcome);
    }
}

#[test]
fn a_failed_write_stops_the_log_and_nothing_acknowledged_is_missing_afterwards() {
    for nth in ["12", "26+", "61"] {
        let outcome = append_under("pwrite64", "EIO", nth);

        assert!(outcome.failed.is_some());
        assert_nothing_acknowledged_is_missing(&outcome);
    }
}

#[test]
fn a_file_system_without_space_left_stops_the_log_and_freeing_some_lets_it_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let script = r#"mount -t tmpfs -o size=400k none "$HADIR_TEST_FOLDER" && exec "$0" "$@""#;
    // The mount lives in the child's own namespace and goes with it.
    let ways: [&[&str]; 2] = [&["unshare", "--user", "--map-root-user", "--mount"], &["unshare", "--mount"]];
    let allowed =
        |way: &&&[&str]| Command::new(way[0]).args(&way[1..]).arg("true").status().is_ok_and(|it| it.success());
    let Some(way) = ways.iter().find(allowed) else {
        eprintln!("SKIPPED: this machine allows no mount namespace; injected ENOSPC is tested all the same");
        return;
    };
    let wrap = [*way, &["sh", "-c", script]].concat();
    let mut command = child("journal::faults::child_fills_its_disk", folder.path(), &wrap);

    let output = command.output().unwrap();

    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("went on"), "{text}");
}

#[test]
#[ignore = "run by the other tests, as a process of its own"]
fn child_fills_its_disk() {
    let Some(folder) = std::env::var_os("HADIR_TEST_FOLDER").map(PathBuf::from) else { return };
    let (path, ballast) = (folder.join("journal.db"), folder.join("ballast"));
    fs::write(&ballast, [1; 100 * 1024]).unwrap();
    let mut journal = Journal::create(&path, ORIGIN).unwrap();
    let (mut acknowledged, mut error) = (0, None);
    while error.is_none() && acknowledged < 100_000 {
        match now(journal.append(&joins(acknowledged..acknowledged + 10))) {
            Ok(_) => acknowledged += 10,
            Err(failed) => error = Some(failed),
        }
    }
    let Some(AppendError::Unknown(error)) = error else { panic!("{error:?} after {acknowledged}") };
    assert_eq!(error.kind(), std::io::ErrorKind::StorageFull, "{error:?}");
    drop(journal);

    fs::remove_file(&ballast).unwrap();
    let mut journal = Journal::open(&path, ORIGIN).unwrap();
    assert!(journal.size().0 >= acknowledged);
    now(journal.append(&[join(9_999)])).unwrap();
    println!("went on");
}

#[test]
fn copying_forward_can_be_interrupted_anywhere_and_repeated() {
    for step in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let (path, lines) = super::journal(&folder);
        let at = |suffix: &str| folder.path().join(format!("journal.db{suffix}"));
        fs::write(at(".failed"), "reason").unwrap();
        // Step by step, what an interruption leaves behind.
        if step >= 1 {
            fs::write(at(".draft"), "cut off").unwrap();
        }
        if step >= 2 {
            rusqlite::Connection::open(&path).unwrap().execute("VACUUM INTO ?1", [at(".copy").to_str()]).unwrap();
        }
        if step >= 3 {
            fs::rename(&path, at(".suspect")).unwrap();
        }
        if step >= 4 {
            fs::rename(at(".copy"), &path).unwrap();
        }

        let mut journal = Journal::open(&path, ORIGIN).unwrap();

        assert_eq!(now(journal.read(EntryIndex(0), 5_000)).unwrap(), lines, "step {step}");
        assert!(!at(".failed").exists() && !at(".copy").exists(), "step {step}");
    }
}

#[test]
fn the_log_in_memory_fails_as_planned_and_keeps_what_was_durable() {
    for (failure, kept) in [(Failure::Before, 10), (Failure::Lost, 10), (Failure::Kept, 20)] {
        let store = MemoryStore::new();
        store.fail_append(1, failure);
        let mut log = MemoryLog::open(&store);

        assert_eq!(now(log.append(&joins(0..10))).unwrap().len(), 10);
        assert!(matches!(now(log.append(&joins(10..20))), Err(AppendError::Unknown(_))));
        assert!(matches!(now(log.append(&joins(10..20))), Err(AppendError::Unknown(_))), "it went on");

        let mut again = MemoryLog::open(&store);
        assert_eq!(now(again.read(EntryIndex(0), 100)).unwrap().len(), kept, "{failure:?}");
        assert_eq!(now(again.append(&[join(30)])).unwrap()[0].stamp.index.0, kept as u64);
        assert_eq!(store.lines().len(), kept + 1);
    }
}
