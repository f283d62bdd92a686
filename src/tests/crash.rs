//! What a hub leaves behind when it is killed, when its disk fails, and when somebody sets the clock.

mod clock;
mod export;

use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{sleep, spawn},
    time::Duration,
};

use hadir::{
    attempt::{Attempt, links::Role},
    domain::{
        accounts::account::{self, ConnectionAccount},
        event::{Event, Why},
        ids::{EntryIndex, Pseudonym},
        ledger::Ledger,
        line::Entry,
    },
    evidence::files::EvidenceError,
    log::Journal,
    server::{clock::Clock, recovery::RecoverError, run::RunError},
};
use serde_json::json;

use crate::support::{Api, Hub, Page, Process, attempt, count, entries, eventually, quick_rehearsal};

/// How many people come again and again while the hub is killed.
const PEOPLE: usize = 6;
/// How often it is killed.
const KILLS: u64 = 5;

/// What a page was told: this entry is the join of this person.
type Acknowledged = Arc<Mutex<Vec<(u64, Pseudonym)>>>;

/// The counts of a stopped attempt, folded from its journal.
fn ledger(path: &Path) -> Ledger {
    let attempt = Attempt::open(path).unwrap();
    let mut ledger = Ledger::new(&fs::read(attempt.layout.roster()).unwrap()).unwrap();
    let reader = Journal::reader(&attempt.layout.journal()).unwrap();
    for line in reader.entries(EntryIndex(0), usize::MAX >> 1).unwrap() {
        ledger.accept(&line.bytes).unwrap();
    }
    ledger
}

fn connections(path: &Path) -> Vec<ConnectionAccount> {
    account::connections(ledger(path).attendance())
}

/// Comes with one ticket until told to stop, whatever happens to the hub, and notes what it is told.
fn come_again(api: &Api, ticket: &str, told: &Acknowledged, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        let Ok(mut page) = Page::try_open(api.address) else { return };
        let hello = json!({"t": "hello", "ticket": ticket, "device": "d", "resume": null});
        if page.socket.send(hello.to_string().into()).is_err() {
            return;
        }
        while let Ok(message) = page.read() {
            if message["t"] == "counted" {
                let person = message["person"].as_str().unwrap().parse().unwrap();
                told.lock().unwrap().push((message["seq"].as_u64().unwrap(), person));
                break;
            }
        }
        // Some stay, most leave at once and come again: the log is never quiet when it is cut.
        sleep(Duration::from_millis(5));
    }
}

fn assert_all_there(entries: &[Entry], told: &Acknowledged) {
    let told = told.lock().unwrap();
    assert!(told.len() > PEOPLE, "the test has to see some joins: {}", told.len());
    for (seq, person) in told.iter() {
        let entry = &entries[usize::try_from(*seq).unwrap()];
        assert!(matches!(&entry.event, Event::Joined(joined) if joined.p == *person), "{seq}: {entry:?}");
    }
}

#[test]
fn no_acknowledged_join_is_missing_after_kills_at_any_moment() {
    let (_directory, path) = attempt(&quick_rehearsal());
    let told = Acknowledged::default();
    let mut tickets: Vec<String> = Vec::new();

    for kill in 0..KILLS {
        let hub = Process::start(&path);
        if tickets.is_empty() {
            tickets = (0..PEOPLE).map(|number| hub.api().register(&format!("Person{number}"))).collect();
        }
        let stop = Arc::new(AtomicBool::new(false));
        let pages: Vec<_> = tickets
            .iter()
            .map(|ticket| {
                let (api, ticket, told, stop) = (hub.api(), ticket.clone(), Arc::clone(&told), Arc::clone(&stop));
                spawn(move || come_again(&api, &ticket, &told, &stop))
            })
            .collect();
        sleep(Duration::from_millis(150 + kill * 137 % 400));
        hub.kill();
        stop.store(true, Ordering::Relaxed);
        pages.into_iter().for_each(|page| page.join().unwrap());
    }
    assert_eq!(Process::start(&path).stop(), Some(0));

    let entries = entries(&path);
    assert_all_there(&entries, &told);
    assert_eq!(count(&entries, "node") as u64, KILLS + 1);
    assert!(count(&entries, "restart") >= 1);
    assert!(connections(&path).iter().all(|connection| connection.leave.is_some()));
}

