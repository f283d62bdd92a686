//! One attempt in which everything happens that a log can tell: both sides act, halls, checks, an outage, reviews.

use data_encoding::BASE64URL_NOPAD;
use ed25519_dalek::{Signer as _, SigningKey as ActKey};
use hadir::domain::{
    event::{
        Acted, Answered, Beat, Channel, ClaimKind, Claimed, Clock, ClockStatus, Closed, Declared, Event, Fact, Grouped,
        HeadCounted, Joined, Left, Method, NodeStarted, NonceGiven, Opened, PersonAdded, Prompted, Reading, Restarted,
        Revealed, Scanned, Shown, Signal, Signalled, StaffEnrolled, StaffRole, Via, Way, Why,
    },
    fold::{
        holds::HoldKind,
        intervals::Interval,
        prompts::{Seed, schedule},
    },
    ids::{ConnectionId, Digest, EntryIndex, NodeEpoch, NodeId, ScanId, Tag},
    ledger::Ledger,
    line::{Line, stamp},
    reviews::deed::{Deed, Found, Shift, Statement, signed},
    roster::{self, RosterRow},
    rules::{Declaration, PromptKind, PromptPlan, Signals, SpotCheck},
    time::{BootMicros, Millis, UnixMicros, UnixMillis},
};
use sha2::{Digest as _, Sha256};

use super::{ORIGIN, declaration_toml};
use crate::model::history::{BEGIN_US, declaration, full_lesson, pseudonym};

const ORGANIZER: u8 = 230;
const WITNESS: u8 = 231;
const TIMEKEEPER: u8 = 232;
pub(super) const SEED: Seed = Seed(Digest([9; 32]));
const NONCE: &str = "on camera";
const LESSON: Millis = Millis(1_800_000);
const FIRST: NodeEpoch = NodeEpoch { node: NodeId(1), epoch: 1 };
const SECOND: NodeEpoch = NodeEpoch { node: NodeId(1), epoch: 2 };
const DOORS: NodeEpoch = NodeEpoch { node: NodeId(9), epoch: 1 };
const PERSONS: u8 = 10;
/// They are scanned at the door and have no connection.
const AT_THE_DOOR: u8 = 8;
/// They come from the device of the person before them.
const SAME_DEVICE: u8 = 7;
/// They are the same human as the person before them.
const TWICE: u8 = 6;
const STRUCK: u8 = 5;
const LATE: u8 = 4;
const ADDED: u8 = 20;

/// The log as it grows; every line is one that the fold takes.
pub(super) struct Story {
    pub(super) roster: Vec<u8>,
    pub(super) declaration: Vec<u8>,
    pub(super) lines: Vec<Line>,
    ledger: Ledger,
    now_us: i64,
    acts: u8,
    serial: u64,
}

pub(super) fn declared() -> Declaration {
    let mut declared = declaration(full_lesson(0, 0, 5_000), false, false);
    declared.window.planned_end = declared.window.planned_start.plus(LESSON);
    declared.signals = Signals::Countersigned;
    declared.people.roles = vec!["participant".into()];
    declared.people.persons_per_device = 1;
    declared.prompts = Some(PromptPlan { count: 2, kind: PromptKind::Word, answer_ms: Millis(30_000) });
    declared.rule.prompts_min = Some(1);
    declared.spot_check = Some(SpotCheck { persons: 2, denied_max: 0 });
    declared
}

fn rows() -> Vec<RosterRow> {
    let row = |person: u8, role: &str, group: &str| RosterRow {
        person: pseudonym(person),
        role: role.into(),
        group: group.into(),
        commitment: Digest([person; 32]),
        merged_into: None,
    };
    let group = |person: u8| ["=1+1", "SMA 1, Palembang", ""][usize::from(person) % 3];
    let mut rows: Vec<RosterRow> = (0..PERSONS).map(|person| row(person, "participant", group(person))).collect();
    rows.extend([ORGANIZER, WITNESS, TIMEKEEPER].map(|person| row(person, "committee", "")));
    rows.sort_by_key(|row| row.person);
    rows
}

