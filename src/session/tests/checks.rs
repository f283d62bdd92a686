//! The participation checks as one connection sees them.

use super::*;
use crate::{domain::rules::PromptKind, wire::AnswerOutcome};

fn asked(prompt: u32) -> Input<'static> {
    Input::Prompt(Asked { prompt, kind: PromptKind::Word, closes: at(90).floor_millis() })
}

fn answer(session: &mut Session, prompt: u64, choice: &str, now: UnixMicros) -> Vec<Effect> {
    session.step(Input::Text(&format!(r#"{{"t":"answer","prompt":{prompt},"choice":"{choice}"}}"#)), now)
}

fn submitted(prompt: u32, choice: &str) -> Effect {
    Effect::Answer { person: PERSON, prompt, choice: choice.into() }
}

fn told(prompt: u64, outcome: AnswerOutcome) -> Effect {
    Effect::Send(ToPage::Answered { prompt, outcome })
}

#[test]
fn an_answer_is_confirmed_only_when_it_is_durable_and_is_recorded_once() {
    let mut session = present();
    session.step(asked(1), at(1));

    let first = answer(&mut session, 1, "K7QF2", at(2));
    let durable = session.step(Input::Answered { prompt: 1, outcome: AnswerOutcome::Accepted }, at(3));
    let again = answer(&mut session, 1, "K7QF2", at(4));

    assert_eq!(first, [submitted(1, "K7QF2")]);
    assert_eq!(durable, [told(1, AnswerOutcome::Accepted)]);
    assert_eq!(again, [told(1, AnswerOutcome::Accepted)]);
}

#[test]
fn somebody_who_comes_while_a_check_is_open_is_asked_and_may_answer_right_behind_the_hello() {
    let mut session = joining();
    session.step(asked(3), at(1));
    assert_eq!(answer(&mut session, 3, "K7QF2", at(1)), []);

    let counted = session.step(durable(at(2)), at(2));

    assert!(counted.iter().any(|effect| matches!(effect, Effect::Send(ToPage::Prompt { prompt: 3, .. }))));
    assert_eq!(counted.last(), Some(&submitted(3, "K7QF2")));
}

#[test]
fn a_check_that_is_over_is_not_asked_of_who_comes_later() {
    let mut session = joining();
    session.step(asked(3), at(1));

    let counted = session.step(durable(at(91)), at(91));

    assert!(!counted.iter().any(|effect| matches!(effect, Effect::Send(ToPage::Prompt { .. }))));
}

#[test]
fn an_answer_to_an_unknown_or_an_earlier_check_is_told_so_and_proves_a_living_page() {
    let mut session = present();
    assert_eq!(answer(&mut session, 1, "a", at(5)), [told(1, AnswerOutcome::Unknown)]);
    session.step(asked(2), at(6));

    assert_eq!(answer(&mut session, 9, "a", at(7)), [told(9, AnswerOutcome::Unknown)]);
    assert_eq!(answer(&mut session, 1, "a", at(8)), [told(1, AnswerOutcome::Late)]);
    assert_eq!(session.proved(), Some(at(8)));
}

#[test]
fn guessing_stops_being_recorded() {
    let mut session = present();
    session.step(asked(1), at(1));

    let tries: Vec<_> = (0..12).map(|_| answer(&mut session, 1, "guess", at(2))).collect();

    assert_eq!(tries.iter().filter(|effects| **effects == [submitted(1, "guess")]).count(), 10);
    assert_eq!(tries.last().unwrap(), &[told(1, AnswerOutcome::Wrong)]);
}

#[test]
fn a_page_says_once_that_it_shows_a_check() {
    let mut session = present();
    session.step(asked(1), at(1));
    let shown = Input::Text(r#"{"t":"shown","prompt":1}"#);

    assert_eq!(session.step(shown.clone(), at(2)), [Effect::Shown { person: PERSON, prompt: 1 }]);
    assert_eq!(session.step(shown, at(3)), []);
    assert_eq!(session.step(Input::Text(r#"{"t":"shown","prompt":7}"#), at(3)), []);
}
