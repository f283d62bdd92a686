//! What a history's attempt declares.

use hadir::domain::{
    rules::{
        Ceilings, Checkpoints, Claims, Declaration, Hall, Liveness, People, PresenceMode, Retention, Rule, RuleKind,
        Signals, Venue, Window,
    },
    time::{Millis, UnixMicros},
};

use super::{BEGIN_US, LESSON_MS};

pub(crate) fn declaration(rule: Rule, rehearsal: bool, added_count: bool) -> Declaration {
    let start = UnixMicros(BEGIN_US).floor_millis().plus(Millis(20_000));
    Declaration {
        title: "A lesson".into(),
        organizer: "A school".into(),
        zone: "Asia/Jakarta".into(),
        public_url: None,
        rehearsal,
        window: Window {
            planned_start: start,
            planned_end: start.plus(Millis(LESSON_MS)),
            minimum_ms: Millis(0),
            tolerance_ms: Millis(900_000),
        },
        rule,
        liveness: Liveness { challenge_ms: Millis(5_000), proof_max_gap_ms: Millis(15_000) },
        people: People {
            primary_id: "auto".into(),
            persons_per_device: 0,
            hold_relays: false,
            open_registration: true,
            open_registration_counts: added_count,
            roles: vec!["participant".into(), "helper".into()],
        },
        signals: Signals::Single,
        prompts: None,
        ceilings: Ceilings::default(),
        venues: vec![Venue { id: "hall".into(), name: "Hall".into(), doors: vec!["main".into()] }],
        hall: Hall { delay_ms: Millis(10_000) },
        retention: Retention::default(),
        claims: Claims::default(),
        spot_check: None,
    }
}

pub(crate) fn full_lesson(late_ms: u64, early_ms: u64, grace_ms: u64) -> Rule {
    Rule {
        kind: RuleKind::FullLesson,
        late_ms: Millis(late_ms),
        early_ms: Millis(early_ms),
        grace_ms: Millis(grace_ms),
        minimum_ms: None,
        continuous: false,
        share_bp: None,
        presence: PresenceMode::Continuous,
        checkpoints: Checkpoints::default(),
        prompts_min: None,
        venue_min: None,
    }
}
