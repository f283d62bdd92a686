//! The bounds of what can be certified: nobody is whose own clients and doors know that they were not there.

use std::collections::BTreeMap;

use hadir::domain::time::UnixMillis;

use crate::{
    doors::Scanned,
    group::Way,
    oracle::{CLOCK_SLACK_MS, Oracle},
    scenario::Checkpoints,
    times::{LAG_MS, Spans, union},
};

/// How long before a bridged outage somebody must have been there.
const THERE_BEFORE_MS: i64 = 60_000;
/// How long after it they must be back.
const BACK_AFTER_MS: i64 = 180_000;

impl Oracle<'_> {
    /// Nobody is certified whose own clients and doors know that they were not there.
    pub(crate) fn claims_beyond_what_clients_did(&mut self) {
        let (Some(start), Some(end)) = (self.case.bundle.instant("start"), self.case.bundle.instant("end")) else {
            return self.disagree("tallies.json names no start and end of the lesson".to_owned());
        };
        for (person, spans) in self.possible_times() {
            let row = self.persons.get(&person).and_then(|name| self.case.bundle.people.get(name));
            let certified = row.is_some_and(|row| row.status == "certified");
            if let (true, Some(why)) = (certified, self.absent(person, &spans, (start.0, end.0))) {
                self.disagree(format!("person {person} is certified, but {why}"));
            }
        }
    }

    /// When each person can have been there at the most, by all that their own devices and doors know.
    fn possible_times(&self) -> BTreeMap<usize, Spans> {
        let mut times: BTreeMap<usize, Spans> = BTreeMap::new();
        for story in self.case.stories {
            let spans = story.told.iter().map(|told| (told.at_ms, self.latest_proof(told)));
            times.entry(self.counted_as(story.person)).or_default().extend(spans);
        }
        let mut passages: BTreeMap<usize, Vec<&Scanned>> = BTreeMap::new();
        for scanned in self.case.scanned {
            passages.entry(scanned.person).or_default().push(scanned);
        }
        for (person, mut scans) in passages {
            scans.sort_by_key(|scanned| scanned.made_ms);
            times.entry(self.counted_as(person)).or_default().extend(stays(&scans));
        }
        times.into_iter().map(|(person, spans)| (person, union(spans))).collect()
    }

    /// Why somebody with these possible times cannot satisfy the rule.
    fn absent(&self, person: usize, spans: &Spans, lesson: (i64, i64)) -> Option<String> {
        let rule = self.case.terms.rule;
        if let Some(around) = rule.checkpoints {
            return absent_at_the_edges(spans, around, lesson);
        }
        let clipped = spans.iter().map(|(from, to)| (*from.max(&lesson.0), *to.min(&lesson.1)));
        let spans: Spans = clipped.filter(|(from, to)| from < to).collect();
        match rule.minimum_ms {
            Some(minimum) => self.too_short(&spans, i64::from(minimum)),
            None => self.interrupted(person, &spans, lesson),
        }
    }

    fn too_short(&self, spans: &Spans, minimum: i64) -> Option<String> {
        let grace = i64::from(self.case.terms.rule.grace_ms);
        let there: i64 = spans.iter().map(|(from, to)| to.saturating_sub(*from)).sum();
        let gaps = spans.windows(2).filter_map(|pair| match pair {
            [(_, left), (back, _)] => Some(back.saturating_sub(*left)).filter(|gap| *gap <= grace),
            _ => None,
        });
        let total = gaps.fold(there, i64::saturating_add);
        (total < minimum).then(|| format!("their clients were there for {total} ms at the most"))
    }

    fn interrupted(&self, person: usize, spans: &Spans, (start, end): (i64, i64)) -> Option<String> {
        let rule = self.case.terms.rule;
        let mut reached = start.saturating_add(i64::from(rule.late_ms));
        let mut allowed = 0;
        for (from, to) in spans {
            if *from > reached.saturating_add(allowed) && !(allowed > 0 && self.is_bridged(person, reached, *from)) {
                let (left, back) = (UnixMillis(reached), UnixMillis(*from));
                return Some(format!("no client of theirs was there from {left} to {back}"));
            }
            reached = if allowed == 0 { *to } else { reached.max(*to) };
            allowed = i64::from(rule.grace_ms);
        }
        let needed = end.saturating_sub(i64::from(rule.early_ms));
        (reached < needed).then(|| format!("no client of theirs was there after {}", UnixMillis(reached)))
    }

    /// Whether a ruling of the bundle explains an absence of somebody behind the network that failed.
    fn is_bridged(&self, person: usize, left: i64, back: i64) -> bool {
        let plan = self.case.plan;
        let group = plan.persons.get(person).and_then(|person| plan.group_of(person));
        let concerned = group.is_some_and(|group| Some(group.network) == plan.scenario.bridged_network);
        let explains = |(from, to): &(UnixMillis, UnixMillis)| {
            left >= from.0.saturating_sub(THERE_BEFORE_MS) && back <= to.0.saturating_add(BACK_AFTER_MS)
        };
        concerned && self.case.bundle.rulings.iter().any(explains)
    }
}

/// The stays that some scans prove at the most, in the order in which they were made.
fn stays(scans: &[&Scanned]) -> Spans {
    let pairs = scans.windows(2).filter_map(|pair| match pair {
        [entry, exit] if entry.way == Way::In && exit.way == Way::Out => {
            // A delivery takes its time, and the hub corrects by it.
            Some((entry.made_ms.saturating_sub(CLOCK_SLACK_MS), exit.made_ms.saturating_add(LAG_MS)))
        }
        _ => None,
    });
    pairs.collect()
}

/// Nobody is there by checkpoints whom no client proved around the start or around the end.
fn absent_at_the_edges(spans: &Spans, around: Checkpoints, (start, end): (i64, i64)) -> Option<String> {
    let proved = |at: i64, before: u32, after: u32| {
        let (from, to) = (at.saturating_sub(i64::from(before)), at.saturating_add(i64::from(after)));
        spans.iter().any(|(begin, last)| *begin <= to && *last >= from)
    };
    if !proved(start, around.before_start_ms, around.after_start_ms) {
        return Some("no client of theirs was there around the start".to_owned());
    }
    let at_end = proved(end, around.before_end_ms, around.after_end_ms);
    (!at_end).then(|| "no client of theirs was there around the end".to_owned())
}
