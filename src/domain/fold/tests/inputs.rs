//! What can happen to a fold, drawn at random with small numbers, so that it often happens at once.

use proptest::prelude::*;

use crate::domain::{
    event::{Side, Signal, Way},
    fold::prompts::Seed,
    ids::{Digest, NodeEpoch, NodeId},
    rules::{
        Ceilings, Checkpoints, Claims, Declaration, Hall, Liveness, People, PresenceMode, PromptKind, PromptPlan,
        Retention, Rule, RuleKind, Signals, Venue, Window,
    },
    time::{Millis, UnixMillis},
};

pub(super) const PERSONS: u8 = 5;
pub(super) const SEED: Seed = Seed(Digest([5; 32]));
pub(super) const RUN: NodeEpoch = NodeEpoch { node: NodeId(1), epoch: 1 };

/// What can happen, with small numbers that are made valid by [`play`].
#[derive(Clone, Debug)]
pub(super) enum Step {
    Join(u8),
    /// Which of the open connections leaves, and how long ago it was last proved.
    Leave(prop::sample::Index, i64),
    Beat(i64),
    Signal(Signal),
    /// A check of this place in the plan, or at will, and how long it takes answers.
    Prompt(u32, i64),
    /// Which of the open connections answers the newest check, and whether with what it asks for.
    Answer(prop::sample::Index, bool),
    /// A version of the declaration is handed in.
    Version(Box<Declaration>),
    /// What one side does: who is accused, or which newest proposal is decided how.
    Act(Side, Doing),
    /// Who is scanned at which of two halls, which way, and how long ago.
    Scan(u8, &'static str, Way, i64),
    Restart,
    Close,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Doing {
    Strike(u8),
    Confirm,
    Dismiss,
    Reverse,
    Release(u8),
    /// Bridges what was detected last.
    Bridge,
    /// Puts the newest version into force.
    Declare,
    Merge(u8, u8),
}

pub(super) fn doings() -> impl Strategy<Value = Doing> {
    prop_oneof![
        2 => (0..PERSONS).prop_map(Doing::Strike),
        3 => Just(Doing::Confirm),
        1 => Just(Doing::Dismiss),
        1 => Just(Doing::Reverse),
        1 => (0..PERSONS).prop_map(Doing::Release),
        1 => Just(Doing::Bridge),
        1 => Just(Doing::Declare),
        1 => (0..PERSONS, 0..PERSONS).prop_map(|(from, into)| Doing::Merge(from, into)),
    ]
}

pub(super) fn steps() -> impl Strategy<Value = Vec<(i64, Step)>> {
    let step = prop_oneof![
        6 => (0..PERSONS).prop_map(Step::Join),
        5 => (any::<prop::sample::Index>(), 0_i64..9).prop_map(|(which, ago)| Step::Leave(which, ago)),
        2 => (0_i64..6).prop_map(Step::Beat),
        1 => Just(Step::Signal(Signal::Start)),
        1 => Just(Step::Signal(Signal::End)),
        1 => Just(Step::Signal(Signal::Void)),
        2 => (0_u32..3, 1_i64..12).prop_map(|(place, lasts)| Step::Prompt(place, lasts)),
        4 => (any::<prop::sample::Index>(), prop::bool::weighted(0.8)).prop_map(|(which, is)| Step::Answer(which, is)),
        4 => scans(),
        4 => (prop_oneof![Just(Side::Organizer), Just(Side::Independent)], doings())
            .prop_map(|(side, doing)| Step::Act(side, doing)),
        1 => declarations().prop_map(|declaration| Step::Version(Box::new(declaration))),
        1 => Just(Step::Restart),
        1 => prop::bool::weighted(0.3).prop_map(|closes| if closes { Step::Close } else { Step::Beat(0) }),
    ];
    prop::collection::vec((0_i64..6, step), 0..60)
}

fn scans() -> impl Strategy<Value = Step> {
    let way = prop_oneof![Just(Way::In), Just(Way::Out), Just(Way::Roll)];
    let venue = prop_oneof![3 => Just("hall"), 1 => Just("gym")];
    (0..PERSONS, venue, way, 0_i64..18).prop_map(|(person, venue, way, ago)| Step::Scan(person, venue, way, ago))
}

pub(super) fn declarations() -> impl Strategy<Value = Declaration> {
    (rules(), 0_u32..3, any::<bool>()).prop_map(|(rule, per_device, hold_relays)| {
        let mut declared = declared(rule);
        (declared.people.persons_per_device, declared.people.hold_relays) = (per_device, hold_relays);
        declared
    })
}

fn rules() -> impl Strategy<Value = Rule> {
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
        |(kind, late, early, grace, minimum, continuous, share, (mode, around, prompts_min))| Rule {
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
    )
}

fn declared(rule: Rule) -> Declaration {
    let venue = |id: &str| Venue { id: id.into(), name: id.into(), doors: vec!["a".into()] };
    Declaration {
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
        rule,
        liveness: Liveness { challenge_ms: Millis(1_000), proof_max_gap_ms: Millis(2_000) },
        people: People {
            primary_id: "auto".into(),
            persons_per_device: 1,
            hold_relays: false,
            open_registration: false,
            open_registration_counts: false,
            roles: vec!["participant".into()],
        },
        signals: Signals::Single,
        prompts: Some(PromptPlan { count: 2, kind: PromptKind::Press, answer_ms: Millis(12) }),
        ceilings: Ceilings::default(),
        venues: vec![venue("hall"), venue("gym")],
        hall: Hall { delay_ms: Millis(15) },
        retention: Retention::default(),
        claims: Claims::default(),
        spot_check: None,
    }
}
