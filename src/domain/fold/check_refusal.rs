//! What no log can say of the participation checks: what the fold refuses, and what the hub asks before it writes.

use crate::domain::{
    accounts::tally::Phase,
    event::{Prompted, Revealed},
    fold::{
        attendance::Attendance,
        prompts::Planned,
        refusal::{Refusal, Subject},
    },
    ids::{ConnectionId, Pseudonym},
    rules::PromptKind,
    time::{Millis, UnixMicros, UnixMillis},
};

/// The longest time to answer a check that is opened at will where no plan says how long its own take.
pub const ANSWER_AT_WILL_PRESS: Millis = Millis(90_000);
/// The same for a word, which is read elsewhere and typed on the page.
pub const ANSWER_AT_WILL_WORD: Millis = Millis(180_000);
/// How long a check that is opened at will takes answers at the least where no plan says it: whoever looks at the page
/// once in every challenge has seen it by then. Without a least time one that nobody can answer would fail everybody.
pub const ANSWER_AT_WILL_MIN: Millis = Millis(30_000);
/// How much shorter than declared a check may take answers: it waits for its place in the log.
pub const ANSWER_SLACK: Millis = Millis(1_000);

/// Why something of the participation checks is not allowed now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PromptRefusal {
    /// The log was opened by another program: it commits to a seed exactly where checks are planned.
    #[error("a log commits to a seed if its declaration plans participation checks, and only then")]
    Commitment,
    /// No checks are planned: nothing is drawn.
    #[error("the declaration plans no participation checks, so that no nonce is needed")]
    NoPlan,
    /// The nonce stands: another one would let somebody choose the times.
    #[error("a nonce was given, and it stays")]
    NonceGiven,
    /// The nonce comes before the start.
    #[error("the lesson has started: a nonce is given before")]
    Started,
    /// Checks belong to the lesson.
    #[error("the lesson is not running")]
    NotRunning,
    /// Checks are numbered in the order in which they are opened.
    #[error("the next check has number {0}")]
    Number(u32),
    /// The plan has no such check, or it was opened already.
    #[error("the plan has no check {0} that is still to come")]
    Place(u32),
    /// One check after the other: this one takes answers until then.
    #[error("a check is open until {0}")]
    Open(UnixMillis),
    /// A planned check is opened at its time or later, never before.
    #[error("a planned check is not opened before its time")]
    Early,
    /// An answer is taken for as long as declared, so that nobody can favour whoever is quick.
    #[error("an answer would be taken for longer or shorter than declared")]
    Closes,
    /// Answer a check that was opened.
    #[error("check {0} was never opened")]
    Unknown(u32),
    /// Wait until the lesson is over.
    #[error("the seed is revealed after the lesson")]
    TooEarly,
    /// The seed is not the one that was committed to.
    #[error("the seed is not the one that was committed to")]
    AnotherSeed,
    /// A check of the plan was not opened as seed and nonce say.
    #[error("check {0} was not opened with the time and the word that seed and nonce give")]
    Moved(u32),
    /// The lesson's checks are over.
    #[error("the seed is revealed: no check is opened any more")]
    Revealed,
    /// Reveal the seed first.
    #[error("an attempt that planned checks is closed after their seed is revealed")]
    NotRevealed,
}

impl Attendance {
    /// Whether a nonce can be given now.
    ///
    /// # Errors
    /// When no check is planned, the lesson has started, or one was given.
    pub fn nonce_allowed(&self) -> Result<(), PromptRefusal> {
        if self.commitment().is_none() {
            return Err(PromptRefusal::NoPlan);
        }
        if self.nonce().is_some() {
            return Err(PromptRefusal::NonceGiven);
        }
        // A check that was opened, or a seed that is known, would let somebody choose a nonce that suits them.
        let is_late = self.start.is_some() || !self.checks.opened.is_empty() || self.checks.seed.is_some();
        if is_late { Err(PromptRefusal::Started) } else { Ok(()) }
    }

    /// How long an answer to a check of this kind may be taken.
    #[must_use]
    pub fn answer_time(&self, kind: PromptKind, planned: bool) -> Millis {
        let at_will = match kind {
            PromptKind::Press => ANSWER_AT_WILL_PRESS,
            PromptKind::Word => ANSWER_AT_WILL_WORD,
        };
        match self.checks.plan {
            Some(plan) if planned => plan.answer_ms,
            Some(plan) => plan.answer_ms.max(at_will),
            None => at_will,
        }
    }

