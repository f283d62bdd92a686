//! How fast the log becomes attendance: parsed entries through the fold, and stored bytes through the ledger.

#![expect(clippy::unwrap_used, clippy::arithmetic_side_effects, reason = "a bench may stop at the first surprise")]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use hadir::domain::{
    attendance::Attendance,
    event::{Beat, Channel, Event, Fact, Joined, Left, Opened, Reading, Signal, Signalled, Via, Why},
    ids::{ConnectionId, Digest, NodeEpoch, NodeId, Pseudonym},
    ledger::Ledger,
    line::{Entry, stamp},
    roster::{self, RosterRow},
    rules::{Declaration, Liveness, People, Rule, RuleKind, Signals, Window},
    time::{BootMicros, Millis, UnixMicros, UnixMillis},
};
use sha2::{Digest as _, Sha256};

/// The roster of the record's lesson.
const PERSONS: u64 = 25_000;
/// Joins and leaves of everybody, eight connections each, and beats.
const ENTRIES: u64 = 400_000;
/// Log time between two entries.
const STEP_US: i64 = 4_500;
const BEGIN: UnixMicros = UnixMicros(1_795_486_330_000_000);
const RUN: NodeEpoch = NodeEpoch { node: NodeId(1), epoch: 1 };

fn pseudonym(number: u64) -> Pseudonym {
    let digest: [u8; 32] = Sha256::digest(number.to_be_bytes()).into();
    Pseudonym(digest.first_chunk().copied().unwrap())
}

fn declaration() -> Declaration {
    Declaration {
        title: "Bench".into(),
        organizer: "Bench".into(),
        zone: "Asia/Jakarta".into(),
        public_url: None,
        rehearsal: true,
        window: Window {
            planned_start: UnixMillis(0),
            planned_end: UnixMillis(1_800_000),
            minimum_ms: Millis(0),
            tolerance_ms: Millis(0),
        },
        rule: Rule {
            kind: RuleKind::FullLesson,
            late_ms: Millis(0),
            early_ms: Millis(0),
            grace_ms: Millis(75_000),
            minimum_ms: None,
            continuous: false,
            share_bp: None,
        },
        liveness: Liveness { challenge_ms: Millis(25_000), proof_max_gap_ms: Millis(60_000) },
        people: People {
            primary_id: "auto".into(),
            persons_per_device: 0,
            open_registration: false,
            open_registration_counts: false,
            roles: vec!["participant".into()],
        },
        signals: Signals::Single,
    }
}

/// Events of a lesson with many interruptions: a leave tells of up to a minute before.
fn event(number: u64, open: &mut std::collections::VecDeque<(Pseudonym, ConnectionId)>) -> Event {
    let now = BEGIN.0 + number.cast_signed() * STEP_US;
    if number == PERSONS / 2 {
        return Event::Signalled(Signalled::new(Signal::Start, "organizer".into()));
    }
    if number % 1_000 == 999 {
        return Event::Beat(Beat { node: RUN, horizon: UnixMicros(now - 2_000_000), except: Vec::new() });
    }
    if open.len() as u64 > PERSONS / 2 && number.is_multiple_of(2) {
        let (p, s) = open.pop_front().unwrap();
        let last = UnixMicros(now - (number.cast_signed() % 60) * 1_000_000);
        return Event::Left(Left { p, s, last, why: Why::Silent });
    }
    let p = pseudonym(number.wrapping_mul(7_919) % PERSONS);
    let s = ConnectionId { at: RUN, serial: number };
    open.push_back((p, s));
    Event::Joined(Joined { p, s, channel: Channel::Online, via: Via::Ws, d: None, n: None })
}

struct Log {
    roster: Vec<u8>,
    lines: Vec<Vec<u8>>,
}

fn log() -> Log {
    let row = |number| RosterRow {
        person: pseudonym(number),
        role: "participant".into(),
        group: "g".into(),
        commitment: Digest([0; 32]),
        merged_into: None,
    };
    let roster = roster::write(&(0..PERSONS).map(row).collect::<Vec<_>>()).unwrap();
    let opened = Event::Opened(Box::new(Opened {
        origin: "bench".into(),
        declaration: declaration(),
        digest: Digest([0; 32]),
        rehearsal: true,
        roster: Digest(Sha256::digest(&roster).into()),
        earlier: Vec::new(),
        nonce: None,
    }));
    let mut open = std::collections::VecDeque::new();
    let (mut previous, mut lines) = (None, Vec::new());
    for number in 0..ENTRIES {
        let event = if number == 0 { opened.clone() } else { event(number, &mut open) };
        let micros = number.cast_signed() * STEP_US;
        let at = Reading { wall: UnixMicros(BEGIN.0 + micros), boot: BootMicros(micros.cast_unsigned()) };
        let line = stamp(previous, &Fact { at, event }).unwrap();
        previous = Some(line.stamp);
        lines.push(line.bytes);
    }
    Log { roster, lines }
}

fn benches(criterion: &mut Criterion) {
    let log = log();
    let entries: Vec<Entry> = log.lines.iter().map(|line| Entry::parse(line).unwrap()).collect();
    let rows = roster::parse(&log.roster).unwrap();
    let digest = Digest(Sha256::digest(&log.roster).into());
    let mut group = criterion.benchmark_group("fold");
    group.throughput(Throughput::Elements(ENTRIES)).sample_size(10);
    group.bench_function("apply", |bencher| {
        bencher.iter_batched(
            || Attendance::new(&rows, digest),
            |mut attendance| {
                entries.iter().for_each(|entry| attendance.apply(entry).unwrap());
                black_box(attendance)
            },
            BatchSize::PerIteration,
        );
    });
    group.bench_function("accept", |bencher| {
        bencher.iter_batched(
            || Ledger::new(&log.roster).unwrap(),
            |mut ledger| {
                log.lines.iter().for_each(|line| ledger.accept(line).unwrap());
                black_box(ledger)
            },
            BatchSize::PerIteration,
        );
    });
    group.bench_function("parse", |bencher| {
        bencher.iter(|| log.lines.iter().map(|line| Entry::parse(line).unwrap()).map(black_box).count());
    });
    group.finish();
}

criterion_group!(fold, benches);
criterion_main!(fold);
