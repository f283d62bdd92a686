//! Scenarios as they are written: groups of persons, what they do, and what each must be judged to be.

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// The scenarios that come with the program.
pub(crate) const SHIPPED: [(&str, &str); 5] = [
    ("smoke", include_str!("../scenarios/smoke.toml")),
    ("record", include_str!("../scenarios/record.toml")),
    ("sumsel-2025", include_str!("../scenarios/sumsel-2025.toml")),
    ("checks", include_str!("../scenarios/checks.toml")),
    ("hold", include_str!("../scenarios/hold.toml")),
];

/// A lesson to play. Instants are seconds from the start signal; negative ones lie in the lobby before it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scenario {
    /// Its name.
    pub(crate) name: String,
    /// What it shows, in a sentence.
    pub(crate) title: String,
    /// Where all of its randomness comes from.
    pub(crate) seed: u64,
    /// How many sockets may be open at once: both ends have 20,000 descriptors.
    pub(crate) sockets_max: usize,
    /// The lesson.
    pub(crate) lesson: Lesson,
    /// How presence is proved.
    pub(crate) liveness: Liveness,
    /// What counts.
    pub(crate) rule: Rule,
    /// The roles that count.
    pub(crate) roles: Vec<String>,
    /// The totals of the unscaled scenario.
    pub(crate) expect: Totals,
    /// The participation checks, if there are any.
    pub(crate) checks: Option<Checks>,
    /// Whether, and how, the rate of joins is measured beside a bare echo server before the lesson.
    pub(crate) ramp: Option<Ramp>,
    /// Who takes part.
    #[serde(rename = "group")]
    pub(crate) groups: Vec<Group>,
}

/// The lesson's plan.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Lesson {
    /// How long before the start signal the doors open.
    pub(crate) lobby_s: u32,
    /// From the start signal to the end signal.
    pub(crate) length_s: u32,
}

/// How presence is proved.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Liveness {
    /// The time between two challenges.
    pub(crate) challenge_ms: u32,
    /// The longest silence.
    pub(crate) proof_max_gap_ms: u32,
}

/// The clauses of a full-lesson rule.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    /// How long after the start a person may arrive.
    pub(crate) late_ms: u32,
    /// How long before the end a person may leave.
    pub(crate) early_ms: u32,
    /// The longest interruption that is bridged.
    pub(crate) grace_ms: u32,
}

/// Participation checks that the adjudicator opens.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Checks {
    /// When, in seconds from the start signal.
    pub(crate) at_s: Vec<u32>,
    /// Within what time everybody answers: each at a moment of their own.
    pub(crate) within_ms: u32,
    /// How many a person must answer.
    pub(crate) needed: u32,
}

/// What the whole scenario must come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Totals {
    /// Rows of the roster.
    pub(crate) registered: usize,
    /// Persons who ever join.
    pub(crate) ever_joined: usize,
    /// Persons who satisfy the rule.
    pub(crate) certifiable: usize,
    /// Persons present at the moment at which most are.
    pub(crate) peak: usize,
}

/// How the rate of joins is measured.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ramp {
    /// How many joins are under way at once.
    pub(crate) in_flight: usize,
    /// How often hub and echo server take turns.
    pub(crate) rounds: usize,
}

/// Persons who behave alike.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Group {
    /// What they have in common, in a few words.
    pub(crate) name: String,
    /// How many.
    pub(crate) persons: usize,
    /// As what they are on the roster.
    #[serde(default = "participant")]
    pub(crate) role: String,
    /// When they arrive; without it they never do.
    pub(crate) arrive: Option<Arrive>,
    /// How many devices each uses at once.
    #[serde(default = "one")]
    pub(crate) devices: u8,
    /// An interruption.
    pub(crate) drop: Option<Drop>,
    /// When they go; without it they stay until the lesson is over.
    pub(crate) leave: Option<Leave>,
    /// How long they take to answer a challenge: hidden tabs and slow phones.
    #[serde(default)]
    pub(crate) answer_after_ms: [u32; 2],
    /// Whether they let participation checks pass.
    #[serde(default)]
    pub(crate) ignores_checks: bool,
    /// Whether they never answer any challenge.
    #[serde(default)]
    pub(crate) never_answers: bool,
    /// What each of them must be judged to be.
    pub(crate) expect: Fate,
}

