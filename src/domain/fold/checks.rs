//! The participation checks of a log, and what each person made of them.

use crate::domain::{
    accounts::tally::{OpenPrompt, PromptTally},
    event::{Answered, Prompted, Revealed, Shown},
    fold::{
        attendance::Attendance,
        intervals::Interval,
        person::PersonIndex,
        prompts::{Planned, Seed, schedule},
        standing::{CheckTerms, Terms},
    },
    ids::{Digest, EntryIndex},
    rules::{PromptKind, PromptPlan},
    time::{Millis, UnixMillis},
};

/// How long after its time a planned check may be opened without being called late: a sync that takes long, a restart.
pub const PROMPT_LATE: Millis = Millis(10_000);

/// A check that was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What it asks.
    pub kind: PromptKind,
    /// Its place in the plan; none for one that the adjudicator opened at will.
    pub place: Option<u32>,
    /// When it was due, by the plan.
    pub due: Option<UnixMillis>,
    /// When it was opened.
    pub at: UnixMillis,
    /// Until when an answer counts, this instant included.
    pub closes: UnixMillis,
    /// The word that it asks for.
    pub word: Option<String>,
    /// The start of the lesson in which it was opened.
    pub start: UnixMillis,
    /// How many pages have shown it.
    pub shown: u64,
    /// How many persons have answered it in time.
    pub answered: u64,
}

/// What the log says of the checks.
#[derive(Clone, Debug, Default)]
pub(in crate::domain) struct Checks {
    pub(super) plan: Option<PromptPlan>,
    pub(super) commitment: Option<Digest>,
    /// The adjudicator's nonce and the entry that gives it.
    pub(super) nonce: Option<(String, EntryIndex)>,
    pub(in crate::domain) seed: Option<Seed>,
    pub(in crate::domain) opened: Vec<Check>,
    /// When each start signal that was taken came, those that were taken back among them.
    pub(super) starts: Vec<UnixMillis>,
}

/// What one person made of one check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::domain) struct Response {
    /// Whether one of their pages has shown it.
    pub(in crate::domain) shown: bool,
    /// When they answered it in time.
    pub(in crate::domain) answered: Option<UnixMillis>,
    /// Whether they gave a wrong or a late answer.
    pub(in crate::domain) failed: bool,
}

/// What somebody made of the lesson's checks so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::domain) struct Responses {
    /// How many they have answered.
    pub(in crate::domain) answered: u32,
    /// How many they still can answer now.
    pub(super) open: u32,
    /// Whether the last one that is decided is one that they did not answer.
    pub(super) missed_last: bool,
}

/// How a person's account of one check reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Answered in time.
    Answered,
    /// Still open.
    Open,
    /// Shown, and answered wrongly or too late.
    Failed,
    /// Shown, and not answered.
    Ignored,
    /// Connected, but no page has shown it.
    Undelivered,
    /// Not connected while it was open.
    Away,
}

impl Outcome {
    /// Its name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Open => "open",
            Self::Failed => "failed",
            Self::Ignored => "ignored",
            Self::Undelivered => "undelivered",
            Self::Away => "away",
        }
    }
}

impl Terms {
    /// What somebody with these responses made of the lesson's checks at `now`.
    pub(in crate::domain) fn responses(&self, given: &[Response], now: UnixMillis) -> Responses {
        let mut sum = Responses::default();
        for check in &self.checks {
            let answered = given.get(check.place).is_some_and(|response| response.answered.is_some());
            let decided = answered || self.closed || now > check.closes;
            sum.answered = sum.answered.saturating_add(u32::from(answered));
            sum.open = sum.open.saturating_add(u32::from(!decided));
            if decided {
                sum.missed_last = !answered;
            }
        }
        sum
    }

    /// Takes over which checks belong to the lesson.
    pub(in crate::domain) fn take_checks(&mut self, checks: &Checks) {
        let start = self.window.map(|lesson| lesson.start);
        let of_the_lesson = |check: &Check| Some(check.start) == start;
        let opened = checks.opened.iter().enumerate().filter(|(_, check)| of_the_lesson(check));
        self.checks = opened.map(|(place, check)| CheckTerms { place, closes: check.closes }).collect();
        let planned = checks.plan.map_or(0, |plan| plan.count);
        let done = checks.opened.iter().filter(|check| check.place.is_some() && of_the_lesson(check)).count();
        self.checks_to_come = planned.saturating_sub(u32::try_from(done).unwrap_or(u32::MAX));
    }
}

impl Check {
    /// Whether what was chosen is the answer.
    fn is_answered_by(&self, choice: Option<&str>) -> bool {
        match self.kind {
            PromptKind::Press => choice.is_some(),
            PromptKind::Word => choice == self.word.as_deref(),
        }
    }
}

impl Checks {
    /// The check with this number, from 1, and its place.
    pub(super) fn find(&self, number: u32) -> Option<(usize, &Check)> {
        let place = usize::try_from(number).ok()?.checked_sub(1)?;
        Some((place, self.opened.get(place)?))
    }

    /// The plan of the lesson that started at `start` and is planned until `end`, once seed and nonce are known.
    pub(super) fn planned(&self, seed: &Seed, start: UnixMillis, end: UnixMillis) -> Vec<Planned> {
        let nonce = self.nonce.as_ref().map_or("", |(nonce, _)| nonce.as_str());
        let number = self.starts.iter().zip(1..).filter(|(at, _)| **at == start).last();
        let number = number.map_or(0, |(_, number)| number);
        self.plan.map(|plan| schedule(&plan, seed, nonce, number, Interval { start, end })).unwrap_or_default()
    }
}

