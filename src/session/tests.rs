//! The protocol's rules, one by one.

mod checks;
mod closing;

use super::*;
use crate::{
    domain::{event::Reading, ids::EntryIndex, time::BootMicros},
    wire::Reconnect,
};

const SECOND: i64 = 1_000_000;
const START: UnixMicros = UnixMicros(1_795_486_330_000_000);
const PERSON: Pseudonym = Pseudonym([1; 16]);
const PACE: Pace = Pace {
    challenge: Millis(25_000),
    proof_max_gap: Millis(60_000),
    reconnect: Reconnect { min_ms: 500, max_ms: 20_000 },
};
const WAITING: Lesson = Lesson { phase: Phase::Waiting, start: None, end: None };
const HELLO: Input<'static> = Input::Text(r#"{"t":"hello","ticket":"t","device":"d"}"#);

fn at(seconds: i64) -> UnixMicros {
    UnixMicros(START.0 + seconds * SECOND)
}

fn greeting() -> Session {
    Session::new("n1.1-1".parse().unwrap(), PACE, WAITING, 7, START)
}

fn durable(now: UnixMicros) -> Input<'static> {
    Input::Durable(Stamp { index: EntryIndex(5), at: Reading { wall: now, boot: BootMicros(0) } })
}

fn joining() -> Session {
    let mut session = greeting();
    session.step(HELLO, START);
    session.step(Input::Admitted(PERSON), START);
    session
}

fn present() -> Session {
    let mut session = joining();
    session.step(durable(START), START);
    session
}

/// The number of the newest challenge among the effects.
fn challenged(effects: &[Effect]) -> Option<u64> {
    effects.iter().rev().find_map(|effect| match effect {
        Effect::Send(ToPage::Hb { n }) => Some(*n),
        Effect::Send(_)
        | Effect::Authenticate { .. }
        | Effect::Join { .. }
        | Effect::Report { .. }
        | Effect::Shown { .. }
        | Effect::Answer { .. }
        | Effect::Leave { .. }
        | Effect::Close { .. }
        | Effect::Drop => None,
    })
}

