//! The fold kept up to date entry by entry equals the fold looked at as a whole.

mod inputs;
mod recount;

use data_encoding::BASE64URL_NOPAD;
use ed25519_dalek::{Signer, SigningKey};
use proptest::prelude::*;

use self::{
    inputs::{Doing, PERSONS, RUN, SEED, Step, declarations, steps},
    recount::recount,
};
use crate::domain::{
    accounts::incidents::incidents,
    event::{
        Acted, Answered, Beat, Channel, Closed, Declared, Event, Joined, Left, Method, NodeStarted, Opened, Prompted,
        Reading, Restarted, Scanned, Shown, Side, Signal, Signalled, StaffEnrolled, StaffRole, Stamp, Via, Way, Why,
    },
    fold::{attendance::Attendance, holds::kinds},
    ids::{ConnectionId, Digest, EntryIndex, Pseudonym, ScanId, Size, Tag},
    line::Entry,
    reviews::{
        acts::Decision,
        deed::{Deed, Statement, signed},
    },
    roster::RosterRow,
    rules::{Declaration, PromptKind},
    time::{BootMicros, UnixMicros, UnixMillis},
    tree::Head,
};

fn key(side: Side) -> SigningKey {
    SigningKey::from_bytes(&[side as u8 + 1; 32])
}

/// The one who acts for a side.
fn actor(side: Side) -> Pseudonym {
    Pseudonym([if side == Side::Organizer { PERSONS } else { PERSONS + 1 }; 16])
}

/// A history under construction.
struct History {
    attendance: Attendance,
    now: i64,
    next: u64,
    open: Vec<(Pseudonym, ConnectionId)>,
}

impl History {
    fn new(declaration: Declaration) -> Self {
        let row = |number| RosterRow {
            person: Pseudonym([number; 16]),
            // The last person's role does not count, nor do those of the two who act.
            role: if number + 1 >= PERSONS { "staff".into() } else { "participant".into() },
            group: String::new(),
            commitment: Digest([0; 32]),
            merged_into: None,
        };
        let rows: Vec<_> = (0..PERSONS + 2).map(row).collect();
        let mut history =
            Self { attendance: Attendance::new(&rows, Digest([7; 32])), now: 1_000, next: 0, open: Vec::new() };
        history.push(Event::Opened(Box::new(Opened {
            origin: "test".into(),
            declaration,
            digest: Digest([0; 32]),
            rehearsal: true,
            roster: Digest([7; 32]),
            earlier: Vec::new(),
            nonce: None,
            commitment: Some(SEED.commitment()),
        })));
        let (node, epoch, version) = (RUN.node, RUN.epoch, "0.1.0".into());
        history.push(Event::NodeStarted(NodeStarted { node, epoch, version }));
        history.enrol();
        history
    }

    fn push(&mut self, event: Event) {
        let wall = UnixMillis(self.now).to_micros();
        let stamp = Stamp { index: EntryIndex(self.next), at: Reading { wall, boot: BootMicros(0) } };
        let of_connections = matches!(event, Event::Left(_) | Event::Beat(_) | Event::Restarted(_));
        let settled = self.attendance.tally(HEAD).filter(|tally| tally.is_final && of_connections);
        self.attendance.apply(&Entry { stamp, event }).unwrap();
        self.next += 1;
        if let Some(before) = settled {
            let after = self.attendance.tally(HEAD).unwrap();
            assert_eq!((after.is_final, after.certifiable), (true, before.certifiable), "a final count changes");
        }
    }

