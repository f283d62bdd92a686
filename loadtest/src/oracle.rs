//! The oracle: compares the bundle, person by person, with the truth and with what each client was told.

use std::collections::{BTreeMap, BTreeSet};

use hadir::domain::{ids::Pseudonym, time::UnixMillis};
use serde_json::Value;

use crate::{
    bundle::{Bundle, ConnectionRow},
    client::{End, Story, Told},
    plan::Plan,
    scenario::{Fate, How},
    truth::{Terms, Truth},
};

/// How far two readings of this machine's clock may lie apart: the log's own clock is not stepped with the wall's.
const CLOCK_SLACK_MS: i64 = 100;

/// How long a proof may be on its way while a hall arrives; never as long as the silence that ends a presence.
const TRANSIT_MS_MAX: i64 = 5_000;

/// Everything that the oracle compares.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case<'a> {
    /// What was planned.
    pub(crate) plan: &'a Plan,
    /// Under which terms the hub counted.
    pub(crate) terms: &'a Terms,
    /// What must come out.
    pub(crate) truth: &'a Truth,
    /// What the clients were told.
    pub(crate) stories: &'a [Story],
    /// What the hub exported.
    pub(crate) bundle: &'a Bundle,
    /// When the hub was killed, by the wall clock; a killed hub may not reach the truth, but never exceeds it.
    pub(crate) kills: &'a [i64],
    /// Whether others took part in the attempt as well.
    pub(crate) shared: bool,
    /// The last tally that the screens showed.
    pub(crate) shown: Option<&'a Value>,
}

/// Every disagreement, in words.
pub(crate) fn disagreements(case: Case<'_>) -> Vec<String> {
    let mut oracle = Oracle { case, names: BTreeMap::new(), persons: BTreeMap::new(), found: Vec::new() };
    oracle.what_clients_were_told();
    oracle.joins_that_nobody_was_told();
    oracle.answers();
    oracle.persons();
    oracle.strangers();
    oracle.claims_beyond_what_clients_did();
    oracle.totals();
    oracle.screens();
    oracle.found
}

struct Oracle<'a> {
    case: Case<'a>,
    /// Which person of the plan a name of the log is.
    names: BTreeMap<Pseudonym, usize>,
    /// What a person of the plan is called in the log.
    persons: BTreeMap<usize, Pseudonym>,
    found: Vec<String>,
}

