//! The single writer on a log in memory that fails when it is told to.

use std::io;

use sha2::{Digest as _, Sha256};

use super::*;
use crate::{
    attempt::{declaration, template},
    domain::{
        event::{Channel, Closed, Joined, Left, Opened, Signal, Signalled, Via, Why},
        ids::{ConnectionId, EntryIndex, Pseudonym},
        line::LINE_BYTES_MAX,
        roster::{self, RosterRow},
        time::{BootMicros, UnixMicros, UnixMillis},
    },
    log::{Failure, HeadError, MemoryLog, MemoryStore, SignedHead},
    server::clock::ManualTime,
};

const SECOND_US: u64 = 1_000_000;
const NOW: UnixMicros = UnixMicros(1_795_486_330_123_456);

/// A writer over a fresh log with one entry, and what it runs on.
struct Bench {
    store: MemoryStore,
    time: ManualTime,
    started: Started,
}

fn person(number: u8) -> Pseudonym {
    Pseudonym([number; 16])
}

fn connection(serial: u64) -> ConnectionId {
    ConnectionId { at: "n1.1".parse().unwrap(), serial }
}

fn join(number: u8) -> Event {
    Event::Joined(Joined {
        p: person(number),
        s: connection(number.into()),
        channel: Channel::Online,
        via: Via::Ws,
        d: None,
        n: None,
    })
}

fn signal(signal: Signal) -> Event {
    Event::Signalled(Signalled::new(signal, "organizer".into()))
}

async fn bench(persons: u8) -> Bench {
    bench_on(persons, |log| log).await
}

async fn bench_on<L: Log + 'static>(persons: u8, wrap: impl FnOnce(MemoryLog) -> L) -> Bench {
    let row = |number| RosterRow {
        person: person(number),
        role: "participant".into(),
        group: "g".into(),
        commitment: Digest([0; 32]),
        merged_into: None,
    };
    let csv = roster::write(&(0..persons).map(row).collect::<Vec<_>>()).unwrap();
    let declaration = declaration::parse(&template::demo(UnixMillis(NOW.0 / 1_000))).unwrap();
    let opened = Event::Opened(Box::new(Opened {
        origin: "hadir/test/rehearsal".into(),
        declaration,
        digest: Digest([1; 32]),
        rehearsal: true,
        roster: Digest(Sha256::digest(&csv).into()),
        earlier: Vec::new(),
        nonce: None,
        commitment: None,
    }));
    let store = MemoryStore::new();
    let (mut log, mut ledger) = (MemoryLog::open(&store), Ledger::new(&csv).unwrap());
    let time = ManualTime::starting_at(NOW, BootMicros(0));
    let clock = Clock::manual(&time, None);
    commit(&mut log, &mut ledger, &[Fact { at: clock.now(), event: opened }]).await.unwrap();
    let started = start(wrap(log), ledger, clock, Arc::new(Metrics::default())).unwrap();
    Bench { store, time, started }
}

impl Bench {
    async fn record(&self, event: Event) -> Result<crate::domain::event::Stamp, SubmitError> {
        self.started.sequencer.record(event).await
    }

    fn present(&self) -> u64 {
        self.started.sequencer.tally().borrow().present
    }
}

/// A log in memory that counts how often it is settled, and may fail at it.
struct Settling {
    log: MemoryLog,
    settled: mpsc::Sender<usize>,
    fails: bool,
}

impl Log for Settling {
    async fn append(&mut self, facts: &[Fact]) -> Result<Vec<Line>, AppendError> {
        self.log.append(facts).await
    }

    async fn read(&mut self, from: EntryIndex, max: usize) -> io::Result<Vec<Line>> {
        self.log.read(from, max).await
    }

    async fn record_head(&mut self, previous: Option<Size>, head: &SignedHead) -> Result<(), HeadError> {
        self.log.record_head(previous, head).await
    }

