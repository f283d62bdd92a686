//! Every count of the rules, each computed from the whole list by itself.

use std::collections::BTreeSet;

use hadir::domain::{event::Event, ids::Pseudonym, rules::RuleKind};

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
        count(self.stays())
    }

    /// After merging, whoever they are.
    fn joined_ever(&self) -> BTreeSet<Pseudonym> {
        self.stays().iter().map(|stay| stay.counts_for).collect()
    }

    pub(crate) fn ever_joined(&self) -> u64 {
        count(self.joined_ever())
    }

    /// How many persons have runs in the lesson of which something is true.
    fn persons_whose(&self, grace: i64, holds: impl Fn(&[Stretch]) -> bool) -> u64 {
        let persons = self.joined_ever().into_iter();
        count(persons.filter(|person| holds(&self.presence(*person, self.lesson(), grace))))
    }

    pub(crate) fn in_lesson(&self) -> u64 {
        self.persons_whose(0, |runs| length(runs) > 0)
    }

    pub(crate) fn full_lesson(&self, grace: i64) -> u64 {
        let rule = hadir::domain::rules::Rule { kind: RuleKind::FullLesson, ..self.rule().clone() };
        self.persons_whose(grace, |runs| missed(&rule, runs, self.lesson()).is_none())
    }

    pub(crate) fn minimum_time(&self, grace: i64, continuous: bool) -> u64 {
        let minimum = self.declared().minimum_time().0 as i64;
        let time = |runs: &[Stretch]| if continuous { longest(runs) } else { length(runs) };
        self.persons_whose(grace, |runs| length(runs) > 0 && time(runs) >= minimum)
    }

    pub(crate) fn share(&self, grace: i64, basis_points: u16) -> u64 {
        let (start, end) = self.lesson();
        let enough = |time: i64| i128::from(time) * 10_000 >= i128::from(basis_points) * i128::from(end - start);
        self.persons_whose(grace, |runs| length(runs) > 0 && enough(length(runs)))
    }

    /// Eligible persons with an open connection now.
    pub(crate) fn present(&self) -> u64 {
        let stays = self.stays();
        let is_here = |person| stays.iter().any(|stay| stay.counts_for == person && stay.ended.is_none());
        count(self.everybody().iter().filter(|somebody| self.is_eligible(somebody) && is_here(somebody.person)))
    }

    /// The peak within a window.
    pub(crate) fn peak(&self, window: Stretch, grace: i64) -> Top {
        let presence = self.eligible_presence(window, grace);
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
        let (start, end) = self.lesson();
        let presence = self.eligible_presence((start, end), grace);
        let mut best = 0;
        for bucket in start.div_euclid(10_000)..=end.div_euclid(10_000) {
            let span = (bucket * 10_000, bucket * 10_000 + 10_000);
            best = best.max(count(presence.iter().filter(|(_, runs)| holds(span, runs))));
        }
        best
    }

    /// Eligible persons at the lesson's first instant, at its middle and at its last instant.
    pub(crate) fn census(&self, grace: i64) -> [u64; 3] {
        let (start, end) = self.lesson();
        let presence = self.eligible_presence((start, end), grace);
        // The lesson's end belongs to it no more: who stays to the end is there one millisecond before it.
        [start, start + (end - start) / 2, end - 1].map(|at| count(presence.iter().filter(|(_, runs)| is_within(at, runs))))
    }

    /// The persons who meet the declared rule if the lesson ends now.
    pub(crate) fn certified(&self, grace: i64) -> BTreeSet<Pseudonym> {
        let window = self.lesson_so_far();
        let presence = self.eligible_presence(window, grace);
        let meets: Box<dyn Fn(&[Stretch]) -> bool> = if self.rule().kind == RuleKind::Peak {
            let first = self.peak(window, grace).at.first().copied();
            Box::new(move |runs| first.is_some_and(|at| is_within(at, runs)))
        } else {
            Box::new(|runs| missed(self.rule(), runs, window).is_none())
        };
        presence.iter().filter(|(_, runs)| meets(runs)).map(|(person, _)| *person).collect()
    }

    /// The persons who would meet the rule if the best happened from now on: they are there from now to the end, or
    /// what they have is enough already.
    pub(crate) fn can_qualify(&self) -> u64 {
        let eligible = self.everybody().into_iter().filter(|somebody| self.is_eligible(somebody));
        let can = |person| {
            if self.started().is_none() {
                return true;
            }
            let (start, end) = self.lesson();
            let as_it_is = self.presence(person, (start, end), self.grace());
            let from_now = (self.now().clamp(start, end), end);
            let mut at_best = as_it_is.clone();
            if from_now.0 < from_now.1 {
                match at_best.last_mut() {
                    Some(before) if from_now.0 - before.1 <= self.grace() => before.1 = end,
                    _ => at_best.push(from_now),
                }
            }
            [as_it_is, at_best].iter().any(|runs| missed(self.rule(), runs, (start, end)).is_none())
        };
        count(eligible.filter(|somebody| can(somebody.person)))
    }

    /// Whether nothing that may still be logged changes who was in the lesson.
    pub(crate) fn is_final(&self) -> bool {
        let (_, end) = self.lesson();
        let over = self.started().is_some() && self.now() >= end;
        over && self.stays().iter().all(|stay| stay.ended.is_some() || stay.vouched >= end)
    }

    /// How many entries of a kind there are.
    pub(crate) fn entries_of(&self, kind: &str) -> usize {
        self.entries.iter().filter(|entry| Event::kind(&entry.event) == kind).count()
    }
}

pub(crate) fn is_within(at: i64, runs: &[Stretch]) -> bool {
    runs.iter().any(|(from, to)| *from <= at && at < *to)
}

fn count<T>(items: impl IntoIterator<Item = T>) -> u64 {
    items.into_iter().count() as u64
}