impl Story {
    /// The whole attempt.
    pub(super) fn told() -> Self {
        let mut story = Self::opened(declared(), &declaration_toml(&declared()));
        story.lobby();
        let start = story.first_half();
        story.outage();
        story.second_half(start);
        story.afterwards();
        story
    }

    /// The opening alone, with whatever file the declaration is said to have.
    pub(super) fn opened(declared: Declaration, toml: &[u8]) -> Self {
        let roster = roster::write(&rows()).unwrap();
        let opened = Opened {
            origin: ORIGIN.into(),
            digest: Digest(Sha256::digest(toml).into()),
            rehearsal: declared.rehearsal,
            commitment: declared.prompts.as_ref().map(|_| SEED.commitment()),
            declaration: declared,
            roster: Digest(Sha256::digest(&roster).into()),
            earlier: Vec::new(),
            nonce: None,
        };
        let ledger = Ledger::new(&roster).unwrap();
        let declaration = toml.to_vec();
        let mut story = Self { roster, declaration, lines: Vec::new(), ledger, now_us: BEGIN_US, acts: 0, serial: 0 };
        story.write(Event::Opened(Box::new(opened)));
        story
    }

    fn write(&mut self, event: Event) -> EntryIndex {
        let at = Reading { wall: UnixMicros(self.now_us), boot: BootMicros((self.now_us - BEGIN_US) as u64) };
        let line = stamp(self.lines.last().map(|line| line.stamp), &Fact { at, event }).unwrap();
        self.ledger.accept(&line.bytes).unwrap();
        self.lines.push(line);
        EntryIndex(self.lines.len() as u64 - 1)
    }

    fn pass(&mut self, ms: i64) {
        self.now_us += ms * 1_000;
    }

    fn now(&self) -> UnixMillis {
        UnixMicros(self.now_us).floor_millis()
    }

    fn act(&mut self, person: u8, deed: Deed) -> EntryIndex {
        self.acts += 1;
        let (by, at) = (pseudonym(person), self.now());
        let statement = Statement { origin: ORIGIN.into(), by, act: ScanId([self.acts; 16]), at, deed };
        let text = serde_json::to_string(&statement).unwrap();
        let sig = BASE64URL_NOPAD.encode(&key(person).sign(&signed(&text)).to_bytes());
        self.write(Event::Acted(Acted { p: by, text, sig }))
    }

    fn agree(&mut self, deed: Deed) -> [EntryIndex; 2] {
        let of = self.act(ORGANIZER, deed);
        [of, self.act(WITNESS, Deed::Confirm { of })]
    }

    fn signal(&mut self, signal: Signal) {
        let acts = Some(self.agree(Deed::Signal { signal }));
        self.write(Event::Signalled(Signalled { acts, ..Signalled::new(signal, "organizer+witness".into()) }));
    }

    fn join(&mut self, person: u8, run: NodeEpoch) -> ConnectionId {
        self.serial += 1;
        let s = ConnectionId { at: run, serial: self.serial };
        let device = if person == SAME_DEVICE { SAME_DEVICE - 1 } else { person };
        let (d, n) = (Some(Tag([device; 10])), Some(Tag([100; 10])));
        let p = pseudonym(person);
        self.write(Event::Joined(Joined { p, s, channel: Channel::Online, via: Via::Ws, d, n }));
        s
    }

    fn scan(&mut self, person: u8, way: Way, made_ago_ms: i64) {
        self.serial += 1;
        let made = UnixMicros(self.now_us - made_ago_ms * 1_000);
        self.write(Event::Scanned(Box::new(Scanned {
            scan: ScanId([self.serial as u8; 16]),
            p: pseudonym(person),
            s: ConnectionId { at: DOORS, serial: self.serial },
            venue: "hall".into(),
            door: "main".into(),
            way,
            method: Method::Camera,
            card: true,
            made,
            device: made,
            by: "steward".into(),
        })));
    }

