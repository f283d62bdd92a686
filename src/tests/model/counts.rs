//! Every count of the rules, each computed from the whole list by itself.

use std::collections::BTreeSet;

use hadir::domain::{
    ids::Pseudonym,
    rules::{PresenceMode, Rule, RuleKind},
    time::Millis,
};

use super::reference::{Record, Stretch, length, longest, missed, smallest_parts};

/// The most instants that a peak lists.
const PEAK_INSTANTS_MAX: usize = 100;

/// How many were there at the same time, and since when.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Top {
    pub(crate) count: u64,
    pub(crate) at: Vec<i64>,
}

impl Record<'_> {
    pub(crate) fn registered(&self) -> u64 {
        count(self.everybody().iter().filter(|somebody| !somebody.merged))
    }

    pub(crate) fn connections(&self) -> u64 {
        let everybody = self.everybody();
        let hall: u64 = everybody.iter().map(|somebody| count(self.hall_stays(somebody.person))).sum();
        count(self.stays()) + hall
    }

    /// After merging, whoever they are.
    fn joined_ever(&self) -> BTreeSet<Pseudonym> {
        let scanned = self.everybody().into_iter().map(|somebody| somebody.person);
        let scanned = scanned.filter(|person| self.first_scan(*person).is_some());
        self.stays().iter().map(|stay| stay.counts_for).chain(scanned).collect()
    }

    pub(crate) fn ever_joined(&self) -> u64 {
        count(self.joined_ever())
    }

    /// How many persons have runs in the lesson so far of which something is true.
    fn persons_whose(&self, grace: i64, holds: impl Fn(&[Stretch]) -> bool) -> u64 {
        let persons = self.joined_ever().into_iter();
        count(persons.filter(|person| holds(&self.presence(*person, self.lesson_so_far(), grace))))
    }

    pub(crate) fn in_lesson(&self) -> u64 {
        self.persons_whose(0, |runs| length(runs) > 0)
    }

    pub(crate) fn full_lesson(&self, late_ms: u64, early_ms: u64, grace: i64) -> u64 {
        let (kind, late_ms, early_ms) = (RuleKind::FullLesson, Millis(late_ms), Millis(early_ms));
        let rule = Rule { kind, late_ms, early_ms, ..self.rule().clone() };
        self.persons_whose(grace, |runs| missed(&rule, runs, self.lesson_so_far()).is_none())
    }

    pub(crate) fn minimum_time(&self, grace: i64, continuous: bool) -> u64 {
        let minimum = self.declared().minimum_time().0 as i64;
        let time = |runs: &[Stretch]| if continuous { longest(runs) } else { length(runs) };
        self.persons_whose(grace, |runs| length(runs) > 0 && time(runs) >= minimum)
    }

    pub(crate) fn share(&self, grace: i64, basis_points: u16) -> u64 {
        let (start, end) = self.lesson_so_far();
        let enough = |time: i64| i128::from(time) * 10_000 >= i128::from(basis_points) * i128::from(end - start);
        self.persons_whose(grace, |runs| length(runs) > 0 && enough(length(runs)))
    }

    /// Eligible persons with an open connection now.
    pub(crate) fn present(&self) -> u64 {
        count(self.eligible().iter().filter(|person| self.is_connected(**person)))
    }

    fn is_connected(&self, person: Pseudonym) -> bool {
        self.stays().iter().any(|stay| stay.counts_for == person && stay.ended.is_none())
    }

    /// Eligible persons in the lesson now; outside of it there is nothing to bridge.
    pub(crate) fn present_bridged(&self) -> u64 {
        let (start, end) = self.lesson();
        if self.now() < start || end <= self.now() {
            return self.present();
        }
        count(self.seen((start, end), self.grace()).iter().filter(|(_, runs)| is_within(self.now(), runs)))
    }

    /// The peak of the lesson so far.
    pub(crate) fn peak(&self, grace: i64) -> Top {
        let window = self.lesson_seen();
        let presence = self.seen(window, grace);
        let all_runs = presence.iter().flat_map(|(_, runs)| runs.iter().copied());
        let curve: Vec<(i64, u64)> = smallest_parts(all_runs, window)
            .iter()
            .map(|(from, _)| (*from, count(presence.iter().filter(|(_, runs)| is_within(*from, runs)))))
            .collect();
        let count = curve.iter().map(|(_, present)| *present).max().unwrap_or(0);
        let mut at = Vec::new();
        let mut before = 0;
        for (from, present) in curve {
            if present == count && before != count {
                at.push(from);
            }
            before = present;
        }
        at.truncate(PEAK_INSTANTS_MAX);
        Top { count, at }
    }

    /// The largest number of persons who were there throughout one of the aligned ten seconds.
    pub(crate) fn strict_ten_seconds(&self, grace: i64) -> u64 {
        self.best_ten_seconds(grace, |(from, to), runs| runs.iter().any(|run| run.0 <= from && to <= run.1))
    }

    /// The largest number of persons who were there at any time of one of the aligned ten seconds.
    pub(crate) fn loose_ten_seconds(&self, grace: i64) -> u64 {
        self.best_ten_seconds(grace, |(from, to), runs| runs.iter().any(|run| run.0 < to && from < run.1))
    }

    fn best_ten_seconds(&self, grace: i64, holds: impl Fn(Stretch, &[Stretch]) -> bool) -> u64 {
        let (start, end) = self.lesson_so_far();
        let presence = self.eligible_presence((start, end), grace);
        let mut best = 0;
        for bucket in start.div_euclid(10_000)..=end.div_euclid(10_000) {
            let span = (bucket * 10_000, bucket * 10_000 + 10_000);
            best = best.max(count(presence.iter().filter(|(_, runs)| holds(span, runs))));
        }
        best
    }

    /// Eligible persons at the first instant of the lesson so far, at its middle and at its last instant.
    pub(crate) fn census(&self, grace: i64) -> Vec<(i64, u64)> {
        let (start, end) = self.lesson_so_far();
        if start == end {
            return Vec::new();
        }
        let presence = self.seen(self.lesson_seen(), grace);
        // The lesson's end belongs to it no more: who stays to the end is there one millisecond before it.
        let instants = [start, start + (end - start) / 2, end - 1];
        instants.iter().map(|at| (*at, count(presence.iter().filter(|(_, runs)| is_within(*at, runs))))).collect()
    }

    /// Why somebody with this presence would not be certified if the lesson ended now; none when they would.
    pub(crate) fn missed_so_far(&self, person: Pseudonym, grace: i64) -> Option<&'static str> {
        if self.rule().kind != RuleKind::Peak {
            let presence = self.missed_presence(person, grace);
            return presence.or_else(|| (!self.answered_enough(person)).then_some("prompts"));
        }
        let Some(instant) = self.peak(grace).at.first().copied() else { return Some("late") };
        let runs = self.seen_of(person, self.lesson_seen(), grace);
        if is_within(instant, &runs) {
            None
        } else if runs.iter().all(|run| run.0 > instant) {
            Some("late")
        } else if runs.iter().all(|run| run.1 <= instant) {
            Some("left_early")
        } else {
            Some("gap")
        }
    }

    fn missed_presence(&self, person: Pseudonym, grace: i64) -> Option<&'static str> {
        let window = self.lesson_so_far();
        match self.rule().presence {
            PresenceMode::Checkpoints => self.missed_checkpoint(person),
            PresenceMode::Continuous => missed(self.rule(), &self.presence(person, window, grace), window),
        }
    }

    /// Those who meet every clause but that of the checks, and how many of them fail it.
    pub(crate) fn inactive(&self) -> (u64, u64) {
        if self.started().is_none() {
            return (0, 0);
        }
        let mut others = self.eligible();
        others.retain(|person| {
            self.rule().kind != RuleKind::Peak && self.missed_presence(*person, self.grace()).is_none()
        });
        let failing = others.iter().filter(|person| !self.answered_enough(**person));
        (count(failing), count(&others))
    }

    /// The persons who meet the declared rule if the lesson ends now.
    pub(crate) fn certified(&self, grace: i64) -> BTreeSet<Pseudonym> {
        let eligible = self.eligible().into_iter();
        eligible.filter(|person| self.missed_so_far(*person, grace).is_none()).collect()
    }

    /// The persons who would meet the rule if the best happened from now on: they are there from now to the end, or
    /// what they have is enough already. After the close nobody comes any more: who has gone stands where they stand,
    /// and who is still connected can only stay.
    pub(crate) fn can_qualify(&self) -> u64 {
        let (start, end) = self.lesson();
        if self.closed() && (self.started().is_none() || self.rule().kind == RuleKind::Peak) {
            return count(self.certified(self.grace()));
        }
        if self.started().is_none() || (self.rule().kind == RuleKind::Peak && self.now() < end) {
            return count(self.eligible());
        }
        let can = |person: &Pseudonym| {
            if self.closed() && (self.now() >= end || !self.is_connected(*person)) {
                return self.missed_so_far(*person, self.grace()).is_none();
            }
            if !self.can_answer_enough(*person) {
                return false;
            }
            if self.rule().presence == PresenceMode::Checkpoints {
                return self.can_meet_checkpoints(*person, (start, end));
            }
            if self.rule().kind == RuleKind::Peak {
                return self.certified(self.grace()).contains(person);
            }
            let as_it_is = self.presence(*person, (start, end), self.grace());
            let meets = |runs: &[Stretch]| missed(self.rule(), runs, (start, end)).is_none();
            if self.is_inside(*person) && !self.closed() {
                return meets(&as_it_is) || meets(&self.presence_to_come(*person, (start, end), self.grace()));
            }
            if self.now() >= end {
                return meets(&as_it_is);
            }
            let mut at_best = as_it_is.clone();
            match at_best.last_mut() {
                Some(before) if self.now() - before.1 <= self.grace() => before.1 = end,
                _ => at_best.push((self.now(), end)),
            }
            meets(&as_it_is) || meets(&at_best)
        };
        count(self.eligible().iter().filter(|person| can(person)))
    }

    fn eligible_presence(&self, window: Stretch, grace: i64) -> Vec<(Pseudonym, Vec<Stretch>)> {
        self.eligible().into_iter().map(|person| (person, self.presence(person, window, grace))).collect()
    }

    /// The sum of the eligible persons' time in the lesson.
    pub(crate) fn person_ms(&self) -> i64 {
        self.eligible_presence(self.lesson_so_far(), 0).iter().map(|(_, runs)| length(runs)).sum()
    }

    /// The area under the curve of eligible persons present.
    pub(crate) fn concurrency_ms(&self) -> i64 {
        let window = self.lesson_so_far();
        let presence = self.eligible_presence(window, 0);
        let all_runs = presence.iter().flat_map(|(_, runs)| runs.iter().copied());
        let parts = smallest_parts(all_runs, window);
        let there = |at| count(presence.iter().filter(|(_, runs)| is_within(at, runs))) as i64;
        parts.iter().map(|(from, to)| there(*from) * (to - from)).sum()
    }

    /// Whether nothing that may still be logged changes who was in the lesson.
    pub(crate) fn is_final(&self) -> bool {
        let (_, end) = self.lesson();
        if self.started().is_none() {
            return self.closed();
        }
        let over = self.now() >= end || self.closed();
        let inside = self.everybody().iter().any(|somebody| self.is_inside(somebody.person));
        let around = self.rule().checkpoints.after_end_ms.0 as i64;
        let awaited = self.rule().presence == PresenceMode::Checkpoints && self.now() <= end + around;
        let open = inside || awaited || self.a_check_is_open();
        over && (self.closed() || !open) && self.stays().iter().all(|stay| stay.ended.is_some() || stay.vouched >= end)
    }
}

pub(crate) fn is_within(at: i64, runs: &[Stretch]) -> bool {
    runs.iter().any(|(from, to)| *from <= at && at < *to)
}

fn count<T>(items: impl IntoIterator<Item = T>) -> u64 {
    items.into_iter().count() as u64
}
