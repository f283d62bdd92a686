//! What the oracle compares of the verdicts: each person's fate, the totals, the funnel, and what the screens showed.

use std::collections::{BTreeMap, BTreeSet};

use hadir::domain::ids::Pseudonym;
use serde_json::Value;

use crate::{
    bundle::PersonRow,
    group::{Fate, Group},
    oracle::Oracle,
};

/// Why somebody's presence or answers can be too little: what a killed hub can cost.
const COSTS: [&str; 5] = ["late", "left_early", "gap", "too_short", "prompts"];

/// The first and the last line of the funnel.
const ENDS: [&str; 2] = ["on_the_list", "certified"];

impl Oracle<'_> {
    /// Each person who came is judged as the truth says.
    pub(crate) fn persons(&mut self) {
        for (name, person) in self.names.clone() {
            let Some(Some(stated)) = self.case.truth.fates.get(person) else { continue };
            let group = self.group_of(person).map_or("", |group| group.name.as_str());
            match self.case.bundle.people.get(&name) {
                None => self.disagree(format!("person {person} ({group}) is {name} and not in people.csv")),
                Some(row) => {
                    let judged = Fate::of(&row.status, &row.reason);
                    if !self.acceptable(stated, &judged) {
                        let (stated, judged) = (words(stated), words(&judged));
                        self.disagree(format!(
                            "person {person} ({group}) is {stated}, but people.csv says of {name} {judged}"
                        ));
                    }
                    self.channel(person, row);
                }
            }
        }
    }

    fn group_of(&self, person: usize) -> Option<&Group> {
        self.case.plan.persons.get(person).and_then(|person| self.case.plan.group_of(person))
    }

    /// Online, through the gate, or both.
    fn channel(&mut self, person: usize, row: &PersonRow) {
        let stated = self.case.truth.channels.get(person).copied().unwrap_or_default();
        // A killed hub may never have counted the short visit of somebody in the hall.
        if row.channel != stated && self.case.kills.is_empty() {
            let channel = &row.channel;
            self.disagree(format!("person {person} takes part by `{stated}`, people.csv says `{channel}`"));
        }
    }

    /// A kill can cost a person their presence and the reason that would come after it; it can never give them any.
    fn acceptable(&self, stated: &Fate, judged: &Fate) -> bool {
        let lacking = |fate: &Fate| COSTS.contains(&fate.reason.as_str());
        let lost = !self.case.kills.is_empty() && lacking(judged) && judged.status != "certified";
        let same_side = match stated.status.as_str() {
            "certified" => judged.status == "not_certified",
            "not_certified" => judged.status == stated.status && lacking(stated),
            _ => judged.status == stated.status && ["struck", "held"].contains(&stated.reason.as_str()),
        };
        stated == judged || (lost && same_side)
    }

    /// The persons whom nobody played are there as well, with the fates of those who never came.
    pub(crate) fn strangers(&mut self) {
        if self.case.shared {
            return;
        }
        let mut balance: BTreeMap<Fate, i64> = BTreeMap::new();
        let mut step = |fate: Fate, by: i64| {
            let count = balance.entry(fate).or_default();
            *count = count.saturating_add(by);
        };
        step(Fate::of("excluded", "never_joined"), i64::try_from(self.case.truth.acting).unwrap_or_default());
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
        unplayed.for_each(|(_, row)| step(Fate::of(&row.status, &row.reason), -1));
        for (fate, count) in balance.into_iter().filter(|(_, count)| *count != 0) {
            missed = missed.saturating_add(count.min(0));
            if count > 0 || missed < 0 {
                self.disagree(format!("{count} more persons should be {} whom no client played", words(&fate)));
            }
        }
    }

    /// Who came by the log's own lines, merged rows once.
    fn came(&self) -> BTreeSet<Pseudonym> {
        let bundle = self.case.bundle;
        let named = bundle.joins.values().map(|join| join.person).chain(bundle.scans.values().map(|scan| scan.person));
        let counted = |name: Pseudonym| {
            let row = self.names.get(&name).map(|person| self.counted_as(*person));
            row.and_then(|row| self.persons.get(&row)).copied().unwrap_or(name)
        };
        named.map(counted).collect()
    }

    /// The counts are those of the truth.
    pub(crate) fn totals(&mut self) {
        if self.case.shared {
            return;
        }
        let (truth, bundle) = (self.case.truth, self.case.bundle);
        let whole = self.case.kills.is_empty();
        let merged = truth.count(|fate| fate.reason == "merged");
        let certified = bundle.people.values().filter(|row| row.status == "certified").count();
        let stays = bundle.connections.values().filter(|row| row.channel == "gate").count();
        let always = [
            ("registered", "registered", truth.fates.len().saturating_add(truth.acting).saturating_sub(merged)),
            ("ever joined, by the log's joins and scans", "ever_joined", self.came().len()),
            ("connections, by the log's joins and stays", "connections", bundle.joins.len().saturating_add(stays)),
            ("certifiable, by people.csv", "certifiable", certified),
            ("bridged outages", "rulings", truth.ruled.0),
        ];
        let (certifiable, by_ruling) = (truth.certified(), truth.ruled.1);
        let unharmed = [
            ("ever joined", "ever_joined", truth.ever_joined.saturating_sub(merged)),
            ("certifiable", "certifiable", certifiable),
            ("certifiable without releases", "certifiable_without_releases", certifiable),
            ("certifiable without rulings", "certifiable_without_rulings", certifiable.saturating_sub(by_ruling)),
        ];
        for (what, name, expected) in always.into_iter().chain(unharmed.into_iter().filter(|_| whole)) {
            self.is_counted(what, &[name], expected);
        }
        self.is_counted("scanned persons", &["hall", "scanned"], truth.in_hall());
        if stays != truth.hall_stays {
            self.disagree(format!("stays: expected {}, connections.csv has {stays}", truth.hall_stays));
        }
        let peak = bundle.count(&["peak", "count"]).and_then(|peak| usize::try_from(peak).ok());
        let (least, most) = truth.peak;
        if !peak.is_some_and(|peak| peak <= most && (peak >= least || !whole)) {
            self.disagree(format!("peak: expected {least} to {most}, tallies.json says {peak:?}"));
        }
    }

    fn is_counted(&mut self, what: &str, path: &[&str], expected: usize) {
        let said = self.case.bundle.count(path);
        if said != u64::try_from(expected).ok() {
            self.disagree(format!("{what}: expected {expected}, tallies.json says {said:?}"));
        }
    }

    /// Everybody on the list, without those of each reason in turn, is who is certified.
    pub(crate) fn funnel(&mut self) {
        let [first, between @ .., last] = self.case.bundle.funnel.as_slice() else {
            return self.disagree("funnel.json has no steps".to_owned());
        };
        let away: usize = between.iter().map(|step| step.count).sum();
        if [first.step.as_str(), last.step.as_str()] != ENDS || first.count != away.saturating_add(last.count) {
            self.disagree(format!("the funnel does not close: {first:?} without {away} is not {last:?}"));
        }
        if self.case.shared {
            return;
        }
        let truth = self.case.truth;
        let mut stated = vec![(ENDS[0], truth.fates.len().saturating_add(truth.acting))];
        if self.case.kills.is_empty() {
            let reasons = between.iter().map(|step| step.step.as_str());
            stated.extend(reasons.map(|reason| (reason, self.reasoned(reason))));
            stated.push((ENDS[1], truth.certified()));
        }
        let steps = self.case.bundle.funnel.iter();
        let wrong: Vec<String> = steps
            .zip(stated)
            .filter(|(step, (_, count))| step.count != *count)
            .map(|(step, (name, count))| format!("funnel.json, {name}: expected {count}, it says {}", step.count))
            .collect();
        wrong.into_iter().for_each(|what| self.disagree(what));
    }

    /// How many do not count for this reason.
    fn reasoned(&self, reason: &str) -> usize {
        let truth = self.case.truth;
        let acting = if reason == "never_joined" { truth.acting } else { 0 };
        truth.count(|fate| fate.reason == reason).saturating_add(acting)
    }

    /// What the screens showed last is what the log says.
    pub(crate) fn screens(&mut self) {
        let Some(shown) = self.case.shown.and_then(Value::as_object) else { return };
        let names = ["registered", "ever_joined", "in_lesson", "connections", "peak", "full_lesson", "certifiable"];
        for name in names.into_iter().chain(["certifiable_strict", "hall"]) {
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
