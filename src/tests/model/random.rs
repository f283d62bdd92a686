//! Random histories: what may happen, how often, and at which instants.

use hadir::domain::{
    event::{Signal, Way},
    rules::{Checkpoints, PresenceMode, Rule, RuleKind, Venue},
    time::Millis,
};
use proptest::prelude::*;

use super::history::{ADDED_FROM, History, PERSONS, Step, Teller, What, declaration, full_lesson, roster_rows};

/// Waits and looks back that often fall on the very instants at which rules change.
fn some_time() -> impl Strategy<Value = i64> {
    prop_oneof![
        3 => Just(0_i64),
        1 => prop_oneof![Just(1_i64), Just(999), Just(1_000), Just(1_001)],
        4 => (1_i64..12).prop_map(|seconds| seconds * 1_000_000),
        2 => 0_i64..15_000_000,
    ]
}

fn what(repeats: u32) -> impl Strategy<Value = What> {
    prop_oneof![
        10 => (0..PERSONS, 0_u16..2, 0_u8..4).prop_map(|(person, node, device)| What::Join { person, node, device }),
        8 => (any::<u8>(), some_time()).prop_map(|(pick, back_us)| What::Leave { pick, back_us }),
        5 => (0_u16..2, some_time(), any::<u8>()).prop_map(|(node, back_us, except)| What::Beat { node, back_us, except }),
        1 => (0_u16..2).prop_map(|node| What::Crash { node }),
        1 => (0_u16..2).prop_map(|node| What::Drain { node }),
        2 => listed_anew(),
        1 => prop_oneof![Just(Signal::Void), Just(Signal::Start), Just(Signal::End)].prop_map(What::Signal),
        14 => asked_or_scanned(),
        repeats => (any::<usize>(), 1_usize..6).prop_map(|(from, count)| What::Repeat { from, count }),
    ]
}

fn listed_anew() -> impl Strategy<Value = What> {
    prop_oneof![
        2 => any::<u8>().prop_map(|person| What::Add { person }),
        2 => any::<u8>().prop_map(|person| What::Revoke { person }),
        1 => any::<u8>().prop_map(|person| What::Erase { person }),
    ]
}

fn asked_or_scanned() -> impl Strategy<Value = What> {
    prop_oneof![
        3 => prop_oneof![Just(0_u64), Just(5_000), Just(20_000)].prop_map(|lasts_ms| What::Prompt { lasts_ms }),
        6 => (any::<u8>(), prop::bool::weighted(0.8)).prop_map(|(pick, right)| What::Answer { pick, right }),
        5 => (0..PERSONS, some_venue(), some_way(), some_time())
            .prop_map(|(person, venue, way, back_us)| What::Scan { person, venue, way, back_us }),
    ]
}

/// Mostly the same hall: two scans of one person at one venue are to be frequent.
fn some_venue() -> impl Strategy<Value = u8> {
    prop_oneof![3 => Just(0_u8), 1 => Just(1)]
}

fn some_way() -> impl Strategy<Value = Way> {
    prop_oneof![2 => Just(Way::In), 2 => Just(Way::Out), 1 => Just(Way::Roll)]
}

fn steps(most: usize, repeats: u32) -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec((some_time(), what(repeats)).prop_map(|(wait_us, what)| Step { wait_us, what }), 0..most)
}

fn rule() -> impl Strategy<Value = Rule> {
    let kind = prop_oneof![
        4 => Just(RuleKind::FullLesson),
        2 => Just(RuleKind::MinimumTime),
        2 => Just(RuleKind::Share),
        1 => Just(RuleKind::Peak),
        1 => Just(RuleKind::Prompts),
    ];
    let asked = prop_oneof![2 => Just(None), 2 => (1_u32..3).prop_map(Some)];
    let mode = prop_oneof![3 => Just(PresenceMode::Continuous), 1 => Just(PresenceMode::Checkpoints)];
    let length = || prop_oneof![Just(0_u64), Just(2_000), Just(5_000), Just(11_000)];
    let minimum = prop_oneof![Just(1_u64), Just(10_000), Just(30_000), 1_u64..60_000];
    let share = prop_oneof![Just(1_u16), Just(2_500), Just(5_000), Just(10_000), 1_u16..=10_000];
    let around = (length(), length(), length(), length());
    (kind, (length(), length(), length()), minimum, any::<bool>(), share, (asked, mode, around)).prop_map(
        |(kind, (late, early, grace), minimum, continuous, share, (asked, mode, around))| Rule {
            kind,
            minimum_ms: Some(Millis(minimum)),
            continuous,
            share_bp: Some(share),
            // A peak is counted of all together: no clause of one person goes with it.
            prompts_min: asked.filter(|_| kind != RuleKind::Peak),
            presence: if kind == RuleKind::Peak { PresenceMode::Continuous } else { mode },
            checkpoints: Checkpoints {
                before_start_ms: Millis(around.0),
                after_start_ms: Millis(around.1),
                before_end_ms: Millis(around.2),
                after_end_ms: Millis(around.3),
            },
            ..full_lesson(late, early, grace)
        },
    )
}

/// How many persons may share a device, and whether relays are held.
fn held_for() -> impl Strategy<Value = (u32, bool)> {
    (prop_oneof![3 => Just(0_u32), 1 => 1_u32..4], prop::bool::weighted(0.3))
}

/// Histories with a lobby, mostly a start, mostly an end, and what comes after; `repeats` is how often facts return.
pub(crate) fn histories(repeats: u32) -> impl Strategy<Value = History> {
    let merged =
        prop::option::of((0..ADDED_FROM, 0..ADDED_FROM)).prop_map(|pair| pair.filter(|(from, into)| from != into));
    let signalled = || prop::bool::weighted(0.9);
    (
        (rule(), any::<bool>(), any::<bool>(), merged, held_for()),
        (
            steps(12, repeats),
            signalled(),
            steps(25, repeats),
            signalled(),
            steps(10, repeats),
            prop::option::of(steps(8, repeats)),
        ),
    )
        .prop_map(
            |(
                (rule, rehearsal, added_count, merged, (per_device, relays)),
                (lobby, start, lesson, end, after, close),
            )| {
                let at_once = |what| Step { wait_us: 0, what };
                let mut all = lobby;
                all.extend(start.then(|| at_once(What::Signal(Signal::Start))));
                all.extend(lesson);
                all.extend(end.then(|| at_once(What::Signal(Signal::End))));
                all.extend(after);
                if let Some(afterwards) = close {
                    all.push(at_once(What::Close));
                    all.extend(afterwards);
                }
                let mut declared = declaration(rule, rehearsal, added_count);
                (declared.people.persons_per_device, declared.people.hold_relays) = (per_device, relays);
                declared.venues.push(Venue { id: "gym".into(), name: "Gym".into(), doors: vec!["main".into()] });
                Teller::new(declared, roster_rows(merged)).tell(&all)
            },
        )
}
