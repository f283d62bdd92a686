//! Whole lessons in virtual time, with a truth that is known person by person.

use std::collections::BTreeMap;

use hadir::domain::{
    accounts::{
        account::{self, Reason},
        funnel,
    },
    event::{
        Answered, Beat, Channel, Event, Fact, Joined, Left, NodeStarted, Opened, Prompted, Reading, Signal, Signalled,
        Via, Why,
    },
    ids::{ConnectionId, Digest, NodeEpoch, NodeId, Pseudonym},
    ledger::Ledger,
    line::stamp,
    roster::{self, RosterRow},
    rules::{Checkpoints, Declaration, PresenceMode, PromptKind, Rule, RuleKind},
    time::{BootMicros, Millis, UnixMicros, UnixMillis},
};
use sha2::{Digest as _, Sha256};

use super::history::{declaration, full_lesson};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const RUN: NodeEpoch = NodeEpoch { node: NodeId(1), epoch: 1 };

/// The lesson's start.
const START: i64 = 1_795_489_200_000;

fn name(person: u32) -> Pseudonym {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&person.to_be_bytes());
    Pseudonym(bytes)
}

/// What happens at an instant, in the order in which it is written down.
struct Script {
    events: BTreeMap<(i64, usize), Event>,
    serial: u64,
    persons: u32,
}

impl Script {
    fn new(persons: u32) -> Self {
        Self { events: BTreeMap::new(), serial: 0, persons }
    }

    /// At a moment of the lesson, in milliseconds from its start.
    fn at(&mut self, ms: i64, event: Event) {
        let place = self.events.len();
        self.events.insert((START + ms, place), event);
    }

    /// A connection from its join to its last proof, which is noticed a minute later.
    fn stay(&mut self, person: u32, from: i64, to: i64) -> ConnectionId {
        self.serial += 1;
        let (p, s) = (name(person), ConnectionId { at: RUN, serial: self.serial });
        self.at(from, Event::Joined(Joined { p, s, channel: Channel::Online, via: Via::Ws, d: None, n: None }));
        let last = UnixMillis(START + to).to_micros();
        self.at(to + MINUTE, Event::Left(Left { p, s, last, why: Why::Silent }));
        s
    }

    /// A phone that wakes up for a moment and answers.
    fn wakes(&mut self, person: u32, at: i64, prompt: Option<(u32, &str)>) {
        let s = self.stay(person, at, at + 2_000);
        if let Some((prompt, word)) = prompt {
            let choice = Some(word.to_owned());
            self.at(at + 1_000, Event::Answered(Answered { p: name(person), s, prompt, choice }));
        }
    }

    fn word(&mut self, prompt: u32, at: i64, word: &str) {
        let closes = UnixMillis(START + at + 3 * MINUTE).to_micros();
        self.at(
            at,
            Event::Prompted(Box::new(Prompted {
                prompt,
                kind: PromptKind::Word,
                place: None,
                due: None,
                closes,
                word: Some(word.into()),
                by: "adjudicator".into(),
            })),
        );
    }

    /// Time passes: the lesson ends as planned.
    fn later(&mut self, ms: i64) {
        let beat = Beat { node: RUN, horizon: UnixMicros(START * 1_000), except: Vec::new() };
        self.at(ms, Event::Beat(beat));
    }

    /// Counts it all, as every screen and verifier does.
    fn fold(mut self, declared: Declaration) -> Ledger {
        self.at(0, Event::Signalled(Signalled::new(Signal::Start, "organizer".into())));
        let row = |person| RosterRow {
            person: name(person),
            role: "participant".into(),
            group: String::new(),
            commitment: Digest([0; 32]),
            merged_into: None,
        };
        let roster = roster::write(&(0..self.persons).map(row).collect::<Vec<_>>()).unwrap();
        let opened = Event::Opened(Box::new(Opened {
            origin: "hadir/lesson/rehearsal".into(),
            digest: Digest([1; 32]),
            rehearsal: declared.rehearsal,
            declaration: declared,
            roster: Digest(Sha256::digest(&roster).into()),
            earlier: Vec::new(),
            nonce: None,
            commitment: None,
        }));
        let node = Event::NodeStarted(NodeStarted { node: RUN.node, epoch: RUN.epoch, version: "0.1.0".into() });
        let before = [opened, node].map(|event| (START - HOUR, event));
        let events = before.into_iter().chain(self.events.into_iter().map(|((at, _), event)| (at, event)));
        let mut ledger = Ledger::new(&roster).unwrap();
        let mut last = None;
        for (at, event) in events {
            let at = Reading { wall: UnixMicros(at * 1_000), boot: BootMicros(0) };
            let line = stamp(last, &Fact { at, event }).unwrap();
            ledger.accept(&line.bytes).unwrap();
            last = Some(line.stamp);
        }
        ledger
    }
}

fn declared(rule: Rule, length: i64) -> Declaration {
    let mut declared = declaration(rule, true, false);
    declared.window.planned_start = UnixMillis(START);
    declared.window.planned_end = UnixMillis(START + length);
    declared
}

