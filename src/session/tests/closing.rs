//! The end of the lesson: the last answer is awaited, and nobody is held longer than for it.

use super::*;

/// The lesson that ended after `seconds`, in this phase.
fn ended(phase: Phase, seconds: i64) -> Input<'static> {
    let edge = |seconds| Some(at(seconds).floor_millis());
    Input::Lesson(Lesson { phase, start: edge(1), end: edge(seconds) })
}

#[test]
fn a_close_right_after_the_end_awaits_the_answer_to_the_challenge_at_the_end() {
    let mut session = present();
    let number = challenged(&session.step(ended(Phase::Ended, 30), at(30))).unwrap();

    let closed = session.step(ended(Phase::Closed, 30), at(31));
    let answered = ack(&mut session, number, at(45));

    assert_eq!(closed, []);
    assert_eq!(answered, [leave(at(45), Why::Over)]);
    assert_eq!(close_code(&session.step(durable(at(45)), at(45))), Some(1000));
}

#[test]
fn an_end_that_is_heard_of_only_with_the_close_is_answered_too() {
    let mut session = present();

    let closed = session.step(ended(Phase::Closed, 30), at(30));
    let answered = ack(&mut session, challenged(&closed).unwrap(), at(31));

    assert!(matches!(closed.first(), Some(Effect::Send(ToPage::Lesson { phase: Phase::Ended, .. }))), "{closed:?}");
    assert_eq!(answered, [leave(at(31), Why::Over)]);
}

#[test]
fn a_close_waits_thirty_seconds_for_an_answer_and_asks_for_no_other_meanwhile() {
    let mut session = present();
    session.step(ended(Phase::Closed, 10), at(10));

    assert_eq!(session.deadline(), Some(after(at(10), LAST_ANSWER_WITHIN)));
    assert_eq!(session.step(Input::Tick, at(39)), []);
    assert_eq!(session.step(Input::Tick, at(40)), [leave(START, Why::Over)]);
}

#[test]
fn a_close_sends_those_home_at_once_who_are_proved_up_to_the_end() {
    let mut session = present();
    let number = challenged(&session.step(ended(Phase::Ended, 30), at(30))).unwrap();
    ack(&mut session, number, at(30));

    assert_eq!(session.step(ended(Phase::Closed, 30), at(31)), [leave(at(30), Why::Over)]);
}

#[test]
fn a_join_that_becomes_durable_after_the_close_is_counted_and_then_asked_for_its_last_answer() {
    let mut session = joining();
    assert_eq!(session.step(ended(Phase::Closed, 1), at(1)), []);

    let effects = session.step(durable(START), at(2));
    let answered = ack(&mut session, challenged(&effects).unwrap(), at(3));

    assert!(matches!(effects.first(), Some(Effect::Send(ToPage::Counted { .. }))));
    assert_eq!(answered, [leave(at(3), Why::Over)]);
}

#[test]
fn a_page_that_says_hello_while_last_answers_are_awaited_is_told_that_the_lesson_is_over() {
    let closed = Lesson { phase: Phase::Closed, start: Some(START.floor_millis()), end: Some(at(1).floor_millis()) };
    let mut session = Session::new("n1.1-1".parse().unwrap(), PACE, closed, 7, at(2));

    assert_eq!(close_code(&session.step(HELLO, at(3))), Some(1000));
}

#[test]
fn a_shutdown_in_order_does_not_wait_for_the_last_answers_of_a_close() {
    let mut session = present();
    session.step(ended(Phase::Closed, 10), at(10));

    session.step(Input::Drain, at(11));

    assert!(session.deadline().unwrap() <= after(at(11), DRAIN_SPREAD));
}
