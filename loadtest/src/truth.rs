//! The truth: what each person must be judged to be, said from the plan alone and in the plainest words.
//!
//! Nothing here knows how the hub counts. A person whose fate would depend on milliseconds makes the plan useless,
//! and it is refused; under the terms of a hub that runs already such a person is left unjudged.

use anyhow::{Result, bail};

use crate::{
    plan::{Person, Plan, Stay},
    scenario::{Fate, How, Liveness, Rule, Totals},
};

/// How late anything that the plan says may really happen: clients and hub share two processors.
pub(crate) const LAG_MS: i64 = 1_400;

/// The conditions under which the hub counts.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    /// How presence is proved.
    pub(crate) liveness: Liveness,
    /// What counts.
    pub(crate) rule: Rule,
    /// The roles that count; nothing: everybody does.
    pub(crate) roles: Option<Vec<String>>,
    /// The lesson's length.
    pub(crate) length_ms: i64,
    /// How many participation checks a person must answer.
    pub(crate) checks_needed: u32,
}

/// What must come out.
#[derive(Clone, Debug)]
pub(crate) struct Truth {
    /// Each person's fate; nothing where the terms leave it to milliseconds.
    pub(crate) fates: Vec<Option<Fate>>,
    /// Persons who ever join.
    pub(crate) ever_joined: usize,
    /// The least and the greatest number of persons at the fullest moment.
    pub(crate) peak: (usize, usize),
}

/// Which end of the uncertainty is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum View {
    /// Present only where nothing that may go slowly could take it away.
    Surely,
    /// Present wherever it may be.
    Possibly,
}

impl Terms {
    /// The terms that a plan's own scenario declares.
    pub(crate) fn of(plan: &Plan) -> Self {
        let scenario = &plan.scenario;
        Self {
            liveness: scenario.liveness,
            rule: scenario.rule,
            roles: Some(scenario.roles.clone()),
            length_ms: plan.length_ms(),
            checks_needed: scenario.checks.as_ref().map_or(0, |checks| checks.needed),
        }
    }
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
        let fates = plan.persons.iter().map(|person| judge(plan, person, terms)).collect();
        let ever_joined = plan.persons.iter().filter(|person| !person.devices.is_empty()).count();
        let peak = (fullest(plan, terms, View::Surely), fullest(plan, terms, View::Possibly));
        Self { fates, ever_joined, peak }
    }

    /// How many persons must be certified.
    pub(crate) fn certified(&self) -> usize {
        self.fates.iter().flatten().filter(|fate| fate.status == "certified").count()
    }

    /// The totals of this truth, for comparison with those that the scenario states.
    pub(crate) fn totals(&self) -> Totals {
        Totals {
            registered: self.fates.len(),
            ever_joined: self.ever_joined,
            certifiable: self.certified(),
            peak: self.peak.0,
        }
    }
}

/// The person's fate where both ends of the uncertainty agree on it.
fn judge(plan: &Plan, person: &Person, terms: &Terms) -> Option<Fate> {
    let fate = |status: &str, reason: &str| Fate { status: status.to_owned(), reason: reason.to_owned() };
    if person.devices.is_empty() {
        return Some(fate("not_certified", "never_joined"));
    }
    if !counts(plan, person, terms) {
        return Some(fate("excluded", "role"));
    }
    let surely = failure(&presence(person, terms, View::Surely), terms);
    let possibly = failure(&presence(person, terms, View::Possibly), terms);
    match (surely, possibly) {
        (None, None) if terms.checks_needed > 0 && person.checks_within_ms.is_none() => {
            Some(fate("not_certified", "prompts"))
        }
        (None, None) => Some(fate("certified", "")),
        (Some(reason), Some(same)) if reason == same => Some(fate("not_certified", reason)),
        _ => None,
    }
}

fn counts(plan: &Plan, person: &Person, terms: &Terms) -> bool {
    let role = plan.group_of(person).map(|group| &group.role);
    terms.roles.as_ref().is_none_or(|roles| role.is_some_and(|role| roles.contains(role)))
}

