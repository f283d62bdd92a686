//! The log of a lesson like the record's, with many interruptions: what every bench counts.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_wrap,
    clippy::arithmetic_side_effects,
    reason = "not every bench needs all of it, and a bench may stop at the first surprise"
)]

pub(crate) mod checked;

use std::collections::VecDeque;

use hadir::domain::{
    event::{Beat, Channel, Event, Fact, Joined, Left, NodeStarted, Opened, Reading, Signal, Signalled, Via, Why},
    ids::{ConnectionId, Digest, NodeEpoch, NodeId, Pseudonym},
    line::stamp,
    roster::{self, RosterRow},
    rules::{
        Ceilings, Checkpoints, Claims, Declaration, Hall, Liveness, People, PresenceMode, Retention, Rule, RuleKind,
        Signals, Window,
    },
    time::{BootMicros, Millis, UnixMicros, UnixMillis},
};
use sha2::{Digest as _, Sha256};

/// The log's name.
pub(crate) const ORIGIN: &str = "bench.example/lesson";
/// The declaration's file.
pub(crate) const DECLARATION: &[u8] = b"# the declaration of a bench\n";
/// The roster of the record's lesson.
const PERSONS: u64 = 25_000;
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
            presence: PresenceMode::Continuous,
            checkpoints: Checkpoints::default(),
            prompts_min: None,
            venue_min: None,
        },
        liveness: Liveness { challenge_ms: Millis(25_000), proof_max_gap_ms: Millis(60_000) },
        people: People {
            primary_id: "auto".into(),
            persons_per_device: 0,
            hold_relays: false,
            open_registration: false,
            open_registration_counts: false,
            roles: vec!["participant".into()],
        },
        signals: Signals::Single,
        prompts: None,
        ceilings: Ceilings::default(),
        venues: Vec::new(),
        hall: Hall::default(),
        retention: Retention::default(),
        claims: Claims::default(),
        spot_check: None,
    }
}

/// Events of a lesson with many interruptions: a leave tells of up to a minute before.
fn event(number: u64, open: &mut VecDeque<(Pseudonym, ConnectionId)>) -> Event {
    let now = BEGIN.0 + number.cast_signed() * STEP_US;
    if number == 1 {
        let NodeEpoch { node, epoch } = RUN;
        return Event::NodeStarted(NodeStarted { node, epoch, version: "0.1.0".into() });
    }
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

/// The roster's bytes.
pub(crate) fn roster() -> Vec<u8> {
    let row = |number| RosterRow {
        person: pseudonym(number),
        role: "participant".into(),
        group: format!("school {}", number % 200),
        commitment: Digest([0; 32]),
        merged_into: None,
    };
    roster::write(&(0..PERSONS).map(row).collect::<Vec<_>>()).unwrap()
}

fn opened(roster: &[u8]) -> Event {
    Event::Opened(Box::new(Opened {
        origin: ORIGIN.into(),
        declaration: declaration(),
        digest: Digest(Sha256::digest(DECLARATION).into()),
        rehearsal: true,
        roster: Digest(Sha256::digest(roster).into()),
        earlier: Vec::new(),
        nonce: None,
        commitment: None,
    }))
}

/// What happens, one fact after another.
pub(crate) fn facts(entries: u64, roster: &[u8]) -> impl Iterator<Item = Fact> {
    let (opened, mut open) = (opened(roster), VecDeque::new());
    (0..entries).map(move |number| {
        let event = if number == 0 { opened.clone() } else { event(number, &mut open) };
        let micros = number.cast_signed() * STEP_US;
        let at = Reading { wall: UnixMicros(BEGIN.0 + micros), boot: BootMicros(micros.cast_unsigned()) };
        Fact { at, event }
    })
}

/// The lines of as many entries.
pub(crate) fn lines(entries: u64, roster: &[u8]) -> Vec<Vec<u8>> {
    let mut previous = None;
    facts(entries, roster)
        .map(|fact| {
            let line = stamp(previous, &fact).unwrap();
            previous = Some(line.stamp);
            line.bytes
        })
        .collect()
}