    fn play(&mut self, after: i64, step: Step) {
        self.now += after;
        match step {
            // Who joins after the close is answered, and counts as nothing: no later fact names their connection.
            Step::Join(_) if self.attendance.is_closed() => {}
            Step::Join(person) => {
                let (p, s) = (Pseudonym([person; 16]), ConnectionId { at: RUN, serial: self.next });
                self.open.push((p, s));
                // Two of the persons sometimes come from the same device.
                let d = Some(Tag([if self.next.is_multiple_of(3) { person.min(1) } else { person }; 10]));
                let n = Some(Tag([(self.next % 2) as u8; 10]));
                self.push(Event::Joined(Joined { p, s, channel: Channel::Online, via: Via::Ws, d, n }));
            }
            Step::Leave(which, ago) if !self.open.is_empty() => {
                let (p, s) = self.open.swap_remove(which.index(self.open.len()));
                let last = UnixMillis(self.now - ago).to_micros();
                self.push(Event::Left(Left { p, s, last, why: Why::Lost }));
            }
            Step::Leave(..) => {}
            Step::Beat(ago) => {
                let horizon = UnixMillis(self.now - ago).to_micros();
                let except = self.open.iter().step_by(3).map(|(_, s)| *s).collect();
                self.push(Event::Beat(Beat { node: RUN, horizon, except }));
            }
            Step::Signal(signal) => {
                if self.attendance.signal_allowed(signal, UnixMillis(self.now)).is_ok() {
                    let voids = (signal == Signal::Void).then(|| self.attendance.newest_signal()).flatten();
                    self.push(Event::Signalled(Signalled { signal, by: "organizer".into(), voids, acts: None }));
                }
            }
            Step::Prompt(place, lasts) => self.prompt(place, lasts),
            Step::Answer(which, is_answer) => self.answer(which, is_answer),
            Step::Scan(person, venue, way, ago) => self.scan(person, venue, way, ago),
            Step::Version(declaration) => self.hand_in(*declaration),
            Step::Act(side, doing) => self.act(side, doing),
            Step::Close if self.attendance.close_allowed(UnixMillis(self.now)).is_err() => {}
            Step::Close => {
                // When the checks came is no matter here: the seed that a close asks for is taken as revealed.
                self.attendance.checks.seed = Some(SEED);
                self.push(Event::Closed(Closed { by: "organizer".into() }));
            }
            Step::Restart => {
                self.open.clear();
                let beat = self.attendance.last_beat(RUN);
                self.push(Event::Restarted(Restarted { node: RUN, beat }));
            }
        }
    }

    fn enrol(&mut self) {
        for (side, role) in [(Side::Organizer, StaffRole::Organizer), (Side::Independent, StaffRole::Witness)] {
            let key = Digest(key(side).verifying_key().to_bytes());
            self.push(Event::StaffEnrolled(StaffEnrolled { p: actor(side), role, key }));
        }
    }

    fn act(&mut self, side: Side, doing: Doing) {
        let open = self.attendance.acts().filter(|act| act.decision == Some(Decision::Open)).last();
        let newest = open.map_or(EntryIndex(0), |act| act.entry);
        let strike = self.attendance.persons.iter().find_map(|person| person.struck).unwrap_or_default();
        let deed = match doing {
            Doing::Strike(person) => Deed::Strike { person: Pseudonym([person; 16]), reason: "bot".into() },
            Doing::Confirm => Deed::Confirm { of: newest },
            Doing::Dismiss => Deed::Dismiss { of: newest },
            Doing::Merge(from, into) => {
                let [from, into] = [from, into].map(|person| Pseudonym([person; 16]));
                Deed::Merge { from, into, reason: "one human".into() }
            }
            Doing::Bridge => {
                let found = incidents(&self.attendance).pop();
                let (from, to) = found.map_or((UnixMillis(0), UnixMillis(1)), |found| (found.from, found.to));
                Deed::Bridge { from, to, network: None, reason: "a restart".into() }
            }
            Doing::Declare => {
                let version = self.attendance.versions().last().map_or(EntryIndex(0), |version| version.entry);
                Deed::Declare { version, reason: "a mistake".into() }
            }
            Doing::Release(person) => {
                let person = Pseudonym([person; 16]);
                let holds = kinds(&self.attendance.held_for(person));
                Deed::Release { person, holds, reason: "a family".into() }
            }
            Doing::Reverse => Deed::Reverse { strike, reason: "no bot".into() },
        };
        let mut act = [0; 16];
        act[..8].copy_from_slice(&self.next.to_be_bytes());
        let by = actor(side);
        let statement = Statement { origin: "test".into(), by, act: ScanId(act), at: UnixMillis(self.now), deed };
        let text = serde_json::to_string(&statement).unwrap();
        let sig = BASE64URL_NOPAD.encode(&key(side).sign(&signed(&text)).to_bytes());
        let acted = Acted { p: by, text, sig };
        if self.attendance.act_allowed(&acted, UnixMillis(self.now)).is_ok() {
            self.push(Event::Acted(acted));
        }
    }