impl Attendance {
    pub(super) fn give_nonce(&mut self, nonce: &str, entry: EntryIndex) {
        self.checks.nonce.get_or_insert((nonce.to_owned(), entry));
    }

    /// A check is opened: from now on it is asked of everybody.
    pub(super) fn prompt(&mut self, prompted: &Prompted, now: UnixMillis) {
        let Some(lesson) = self.window() else { return };
        if self.checks.find(prompted.prompt).is_some() {
            return;
        }
        self.checks.opened.push(Check {
            kind: prompted.kind,
            place: prompted.place,
            due: prompted.due.map(|due| due.floor_millis()),
            at: now,
            closes: prompted.closes.floor_millis(),
            word: prompted.word.clone(),
            start: lesson.start,
            shown: 0,
            answered: 0,
        });
        if let Some(terms) = &mut self.terms {
            terms.take_checks(&self.checks);
        }
        self.look_at_everybody(now);
    }

    pub(super) fn show(&mut self, shown: &Shown, index: PersonIndex) {
        let Some((place, _)) = self.checks.find(shown.prompt) else { return };
        let Some(response) = self.response(index, place) else { return };
        if !std::mem::replace(&mut response.shown, true)
            && let Some(check) = self.checks.opened.get_mut(place)
        {
            check.shown = check.shown.saturating_add(1);
        }
    }

    /// The server's own time of receipt decides, and a second answer changes nothing.
    pub(super) fn answer(&mut self, answered: &Answered, index: PersonIndex, now: UnixMillis) {
        let Some((place, check)) = self.checks.find(answered.prompt).filter(|_| self.closed.is_none()) else { return };
        let counts = now <= check.closes && check.is_answered_by(answered.choice.as_deref());
        let Some(response) = self.response(index, place) else { return };
        if response.answered.is_some() {
            return;
        }
        if !counts {
            response.failed = true;
            return;
        }
        response.answered = Some(now);
        if let Some(check) = self.checks.opened.get_mut(place) {
            check.answered = check.answered.saturating_add(1);
        }
        self.look(index, now);
    }

    fn response(&mut self, index: PersonIndex, place: usize) -> Option<&mut Response> {
        let person = self.persons.get_mut(index.0)?;
        if person.responses.len() <= place {
            person.responses.resize(place.saturating_add(1), Response::default());
        }
        person.responses.get_mut(place)
    }

    pub(super) fn reveal(&mut self, revealed: &Revealed) {
        self.checks.seed = Some(revealed.seed);
    }

    /// The checks at a glance.
    pub(in crate::domain) fn prompt_tally(&self, now: UnixMillis) -> PromptTally {
        let start = self.start.map(|start| start.at);
        let takes_answers = |check: &Check| self.closed.is_none() && now <= check.closes;
        let newest = self.checks.opened.iter().zip(1_u64..).last().filter(|(check, _)| takes_answers(check));
        let open = newest.map(|(check, prompt)| OpenPrompt {
            prompt,
            kind: check.kind,
            closes_at: check.closes,
            word: check.word.clone(),
            answered: check.answered,
        });
        PromptTally {
            planned: self.checks.plan.map_or(0, |plan| plan.count),
            opened: self.checks.opened.iter().filter(|check| Some(check.start) == start).count() as u64,
            open,
        }
    }

    /// The planned checks of the lesson that were not opened: each one's place and, once the seed is revealed, when it
    /// was due. None while the lesson runs.
    #[must_use]
    pub fn missed_checks(&self) -> Vec<(u32, Option<UnixMillis>)> {
        let Some((lesson, now)) = self.window().zip(self.now()) else { return Vec::new() };
        if now < lesson.end {
            return Vec::new();
        }
        let planned = self.checks.seed.map(|seed| self.planned_checks(&seed)).unwrap_or_default();
        let opened =
            |place| self.checks.opened.iter().any(|check| check.start == lesson.start && check.place == Some(place));
        let due = |place| planned.iter().find(|one| one.place == place).map(|one| one.due);
        let count = self.checks.plan.map_or(0, |plan| plan.count);
        (1..=count).filter(|place| !opened(*place)).map(|place| (place, due(place))).collect()
    }

    /// Every check that was opened, in order.
    #[must_use]
    pub fn checks(&self) -> &[Check] {
        &self.checks.opened
    }

    /// The commitment to the seed of the checks' times, where any are planned.
    #[must_use]
    pub fn commitment(&self) -> Option<Digest> {
        self.checks.commitment
    }

    /// The adjudicator's nonce, once it is given.
    #[must_use]
    pub fn nonce(&self) -> Option<&str> {
        self.checks.nonce.as_ref().map(|(nonce, _)| nonce.as_str())
    }

    /// The seed of the checks' times, once it is revealed.
    #[must_use]
    pub fn seed(&self) -> Option<Seed> {
        self.checks.seed
    }

    /// The planned checks of the lesson that runs or ran, for whoever has the seed. None before the start.
    #[must_use]
    pub fn planned_checks(&self, seed: &Seed) -> Vec<Planned> {
        self.start.map(|start| self.planned_from(seed, start.at)).unwrap_or_default()
    }

    /// The planned checks of a lesson that started at `start`.
    pub(super) fn planned_from(&self, seed: &Seed, start: UnixMillis) -> Vec<Planned> {
        let end = self.planned_end_of(start);
        end.map(|end| self.checks.planned(seed, start, end)).unwrap_or_default()
    }
}