    /// How long an answer to a check must be taken: as declared, but for the wait for its place in the log.
    fn least_answer_time(&self) -> Millis {
        self.checks.plan.map_or(ANSWER_AT_WILL_MIN, |plan| plan.answer_ms.minus(ANSWER_SLACK))
    }

    /// Whether a check can be opened at `now`.
    ///
    /// # Errors
    /// When the lesson is not running or the plan has no such check.
    pub fn prompt_allowed(&self, place: Option<u32>, now: UnixMillis) -> Result<(), PromptRefusal> {
        let over = self.window().is_none_or(|lesson| now >= lesson.end);
        if over || matches!(self.phase(), Phase::Waiting | Phase::Closed) || self.end.is_some() {
            return Err(PromptRefusal::NotRunning);
        }
        // The times of checks that are opened after the seed is known are compared with it by nobody.
        if self.checks.seed.is_some() {
            return Err(PromptRefusal::Revealed);
        }
        if let Some(open) = self.checks.opened.last().filter(|check| now <= check.closes) {
            return Err(PromptRefusal::Open(open.closes));
        }
        let Some(place) = place else { return Ok(()) };
        let planned = self.checks.plan.map_or(0, |plan| plan.count);
        let start = self.start.map(|start| start.at);
        let opened =
            |check: &crate::domain::fold::checks::Check| Some(check.start) == start && check.place == Some(place);
        if (1..=planned).contains(&place) && !self.checks.opened.iter().any(opened) {
            Ok(())
        } else {
            Err(PromptRefusal::Place(place))
        }
    }

    /// The number of the next check.
    #[must_use]
    pub fn next_prompt(&self) -> u32 {
        u32::try_from(self.checks.opened.len()).unwrap_or(u32::MAX).saturating_add(1)
    }

    pub(super) fn check_prompt(&self, prompted: &Prompted, now: UnixMicros) -> Result<(), PromptRefusal> {
        if prompted.prompt != self.next_prompt() {
            return Err(PromptRefusal::Number(self.next_prompt()));
        }
        self.prompt_allowed(prompted.place, now.floor_millis())?;
        if prompted.due.is_some_and(|due| due > now) {
            return Err(PromptRefusal::Early);
        }
        let (now, closes) = (now.floor_millis(), prompted.closes.floor_millis());
        let earliest = now.plus(self.least_answer_time());
        let latest = now.plus(self.answer_time(prompted.kind, prompted.place.is_some()));
        if earliest <= closes && closes <= latest { Ok(()) } else { Err(PromptRefusal::Closes) }
    }

    pub(super) fn check_response(&self, p: Pseudonym, s: ConnectionId, prompt: u32) -> Result<Subject, Refusal> {
        let person = self.by_name.get(&p).copied().ok_or(Refusal::UnknownPerson(p))?;
        let connection = self.check_connection(s, p)?;
        if self.checks.find(prompt).is_none() {
            return Err(PromptRefusal::Unknown(prompt).into());
        }
        Ok(Subject { person: Some(person), connection })
    }

    /// Whether the seed can be revealed at `now`.
    ///
    /// # Errors
    /// When it is another one, the lesson is not over, or a check was opened otherwise than it says.
    pub fn reveal_allowed(&self, revealed: &Revealed, now: UnixMillis) -> Result<(), PromptRefusal> {
        if Some(revealed.seed.commitment()) != self.commitment() {
            return Err(PromptRefusal::AnotherSeed);
        }
        if self.window().is_some_and(|lesson| now < lesson.end) {
            return Err(PromptRefusal::TooEarly);
        }
        let mut drawn: Option<(UnixMillis, Vec<Planned>)> = None;
        for (check, number) in self.checks.opened.iter().zip(1..) {
            let Some(place) = check.place else { continue };
            if drawn.as_ref().is_none_or(|(start, _)| *start != check.start) {
                drawn = Some((check.start, self.planned_from(&revealed.seed, check.start)));
            }
            let planned = drawn.iter().flat_map(|(_, planned)| planned).find(|planned| planned.place == place);
            let same = planned.is_some_and(|planned| Some(planned.due) == check.due && planned.word == check.word);
            if !same {
                return Err(PromptRefusal::Moved(number));
            }
        }
        Ok(())
    }
}