    async fn settle(&mut self) -> Result<(), AppendError> {
        let lines = self.log.read(EntryIndex(0), usize::MAX).await.unwrap();
        self.settled.send(lines.len()).await.unwrap();
        if self.fails { Err(AppendError::Unknown(io::ErrorKind::StorageFull.into())) } else { Ok(()) }
    }
}

#[tokio::test]
async fn an_answer_comes_only_after_the_entry_is_durable_and_counted() {
    let bench = bench(2).await;

    let stamp = bench.record(join(1)).await.unwrap();

    assert_eq!(bench.store.lines().last().unwrap().stamp, stamp);
    assert_eq!(bench.present(), 1);
    assert_eq!(bench.started.progress.borrow().size, Size(2));
}

#[tokio::test]
async fn nobody_is_told_they_count_when_the_log_fails() {
    for failure in [Failure::Before, Failure::Lost, Failure::Kept] {
        let bench = bench(3).await;
        bench.record(join(0)).await.unwrap();
        bench.store.fail_append(2, failure);

        let answers = tokio::join!(bench.record(join(1)), bench.record(join(2)));

        assert!(matches!(answers, (Err(SubmitError::Stopped), Err(SubmitError::Stopped))), "{answers:?}");
        assert!(matches!(*bench.started.sequencer.health().borrow(), Health::Failed(_)));
        assert_eq!(bench.present(), 1);
        assert!(matches!(bench.started.ended.await, Ok(Err(WriterError::Append(AppendError::Unknown(_))))));
    }
}

#[tokio::test]
async fn thousands_who_arrive_at_once_share_a_few_syncs() {
    let bench = bench(200).await;
    let sequencer = &bench.started.sequencer;

    let joins = (0..200).map(|number| sequencer.record(join(number)));
    let answers = futures_util::future::join_all(joins).await;

    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(bench.present(), 200);
}

#[tokio::test]
async fn of_two_start_signals_in_the_same_moment_one_stands() {
    let bench = bench(1).await;

    let answers = tokio::join!(bench.record(signal(Signal::Start)), bench.record(signal(Signal::Start)));

    assert!(matches!(answers, (Ok(_), Err(SubmitError::Refused(_))) | (Err(SubmitError::Refused(_)), Ok(_))));
    assert_eq!(bench.store.lines().len(), 2);
}

#[tokio::test]
async fn the_lesson_is_announced_when_it_changes_and_only_then() {
    let bench = bench(1).await;
    let mut lesson = bench.started.sequencer.lesson();
    bench.record(join(0)).await.unwrap();
    assert!(!lesson.has_changed().unwrap());

    bench.record(signal(Signal::Start)).await.unwrap();

    assert!(lesson.has_changed().unwrap());
    assert_eq!(lesson.borrow_and_update().phase, Phase::Running);
}

#[tokio::test]
async fn a_fact_that_cannot_become_a_line_does_not_take_the_others_with_it() {
    let bench = bench(2).await;
    let endless = Event::Signalled(Signalled::new(Signal::Start, "x".repeat(LINE_BYTES_MAX)));

    let answers = tokio::join!(bench.record(join(0)), bench.record(endless), bench.record(join(1)));

    assert!(matches!(answers, (Ok(_), Err(SubmitError::Fact(_)), Ok(_))), "{answers:?}");
    assert_eq!(bench.present(), 2);
}

#[tokio::test]
async fn a_person_whom_the_log_does_not_know_is_refused_and_not_fatal() {
    let bench = bench(1).await;

    let refused = bench.record(join(9)).await;

    assert!(matches!(refused, Err(SubmitError::Refused(_))));
    assert!(bench.record(join(0)).await.is_ok());
}