    /// Staff enrol, the nonce is given, a group is looked after, and everybody but one is there.
    fn lobby(&mut self) {
        self.write(Event::NodeStarted(NodeStarted { node: FIRST.node, epoch: FIRST.epoch, version: "0.1.0".into() }));
        let team =
            [(ORGANIZER, StaffRole::Organizer), (WITNESS, StaffRole::Witness), (TIMEKEEPER, StaffRole::Timekeeper)];
        for (person, role) in team {
            let key = Digest(key(person).verifying_key().to_bytes());
            self.write(Event::StaffEnrolled(StaffEnrolled { p: pseudonym(person), role, key }));
        }
        self.write(Event::NonceGiven(NonceGiven { nonce: NONCE.into(), by: "adjudicator".into() }));
        let (p, c) = (pseudonym(ADDED), Digest([ADDED; 32]));
        self.write(Event::PersonAdded(PersonAdded { p, role: "participant".into(), group: "late".into(), c }));
        let persons = vec![pseudonym(AT_THE_DOOR), pseudonym(0)];
        self.write(Event::Grouped(Box::new(Grouped { p: pseudonym(ORGANIZER), label: "=A-1".into(), persons })));
        for person in (0..AT_THE_DOOR).filter(|person| *person != LATE).chain([ADDED]) {
            self.pass(7);
            self.join(person, FIRST);
        }
    }

    /// The start, a hall, the first planned check and one at will.
    fn first_half(&mut self) -> UnixMillis {
        self.now_us = BEGIN_US + 20_000_000;
        self.signal(Signal::Start);
        let start = self.now();
        self.act(TIMEKEEPER, Deed::Read { signal: Signal::Start, reading: start.plus(Millis(120)) });
        self.act(WITNESS, Deed::Shift { is: Shift::Begins });
        self.scan(AT_THE_DOOR, Way::In, 0);
        self.pass(7_000);
        self.join(LATE, FIRST);
        self.scan(9, Way::In, 3_000);
        self.write(Event::HeadCounted(HeadCounted {
            venue: "hall".into(),
            persons: 3,
            by: pseudonym(ORGANIZER).to_string(),
        }));
        self.check(start, 0);
        self.clock(ClockStatus::Synchronized, 40);
        start
    }

    /// A planned check is opened when it is due; most answer rightly, one wrongly, one sees it and says nothing.
    fn check(&mut self, start: UnixMillis, place: usize) {
        let plan = declared().prompts.unwrap();
        let lesson = Interval { start, end: declared().window.planned_end };
        let planned = schedule(&plan, &SEED, NONCE, 1, lesson).swap_remove(place);
        self.now_us = planned.due.to_micros().0;
        let prompt = place as u32 + 1;
        self.write(Event::Prompted(Box::new(Prompted {
            prompt,
            kind: plan.kind,
            place: Some(planned.place),
            due: Some(planned.due.to_micros()),
            closes: planned.due.plus(plan.answer_ms).to_micros(),
            word: planned.word.clone(),
            by: "plan".into(),
        })));
        self.pass(2_000);
        for person in 0..6 {
            let (p, s) = (pseudonym(person), ConnectionId { at: FIRST, serial: 1 + u64::from(person) });
            let s = self.open_connection(person).unwrap_or(s);
            self.write(Event::Shown(Shown { p, s, prompt }));
            let choice = if person == 3 { None } else { planned.word.clone() };
            if person != 2 {
                self.write(Event::Answered(Answered { p, s, prompt, choice }));
            }
        }
        self.pass(40_000);
    }

    /// The newest connection of a person in the log.
    fn open_connection(&self, person: u8) -> Option<ConnectionId> {
        let name = pseudonym(person).to_string();
        let joins =
            self.lines.iter().rev().map(|line| serde_json::from_slice::<serde_json::Value>(&line.bytes).unwrap());
        let theirs = joins.into_iter().find(|line| line["k"] == "join" && line["p"] == name.as_str())?;
        theirs["s"].as_str().unwrap().parse().ok()
    }