#[test]
fn an_interval_that_a_crash_cuts_ends_at_a_proved_time() {
    let (_directory, path) = attempt(&quick_rehearsal());
    let hub = Process::start(&path);
    let mut page = hub.api().join("Sari");
    let stays = spawn(move || page.closed());
    eventually("a second beat", || (count(&entries(&path), "beat") >= 2).then_some(()));

    hub.kill();
    stays.join().unwrap();
    assert_eq!(Process::start(&path).stop(), Some(0));

    let entries = entries(&path);
    let connection = connections(&path).remove(0);
    let restarted = entries.iter().find_map(|entry| {
        let Event::Restarted(restarted) = &entry.event else { return None };
        Some((entry.stamp.at.wall.floor_millis(), restarted.beat))
    });
    let (noticed, last_beat) = restarted.unwrap();
    assert!(last_beat.is_some());
    assert_eq!((connection.cause, connection.leave), ("restart", Some(noticed)));
    assert!(connection.join < connection.last_proof && connection.last_proof < noticed, "{connection:?}");
}

#[test]
fn an_export_after_a_crash_credits_nobody_beyond_the_last_beat() {
    let (directory, path) = attempt(&quick_rehearsal());
    let hub = Process::start(&path);
    let mut page = hub.api().join("Sari");
    let stays = spawn(move || page.closed());
    eventually("a beat", || (count(&entries(&path), "beat") >= 1).then_some(()));

    hub.kill();
    stays.join().unwrap();
    let out = directory.path().join("bundle");
    let export = Command::new(env!("CARGO_BIN_EXE_hadir")).arg("export").arg(&path).arg("--out").arg(&out).output();

    let export = export.unwrap();
    assert!(export.status.success(), "{}", String::from_utf8_lossy(&export.stderr));
    assert_eq!(count(&entries(&path), "restart"), 1);
    let table = fs::read_to_string(out.join("connections.csv")).unwrap();
    assert!(table.lines().nth(1).unwrap().ends_with(",restart"), "{table}");
}

#[test]
fn an_orderly_end_logs_everybodys_leave_and_sends_them_back() {
    let (_directory, path) = attempt(&quick_rehearsal());
    let hub = Process::start(&path);
    let mut pages: Vec<Page> = ["Sari", "Budi"].map(|name| hub.api().join(name)).into_iter().collect();

    let reading: Vec<_> = pages.drain(..).map(|mut page| spawn(move || page.closed())).collect();
    let exit = hub.stop();

    let codes: Vec<_> = reading.into_iter().map(|page| page.join().unwrap()).collect();
    assert_eq!((exit, codes), (Some(0), vec![Some(1012), Some(1012)]));
    let entries = entries(&path);
    let drained = entries.iter().filter(|entry| matches!(&entry.event, Event::Left(left) if left.why == Why::Drained));
    assert_eq!((drained.count(), count(&entries, "restart")), (2, 0));
    let journal = Journal::reader(&path.join("private/journal.db")).unwrap();
    assert_eq!(journal.newest_head().unwrap().unwrap().size.0, entries.len() as u64);
}

/// Makes system calls of a running hub fail from now on, as a dying disk does.
fn fail_calls(hub: &Process, fault: &str) -> Child {
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-o", "/dev/null", "-p", &hub.id().to_string(), "-e", fault]);
    let tracer = strace.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let status = format!("/proc/{}/status", hub.id());
    eventually("the attachment of strace", || {
        let traced = fs::read_to_string(&status).unwrap_or_default();
        (!traced.contains("TracerPid:\t0\n")).then_some(())
    });
    tracer
}