#[tokio::test]
async fn a_close_ends_the_joins_first_and_takes_the_leaves_before_its_entry() {
    let bench = bench(2).await;
    let sequencer = &bench.started.sequencer;
    bench.record(join(0)).await.unwrap();
    assert!(matches!(sequencer.begin_close().await, Err(SubmitError::Refused(_))));
    bench.record(signal(Signal::Start)).await.unwrap();
    bench.time.advance(SECOND_US);
    bench.record(signal(Signal::End)).await.unwrap();

    sequencer.begin_close().await.unwrap();
    let late = bench.record(join(1)).await;
    let left = Event::Left(Left { p: person(0), s: connection(0), last: NOW, why: Why::Over });
    let leave = bench.record(left).await;
    let close = bench.record(Event::Closed(Closed { by: "organizer".into() })).await;
    let after = bench.record(signal(Signal::Start)).await;

    assert!(matches!((late, after), (Err(SubmitError::Over), Err(SubmitError::Over))));
    assert!(leave.is_ok() && close.is_ok());
    assert_eq!(sequencer.lesson().borrow().phase, Phase::Closed);
}

#[tokio::test]
async fn an_attempt_whose_planned_end_has_passed_can_be_closed_without_an_end_signal() {
    let bench = bench(1).await;
    bench.record(signal(Signal::Start)).await.unwrap();
    let early = bench.started.sequencer.begin_close().await;

    bench.time.advance(30 * 60 * SECOND_US);
    let late = bench.started.sequencer.begin_close().await;

    assert!(matches!(early, Err(SubmitError::Refused(_))));
    assert!(late.is_ok());
}

#[tokio::test]
async fn whoever_asks_whether_the_lesson_can_be_closed_closes_nothing() {
    let bench = bench(2).await;
    let sequencer = &bench.started.sequencer;
    bench.record(signal(Signal::Start)).await.unwrap();
    let early = sequencer.ask_close().await;
    bench.time.advance(SECOND_US);
    bench.record(signal(Signal::End)).await.unwrap();

    let late = sequencer.ask_close().await;

    assert!(matches!((early, late), (Err(SubmitError::Refused(_)), Ok(()))));
    assert!(bench.record(join(0)).await.is_ok());
    assert_eq!(sequencer.lesson().borrow().phase, Phase::Ended);
}

#[tokio::test]
async fn a_log_is_settled_once_when_nothing_is_written_whatever_is_asked_meanwhile() {
    let (settled, mut settlements) = mpsc::channel(9);
    let bench = bench_on(2, |log| Settling { log, settled, fails: false }).await;
    bench.record(join(0)).await.unwrap();

    // Standings are asked for all the time while a lesson runs, and write nothing.
    let first = loop {
        bench.started.sequencer.standing(person(0)).await.unwrap();
        match settlements.try_recv() {
            Ok(lines) => break lines,
            Err(_) => tokio::time::sleep(IDLE / 50).await,
        }
    };
    tokio::time::sleep(IDLE * 2).await;
    let again = settlements.try_recv();
    bench.record(join(1)).await.unwrap();

    assert_eq!(first, 2);
    assert!(again.is_err(), "nothing was written since");
    assert_eq!(settlements.recv().await, Some(3));
}

#[tokio::test]
async fn a_log_that_fails_to_settle_has_stopped() {
    let (settled, _settlements) = mpsc::channel(9);
    let bench = bench_on(2, |log| Settling { log, settled, fails: true }).await;
    bench.record(join(0)).await.unwrap();

    let ended = bench.started.ended.await;

    assert!(matches!(ended, Ok(Err(WriterError::Append(AppendError::Unknown(_))))));
    assert!(matches!(*bench.started.sequencer.health().borrow(), Health::Failed(_)));
}

#[tokio::test]
async fn an_orderly_stop_answers_everything_that_came_before_it() {
    let bench = bench(2).await;
    let sequencer = bench.started.sequencer.clone();

    let join = tokio::spawn({
        let sequencer = sequencer.clone();
        async move { sequencer.record(join(0)).await }
    });
    let joined = join.await.unwrap();
    sequencer.send(Request::Stop).await.unwrap();

    assert!(joined.is_ok());
    assert!(matches!(bench.started.ended.await, Ok(Ok(()))));
    assert!(matches!(sequencer.record(super::tests::join(1)).await, Err(SubmitError::Stopped)));
}
