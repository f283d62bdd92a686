//! The truth: what each person must be judged to be, said from the plan alone and in the plainest words.
//!
//! Nothing here knows how the hub counts. A person whose fate would depend on milliseconds makes the plan useless,
//! and it is refused; under the terms of a hub that runs already such a person is left unjudged.

use std::collections::BTreeMap;

use anyhow::{Result, bail};

use crate::{
    cast::ACTING,
    clauses::{Claimant, Outage},
    group::{Fate, Group, Strike},
    plan::{Person, Plan},
    scenario::Totals,
    terms::Terms,
    times::{LAG_MS, Times, View},
};

/// How long a door collects scans before it delivers them, and how long that may take.
const DELIVERY_MS: i64 = 3_000;

/// What must come out.
#[derive(Clone, Debug)]
pub(crate) struct Truth {
    /// Each row's fate; nothing where the terms leave it to milliseconds.
    pub(crate) fates: Vec<Option<Fate>>,
    /// How each row's person takes part: `online`, `gate`, `both` or nothing.
    pub(crate) channels: Vec<&'static str>,
    /// Rows of those who act: they stand on the roster and do not count.
    pub(crate) acting: usize,
    /// Rows of those who ever come.
    pub(crate) ever_joined: usize,
    /// The least and the greatest number of persons at the fullest moment.
    pub(crate) peak: (usize, usize),
    /// Outages that are bridged, and how many are certified because of that.
    pub(crate) ruled: (usize, usize),
    /// Stays in the hall, of everybody.
    pub(crate) hall_stays: usize,
}

impl Truth {
    /// What the scenario states for each person, after checking that its own schedule leads there without a doubt.
    pub(crate) fn stated(plan: &Plan) -> Result<Self> {
        let truth = Self::judged(plan, &Terms::of(plan));
        for (person, fate) in plan.persons.iter().zip(&truth.fates) {
            let Some(group) = plan.group_of(person) else { bail!("a person without a group") };
            let Some(fate) = fate else {
                bail!("`{}`: what becomes of {:?} depends on milliseconds", group.name, person.devices);
            };
            if *fate != group.expect {
                bail!("`{}` states {:?}, but its schedule makes it {fate:?}", group.name, group.expect);
            }
        }
        Ok(truth)
    }

    /// What the schedule comes to under any terms.
    pub(crate) fn judged(plan: &Plan, terms: &Terms) -> Self {
        let times = Times::new(plan, terms);
        let court = Court { plan, terms, times: &times, outage: Outage::of(&times), repeats: repeats(plan) };
        let rows = 0..plan.persons.len();
        let fates: Vec<Option<Fate>> = rows.clone().map(|row| court.judge(row)).collect();
        let by_ruling = rows.clone().filter(|row| court.needs_the_ruling(*row, fates.get(*row))).count();
        Self {
            channels: rows.map(|row| court.channel(row)).collect(),
            acting: if plan.scenario.has_acts() { ACTING.len() } else { 0 },
            ever_joined: plan.persons.iter().filter(|person| comes(person)).count(),
            peak: (court.fullest(&fates, View::Surely), court.fullest(&fates, View::Possibly)),
            ruled: (usize::from(court.outage.is_some()), by_ruling),
            hall_stays: plan.persons.iter().map(|person| times.hall(person).len()).sum(),
            fates,
        }
    }

    /// How many persons have this fate, by its status or its reason.
    pub(crate) fn count(&self, is: impl Fn(&Fate) -> bool) -> usize {
        self.fates.iter().flatten().filter(|fate| is(fate)).count()
    }

    /// How many persons must be certified.
    pub(crate) fn certified(&self) -> usize {
        self.count(|fate| fate.status == "certified")
    }

    /// How many persons were scanned at a door.
    pub(crate) fn in_hall(&self) -> usize {
        self.channels.iter().filter(|channel| ["gate", "both"].contains(channel)).count()
    }

    /// The totals of this truth, for comparison with those that the scenario states.
    pub(crate) fn totals(&self, stated: &Totals) -> Totals {
        Totals {
            registered: self.fates.len().saturating_add(self.acting),
            ever_joined: self.ever_joined,
            certifiable: self.certified(),
            peak: stated.peak.map(|_| self.peak.0),
            merged: self.count(|fate| fate.reason == "merged"),
            struck: self.count(|fate| fate.reason == "struck"),
            held: self.count(|fate| fate.status == "held"),
            in_hall: self.in_hall(),
            both: self.channels.iter().filter(|channel| **channel == "both").count(),
            rulings: self.ruled.0,
            by_ruling: self.ruled.1,
        }
    }
}

