//! The oracle: compares the bundle, person by person, with the truth and with what each client was told.

use std::collections::BTreeMap;

use hadir::domain::{ids::Pseudonym, time::UnixMillis};
use serde_json::Value;

use crate::{
    bundle::{Bundle, ConnectionRow},
    doors::Scanned,
    group::How,
    plan::Plan,
    review::Names,
    story::{End, Story, Told},
    terms::Terms,
    truth::Truth,
};

/// How far two readings of this machine's clock may lie apart: the log's own clock is not stepped with the wall's.
pub(crate) const CLOCK_SLACK_MS: i64 = 100;

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
    /// What the doors of the hall scanned.
    pub(crate) scanned: &'a [Scanned],
    /// What persons are called in the log whom no page of their own was told.
    pub(crate) looked_up: &'a Names,
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
    oracle.who_was_looked_up();
    oracle.joins_that_nobody_was_told();
    oracle.scans();
    oracle.answers();
    oracle.persons();
    oracle.strangers();
    oracle.claims_beyond_what_clients_did();
    oracle.totals();
    oracle.funnel();
    oracle.screens();
    oracle.found
}

/// What is compared with what, and what disagrees.
pub(crate) struct Oracle<'a> {
    /// Everything that is compared.
    pub(crate) case: Case<'a>,
    /// Which person of the plan a name of the log is.
    pub(crate) names: BTreeMap<Pseudonym, usize>,
    /// What a person of the plan is called in the log.
    pub(crate) persons: BTreeMap<usize, Pseudonym>,
    found: Vec<String>,
}

impl Oracle<'_> {
    /// Notes a disagreement.
    pub(crate) fn disagree(&mut self, what: String) {
        self.found.push(what);
    }

    /// Every acknowledged join is in the log, as it was told, and its interval ends at a proved time.
    fn what_clients_were_told(&mut self) {
        for story in self.case.stories {
            for told in &story.told {
                self.is_called(story.person, told.person);
                self.acknowledged(story.person, told);
            }
        }
    }

    /// Who passed a door only is known by the name that the organizer finds them under.
    fn who_was_looked_up(&mut self) {
        for (person, name) in self.case.looked_up {
            self.is_called(*person, *name);
        }
    }

    fn is_called(&mut self, person: usize, name: Pseudonym) {
        let known = *self.persons.entry(person).or_insert(name);
        let owner = *self.names.entry(name).or_insert(person);
        if known != name || owner != person {
            self.disagree(format!(
                "person {person} was called {name} and {known}; that name is also of person {owner}"
            ));
        }
    }

    /// The row that counts for a row: another one where two were merged.
    pub(crate) fn counted_as(&self, person: usize) -> usize {
        self.case.plan.persons.get(person).and_then(|person| person.merged_into).unwrap_or(person)
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
    pub(crate) fn latest_proof(&self, told: &Told) -> i64 {
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
            let Some(name) = self.persons.get(&self.counted_as(story.person)).copied() else { continue };
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
}