    fn clock(&mut self, status: ClockStatus, offset_us: i64) {
        let (max_error_us, estimated_error_us) = (900, 30);
        self.write(Event::Clock(Clock { node: FIRST, status, offset_us, max_error_us, estimated_error_us }));
    }

    /// The hub dies; everybody comes back, and both sides agree that the outage is bridged.
    fn outage(&mut self) {
        let (node, horizon) = (FIRST, UnixMicros(self.now_us));
        let beat = self.write(Event::Beat(Beat { node, horizon, except: Vec::new() }));
        self.pass(9_000);
        let begin = horizon.floor_millis();
        let begin = UnixMillis(begin.0);
        self.write(Event::Restarted(Restarted { node, beat: Some(beat) }));
        let end = self.now();
        self.write(Event::NodeStarted(NodeStarted { node: SECOND.node, epoch: SECOND.epoch, version: "0.1.1".into() }));
        for person in (0..AT_THE_DOOR).chain([ADDED]) {
            self.pass(200);
            self.join(person, SECOND);
        }
        self.clock(ClockStatus::Stepped, -1_500);
        self.agree(Deed::Bridge { from: begin, to: end, network: None, reason: "the hub's power".into() });
    }

    /// The second check, strikes, a merge, a release, a late scan, and the end.
    fn second_half(&mut self, start: UnixMillis) {
        let strike = |person| Deed::Strike { person: pseudonym(person), reason: "=a bot, \"seen\"".into() };
        self.agree(strike(STRUCK));
        let [mistaken, _] = self.agree(strike(0));
        self.agree(Deed::Reverse { strike: mistaken, reason: "the wrong one".into() });
        let of = self.act(ORGANIZER, strike(1));
        self.act(WITNESS, Deed::Dismiss { of });
        let merge = Deed::Merge { from: pseudonym(TWICE), into: pseudonym(0), reason: "one human".into() };
        self.agree(merge);
        self.check(start, 1);
        let holds = [HoldKind::SharedDevice].into();
        self.agree(Deed::Release { person: pseudonym(SAME_DEVICE), holds, reason: "brothers".into() });
        self.scan(9, Way::Out, 15_000);
        self.now_us = declared().window.planned_end.to_micros().0;
        self.scan(AT_THE_DOOR, Way::Out, 0);
        self.signal(Signal::End);
        let s = self.open_connection(1).unwrap();
        self.pass(4_000);
        let last = UnixMicros(self.now_us - 4_500_000);
        self.write(Event::Left(Left { p: pseudonym(1), s, last, why: Why::Silent }));
        let horizon = UnixMicros(self.now_us);
        self.write(Event::Beat(Beat { node: SECOND, horizon, except: Vec::new() }));
    }

    /// Claims, a version, the close and the spot check.
    fn afterwards(&mut self) {
        let mut lenient = declared();
        lenient.rule.late_ms = Millis(10_000);
        let toml = String::from_utf8(declaration_toml(&lenient)).unwrap();
        let declared = Declared { p: pseudonym(ORGANIZER), toml, declaration: lenient };
        let version = self.write(Event::Declared(Box::new(declared)));
        self.agree(Deed::Declare { version, reason: "the bridge was closed".into() });
        let claim = self.write(Event::Claimed(Claimed { p: pseudonym(3), why: ClaimKind::CutOff }));
        self.write(Event::Revealed(Revealed { seed: SEED }));
        self.write(Event::Closed(Closed { by: "organizer".into() }));
        self.act(WITNESS, Deed::Answer { claim, upheld: true, reason: "the school's network was cut".into() });
        let draw = self.act(WITNESS, Deed::Draw { persons: 2, nonce: "said afterwards".into() });
        let person = self.ledger.attendance().sample()[0].person;
        self.act(WITNESS, Deed::Outcome { draw, person, found: Found::Confirmed });
        self.act(TIMEKEEPER, Deed::Note { text: "-the hall was cold\nand dark".into() });
        self.join(1, SECOND);
    }
}

fn key(person: u8) -> ActKey {
    ActKey::from_bytes(&[person + 1; 32])
}