/// When a group arrives.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Arrive {
    /// The first of them.
    pub(crate) from_s: i32,
    /// The last of them.
    pub(crate) to_s: i32,
    /// How they spread over that time.
    pub(crate) curve: Curve,
}

/// How arrivals spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Curve {
    /// At equal distances.
    Even,
    /// More and more towards the end, as before a lesson.
    Rush,
    /// All at the first moment.
    Burst,
}

/// An interruption: the connection is lost and the person returns.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Drop {
    /// The first moment at which it may happen.
    pub(crate) from_s: i32,
    /// The last.
    pub(crate) to_s: i32,
    /// The shortest and the longest absence.
    pub(crate) away_s: [u32; 2],
    /// How the connection ends.
    pub(crate) how: How,
}

/// When a group goes.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Leave {
    /// The first of them.
    pub(crate) from_s: i32,
    /// The last of them.
    pub(crate) to_s: i32,
    /// How the connection ends.
    pub(crate) how: How,
}

/// How a client ends its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum How {
    /// It says `bye`.
    Bye,
    /// It closes with 4001, as a page does that goes away.
    Close,
    /// The transport ends without a word.
    Lost,
}

/// What a person must be judged to be, in the words of `people.csv`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fate {
    /// `certified`, `not_certified` or `excluded`.
    pub(crate) status: String,
    /// Why not; empty for the certified.
    #[serde(default)]
    pub(crate) reason: String,
}

fn participant() -> String {
    "participant".to_owned()
}

fn one() -> u8 {
    1
}

impl Scenario {
    /// Reads a shipped scenario by its name, or one from a file.
    pub(crate) fn load(name_or_path: &str) -> Result<Self> {
        if let Some((_, text)) = SHIPPED.into_iter().find(|(name, _)| *name == name_or_path) {
            return Self::parse(text).with_context(|| format!("the shipped scenario `{name_or_path}` is damaged"));
        }
        let names = SHIPPED.map(|(name, _)| name).join(", ");
        let text = std::fs::read_to_string(name_or_path).with_context(|| {
            format!("`{name_or_path}` is neither a shipped scenario ({names}) nor a file that can be read")
        })?;
        Self::parse(&text).with_context(|| format!("`{name_or_path}` is not a scenario"))
    }

    /// Reads a scenario's text.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let scenario: Self = toml::from_str(text)?;
        if scenario.groups.iter().all(|group| group.arrive.is_none()) {
            bail!("nobody arrives: give at least one group an `arrive`");
        }
        if scenario.groups.len() > usize::from(u16::MAX) || scenario.groups.iter().any(|group| group.devices == 0) {
            bail!("a scenario has at most 65535 groups, and each person at least one device");
        }
        Ok(scenario)
    }

    /// How many persons ever join.
    pub(crate) fn joining(&self) -> usize {
        self.groups.iter().filter(|group| group.arrive.is_some()).map(|group| group.persons).sum()
    }

    /// The same lesson with `participants` persons who join, each group in proportion.
    pub(crate) fn scaled(mut self, participants: usize) -> Result<Self> {
        let whole = self.joining();
        if participants == 0 || whole == 0 {
            bail!("a lesson needs at least one participant");
        }
        let mut before = 0_usize;
        for group in &mut self.groups {
            let share = |persons: usize| persons.saturating_mul(participants).checked_div(whole).unwrap_or_default();
            if group.arrive.is_some() {
                // Differences of running sums: they add up to exactly `participants`.
                let after = before.saturating_add(group.persons);
                group.persons = share(after).saturating_sub(share(before));
                before = after;
            } else {
                group.persons = share(group.persons);
            }
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_scenario_carries_the_name_under_which_it_is_shipped() {
        for (name, text) in SHIPPED {
            assert_eq!(Scenario::parse(text).unwrap().name, name);
        }
    }

    #[test]
    fn a_scaled_scenario_has_exactly_the_participants_asked_for() {
        for participants in [1, 7, 60, 499, 12_003, 40_000] {
            let scenario = Scenario::load("sumsel-2025").unwrap().scaled(participants).unwrap();

            assert_eq!(scenario.joining(), participants);
        }
    }

    #[test]
    fn a_scenario_that_does_not_exist_is_refused_with_the_names_of_those_that_do() {
        let error = format!("{:#}", Scenario::load("sumsel").unwrap_err());

        assert!(error.contains("smoke, record, sumsel-2025, checks, hold"), "{error}");
    }
}