/// The first clause of the full-lesson rule that a person fails.
fn failure(present: &[(i64, i64)], terms: &Terms) -> Option<&'static str> {
    let rule = terms.rule;
    let (Some((first, _)), Some((_, last))) = (present.first(), present.last()) else { return Some("late") };
    if *first > i64::from(rule.late_ms) {
        return Some("late");
    }
    if *last < terms.length_ms.saturating_sub(i64::from(rule.early_ms)) {
        return Some("left_early");
    }
    let away = present.windows(2).filter_map(|pair| match pair {
        [(_, left), (back, _)] => Some(back.saturating_sub(*left)),
        _ => None,
    });
    away.into_iter().any(|away| away > i64::from(rule.grace_ms)).then_some("gap")
}

/// When a person is present during the lesson, on any device: separate times in order.
fn presence(person: &Person, terms: &Terms, view: View) -> Vec<(i64, i64)> {
    let mut times: Vec<(i64, i64)> = person
        .devices
        .iter()
        .flatten()
        .map(|stay| proved(person, stay, terms, view))
        .map(|(from, to)| (from.max(0), to.min(terms.length_ms)))
        .filter(|(from, to)| from < to)
        .collect();
    times.sort_unstable();
    let mut union: Vec<(i64, i64)> = Vec::new();
    for (from, to) in times {
        match union.last_mut() {
            Some((_, end)) if from <= *end => *end = to.max(*end),
            _ => union.push((from, to)),
        }
    }
    union
}

/// From when to when one stay is proved.
fn proved(person: &Person, stay: &Stay, terms: &Terms, view: View) -> (i64, i64) {
    let lag = if view == View::Surely { LAG_MS } else { 0 };
    let from = stay.from.saturating_add(lag);
    let Some(slow) = person.answer_after_ms else {
        // Somebody who never answers is proved by the hello alone.
        return (from, stay.from.saturating_add(LAG_MS.saturating_sub(lag)));
    };
    let to = match (stay.end, view) {
        (None, _) => i64::MAX,
        (Some((at, _)), View::Possibly) => at.saturating_add(LAG_MS),
        (Some((at, How::Bye | How::Close)), View::Surely) => at,
        (Some((at, How::Lost)), View::Surely) => last_proof_before(at, from, terms.liveness, slow),
    };
    (from, to)
}

/// Up to when somebody is surely proved whose connection is lost without a word.
fn last_proof_before(at: i64, from: i64, liveness: Liveness, slow_ms: u32) -> i64 {
    let routine = at.saturating_sub(silence(liveness, slow_ms));
    // Everybody is challenged at the start signal: whoever could answer it in time is proved past it.
    let answered_start = from < 0 && at > LAG_MS.saturating_add(i64::from(slow_ms));
    if answered_start { routine.max(1) } else { routine }
}

/// How old the last answer can be when a connection is lost: a challenge period with its jitter, and a slow answer.
fn silence(liveness: Liveness, slow_ms: u32) -> i64 {
    let period = i64::from(liveness.challenge_ms).saturating_mul(3).div_euclid(2);
    period.saturating_add(i64::from(slow_ms)).saturating_add(LAG_MS)
}

/// How many persons who count are present at the fullest moment of the lesson.
fn fullest(plan: &Plan, terms: &Terms, view: View) -> usize {
    let counting = plan.persons.iter().filter(|person| counts(plan, person, terms));
    let mut edges: Vec<(i64, i64)> = counting
        .flat_map(|person| presence(person, terms, view))
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

            assert_eq!(truth.totals(), plan.scenario.expect, "{name}");
            assert_eq!(truth.peak.0, truth.peak.1, "{name}");
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

        assert_eq!(truth.certified(), 450);
    }

    #[test]
    fn a_second_device_makes_nobody_two_persons() {
        let plan = plan("record");

        assert_eq!(plan.connections(), 12_003 + 1_200 + 1_200);
        assert_eq!(Truth::stated(&plan).unwrap().peak, (12_003, 12_003));
    }
}
