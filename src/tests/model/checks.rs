//! The participation checks in the rules' plainest words.

use hadir::domain::{event::Event, ids::Pseudonym, rules::PresenceMode};

use super::reference::{Record, Stretch, time_of};

/// A check that was opened.
struct Asked {
    number: u32,
    closes: i64,
    /// The lesson's start when it was opened.
    start: i64,
}

/// What somebody made of the lesson's checks.
pub(crate) struct Made {
    pub(crate) answered: u32,
    pub(crate) open: u32,
    pub(crate) missed_last: bool,
}

impl Record<'_> {
    fn asked(&self) -> Vec<Asked> {
        let mut found = Vec::new();
        for (index, entry) in self.entries.iter().enumerate() {
            let Event::Prompted(prompted) = &entry.event else { continue };
            let before = Record { roster: self.roster, entries: &self.entries[..index] };
            let start = before.started().unwrap();
            found.push(Asked { number: prompted.prompt, closes: prompted.closes.0.div_euclid(1_000), start });
        }
        found
    }

    /// Whether somebody gave the right answer in time, under any of their names.
    fn answered(&self, person: Pseudonym, asked: &Asked) -> bool {
        self.before_the_close().any(|entry| {
            let Event::Answered(answered) = &entry.event else { return false };
            let theirs = self.counts_for(answered.p) == person && answered.prompt == asked.number;
            theirs && answered.choice.is_some() && time_of(entry) <= asked.closes
        })
    }

    pub(crate) fn made(&self, person: Pseudonym) -> Made {
        let mut made = Made { answered: 0, open: 0, missed_last: false };
        for asked in self.asked().iter().filter(|asked| Some(asked.start) == self.started()) {
            if self.answered(person, asked) {
                (made.answered, made.missed_last) = (made.answered + 1, false);
            } else if self.now() <= asked.closes && !self.closed() {
                made.open += 1;
            } else {
                made.missed_last = true;
            }
        }
        made
    }

    fn must_answer_the_last(&self) -> bool {
        self.rule().presence == PresenceMode::Checkpoints
    }

    /// Whether enough checks are answered so far.
    pub(crate) fn answered_enough(&self, person: Pseudonym) -> bool {
        let made = self.made(person);
        let enough = made.answered >= self.rule().prompts_min.unwrap_or(0);
        enough && !(self.must_answer_the_last() && made.missed_last)
    }

    /// Whether enough will be answered if all that are open are.
    pub(crate) fn can_answer_enough(&self, person: Pseudonym) -> bool {
        let made = self.made(person);
        let enough = made.answered + made.open >= self.rule().prompts_min.unwrap_or(0);
        enough && !(self.must_answer_the_last() && made.missed_last && made.open == 0)
    }

    /// Whether an answer can still come.
    pub(crate) fn a_check_is_open(&self) -> bool {
        self.asked().iter().any(|asked| Some(asked.start) == self.started() && self.now() <= asked.closes)
    }

    /// Whether somebody was proved between two instants, both included.
    fn proved_between(&self, person: Pseudonym, from: i64, to: i64) -> bool {
        let sockets = self.stays().into_iter().filter(|stay| stay.counts_for == person);
        let sockets = sockets.map(|stay| (stay.joined, stay.ended.map_or(i64::MAX, |end| end.last)));
        let hall = self.hall_stays(person).into_iter().map(|stay| (stay.from, stay.to));
        sockets.chain(hall).any(|(start, end)| start <= to && from <= end)
    }

    pub(crate) fn proved_at_start(&self, person: Pseudonym) -> bool {
        let around = self.rule().checkpoints;
        let start = self.lesson().0;
        self.proved_between(person, start - around.before_start_ms.0 as i64, start + around.after_start_ms.0 as i64)
    }

    /// Around the end, which is now while the lesson runs.
    pub(crate) fn proved_at_end(&self, person: Pseudonym) -> bool {
        let around = self.rule().checkpoints;
        let end = self.lesson().1.min(self.now());
        self.proved_between(person, end - around.before_end_ms.0 as i64, end + around.after_end_ms.0 as i64)
    }

    /// Why somebody does not meet the clause of presence by checkpoints; none when they do.
    pub(crate) fn missed_checkpoint(&self, person: Pseudonym) -> Option<&'static str> {
        if !self.proved_at_start(person) {
            Some("late")
        } else if !self.proved_at_end(person) {
            Some("left_early")
        } else {
            None
        }
    }

    pub(crate) fn can_meet_checkpoints(&self, person: Pseudonym, (start, end): Stretch) -> bool {
        let around = self.rule().checkpoints;
        let at_start = self.proved_at_start(person) || self.now() <= start + around.after_start_ms.0 as i64;
        let open = self.now() < end || self.now() <= end + around.after_end_ms.0 as i64;
        at_start && (open || self.proved_at_end(person) || self.is_inside(person))
    }
}