    /// With numbers so small that a log would refuse the version; what follows from it is the same.
    fn hand_in(&mut self, declaration: Declaration) {
        // What people were held for by the first one is no later version's to change.
        let people = self.attendance.opened().unwrap().declaration.people.clone();
        let declaration = Declaration { people, ..declaration };
        let (p, toml) = (actor(Side::Organizer), String::new());
        let entry = EntryIndex(1_000_000 + self.attendance.versions().len() as u64);
        self.attendance.hand_in(&Declared { p, toml, declaration }, entry, UnixMillis(self.now));
    }

    fn prompt(&mut self, place: u32, lasts: i64) {
        let place = (place > 0).then_some(place);
        if self.attendance.prompt_allowed(place, UnixMillis(self.now)).is_ok() {
            let due = place.map(|_| UnixMillis(self.now).to_micros());
            self.push(Event::Prompted(Box::new(Prompted {
                prompt: self.attendance.next_prompt(),
                kind: PromptKind::Press,
                place,
                due,
                closes: UnixMillis(self.now + lasts).to_micros(),
                word: None,
                by: "plan".into(),
            })));
        }
    }

    fn answer(&mut self, which: prop::sample::Index, is_answer: bool) {
        let newest = self.attendance.next_prompt() - 1;
        if newest > 0 && !self.open.is_empty() {
            let (p, s) = self.open[which.index(self.open.len())];
            self.push(Event::Shown(Shown { p, s, prompt: newest }));
            let choice = is_answer.then(|| "HERE".to_owned());
            self.push(Event::Answered(Answered { p, s, prompt: newest, choice }));
        }
    }

    fn scan(&mut self, person: u8, venue: &str, way: Way, ago: i64) {
        let made = UnixMillis(self.now - ago).to_micros();
        let mut scan = [0; 16];
        scan[..8].copy_from_slice(&self.next.to_be_bytes());
        self.push(Event::Scanned(Box::new(Scanned {
            scan: ScanId(scan),
            p: Pseudonym([person; 16]),
            s: ConnectionId { at: RUN, serial: self.next },
            venue: venue.into(),
            door: "a".into(),
            way,
            method: Method::Scanner,
            card: true,
            made,
            device: made,
            by: "steward".into(),
        })));
    }
}

const HEAD: Head = Head { size: Size(0), root: Digest([0; 32]) };

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_kept_up_to_date_entry_by_entry_equals_a_recount(declaration in declarations(), steps in steps()) {
        let mut history = History::new(declaration);
        for (after, step) in steps {
            history.play(after, step);
            recount(&history.attendance)?;
        }
        if let Some(tallies) = history.attendance.tallies(HEAD) {
            prop_assert_eq!(tallies.person_ms, tallies.concurrency_ms);
            prop_assert!(tallies.tally.full_lesson <= tallies.tally.in_lesson);
            prop_assert!(tallies.tally.in_lesson <= tallies.tally.ever_joined);
            prop_assert!(tallies.census.iter().all(|census| census.present <= tallies.tally.peak.count));
            let certified = tallies.statuses.get("certified").copied().unwrap_or(0);
            prop_assert_eq!(certified, tallies.tally.certifiable);
            let in_force = history.attendance.version_in_force();
            let version = tallies.versions.iter().find(|version| version.entry == in_force);
            prop_assert_eq!(version.map(|version| version.certifiable), Some(certified));
            if tallies.rulings == 0 {
                prop_assert_eq!(tallies.certifiable_without_rulings, certified);
            }
        }
    }
}

#[test]
fn a_late_leave_lowers_a_past_peak() {
    let mut declaration = Declaration { rehearsal: true, ..sample_declaration() };
    declaration.people.persons_per_device = 0;
    let mut history = History::new(declaration);
    history.play(0, Step::Signal(Signal::Start));
    history.play(1, Step::Join(0));
    history.play(1, Step::Join(1));
    history.play(20, Step::Join(2));
    let before = history.attendance.tally(HEAD).unwrap().peak;

    // The first connection turns out to have been silent since before the second began.
    let (p, s) = history.open.remove(0);
    history.push(Event::Left(Left { p, s, last: UnixMicros(1_001_500), why: Why::Silent }));

    let after = history.attendance.tally(HEAD).unwrap().peak;
    assert_eq!((before.count, after.count), (3, 2));
}

fn sample_declaration() -> Declaration {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    declarations().new_tree(&mut TestRunner::deterministic()).unwrap().current()
}