fn ack(session: &mut Session, number: u64, now: UnixMicros) -> Vec<Effect> {
    session.step(Input::Text(&format!(r#"{{"t":"ack","n":{number}}}"#)), now)
}

/// Lets the session's own deadlines pass until it sends a challenge.
fn next_challenge(session: &mut Session) -> (u64, UnixMicros) {
    let now = session.deadline().unwrap();
    (challenged(&session.step(Input::Tick, now)).unwrap(), now)
}

fn leave(last: UnixMicros, why: Why) -> Effect {
    Effect::Leave { person: PERSON, last, why }
}

fn close_code(effects: &[Effect]) -> Option<u16> {
    if let [Effect::Close { code, .. }] = effects { Some(*code) } else { None }
}

#[test]
fn a_person_is_told_that_they_count_only_when_the_join_is_durable() {
    let mut session = greeting();

    let hello = session.step(HELLO, START);
    let admitted = session.step(Input::Admitted(PERSON), START);
    let counted = session.step(durable(START), at(1));

    assert_eq!(hello, [Effect::Authenticate { ticket: "t".into(), device: "d".into() }]);
    assert_eq!(admitted, [Effect::Join { person: PERSON }]);
    assert!(matches!(
        counted.as_slice(),
        [Effect::Send(ToPage::Counted { seq: EntryIndex(5), .. }), Effect::Send(ToPage::Lesson { .. })]
    ));
}

#[test]
fn a_join_that_did_not_become_durable_ends_with_a_close_and_without_counted() {
    for (failure, code) in [(NotDurable::Fault, 1011), (NotDurable::Over, 1000), (NotDurable::Unknown, 1008)] {
        assert_eq!(close_code(&joining().step(Input::NotDurable(failure), at(1))), Some(code));
    }
}

#[test]
fn a_peer_that_breaks_the_protocol_before_its_hello_is_closed_with_the_code_of_the_contract() {
    let long = "x".repeat(10);
    let cases = [
        (Input::Binary, 1003),
        (Input::NotUtf8, 1007),
        (Input::TooLarge, 1009),
        (Input::Malformed, 1002),
        (Input::Text(r#"{"t":"ack","n":1}"#), 1008),
        (Input::Text(r#"{"t":"bye"}"#), 1008),
        (Input::Text(r#"{"t":"shout"}"#), 1008),
        (Input::Text(&long), 1008),
        (Input::Drain, 1012),
        (Input::Shutdown, 1012),
        (Input::Stuck, 1013),
        (Input::Lesson(Lesson { phase: Phase::Closed, ..WAITING }), 1000),
    ];
    for (input, code) in cases {
        let mut session = greeting();

        assert_eq!(close_code(&session.step(input.clone(), at(1))), Some(code), "{input:?}");
        assert!(session.is_over());
    }
}

#[test]
fn a_hello_after_ten_seconds_is_too_late() {
    let mut session = greeting();
    assert_eq!(session.deadline(), Some(at(10)));

    assert_eq!(session.step(Input::Tick, at(9)), []);
    assert_eq!(close_code(&session.step(HELLO, at(10))), Some(1008));
}

#[test]
fn a_bad_ticket_closes_with_its_reason() {
    let mut session = greeting();
    session.step(HELLO, START);

    let effects = session.step(Input::Refused("this link is damaged".into()), START);

    assert_eq!(effects, [Effect::Close { code: 1008, reason: "this link is damaged".into() }]);
}

#[test]
fn a_counted_peer_that_breaks_the_protocol_leaves_at_its_last_proof_and_is_then_closed() {
    for (input, code) in [
        (HELLO, 1008),
        (Input::Binary, 1003),
        (Input::NotUtf8, 1007),
        (Input::TooLarge, 1009),
        (Input::Text("{"), 1008),
    ] {
        let mut session = present();

        assert_eq!(session.step(input, at(5)), [leave(START, Why::Kicked)]);
        assert_eq!(close_code(&session.step(durable(at(5)), at(6))), Some(code));
    }
}

#[test]
fn only_the_answer_to_the_newest_challenge_is_proof_and_only_once() {
    let mut session = present();
    let (first, _) = next_challenge(&mut session);
    let (second, asked) = next_challenge(&mut session);
    let later = UnixMicros(asked.0 + 5);

    ack(&mut session, first, later);
    ack(&mut session, second + 1, later);
    assert_eq!(session.proved(), Some(START));

    ack(&mut session, second, later);
    ack(&mut session, second, UnixMicros(later.0 + 5));
    assert_eq!(session.proved(), Some(later));
    assert!(second > first);
}

#[test]
fn pongs_do_not_keep_anybody_present() {
    let mut session = present();

    session.step(Input::Noise, at(59));
    let effects = session.step(Input::Tick, UnixMicros(at(60).0 + 1));

    assert_eq!(effects.first(), Some(&leave(START, Why::Silent)));
}

#[test]
fn silence_is_judged_by_the_declared_gap_whatever_arrives_after_it() {
    for late in
        [Input::Text(r#"{"t":"ack","n":1}"#), Input::Text(r#"{"t":"bye"}"#), Input::PeerClosed(Some(4001)), Input::Lost]
    {
        let mut session = present();
        next_challenge(&mut session);

        assert_eq!(session.step(late, UnixMicros(at(60).0 + 1)), [leave(START, Why::Silent)]);
    }
}

#[test]
fn a_silent_peer_is_closed_with_4008_once_its_leave_is_durable() {
    let mut session = present();
    while challenged(&{
        let deadline = session.deadline().unwrap();
        session.step(Input::Tick, deadline)
    })
    .is_some()
    {}

    assert_eq!(close_code(&session.step(durable(at(61)), at(61))), Some(4008));
}

#[test]
fn challenges_come_at_most_the_declared_time_apart() {
    let mut session = present();
    let mut before = START;
    for _ in 0..100 {
        let (number, now) = next_challenge(&mut session);
        ack(&mut session, number, now);

        assert!(now.0 - before.0 <= 25 * SECOND);
        before = now;
    }
}

#[test]
fn what_is_recorded_of_a_person_is_looked_up_with_a_regular_challenge() {
    let mut session = present();
    let now = session.deadline().unwrap();

    let asked = session.step(Input::Tick, now);
    let told = session.step(Input::Standing { present_ms: Millis(7), state: "can_qualify" }, now);

    assert_eq!(asked.last(), Some(&Effect::Report { person: PERSON }));
    assert_eq!(told, [Effect::Send(ToPage::Status { present_ms: Millis(7), state: "can_qualify".into() })]);
}

#[test]
fn how_a_connection_ends_decides_whether_its_end_is_proof() {
    let cases = [
        (Input::Text(r#"{"t":"bye"}"#), at(5), Why::Bye),
        (Input::PeerClosed(Some(4001)), at(5), Why::Closed),
        (Input::PeerClosed(Some(1001)), START, Why::Closed),
        (Input::PeerClosed(None), START, Why::Closed),
        (Input::Lost, START, Why::Lost),
        (Input::Revoked, START, Why::Revoked),
        (Input::Shutdown, START, Why::Drained),
        (Input::Stuck, START, Why::Kicked),
        (Input::Lesson(Lesson { phase: Phase::Closed, ..WAITING }), START, Why::Over),
    ];
    for (input, last, why) in cases {
        assert_eq!(present().step(input.clone(), at(5)), [leave(last, why)], "{input:?}");
    }
}

#[test]
fn everybody_is_challenged_at_once_when_the_lesson_starts_and_when_it_ends() {
    let mut session = present();
    for phase in [Phase::Running, Phase::Ended] {
        let effects = session.step(Input::Lesson(Lesson { phase, ..WAITING }), at(1));

        assert!(matches!(effects.as_slice(), [Effect::Send(ToPage::Lesson { .. }), Effect::Send(ToPage::Hb { .. })]));
    }
}

#[test]
fn a_replaced_tab_proves_itself_once_more_so_that_no_gap_opens() {
    let mut session = present();

    let number = challenged(&session.step(Input::Replaced, at(20))).unwrap();
    let left = ack(&mut session, number, at(20));

    assert_eq!(left, [leave(at(20), Why::Replaced)]);
    assert_eq!(close_code(&session.step(durable(at(20)), at(21))), Some(4002));
}

#[test]
fn a_replaced_tab_that_is_frozen_leaves_at_its_last_proof_after_a_second() {
    let mut session = present();
    session.step(Input::Replaced, at(20));

    assert_eq!(session.deadline(), Some(at(21)));
    assert_eq!(session.step(Input::Tick, at(21)), [leave(START, Why::Replaced)]);
}

#[test]
fn a_drain_challenges_once_more_and_closes_with_1012_within_its_spread() {
    let mut session = present();

    let number = challenged(&session.step(Input::Drain, at(5))).unwrap();
    ack(&mut session, number, at(5));
    let by = session.deadline().unwrap();
    let left = session.step(Input::Tick, by);
    let closed = session.step(durable(by), by);

    assert!(by <= after(at(5), DRAIN_SPREAD));
    assert_eq!(left, [leave(at(5), Why::Drained)]);
    assert_eq!(closed, [Effect::Close { code: 1012, reason: r#"{"min_ms":500,"max_ms":20000}"#.into() }]);
}

#[test]
fn what_ends_a_connection_while_its_join_is_on_the_way_is_recorded_after_the_join() {
    for (input, why) in [(Input::Lost, Why::Lost), (Input::Revoked, Why::Revoked), (Input::Replaced, Why::Replaced)] {
        let mut session = joining();
        assert_eq!(session.step(input, at(1)), []);

        assert_eq!(session.step(durable(START), at(2)), [leave(START, why)]);
    }
}

#[test]
fn a_page_that_sends_without_end_is_closed() {
    let mut session = present();

    let first = (0..).find_map(|_| session.step(Input::Noise, at(1)).into_iter().next());

    assert_eq!(first, Some(leave(START, Why::Kicked)));
}

#[test]
fn a_session_stays_small_because_there_are_thousands() {
    assert!(std::mem::size_of::<Session>() <= 224, "{}", std::mem::size_of::<Session>());
}
