//! What no sequence of inputs can bring about.

use proptest::prelude::*;

use super::*;
use crate::{
    domain::{event::Reading, ids::EntryIndex, rules::PromptKind, time::BootMicros},
    wire::{AnswerOutcome, Reconnect},
};

const START: UnixMicros = UnixMicros(1_795_486_330_000_000);
const PERSON: Pseudonym = Pseudonym([1; 16]);
const PACE: Pace = Pace {
    challenge: Millis(2_000),
    proof_max_gap: Millis(5_000),
    reconnect: Reconnect { min_ms: 500, max_ms: 20_000 },
};

/// What the surroundings do next.
#[derive(Clone, Debug)]
enum Move {
    Hello,
    Answer,
    Old,
    Say(&'static str),
    Settle(bool),
    Input(Input<'static>),
}

fn moves() -> impl Strategy<Value = Move> {
    let lesson = |phase| Move::Input(Input::Lesson(Lesson { phase, start: None, end: None }));
    let ended = UnixMicros(START.0 + 20_000_000).floor_millis();
    let asked = Asked { prompt: 1, kind: PromptKind::Press, closes: UnixMicros(START.0 + 30_000_000).floor_millis() };
    let closed = Lesson { phase: Phase::Closed, start: Some(START.floor_millis()), end: Some(ended) };
    prop_oneof![
        4 => Just(Move::Hello),
        8 => Just(Move::Answer),
        2 => Just(Move::Old),
        1 => Just(Move::Settle(false)),
        8 => Just(Move::Settle(true)),
        8 => Just(Move::Input(Input::Tick)),
        2 => prop_oneof![Just(lesson(Phase::Running)), Just(lesson(Phase::Ended)), Just(lesson(Phase::Closed))],
        1 => Just(Move::Input(Input::Lesson(closed))),
        1 => Just(Move::Say("{}")),
        1 => Just(Move::Say(r#"{"t":"bye"}"#)),
        2 => Just(Move::Say(r#"{"t":"answer","prompt":1,"choice":"a"}"#)),
        1 => Just(Move::Say(r#"{"t":"shown","prompt":1}"#)),
        1 => Just(Move::Input(Input::Prompt(asked))),
        1 => Just(Move::Input(Input::Answered { prompt: 1, outcome: AnswerOutcome::Accepted })),
        3 => prop_oneof![
            Just(Input::Binary), Just(Input::NotUtf8), Just(Input::TooLarge), Just(Input::Malformed),
            Just(Input::Noise), Just(Input::PeerClosed(Some(4001))), Just(Input::PeerClosed(None)),
            Just(Input::Lost), Just(Input::Stuck), Just(Input::Replaced), Just(Input::Revoked),
            Just(Input::Standing { present_ms: Millis(1), state: "can_qualify" }),
            Just(Input::Drain), Just(Input::Shutdown),
        ].prop_map(Move::Input),
    ]
}

/// Plays the surroundings: it answers each effect when a later move settles it, and checks what must never be.
struct World {
    session: Session,
    now: UnixMicros,
    waiting: Option<Effect>,
    joins: usize,
    durable_joins: usize,
    leaves: usize,
    ends: usize,
    number: u64,
    last_proof: UnixMicros,
}

impl World {
    fn new(seed: u64) -> Self {
        let lesson = Lesson { phase: Phase::Waiting, start: None, end: None };
        Self {
            session: Session::new("n1.1-1".parse().unwrap(), PACE, lesson, seed, START),
            now: START,
            waiting: None,
            joins: 0,
            durable_joins: 0,
            leaves: 0,
            ends: 0,
            number: 0,
            last_proof: START,
        }
    }

    fn play(&mut self, step: &Move) {
        match step {
            Move::Hello => self.step(Input::Text(r#"{"t":"hello","ticket":"t","device":"d"}"#)),
            Move::Answer => self.ack(self.number),
            Move::Old => self.ack(self.number.saturating_sub(1)),
            Move::Say(text) => self.step(Input::Text(text)),
            Move::Settle(good) => self.settle(*good),
            Move::Input(input) => self.step(input.clone()),
        }
    }

    fn ack(&mut self, number: u64) {
        let text = format!(r#"{{"t":"ack","n":{number}}}"#);
        self.step(Input::Text(&text));
    }

    fn settle(&mut self, good: bool) {
        let stamp = Stamp { index: EntryIndex(1), at: Reading { wall: self.now, boot: BootMicros(0) } };
        let answer = match self.waiting.take() {
            None => return,
            Some(Effect::Authenticate { .. }) if good => Input::Admitted(PERSON),
            Some(Effect::Authenticate { .. }) => Input::Refused("no".into()),
            Some(Effect::Join { .. }) if good => {
                self.durable_joins += 1;
                Input::Durable(stamp)
            }
            Some(_) if good => Input::Durable(stamp),
            Some(_) => Input::NotDurable(NotDurable::Fault),
        };
        self.step(answer);
    }

    fn step(&mut self, input: Input<'_>) {
        let over = self.session.is_over();
        let effects = self.session.step(input, self.now);
        assert!(!over || effects.is_empty(), "an ended session does nothing: {effects:?}");
        for effect in effects {
            self.check(effect);
        }
        if let Some(proved) = self.session.proved() {
            assert!(proved <= self.now && proved >= self.last_proof, "proof moves forward and never into the future");
            self.last_proof = proved;
        }
        assert!(
            self.session.is_over() || self.session.deadline().is_some() || self.waiting.is_some(),
            "stuck for ever"
        );
    }

    fn check(&mut self, effect: Effect) {
        assert_eq!(self.ends, 0, "nothing follows the end: {effect:?}");
        match &effect {
            Effect::Authenticate { .. } | Effect::Report { .. } => {}
            Effect::Shown { .. } | Effect::Answer { .. } => {
                assert_eq!((self.durable_joins, self.leaves), (1, 0), "an answer of nobody who is counted");
            }
            Effect::Join { .. } => self.joins += 1,
            Effect::Leave { last, .. } => {
                self.leaves += 1;
                assert_eq!(self.durable_joins, 1, "a leave without a durable join");
                assert!(*last <= self.now && *last >= self.last_proof);
            }
            Effect::Send(ToPage::Counted { .. }) => assert_eq!(self.durable_joins, 1, "counted before durable"),
            Effect::Send(ToPage::Hb { n }) => {
                assert!(*n > self.number, "challenge numbers increase");
                self.number = *n;
            }
            Effect::Send(_) => assert_eq!(self.leaves, 0, "a message after the leave"),
            Effect::Close { .. } | Effect::Drop => self.ends += 1,
        }
        if matches!(effect, Effect::Authenticate { .. } | Effect::Join { .. } | Effect::Leave { .. }) {
            assert!(self.waiting.is_none(), "two requests at once");
            self.waiting = Some(effect);
        }
        assert!(self.joins <= 1 && self.leaves <= 1);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_inputs_counts_too_early_joins_twice_or_leaves_without_a_join(
        seed in any::<u64>(),
        steps in prop::collection::vec((moves(), 0_i64..1_500_000), 1..60),
    ) {
        let mut world = World::new(seed);
        for (step, pause) in steps {
            world.now = UnixMicros(world.now.0 + pause);
            world.play(&step);
        }
    }

    #[test]
    fn every_session_comes_to_an_end_by_itself_when_its_peer_says_nothing_more(
        seed in any::<u64>(),
        steps in prop::collection::vec((moves(), 0_i64..1_500_000), 1..30),
    ) {
        let mut world = World::new(seed);
        for (step, pause) in steps {
            world.now = UnixMicros(world.now.0 + pause);
            world.play(&step);
        }

        for _ in 0..40 {
            world.settle(true);
            world.now = world.session.deadline().unwrap_or(world.now).max(world.now);
            world.step(Input::Tick);
        }

        prop_assert!(world.session.is_over());
        prop_assert_eq!(world.leaves, world.durable_joins);
    }
}
