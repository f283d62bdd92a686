//! The clauses of a rule in the plainest words: whom presence, checks and bridged outages let pass.

use crate::{
    group::Anchor,
    plan::{Opening, Person},
    scenario::Checkpoints,
    times::{Between, EXACT_LAG_MS, LAG_MS, Proved, Times, View},
};

/// How many must be cut off before it is an outage.
const OUTAGE_PERSONS_MIN: usize = 20;
/// Within what time they are.
const OUTAGE_WITHIN_MS: i64 = 30_000;
/// How long before the outage somebody must have been there for a ruling to bridge their absence.
const THERE_BEFORE_MS: i64 = 60_000;
/// How long after it they must be back.
const BACK_AFTER_MS: i64 = 180_000;

/// An outage of one network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outage {
    /// The network.
    pub(crate) network: u8,
    /// When it began.
    from: Between,
    /// When half of those whom it cut off were back.
    to: Between,
}

impl Outage {
    /// The outage that the scenario has two sides bridge, if its plan makes one.
    pub(crate) fn of(times: &Times<'_>) -> Option<Self> {
        let network = times.plan.scenario.bridged_network?;
        let behind = |person: &&Person| times.plan.group_of(person).is_some_and(|group| group.network == network);
        let (mut lost, mut back): (Vec<Between>, Vec<Between>) = (Vec::new(), Vec::new());
        for person in times.plan.persons.iter().filter(behind) {
            if let [first, second] = times.online(person)[..] {
                lost.push(first.end);
                back.push(second.begin);
            }
        }
        let from = (lost.iter().map(|one| one.0).min()?, lost.iter().map(|one| one.1).min()?);
        let last = lost.iter().map(|one| one.1).max()?;
        let median = |side: fn(&Between) -> i64| {
            let mut moments: Vec<i64> = back.iter().map(side).collect();
            moments.sort_unstable();
            moments.get(moments.len().div_euclid(2)).copied()
        };
        let to = (median(|one| one.0)?, median(|one| one.1)?);
        let together = last.saturating_sub(from.0) <= OUTAGE_WITHIN_MS;
        (lost.len() >= OUTAGE_PERSONS_MIN && together).then_some(Self { network, from, to })
    }

    /// Whether it explains an absence.
    fn covers(&self, left: i64, back: i64, view: View) -> bool {
        let (from, to) = match view {
            View::Surely => (self.from.1, self.to.0),
            View::Possibly => (self.from.0, self.to.1),
        };
        left >= from.saturating_sub(THERE_BEFORE_MS) && left <= to && back <= to.saturating_add(BACK_AFTER_MS)
    }
}

/// One person's rows before the rule.
#[derive(Clone, Debug)]
pub(crate) struct Claimant<'a> {
    /// The times.
    pub(crate) times: &'a Times<'a>,
    /// Their rows.
    pub(crate) rows: Vec<&'a Person>,
    /// The outage that is bridged for them.
    pub(crate) outage: Option<Outage>,
}

