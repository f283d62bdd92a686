//! The account of each participation check, person by person: what `prompts.csv` holds.

use crate::domain::{
    fold::{
        attendance::Attendance,
        checks::{Check, Outcome, Response},
        person::Person,
    },
    ids::Pseudonym,
    rules::PromptKind,
    time::UnixMillis,
};

/// One row of `prompts.csv`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckAccount {
    /// The check's number.
    pub prompt: u32,
    /// What it asks.
    pub kind: PromptKind,
    /// Whether it was planned, or opened at the adjudicator's will.
    pub planned: bool,
    /// When it was due, by the plan.
    pub due: Option<UnixMillis>,
    /// When it was opened.
    pub opened: UnixMillis,
    /// Until when an answer counted.
    pub closes: UnixMillis,
    /// Who.
    pub person: Pseudonym,
    /// What they made of it.
    pub outcome: Outcome,
    /// When they answered it in time.
    pub answered: Option<UnixMillis>,
}

/// Every check and everybody who ever joined, in the order of the checks and of the persons' names. Made one by one: a
/// lesson of a day has millions.
pub fn checks(attendance: &Attendance) -> impl Iterator<Item = CheckAccount> + '_ {
    let came = |person: &&Person| person.stands_for.is_none() && person.first_join.is_some();
    let persons = move || attendance.by_name.values().filter_map(|one| attendance.persons.get(one.0)).filter(came);
    let of_check = move |(place, (check, prompt))| {
        persons().map(move |person| account(attendance, person, (place, prompt, check)))
    };
    attendance.checks().iter().zip(1..).enumerate().flat_map(of_check)
}

fn account(attendance: &Attendance, person: &Person, (place, prompt, check): (usize, u32, &Check)) -> CheckAccount {
    let response = person.responses.get(place).copied().unwrap_or_default();
    let is_open = !attendance.is_closed() && attendance.now().is_some_and(|now| now <= check.closes);
    CheckAccount {
        prompt,
        kind: check.kind,
        planned: check.place.is_some(),
        due: check.due,
        opened: check.at,
        closes: check.closes,
        person: person.pseudonym,
        outcome: outcome(person, check, response, is_open),
        answered: response.answered,
    }
}

fn outcome(person: &Person, check: &Check, response: Response, is_open: bool) -> Outcome {
    if response.answered.is_some() {
        Outcome::Answered
    } else if is_open {
        Outcome::Open
    } else if response.failed {
        Outcome::Failed
    } else if response.shown {
        Outcome::Ignored
    } else if person.presence.is_proved_within(check.at, check.closes) {
        Outcome::Undelivered
    } else {
        Outcome::Away
    }
}
