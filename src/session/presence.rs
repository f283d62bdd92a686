//! A counted connection's proofs of life: challenges, their answers, and the end that may be near.

use super::{Pace, after, ending::End};
use crate::domain::{
    ids::Pseudonym,
    time::{Millis, UnixMicros},
};

/// How often at most a page is told what is recorded: the writer has thousands of them to look up.
const REPORT_EVERY: Millis = Millis(10_000);

/// What is known of a page while it is counted.
#[derive(Debug)]
pub(super) struct Presence {
    person: Pseudonym,
    proved: UnixMicros,
    /// The newest challenge's number; the first challenge is 1.
    number: u64,
    /// Whether the newest challenge waits for its answer: each is answered once.
    asked: bool,
    next_challenge: UnixMicros,
    next_report: UnixMicros,
    ending: Option<Box<Ending>>,
}

/// An end that waits for one more proof.
#[derive(Debug)]
struct Ending {
    by: UnixMicros,
    at_answer: bool,
    end: End,
}

impl Presence {
    pub(super) fn new(person: Pseudonym, proved: UnixMicros, next_challenge: UnixMicros) -> Self {
        Self { person, proved, number: 0, asked: false, next_challenge, next_report: proved, ending: None }
    }

    pub(super) fn person(&self) -> Pseudonym {
        self.person
    }

    pub(super) fn proved(&self) -> UnixMicros {
        self.proved
    }

    pub(super) fn prove(&mut self, now: UnixMicros) {
        self.proved = self.proved.max(now);
    }

    /// The next challenge's number; the one after it is due at `next`.
    pub(super) fn challenge(&mut self, next: UnixMicros) -> u64 {
        self.number = self.number.saturating_add(1);
        self.asked = true;
        self.next_challenge = next;
        self.number
    }

    /// While one answer is awaited no other is asked for: it would make the one on its way an old one.
    pub(super) fn challenge_is_due(&self, now: UnixMicros) -> bool {
        now >= self.next_challenge && !self.awaits_last_answer()
    }

    fn awaits_last_answer(&self) -> bool {
        self.ending.as_ref().is_some_and(|ending| ending.at_answer)
    }

    /// Whether the newest challenge waits for its answer.
    pub(super) fn is_asked(&self) -> bool {
        self.asked
    }

    /// Whether what is recorded should be looked up again; then it is not for a while.
    pub(super) fn report_is_due(&mut self, now: UnixMicros) -> bool {
        let due = now >= self.next_report;
        if due {
            self.next_report = after(now, REPORT_EVERY);
        }
        due
    }

    /// Takes an answer. One to an old number says when the page lived, not that it lives: a resumed laptop sends many.
    pub(super) fn acknowledge(&mut self, number: u64, now: UnixMicros) -> Option<End> {
        if !self.asked || number != self.number {
            return None;
        }
        self.asked = false;
        self.answer(now)
    }

    /// Takes whatever only a living page says.
    pub(super) fn answer(&mut self, now: UnixMicros) -> Option<End> {
        self.prove(now);
        let ending = self.ending.take_if(|ending| ending.at_answer)?;
        Some(ending.end)
    }

    /// Whether the page has proved nothing for longer than declared.
    pub(super) fn is_silent(&self, pace: Pace, now: UnixMicros) -> bool {
        now > after(self.proved, pace.proof_max_gap)
    }

    /// Lets an end wait, and says whether it is the first: that one's cause stands, and of two times the earlier.
    pub(super) fn end_by(&mut self, by: UnixMicros, at_answer: bool, end: End) -> bool {
        match &mut self.ending {
            Some(first) => {
                first.by = first.by.min(by);
                false
            }
            None => {
                self.ending = Some(Box::new(Ending { by, at_answer, end }));
                true
            }
        }
    }

    /// The end whose time is up.
    pub(super) fn overdue(&mut self, now: UnixMicros) -> Option<End> {
        let ending = self.ending.take_if(|ending| now >= ending.by)?;
        Some(ending.end)
    }

    pub(super) fn deadline(&self, pace: Pace) -> UnixMicros {
        let silent = UnixMicros(after(self.proved, pace.proof_max_gap).0.saturating_add(1));
        let next = if self.awaits_last_answer() { silent } else { silent.min(self.next_challenge) };
        self.ending.as_ref().map_or(next, |ending| next.min(ending.by))
    }
}