impl Claimant<'_> {
    /// The part of the clause of presence that is not met.
    pub(crate) fn absence(&self, view: View) -> Option<&'static str> {
        let proved = self.times.proved(&self.rows);
        let rule = self.times.terms.rule;
        if let Some(around) = rule.checkpoints {
            return self.at_edges(&proved, around, view);
        }
        if let Some(minimum) = rule.minimum_ms {
            return (self.total(&proved, view) < i64::from(minimum)).then_some("too_short");
        }
        self.throughout(&self.times.spans(&proved, view), view)
    }

    /// From the start to the end without an interruption that is not bridged.
    fn throughout(&self, present: &[(i64, i64)], view: View) -> Option<&'static str> {
        let (rule, length) = (self.times.terms.rule, self.times.terms.length_ms);
        let (Some((first, _)), Some((_, last))) = (present.first(), present.last()) else { return Some("late") };
        if *first > i64::from(rule.late_ms) {
            return Some("late");
        }
        if *last < length.saturating_sub(i64::from(rule.early_ms)) {
            return Some("left_early");
        }
        let bridged = |left: i64, back: i64| {
            let ruled = self.outage.is_some_and(|outage| outage.covers(left, back, view));
            back.saturating_sub(left) <= i64::from(rule.grace_ms) || ruled
        };
        let broken = present.windows(2).any(|pair| match pair {
            [(_, left), (back, _)] => !bridged(*left, *back),
            _ => false,
        });
        broken.then_some("gap")
    }

    /// A proof around the start, and one around the end.
    fn at_edges(&self, proved: &[Proved], around: Checkpoints, view: View) -> Option<&'static str> {
        let end = self.times.terms.length_ms;
        let within = |from: i64, to: i64| {
            proved.iter().any(|one| match view {
                View::Surely => one.begin.1 <= to && one.end.0.max(one.begin.0) >= from,
                View::Possibly => one.begin.0 <= to && one.end.1.max(one.begin.1) >= from,
            })
        };
        let [before_start, after_start] = [around.before_start_ms, around.after_start_ms].map(i64::from);
        let [before_end, after_end] = [around.before_end_ms, around.after_end_ms].map(i64::from);
        if !within(before_start.saturating_neg(), after_start) {
            return Some("late");
        }
        (!within(end.saturating_sub(before_end), end.saturating_add(after_end))).then_some("left_early")
    }

    /// The time in the lesson, interruptions within the grace counted.
    fn total(&self, proved: &[Proved], view: View) -> i64 {
        let grace = i64::from(self.times.terms.rule.grace_ms);
        let mut sorted = proved.to_vec();
        sorted.sort_by_key(|one| one.begin);
        let mut clusters: Vec<Vec<Proved>> = Vec::new();
        let mut reached = i64::MIN;
        for one in sorted {
            match clusters.last_mut().filter(|_| one.begin.0 <= reached.saturating_add(grace)) {
                Some(cluster) => cluster.push(one),
                None => clusters.push(vec![one]),
            }
            reached = reached.max(one.end.1);
        }
        clusters.iter().map(|cluster| self.length(cluster, grace, view)).fold(0, i64::saturating_add)
    }

    /// How long somebody is there at a stretch. What is timed from its own beginning is known to the second.
    fn length(&self, cluster: &[Proved], grace: i64, view: View) -> i64 {
        if let [Proved { begin, end, length: Some(length) }] = cluster
            && begin.0 >= 0
            && end.1 <= self.times.terms.length_ms
        {
            return if view == View::Surely { *length } else { length.saturating_add(EXACT_LAG_MS) };
        }
        let spans = self.times.spans(cluster, view);
        let there: i64 = spans.iter().map(|(from, to)| to.saturating_sub(*from)).fold(0, i64::saturating_add);
        let gaps = spans.windows(2).filter_map(|pair| match pair {
            [(_, left), (back, _)] => Some(back.saturating_sub(*left)).filter(|gap| *gap <= grace),
            _ => None,
        });
        gaps.fold(there, i64::saturating_add)
    }

    /// Whether enough participation checks are answered; by checkpoints the last one among them.
    pub(crate) fn answers_enough(&self, view: View) -> bool {
        let needed = self.times.terms.checks_needed;
        if needed == 0 {
            return true;
        }
        let anchors = [Anchor::FirstCheck, Anchor::SecondCheck];
        let openings = self.times.plan.openings();
        let checks = openings.iter().zip(1_u64..).zip(anchors.map(Some).into_iter().chain(std::iter::repeat(None)));
        let answered: Vec<bool> =
            checks.map(|((opening, number), anchor)| self.answers(opening, number, anchor, view)).collect();
        let count = answered.iter().filter(|answered| **answered).count();
        let last = self.times.terms.rule.checkpoints.is_none() || answered.last() == Some(&true);
        count >= usize::try_from(needed).unwrap_or(usize::MAX) && last
    }

    fn answers(&self, opening: &Opening, number: u64, anchor: Option<Anchor>, view: View) -> bool {
        self.rows.iter().any(|person| {
            let habit = self.times.plan.group_of(person).map(|group| group.answers).unwrap_or_default();
            let Some(within) = person.checks_within_ms.map(i64::from).filter(|_| habit.are_right(number)) else {
                return false;
            };
            let stays = person.devices.iter().flatten().zip(self.times.online(person));
            stays.into_iter().any(|(stay, proved)| match view {
                View::Possibly => proved.begin.0 <= opening.closes.1 && proved.end.1 >= opening.opens.0,
                View::Surely if stay.exact => {
                    let asked = Some(stay.after) == anchor && stay.from >= 0 || proved.begin.0 >= opening.opens.1;
                    let length = stay.end.map_or(0, |(at, _)| at.saturating_sub(stay.from));
                    let in_time = proved.begin.1.saturating_add(within).saturating_add(LAG_MS) <= opening.closes.0;
                    asked && in_time && within.saturating_add(EXACT_LAG_MS) <= length
                }
                View::Surely => {
                    let asked = proved.begin.1.max(opening.opens.1.saturating_add(LAG_MS));
                    let done = asked.saturating_add(within).saturating_add(LAG_MS);
                    done <= proved.end.0.min(opening.closes.0)
                }
            })
        })
    }
}
