//! Scenarios as they are written: the lesson, its rule, who takes part, and what it must come to.

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::group::Group;

/// The scenarios that come with the program.
pub(crate) const SHIPPED: [(&str, &str); 7] = [
    ("smoke", include_str!("../scenarios/smoke.toml")),
    ("record", include_str!("../scenarios/record.toml")),
    ("sumsel-2025", include_str!("../scenarios/sumsel-2025.toml")),
    ("checks", include_str!("../scenarios/checks.toml")),
    ("checkpoints", include_str!("../scenarios/checkpoints.toml")),
    ("day", include_str!("../scenarios/day.toml")),
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
    /// The hall, if there is one.
    pub(crate) hall: Option<Hall>,
    /// The network whose outage two sides bridge after the lesson.
    pub(crate) bridged_network: Option<u8>,
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
    /// The declared length: planned checks are spread over it. The lesson ends with its signal.
    #[serde(default = "an_hour")]
    pub(crate) planned_s: u32,
    /// How long after the end signal the attempt is closed; without it once nothing can change the lesson any more.
    pub(crate) close_after_s: Option<u32>,
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

/// The rule: a full lesson, or a minimum time where one is given.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    /// How long after the start a person may arrive.
    #[serde(default)]
    pub(crate) late_ms: u32,
    /// How long before the end a person may leave.
    #[serde(default)]
    pub(crate) early_ms: u32,
    /// The longest interruption that is bridged.
    pub(crate) grace_ms: u32,
    /// The minimum time in total, at any time of the lesson.
    pub(crate) minimum_ms: Option<u32>,
    /// Proofs around start and end instead of proofs throughout.
    pub(crate) checkpoints: Option<Checkpoints>,
}

/// When a proof is one of the start or of the end.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Checkpoints {
    /// From how long before the start.
    pub(crate) before_start_ms: u32,
    /// To how long after the start.
    pub(crate) after_start_ms: u32,
    /// From how long before the end.
    pub(crate) before_end_ms: u32,
    /// To how long after the end.
    pub(crate) after_end_ms: u32,
}

/// Participation checks: planned ones, or those that the adjudicator opens at will.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Checks {
    /// What they ask.
    #[serde(default)]
    pub(crate) kind: CheckKind,
    /// When those at will are opened, in seconds from the start signal.
    #[serde(default)]
    pub(crate) at_s: Vec<u32>,
    /// The planned ones: seed and nonce say when each comes.
    pub(crate) planned: Option<Planned>,
    /// Within what time everybody answers: each at a moment of their own.
    pub(crate) within_ms: u32,
    /// How many a person must answer.
    pub(crate) needed: u32,
}

/// Checks whose times are drawn.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Planned {
    /// How many.
    pub(crate) count: u32,
    /// How long each takes answers.
    pub(crate) answer_ms: u32,
}

/// What a check asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CheckKind {
    /// To confirm on the page.
    #[default]
    Press,
    /// To type the word that the lesson shows.
    Word,
}

impl CheckKind {
    /// Its name in declarations and requests.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Press => "press",
            Self::Word => "word",
        }
    }
}

/// A hall with scans at its doors.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Hall {
    /// Its short name.
    pub(crate) venue: String,
    /// The short names of its doors.
    pub(crate) doors: Vec<String>,
    /// A scan that arrives later than this after it was made holds its person.
    pub(crate) delay_ms: u32,
    /// One in so many scans is delivered twice, as a device does that was not answered.
    pub(crate) twice_every: usize,
    /// A door without a network for a while.
    pub(crate) offline: Option<Offline>,
}

/// A door that queues its scans for a while.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Offline {
    /// Which.
    pub(crate) door: String,
    /// From when.
    pub(crate) from_s: i32,
    /// Until when.
    pub(crate) to_s: i32,
}

