//! The fold kept up to date entry by entry equals the fold looked at as a whole.

use proptest::prelude::*;

use super::{
    attendance::Attendance,
    concurrency::Edges,
    event::{
        Answered, Beat, Channel, Event, Joined, Left, Method, Opened, Prompted, Reading, Restarted, Scanned, Shown,
        Signal, Signalled, Stamp, Via, Way, Why,
    },
    ids::{ConnectionId, Digest, EntryIndex, NodeEpoch, NodeId, Pseudonym, ScanId, Size, Tag},
    line::Entry,
    prompts::Seed,
    roster::RosterRow,
    rules::{
        Ceilings, Checkpoints, Declaration, Hall, Liveness, People, PresenceMode, PromptKind, PromptPlan, Retention,
        Rule, RuleKind, Signals, Venue, Window,
    },
    time::{BootMicros, Millis, UnixMicros, UnixMillis},
    tree::Head,
};

const PERSONS: u8 = 5;
const SEED: Seed = Seed(Digest([5; 32]));
const RUN: NodeEpoch = NodeEpoch { node: NodeId(1), epoch: 1 };

/// What can happen, with small numbers that are made valid by [`play`].
#[derive(Clone, Debug)]
enum Step {
    Join(u8),
    /// Which of the open connections leaves, and how long ago it was last proved.
    Leave(prop::sample::Index, i64),
    Beat(i64),
    Signal(Signal),
    /// A check of this place in the plan, or at will, and how long it takes answers.
    Prompt(u32, i64),
    /// Which of the open connections answers the newest check, and whether with what it asks for.
    Answer(prop::sample::Index, bool),
    /// Who is scanned which way, and how long ago.
    Scan(u8, Way, i64),
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<(i64, Step)>> {
    let step = prop_oneof![
        6 => (0..PERSONS).prop_map(Step::Join),
        5 => (any::<prop::sample::Index>(), 0_i64..9).prop_map(|(which, ago)| Step::Leave(which, ago)),
        2 => (0_i64..6).prop_map(Step::Beat),
        1 => Just(Step::Signal(Signal::Start)),
        1 => Just(Step::Signal(Signal::End)),
        1 => Just(Step::Signal(Signal::Void)),
        2 => (0_u32..3, 1_i64..12).prop_map(|(place, lasts)| Step::Prompt(place, lasts)),
        4 => (any::<prop::sample::Index>(), prop::bool::weighted(0.8)).prop_map(|(which, is)| Step::Answer(which, is)),
        4 => (0..PERSONS, prop_oneof![Just(Way::In), Just(Way::Out), Just(Way::Roll)], 0_i64..18)
            .prop_map(|(person, way, ago)| Step::Scan(person, way, ago)),
        1 => Just(Step::Restart),
    ];
    prop::collection::vec((0_i64..6, step), 0..60)
}

fn declarations() -> impl Strategy<Value = Declaration> {
    let kind = prop_oneof![
        Just(RuleKind::FullLesson),
        Just(RuleKind::MinimumTime),
        Just(RuleKind::Share),
        Just(RuleKind::Peak),
        Just(RuleKind::Prompts)
    ];
    let mode = prop_oneof![3 => Just(PresenceMode::Continuous), 1 => Just(PresenceMode::Checkpoints)];
    let around = (0_u64..9, 0_u64..9, 0_u64..9, 0_u64..9);
    let asked = (mode, around, prop::option::of(1_u32..3));
    (kind, 0_u64..4, 0_u64..4, 0_u64..7, 1_u64..20, any::<bool>(), 1_u16..=10_000, asked).prop_map(
        |(kind, late, early, grace, minimum, continuous, share, (mode, around, prompts_min))| Declaration {
            title: "t".into(),
            organizer: "o".into(),
            zone: "UTC".into(),
            public_url: None,
            rehearsal: true,
            window: Window {
                planned_start: UnixMillis(0),
                planned_end: UnixMillis(60),
                minimum_ms: Millis(0),
                tolerance_ms: Millis(0),
            },
            rule: Rule {
                kind,
                late_ms: Millis(late),
                early_ms: Millis(early),
                grace_ms: Millis(grace),
                minimum_ms: Some(Millis(minimum)),
                continuous,
                share_bp: Some(share),
                // A peak is counted of all together: no clause of one person goes with it.
                presence: if kind == RuleKind::Peak { PresenceMode::Continuous } else { mode },
                checkpoints: Checkpoints {
                    before_start_ms: Millis(around.0),
                    after_start_ms: Millis(around.1),
                    before_end_ms: Millis(around.2),
                    after_end_ms: Millis(around.3),
                },
                prompts_min: prompts_min.filter(|_| kind != RuleKind::Peak),
                venue_min: None,
            },
            liveness: Liveness { challenge_ms: Millis(1_000), proof_max_gap_ms: Millis(2_000) },
            people: People {
                primary_id: "auto".into(),
                persons_per_device: 1,
                open_registration: false,
                open_registration_counts: false,
                roles: vec!["participant".into()],
            },
            signals: Signals::Single,
            prompts: Some(PromptPlan { count: 2, kind: PromptKind::Press, answer_ms: Millis(12) }),
            ceilings: Ceilings::default(),
            venues: vec![Venue { id: "hall".into(), name: "Hall".into(), doors: vec!["a".into()] }],
            hall: Hall { delay_ms: Millis(15) },
            retention: Retention::default(),
        },
    )
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
            // The last person's role does not count.
            role: if number + 1 == PERSONS { "staff".into() } else { "participant".into() },
            group: String::new(),
            commitment: Digest([0; 32]),
            merged_into: None,
        };
        let rows: Vec<_> = (0..PERSONS).map(row).collect();
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
        history
    }

    fn push(&mut self, event: Event) {
        let wall = UnixMillis(self.now).to_micros();
        let stamp = Stamp { index: EntryIndex(self.next), at: Reading { wall, boot: BootMicros(0) } };
        self.attendance.apply(&Entry { stamp, event }).unwrap();
        self.next += 1;
    }

    fn play(&mut self, after: i64, step: Step) {
        self.now += after;
        match step {
            Step::Join(person) => {
                let (p, s) = (Pseudonym([person; 16]), ConnectionId { at: RUN, serial: self.next });
                self.open.push((p, s));
                // Two of the persons sometimes come from the same device.
                let d = Some(Tag([if self.next.is_multiple_of(3) { person.min(1) } else { person }; 10]));
                self.push(Event::Joined(Joined { p, s, channel: Channel::Online, via: Via::Ws, d, n: None }));
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
                    self.push(Event::Signalled(Signalled { signal, by: "organizer".into(), voids }));
                }
            }
            Step::Prompt(place, lasts) => self.prompt(place, lasts),
            Step::Answer(which, is_answer) => self.answer(which, is_answer),
            Step::Scan(person, way, ago) => self.scan(person, way, ago),
            Step::Restart => {
                self.open.clear();
                self.push(Event::Restarted(Restarted { node: RUN, beat: None }));
            }
        }
    }

    fn prompt(&mut self, place: u32, lasts: i64) {
        let place = (place > 0).then_some(place);
        if self.attendance.prompt_allowed(place, UnixMillis(self.now)).is_ok() {
            let due = place.map(|_| UnixMillis(self.now).to_micros());
            self.push(Event::Prompted(Prompted {
                prompt: self.attendance.next_prompt(),
                kind: PromptKind::Press,
                place,
                due,
                closes: UnixMillis(self.now + lasts).to_micros(),
                word: None,
                by: "plan".into(),
            }));
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

    fn scan(&mut self, person: u8, way: Way, ago: i64) {
        let made = UnixMillis(self.now - ago).to_micros();
        let mut scan = [0; 16];
        scan[..8].copy_from_slice(&self.next.to_be_bytes());
        self.push(Event::Scanned(Scanned {
            scan: ScanId(scan),
            p: Pseudonym([person; 16]),
            s: ConnectionId { at: RUN, serial: self.next },
            venue: "hall".into(),
            door: "a".into(),
            way,
            method: Method::Scanner,
            card: true,
            made,
            device: made,
            by: "steward".into(),
        }));
    }
}

const HEAD: Head = Head { size: Size(0), root: Digest([0; 32]) };

/// Recounts everything that the fold keeps up to date, by looking at everybody.
fn recount(attendance: &Attendance) -> Result<(), TestCaseError> {
    let (terms, now) = attendance.terms.as_ref().zip(attendance.now()).unwrap();
    let (mut strict, mut bridged) = (Edges::default(), Edges::default());
    let far = UnixMillis(i64::MAX);
    let mut counts = [0_u64; 7];
    for person in &attendance.persons {
        let mut whole = person.clone();
        whole.unsettle();
        let mut standing = terms.standing(&whole.evidence(terms, now), now);
        if !person.eligible {
            standing = standing.of_somebody_who_does_not_count();
        }
        // Time present grows by itself and is read when it is asked for; what is counted must not be stale.
        standing.present_ms = person.standing.present_ms;
        prop_assert_eq!(person.standing, standing, "{:?} at {:?}", person.pseudonym, now);
        let counted = [
            standing.in_lesson,
            standing.full_lesson,
            standing.qualifies && person.eligible,
            standing.qualifies_strict && person.eligible,
            standing.can_qualify,
            standing.active_or_not,
            person.presence.is_open() && person.eligible,
        ];
        counts.iter_mut().zip(counted).for_each(|(count, one)| *count += u64::from(one));
        if person.eligible {
            let mut last = None;
            person.presence.for_each_stretch(0, far, |stretch| {
                strict.add_interval(stretch, 1);
                let from = last.filter(|last| terms.bridges(*last, stretch.start)).unwrap_or(stretch.start);
                bridged.add(from, 1);
                bridged.add(stretch.end, -1);
                last = Some(stretch.end);
            });
        }
    }
    let kept = attendance.counts;
    let kept = [
        kept.in_lesson,
        kept.full_lesson,
        kept.qualify,
        kept.qualify_strict,
        kept.can_qualify,
        kept.active_or_not,
        kept.present,
    ];
    prop_assert_eq!(kept, counts);
    for instant in 990..now.0 + 3 {
        let at = UnixMillis(instant);
        prop_assert_eq!(attendance.concurrency.strict.at(at), strict.at(at), "strict at {}", instant);
        prop_assert_eq!(attendance.concurrency.bridged.at(at), bridged.at(at), "bridged at {}", instant);
    }
    Ok(())
}

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
        }
    }
}

#[test]
fn a_late_leave_lowers_a_past_peak() {
    let declaration = Declaration { rehearsal: true, ..sample_declaration() };
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