/// The rows that repeat each row.
fn repeats(plan: &Plan) -> BTreeMap<usize, Vec<usize>> {
    let mut repeats: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (row, person) in plan.persons.iter().enumerate() {
        if let Some(other) = person.merged_into {
            repeats.entry(other).or_default().push(row);
        }
    }
    repeats
}

fn comes(person: &Person) -> bool {
    !person.devices.is_empty() || !person.scans.is_empty()
}

/// Judges the rows of a plan.
struct Court<'a> {
    plan: &'a Plan,
    terms: &'a Terms,
    times: &'a Times<'a>,
    outage: Option<Outage>,
    repeats: BTreeMap<usize, Vec<usize>>,
}

impl<'a> Court<'a> {
    fn person(&self, row: usize) -> Option<(&'a Person, &'a Group)> {
        let person = self.plan.persons.get(row)?;
        Some((person, self.plan.group_of(person)?))
    }

    /// The row and those that repeat it.
    fn rows(&self, row: usize) -> Vec<&'a Person> {
        let others = self.repeats.get(&row).into_iter().flatten();
        std::iter::once(&row).chain(others).filter_map(|row| self.plan.persons.get(*row)).collect()
    }

    fn claimant(&self, row: usize) -> Claimant<'_> {
        let rows = self.rows(row);
        let behind = |person: &&Person| self.plan.group_of(person).map(|group| group.network);
        let outage = self.outage.filter(|outage| rows.iter().any(|row| behind(row) == Some(outage.network)));
        Claimant { times: self.times, rows, outage }
    }

    /// The row's fate where both ends of the uncertainty agree on it: the first reason that applies.
    fn judge(&self, row: usize) -> Option<Fate> {
        let (person, group) = self.person(row)?;
        if !self.terms.counts(&group.role) {
            return Some(Fate::of("excluded", if comes(person) { "role" } else { "never_joined" }));
        }
        if !self.rows(row).into_iter().any(comes) {
            return Some(Fate::of("not_certified", "never_joined"));
        }
        if person.merged_into.is_some() {
            return Some(Fate::of("excluded", "merged"));
        }
        let claimant = self.claimant(row);
        let failure = |view| {
            let checks = || (!claimant.answers_enough(view)).then_some("prompts");
            claimant.absence(view).or_else(checks)
        };
        let (surely, possibly) = (failure(View::Surely), failure(View::Possibly));
        let (struck, held) = (is_struck(group), self.is_held(row)?);
        if surely != possibly {
            return None;
        }
        let reason = surely.or(struck.then_some("struck")).or(held.then_some("held"));
        let status = match (struck, held, reason) {
            (true, ..) => "excluded",
            (false, true, _) => "held",
            (false, false, None) => "certified",
            (false, false, Some(_)) => "not_certified",
        };
        Some(Fate::of(status, reason.unwrap_or_default()))
    }

    /// Whether the row is kept for review, where that is certain.
    fn is_held(&self, row: usize) -> Option<bool> {
        let (person, group) = self.person(row)?;
        let shares = self.shares_device(row, person)?;
        let late = self.is_scanned_late(person, group)?;
        Some(shares || late || group.strike == Some(Strike::Open))
    }

    /// Whether the row came second on a device that stands for another person already.
    fn shares_device(&self, row: usize, person: &Person) -> Option<bool> {
        let Some(owner) = person.device_of.filter(|owner| self.root(*owner) != self.root(row)) else {
            return Some(false);
        };
        let first = |row: usize| {
            let person = self.plan.persons.get(row)?;
            self.times.online(person).into_iter().map(|one| one.begin).min()
        };
        let (theirs, ours) = (first(owner)?, first(row)?);
        (ours.0 > theirs.1).then_some(true)
    }

    fn root(&self, row: usize) -> usize {
        self.plan.persons.get(row).and_then(|person| person.merged_into).unwrap_or(row)
    }

    /// Whether a scan arrives later than declared.
    fn is_scanned_late(&self, person: &Person, group: &Group) -> Option<bool> {
        let Some(hall) = self.plan.scenario.hall.as_ref().filter(|_| !person.scans.is_empty()) else {
            return Some(false);
        };
        let kept = i64::from(group.scans_kept_s).saturating_mul(1_000);
        let offline = |door: usize, at: i64| {
            let offline = hall.offline.as_ref().filter(|one| hall.doors.get(door) == Some(&one.door))?;
            let [from, to] = [offline.from_s, offline.to_s].map(|s| i64::from(s).saturating_mul(1_000));
            let ready = at.saturating_add(kept);
            (ready.saturating_add(LAG_MS) >= from && ready < to).then(|| to.saturating_sub(at))
        };
        let waits = person.scans.iter().map(|one| offline(one.door, self.times.passage(one).0).unwrap_or(0).max(kept));
        let latest = waits.max().unwrap_or(0).saturating_add(DELIVERY_MS);
        let delay = i64::from(self.terms.scans_delay_ms);
        if kept > delay { Some(true) } else { (latest <= delay).then_some(false) }
    }

    /// Whether somebody is certified who would not be without the ruling.
    fn needs_the_ruling(&self, row: usize, fate: Option<&Option<Fate>>) -> bool {
        let certified = fate.is_some_and(|fate| fate.as_ref().is_some_and(|fate| fate.status == "certified"));
        let claimant = self.claimant(row);
        let ruled = certified && claimant.outage.is_some();
        ruled && Claimant { outage: None, ..claimant }.absence(View::Possibly).is_some()
    }

    /// How the row's person takes part; a row that repeats another has nothing of its own.
    fn channel(&self, row: usize) -> &'static str {
        let of_another = self.plan.persons.get(row).is_some_and(|person| person.merged_into.is_some());
        let rows = if of_another { Vec::new() } else { self.rows(row) };
        let online = rows.iter().any(|person| !person.devices.is_empty());
        match (online, rows.iter().any(|person| !person.scans.is_empty())) {
            (true, true) => "both",
            (true, false) => "online",
            (false, true) => "gate",
            (false, false) => "",
        }
    }

    /// How many persons who count are present at the fullest moment of the lesson.
    fn fullest(&self, fates: &[Option<Fate>], view: View) -> usize {
        let counts = |fate: &Option<Fate>| {
            fate.as_ref().is_none_or(|fate| !["excluded", "held"].contains(&fate.status.as_str()))
        };
        let counting = fates.iter().enumerate().filter(|(_, fate)| counts(fate));
        let mut edges: Vec<(i64, i64)> = counting
            .flat_map(|(row, _)| self.times.spans(&self.times.proved(&self.rows(row)), view))
            .flat_map(|(from, to)| [(from, 1), (to, -1)])
            .collect();
        edges.sort_unstable();
        let mut now = 0_i64;
        let most = edges.into_iter().map(|(_, step)| {
            now = now.saturating_add(step);
            now
        });
        usize::try_from(most.max().unwrap_or_default()).unwrap_or_default()
    }
}