/// What the whole scenario must come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Totals {
    /// Rows of the roster, those of the staff who act included.
    pub(crate) registered: usize,
    /// Rows of those who ever come, online or through a door.
    pub(crate) ever_joined: usize,
    /// Persons who are certified.
    pub(crate) certifiable: usize,
    /// Persons present at the moment at which most are, where no milliseconds decide it.
    pub(crate) peak: Option<usize>,
    /// Rows that are merged into another one after the lesson.
    #[serde(default)]
    pub(crate) merged: usize,
    /// Persons who are struck out.
    #[serde(default)]
    pub(crate) struck: usize,
    /// Persons who are held for review.
    #[serde(default)]
    pub(crate) held: usize,
    /// Persons who were scanned at a door.
    #[serde(default)]
    pub(crate) in_hall: usize,
    /// Those of them who were online as well.
    #[serde(default)]
    pub(crate) both: usize,
    /// Outages that two sides bridge.
    #[serde(default)]
    pub(crate) rulings: usize,
    /// Certified persons who are so because of that.
    #[serde(default)]
    pub(crate) by_ruling: usize,
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

fn an_hour() -> u32 {
    3_600
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
        if scenario.groups.iter().all(|group| group.arrive.is_none() && group.visits.is_empty()) {
            bail!("nobody comes online: give at least one group an `arrive` or `visits`");
        }
        if scenario.groups.len() > usize::from(u16::MAX) || scenario.groups.iter().any(|group| group.devices == 0) {
            bail!("a scenario has at most 65535 groups, and each person at least one device");
        }
        if scenario.hall.is_none() && scenario.groups.iter().any(|group| !group.scans.is_empty()) {
            bail!("there are scans but no `[hall]` with doors");
        }
        for name in scenario.groups.iter().flat_map(|group| group.device_of.iter().chain(&group.merged_into)) {
            if scenario.place_of(name).is_none() {
                bail!("no group is called `{name}`");
            }
        }
        Ok(scenario)
    }

    /// The place of a group among all.
    pub(crate) fn place_of(&self, group: &str) -> Option<usize> {
        self.groups.iter().position(|one| one.name == group)
    }

    /// How many persons ever come.
    pub(crate) fn joining(&self) -> usize {
        self.groups.iter().filter(|group| group.comes()).map(|group| group.persons).sum()
    }

    /// Whether two sides act after the lesson.
    pub(crate) fn has_acts(&self) -> bool {
        let decided = |group: &Group| group.strike.is_some() || group.merged_into.is_some();
        self.bridged_network.is_some() || self.groups.iter().any(decided)
    }

    /// The same lesson without those who need doors or two sides who act: a hub that serves already may have neither.
    pub(crate) fn without_staff(mut self) -> Self {
        self.groups.retain(|group| !group.needs_staff());
        (self.hall, self.bridged_network) = (None, None);
        self
    }

    /// The same lesson with `participants` persons who come, each group in proportion.
    pub(crate) fn scaled(mut self, participants: usize) -> Result<Self> {
        let whole = self.joining();
        if participants == 0 || whole == 0 {
            bail!("a lesson needs at least one participant");
        }
        let mut before = 0_usize;
        for group in &mut self.groups {
            let share = |persons: usize| persons.saturating_mul(participants).checked_div(whole).unwrap_or_default();
            if group.comes() {
                // Differences of running sums: they add up to exactly `participants`.
                let after = before.saturating_add(group.persons);
                group.persons = share(after).saturating_sub(share(before));
                before = after;
            } else {
                group.persons = share(group.persons);
            }
        }
        self.pair_up();
        Ok(self)
    }

    /// Whoever has lost their partner of another group joins the first group instead.
    fn pair_up(&mut self) {
        let mut pairs: Vec<(usize, usize)> = Vec::new();
        for (place, group) in self.groups.iter().enumerate() {
            let partners = group.device_of.iter().chain(&group.merged_into).filter_map(|name| self.place_of(name));
            // Two rows that are merged need each other; whose device is used needs nobody.
            pairs.extend(partners.map(|partner| (place, partner)));
            pairs.extend(group.merged_into.iter().filter_map(|name| Some((self.place_of(name)?, place))));
        }
        let mut moved = 0_usize;
        for (place, partner) in pairs {
            let most = self.groups.get(partner).map_or(0, |group| group.persons);
            if let Some(group) = self.groups.get_mut(place) {
                moved = moved.saturating_add(group.persons.saturating_sub(most));
                group.persons = group.persons.min(most);
            }
        }
        if let Some(first) = self.groups.first_mut() {
            first.persons = first.persons.saturating_add(moved);
        }
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

        assert!(error.contains("smoke, record, sumsel-2025, checks, checkpoints, day, hold"), "{error}");
    }
}