/// Compares every person with what the script makes of them.
fn assert_truth(ledger: &Ledger, truth: impl Fn(u32) -> Option<Reason>) {
    let accounts = account::persons(ledger.attendance());
    for (person, account) in (0..).zip(&accounts) {
        assert_eq!((account.person, account.reason), (name(person), truth(person)), "person {person}");
    }
    let tallies = ledger.tallies().unwrap();
    let certified = accounts.iter().filter(|account| account.reason.is_none()).count() as u64;
    assert_eq!(tallies.tally.certifiable, certified);
    assert!(funnel::closes(&tallies.funnel));
}

/// The words that the lesson shows: number, moment, word.
const WORDS: [(u32, i64, &str); 3] = [(1, 8 * MINUTE, "APPLE"), (2, 17 * MINUTE, "BREAD"), (3, 25 * MINUTE, "CHALK")];

/// What one person of a lesson on phones does. Half of the phones are frozen but when they are looked at.
fn plays(script: &mut Script, person: u32) {
    let spread = i64::from(person % 97) * 1_000;
    let answers = |script: &mut Script, which: &[usize]| {
        for (prompt, at, word) in which.iter().map(|place| WORDS[*place]) {
            script.wakes(person, at + 20_000 + spread, Some((prompt, word)));
        }
    };
    match person % 12 {
        // Open throughout: proved all the time, and answering two of the three words with the last.
        0..6 => {
            let s = script.stay(person, -spread, 31 * MINUTE);
            for (prompt, at, word) in [WORDS[0], WORDS[2]] {
                let choice = Some(word.to_owned());
                script.at(at + spread, Event::Answered(Answered { p: name(person), s, prompt, choice }));
            }
        }
        6 | 7 => {
            script.wakes(person, -spread, None);
            answers(script, &[1, 2]);
            script.wakes(person, 29 * MINUTE + spread, None);
        }
        // Two words, but not the last.
        8 => {
            script.wakes(person, spread, None);
            answers(script, &[0, 1]);
            script.wakes(person, 32 * MINUTE, None);
        }
        // One word is too few.
        9 => {
            script.wakes(person, spread, None);
            answers(script, &[2]);
            script.wakes(person, 29 * MINUTE, None);
        }
        // Not there around the start.
        10 => {
            answers(script, &[0, 1, 2]);
            script.wakes(person, 29 * MINUTE, None);
        }
        // Not there around the end.
        _ => {
            script.wakes(person, spread, None);
            answers(script, &[0, 1]);
            script.wakes(person, 24 * MINUTE, None);
        }
    }
}

#[test]
fn a_lesson_on_phones_that_freeze_between_checks_counts_who_showed_up_at_every_checkpoint() {
    let mut script = Script::new(12_000);
    for (prompt, at, word) in WORDS {
        script.word(prompt, at, word);
    }
    for person in 0..12_000 {
        plays(&mut script, person);
    }
    script.later(40 * MINUTE);
    let around = Checkpoints {
        before_start_ms: Millis(600_000),
        after_start_ms: Millis(300_000),
        before_end_ms: Millis(180_000),
        after_end_ms: Millis(300_000),
    };
    let rule = Rule {
        presence: PresenceMode::Checkpoints,
        checkpoints: around,
        prompts_min: Some(2),
        ..full_lesson(0, 0, 75_000)
    };

    let ledger = script.fold(declared(rule, 30 * MINUTE));

    assert_truth(&ledger, |person| match person % 12 {
        0..8 => None,
        8 | 9 => Some(Reason::Prompts),
        10 => Some(Reason::Late),
        _ => Some(Reason::LeftEarly),
    });
    let tallies = ledger.tallies().unwrap();
    assert_eq!((tallies.modes.checkpoints, tallies.modes.continuous), (8_000, 6_000));
}

#[test]
fn a_day_counts_unique_persons_who_stayed_for_half_an_hour_in_all_their_visits() {
    let mut script = Script::new(5_000);
    for person in 0..5_000_u32 {
        let hour = i64::from(person % 22) * HOUR;
        match person % 5 {
            // Half an hour at once, at any hour; the second device adds nothing.
            0 => {
                script.stay(person, hour, hour + 30 * MINUTE);
                script.stay(person, hour + MINUTE, hour + 29 * MINUTE);
            }
            // Three visits of ten minutes on one day.
            1 => {
                for visit in 0..3 {
                    let from = hour + visit * 40 * MINUTE;
                    script.stay(person, from, from + 10 * MINUTE);
                }
            }
            // One millisecond too little.
            2 => {
                script.stay(person, hour, hour + 30 * MINUTE - 1);
            }
            // Half of it lies before the day begins.
            3 => {
                script.stay(person, -15 * MINUTE, 15 * MINUTE);
            }
            // Never came.
            _ => {}
        }
    }
    script.later(25 * HOUR);
    let rule = Rule { kind: RuleKind::MinimumTime, minimum_ms: Some(Millis(1_800_000)), ..full_lesson(0, 0, 0) };

    let ledger = script.fold(declared(rule, 24 * HOUR));

    assert_truth(&ledger, |person| match person % 5 {
        0 | 1 => None,
        2 | 3 => Some(Reason::TooShort),
        _ => Some(Reason::NeverJoined),
    });
    let tallies = ledger.tallies().unwrap();
    assert_eq!((tallies.tally.ever_joined, tallies.tally.certifiable), (4_000, 2_000));
    assert!(tallies.tally.peak.count < 2_000, "a day's unique persons are not those at one moment");
}