fn is_struck(group: &Group) -> bool {
    group.strike == Some(Strike::Confirmed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{SHIPPED, Scenario};

    fn plan(name: &str) -> Plan {
        Plan::new(Scenario::load(name).unwrap())
    }

    #[test]
    fn every_shipped_scenario_states_what_its_schedule_leads_to_whatever_the_milliseconds() {
        for (name, _) in SHIPPED {
            let plan = plan(name);
            let truth = Truth::stated(&plan).unwrap();

            assert_eq!(truth.totals(&plan.scenario.expect), plan.scenario.expect, "{name}");
            assert!(plan.scenario.expect.peak.is_none() || truth.peak.0 == truth.peak.1, "{name}: {:?}", truth.peak);
        }
    }

    #[test]
    fn a_scenario_whose_edge_depends_on_milliseconds_is_refused() {
        let mut scenario = Scenario::load("smoke").unwrap();
        for group in &mut scenario.groups {
            if let Some(leave) = &mut group.leave {
                leave.from_s = 13;
                leave.to_s = 13;
            }
        }

        let error = Truth::stated(&Plan::new(scenario)).unwrap_err().to_string();

        assert!(error.contains("depends on milliseconds"), "{error}");
    }

    #[test]
    fn a_longer_grace_certifies_those_who_were_away_for_too_long() {
        let plan = plan("smoke");
        let mut terms = Terms::of(&plan);
        terms.rule.grace_ms = 60_000;

        let truth = Truth::judged(&plan, &terms);

        assert_eq!(truth.certified(), 482);
    }

    #[test]
    fn a_second_device_makes_nobody_two_persons() {
        let plan = plan("record");

        assert_eq!(plan.connections(), 12_003 + 1_200 + 1_200);
        assert_eq!(Truth::stated(&plan).unwrap().peak, (12_003, 12_003));
    }
}