impl Oracle<'_> {
    fn disagree(&mut self, what: String) {
        self.found.push(what);
    }

    /// Every acknowledged join is in the log, as it was told, and its interval ends at a proved time.
    fn what_clients_were_told(&mut self) {
        for story in self.case.stories {
            for told in &story.told {
                let known = *self.persons.entry(story.person).or_insert(told.person);
                let owner = *self.names.entry(told.person).or_insert(story.person);
                if known != told.person || owner != story.person {
                    self.disagree(format!(
                        "person {} was called {} and {known}; that name is also of person {owner}",
                        story.person, told.person
                    ));
                }
                self.acknowledged(story.person, told);
            }
        }
    }

    fn acknowledged(&mut self, person: usize, told: &Told) {
        let case = self.case;
        let Some(join) = case.bundle.joins.get(&told.seq) else {
            return self.disagree(format!("person {person} was told entry {}, which is no join of the log", told.seq));
        };
        if join.person != told.person || join.at.0 != told.at_ms {
            return self.disagree(format!(
                "person {person} was told that entry {} is theirs ({}) at {}; the log says {} at {}",
                told.seq,
                told.person,
                UnixMillis(told.at_ms),
                join.person,
                join.at
            ));
        }
        let asked = told.hello_ms.saturating_sub(CLOCK_SLACK_MS)..=told.counted_ms.saturating_add(CLOCK_SLACK_MS);
        if !asked.contains(&join.at.0) {
            self.disagree(format!(
                "person {person} asked at {} and was answered at {}, but entry {} is of {}",
                UnixMillis(told.hello_ms),
                UnixMillis(told.counted_ms),
                told.seq,
                join.at
            ));
        }
        match case.bundle.connections.get(&join.connection) {
            None => self.disagree(format!("connection {} is not in connections.csv", join.connection)),
            Some(row) if row.person != told.person || row.join != join.at => {
                self.disagree(format!("connections.csv says of {} {row:?}; the log says {join:?}", join.connection));
            }
            Some(row) => self.ends_at_a_proof(person, told, row),
        }
    }

    fn ends_at_a_proof(&mut self, person: usize, told: &Told, row: &ConnectionRow) {
        let latest = self.latest_proof(told);
        if row.last_proof.0 > latest {
            self.disagree(format!(
                "person {person}: the interval of entry {} ends at {}, but the last proof was sent at {} ({:?}, {})",
                told.seq,
                row.last_proof,
                UnixMillis(told.proof_ms),
                told.end,
                row.cause
            ));
        }
        let said_goodbye = matches!(told.end, End::Ours(How::Bye | How::Close)) && self.case.kills.is_empty();
        if said_goodbye && row.last_proof.0 < told.proof_ms.saturating_sub(CLOCK_SLACK_MS) {
            self.disagree(format!(
                "person {person}: the interval of entry {} ends at {}, before the goodbye at {} ({})",
                told.seq,
                row.last_proof,
                UnixMillis(told.proof_ms),
                row.cause
            ));
        }
    }

    /// The latest moment at which this connection can have been proved.
    fn latest_proof(&self, told: &Told) -> i64 {
        let gap = i64::from(self.case.terms.liveness.proof_max_gap_ms);
        let transit = gap.div_euclid(2).min(TRANSIT_MS_MAX);
        let latest = told.counted_ms.saturating_add(CLOCK_SLACK_MS).max(told.proof_ms.saturating_add(transit));
        let killed = self.case.kills.iter().find(|at| **at >= told.counted_ms);
        killed.map_or(latest, |at| latest.min(at.saturating_add(CLOCK_SLACK_MS)))
    }

    /// A join of which nobody was told belongs to a hello that was never answered.
    fn joins_that_nobody_was_told(&mut self) {
        let mut open: BTreeMap<Option<usize>, usize> = BTreeMap::new();
        let mut told: Vec<u64> = Vec::new();
        for story in self.case.stories {
            // Somebody who was never told their name: which join is theirs cannot be known.
            let owner = self.persons.contains_key(&story.person).then_some(story.person);
            let count = open.entry(owner).or_default();
            *count = count.saturating_add(story.unanswered);
            told.extend(story.told.iter().map(|told| told.seq));
        }
        told.sort_unstable();
        let bundle = self.case.bundle;
        for (seq, join) in &bundle.joins {
            if told.binary_search(seq).is_ok() {
                continue;
            }
            let person = self.names.get(&join.person).copied();
            if person.is_none() && self.case.shared {
                continue;
            }
            match open.get_mut(&person).filter(|count| **count > 0) {
                Some(count) => *count = count.saturating_sub(1),
                None => self.disagree(format!("entry {seq} is a join of {} that no client asked for", join.person)),
            }
        }
    }

    /// Every answer that the hub said to have taken is in the bundle.
    fn answers(&mut self) {
        for story in self.case.stories {
            let Some(name) = self.persons.get(&story.person).copied() else { continue };
            for (prompt, _) in &story.accepted {
                if !self.case.bundle.answered.contains(&(name, *prompt)) {
                    let person = story.person;
                    self.disagree(format!(
                        "person {person} was told that check {prompt} is answered; prompts.csv is not"
                    ));
                }
            }
        }
    }

    /// Each person who joined is judged as the truth says.
    fn persons(&mut self) {
        for (name, person) in self.names.clone() {
            let Some(Some(stated)) = self.case.truth.fates.get(person) else { continue };
            let group = self.case.plan.persons.get(person).and_then(|person| self.case.plan.group_of(person));
            let group = group.map_or("", |group| group.name.as_str());
            match self.case.bundle.people.get(&name) {
                None => self.disagree(format!("person {person} ({group}) is {name} and not in people.csv")),
                Some(row) => {
                    let judged = Fate { status: row.status.clone(), reason: row.reason.clone() };
                    if !self.acceptable(stated, &judged) {
                        self.disagree(format!(
                            "person {person} ({group}) is {}, but people.csv says of {name} {}",
                            words(stated),
                            words(&judged)
                        ));
                    }
                }
            }
        }
    }

    fn acceptable(&self, stated: &Fate, judged: &Fate) -> bool {
        let took_part =
            |fate: &Fate| fate.status == "certified" || ["late", "left_early", "gap"].contains(&fate.reason.as_str());
        // A kill can cost a person their presence; it can never give them any.
        let lost =
            !self.case.kills.is_empty() && took_part(stated) && took_part(judged) && judged.status != "certified";
        stated == judged || lost
    }

    /// The persons whom no client played are there as well, with the fates of those who never came.
    fn strangers(&mut self) {
        if self.case.shared {
            return;
        }
        let mut balance: BTreeMap<Fate, i64> = BTreeMap::new();
        let mut step = |fate: Fate, by: i64| {
            let count = balance.entry(fate).or_default();
            *count = count.saturating_add(by);
        };
        // A hub that is killed may never have counted somebody who came for a moment.
        let mut missed = 0_i64;
        let killing = !self.case.kills.is_empty();
        for (person, fate) in self.case.truth.fates.iter().enumerate() {
            let comes = self.case.plan.persons.get(person).is_some_and(|person| !person.devices.is_empty());
            match fate {
                _ if self.persons.contains_key(&person) => {}
                _ if comes && killing => missed = missed.saturating_add(1),
                Some(fate) => step(fate.clone(), 1),
                None => {}
            }
        }
        let unplayed = self.case.bundle.people.iter().filter(|(name, _)| !self.names.contains_key(name));
        unplayed.for_each(|(_, row)| step(Fate { status: row.status.clone(), reason: row.reason.clone() }, -1));
        for (fate, count) in balance.into_iter().filter(|(_, count)| *count != 0) {
            missed = missed.saturating_add(count.min(0));
            if count > 0 || missed < 0 {
                self.disagree(format!("{count} more persons should be {} whom no client played", words(&fate)));
            }
        }
    }

    /// Nobody is certified whose own clients know that they were not there.
    fn claims_beyond_what_clients_did(&mut self) {
        let (Some(start), Some(end)) = (self.case.bundle.instant("start"), self.case.bundle.instant("end")) else {
            return self.disagree("tallies.json names no start and end of the lesson".to_owned());
        };
        let mut times: BTreeMap<usize, Vec<(i64, i64)>> = BTreeMap::new();
        for story in self.case.stories {
            let spans = story.told.iter().map(|told| (told.at_ms.max(start.0), self.latest_proof(told).min(end.0)));
            times.entry(story.person).or_default().extend(spans.filter(|(from, to)| from < to));
        }
        for (person, mut spans) in times {
            spans.sort_unstable();
            let row = self.persons.get(&person).and_then(|name| self.case.bundle.people.get(name));
            let certified = row.is_some_and(|row| row.status == "certified");
            if let (true, Some(why)) = (certified, self.absent(&spans, start, end)) {
                self.disagree(format!("person {person} is certified, but {why}"));
            }
        }
    }

    /// Why somebody with these possible times cannot satisfy the rule.
    fn absent(&self, spans: &[(i64, i64)], start: UnixMillis, end: UnixMillis) -> Option<String> {
        let rule = self.case.terms.rule;
        let mut reached = start.0.saturating_add(i64::from(rule.late_ms));
        let mut allowed = 0;
        for (from, to) in spans {
            if *from > reached.saturating_add(allowed) {
                return Some(format!(
                    "no client of theirs was there from {} to {}",
                    UnixMillis(reached),
                    UnixMillis(*from)
                ));
            }
            reached = if allowed == 0 { *to } else { reached.max(*to) };
            allowed = i64::from(rule.grace_ms);
        }
        let needed = end.0.saturating_sub(i64::from(rule.early_ms));
        (reached < needed).then(|| format!("no client of theirs was there after {}", UnixMillis(reached)))
    }

    /// The counts are those of the truth.
    fn totals(&mut self) {
        if self.case.shared {
            return;
        }
        let (truth, bundle) = (self.case.truth, self.case.bundle);
        let whole = self.case.kills.is_empty();
        let joined: BTreeSet<Pseudonym> = bundle.joins.values().map(|join| join.person).collect();
        let certified = bundle.people.values().filter(|row| row.status == "certified").count();
        let always = [
            ("registered", "registered", truth.fates.len()),
            ("ever joined, by the log's joins", "ever_joined", joined.len()),
            ("connections, by the log's joins", "connections", bundle.joins.len()),
            ("certifiable, by people.csv", "certifiable", certified),
        ];
        let unharmed =
            [("ever joined", "ever_joined", truth.ever_joined), ("certifiable", "certifiable", truth.certified())];
        for (what, name, expected) in always.into_iter().chain(unharmed.into_iter().filter(|_| whole)) {
            if bundle.count(&[name]) != u64::try_from(expected).ok() {
                self.disagree(format!("{what}: expected {expected}, tallies.json says {:?}", bundle.count(&[name])));
            }
        }
        let peak = bundle.count(&["peak", "count"]).and_then(|peak| usize::try_from(peak).ok());
        let (least, most) = truth.peak;
        if !peak.is_some_and(|peak| peak <= most && (peak >= least || !whole)) {
            self.disagree(format!("peak: expected {least} to {most}, tallies.json says {peak:?}"));
        }
    }

    /// What the screens showed last is what the log says.
    fn screens(&mut self) {
        let Some(shown) = self.case.shown.and_then(Value::as_object) else { return };
        let names = ["registered", "ever_joined", "in_lesson", "connections", "peak", "full_lesson", "certifiable"];
        for name in names.into_iter().chain(["certifiable_strict"]) {
            if shown.get(name) != self.case.bundle.tallies.get(name) {
                self.disagree(format!(
                    "`{name}`: the screens showed {:?} at last, tallies.json says {:?}",
                    shown.get(name),
                    self.case.bundle.tallies.get(name)
                ));
            }
        }
    }
}

fn words(fate: &Fate) -> String {
    if fate.reason.is_empty() { fate.status.clone() } else { format!("{} ({})", fate.status, fate.reason) }
}