/// A hub whose disk fails in this way: nobody is told that they count, and nothing that was told is lost.
fn assert_honest_about(fault: &str) {
    let (_directory, path) = attempt(&quick_rehearsal());
    let mut hub = Process::start(&path);
    let api = hub.api();
    let mut before = api.join("Sari");
    let ticket = api.register("Budi");
    let watching = spawn({
        let api = api.clone();
        move || red_within_the_stream(&api)
    });
    let mut tracer = fail_calls(&hub, fault);

    let mut page = Page::open(api.address);
    page.hello(&ticket, "d");
    let told = std::iter::from_fn(|| page.read().ok()).any(|message| message["t"] == "counted");
    let exit = hub.wait();
    tracer.wait().unwrap();

    assert!(!told, "{fault}");
    assert_eq!(exit, Some(1), "{fault}");
    assert!(watching.join().unwrap(), "staff pages did not turn red: {fault}");
    while before.read().is_ok() {}
    assert_eq!(Process::start(&path).stop(), Some(0), "{fault}");
    let entries = entries(&path);
    let joins = entries.iter().filter(|entry| matches!(&entry.event, Event::Joined(_))).count();
    // The second join may or may not have become durable; nobody was told that it had.
    assert!((1..=2).contains(&joins), "{fault}: {joins}");
    assert_eq!(count(&entries, "restart"), 1, "{fault}");
}

/// Whether the stream says that nothing is recorded any more, before it ends.
fn red_within_the_stream(api: &Api) -> bool {
    use std::io::{BufRead, BufReader};

    let request = ureq::get(format!("http://{}/api/live", api.address));
    let request = request.header("authorization", format!("Bearer {}", api.tokens.token(Role::Screen)));
    let body = request.call().unwrap().into_body();
    BufReader::new(body.into_reader()).lines().map_while(Result::ok).any(|line| line.contains(r#""health":"failed""#))
}

#[test]
fn nobody_is_told_they_count_when_a_sync_fails() {
    assert_honest_about("inject=fsync,fdatasync:error=EIO");
}

#[test]
fn nobody_is_told_they_count_when_the_disk_is_full() {
    assert_honest_about("inject=pwrite64,ftruncate,fallocate:error=ENOSPC");
}

#[test]
fn a_second_process_on_the_same_attempt_is_refused() {
    let (_directory, path) = attempt(&quick_rehearsal());
    let hub = Hub::start(&path);
    let before = hub.api().tally()["size"].clone();

    let refused = Hub::try_start(&path, Clock::system).err().unwrap();

    assert!(matches!(refused, RunError::Lock(_)), "{refused:?}");
    assert!(hub.api().tally()["size"].as_u64() >= before.as_u64());
}

#[test]
fn a_restored_backup_of_the_journal_is_refused_and_left_as_it_is() {
    let (_directory, path) = attempt(&quick_rehearsal());
    Hub::start(&path).stop().unwrap();
    let journal = path.join("private/journal.db");
    let backup = fs::read(&journal).unwrap();
    Hub::start(&path).stop().unwrap();

    for left in ["journal.db-wal", "journal.db-shm"] {
        fs::remove_file(path.join("private").join(left)).ok();
    }
    fs::write(&journal, &backup).unwrap();
    let refused = Hub::try_start(&path, Clock::system).err().unwrap();

    let newer = matches!(&refused, RunError::Recover(RecoverError::Evidence(error)) if is_newer(error));
    assert!(newer, "{refused:?}");
    assert_eq!(fs::read(&journal).unwrap(), backup);
}

fn is_newer(error: &EvidenceError) -> bool {
    matches!(error, EvidenceError::Newer { .. } | EvidenceError::Unrecorded(_))
}

#[test]
fn a_lost_journal_is_not_quietly_begun_anew() {
    let (_directory, path) = attempt(&quick_rehearsal());
    Hub::start(&path).stop().unwrap();

    fs::remove_file(path.join("private/journal.db")).unwrap();
    let refused = Hub::try_start(&path, Clock::system).err().unwrap();

    assert!(matches!(refused, RunError::Recover(RecoverError::JournalGone(_))), "{refused:?}");
}

#[test]
fn a_declaration_that_was_edited_after_the_opening_is_refused() {
    let (_directory, path) = attempt(&quick_rehearsal());
    Hub::start(&path).stop().unwrap();
    let file = path.join("attempt.toml");
    let opened = fs::read_to_string(&file).unwrap();

    fs::write(&file, opened.replace("grace_ms = 75000", "grace_ms = 175000")).unwrap();
    let refused = Hub::try_start(&path, Clock::system).err().unwrap();
    fs::write(&file, opened).unwrap();
    let put_back = Hub::try_start(&path, Clock::system);

    assert!(matches!(refused, RunError::Recover(RecoverError::DeclarationChanged { .. })), "{refused:?}");
    assert!(put_back.is_ok());
}
