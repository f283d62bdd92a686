//! All counts at one entry, and the identities that hold between them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    attendance::Attendance,
    buckets::SustainedPeak,
    concurrency::Edges,
    funnel::{Inactive, Step},
    ids::{Digest, Size},
    intervals::Interval,
    person::Person,
    profile::{Bridging, Profile},
    readings::ReadingBeside,
    rules::{PresenceMode, PromptKind, RuleKind, Words},
    standing::{Evidence, Terms},
    time::{Millis, UnixMillis},
    tree::Head,
    venues::VenueCount,
    versions::VersionCount,
};

/// Where the lesson stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Before the start.
    Waiting,
    /// Between start and end.
    Running,
    /// After the end; connections may still be open.
    Ended,
    /// Attendance is complete.
    Closed,
}

/// The live counts: what `/api/tally` answers. No suffix means strict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// How many entries are counted.
    pub size: Size,
    /// The root hash over them.
    pub root: Digest,
    /// The last entry's time.
    pub at: UnixMillis,
    /// Where the lesson stands.
    pub phase: Phase,
    /// Whether no connection can change the lesson any more.
    #[serde(rename = "final")]
    pub is_final: bool,
    /// Persons on the roster, merged rows once, and those who were added.
    pub registered: u64,
    /// Persons with a connection, the lobby included.
    pub ever_joined: u64,
    /// Persons who were in the lesson at all.
    pub in_lesson: u64,
    /// Accepted connections and stays between scans: a person can have several.
    pub connections: u64,
    /// Eligible persons with an open connection now, the lobby included.
    pub present: u64,
    /// Eligible persons in the lesson now, interruptions bridged.
    pub present_bridged: u64,
    /// The most eligible persons at one instant of the lesson.
    pub peak: PeakCount,
    /// Persons present throughout the lesson, nothing allowed and nothing bridged.
    pub full_lesson: u64,
    /// Eligible persons who satisfy the declared rule with its grace.
    pub certifiable: u64,
    /// The same with nothing bridged.
    pub certifiable_strict: u64,
    /// Eligible persons who satisfy it if they stay to the end.
    pub can_qualify: u64,
    /// The declared rule.
    pub rule: Words,
    /// The participation checks.
    pub prompts: PromptTally,
    /// The halls.
    pub hall: HallTally,
}

/// The halls at a glance. Somebody inside is proved by an exit or a roll-call only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HallTally {
    /// Persons who were scanned at all.
    pub scanned: u64,
    /// Persons whose last scan says that they are inside.
    pub inside: u64,
}

/// The participation checks at a glance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromptTally {
    /// How many are planned.
    pub planned: u32,
    /// How many of the lesson were opened.
    pub opened: u64,
    /// The newest, while it takes answers.
    pub open: Option<OpenPrompt>,
}

/// A check that takes answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenPrompt {
    /// Its number.
    pub prompt: u64,
    /// What it asks.
    pub kind: PromptKind,
    /// Until when.
    pub closes_at: UnixMillis,
    /// The word to show.
    pub word: Option<String>,
    /// How many persons have answered it.
    pub answered: u64,
}

/// The largest concurrency.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeakCount {
    /// Persons.
    pub count: u64,
    /// The start of each maximal stretch at that count, at most 100.
    pub at: Vec<UnixMillis>,
}

/// Every count of the record's rules at one entry: `tallies.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tallies {
    /// The live counts.
    #[serde(flatten)]
    pub tally: Tally,
    /// The start signal's time.
    pub start: Option<UnixMillis>,
    /// The end of the lesson.
    pub end: Option<UnixMillis>,
    /// The peak with interruptions bridged.
    pub peak_bridged: PeakCount,
    /// The sustained peaks, in aligned buckets of ten seconds.
    pub peak_10s: SustainedPeak,
    /// The same with interruptions bridged.
    pub peak_10s_bridged: SustainedPeak,
    /// Eligible persons present at the start, the middle and the end of the lesson.
    pub census: Vec<Census>,
    /// Persons present throughout, with the declared allowances and nothing bridged.
    pub full_lesson_declared: u64,
    /// The same with interruptions bridged.
    pub full_lesson_bridged: u64,
    /// The clause of the minimum time.
    pub minimum_time: MinimumTime,
    /// The clause of the share.
    pub share: Share,
    /// The sum of all eligible persons' time in the lesson, person by person.
    pub person_ms: u64,
    /// The same as the area under the concurrency curve.
    pub concurrency_ms: u64,
    /// How many persons have which status; every person has one.
    pub statuses: BTreeMap<String, u64>,
    /// How many persons have which reason for not counting.
    pub reasons: BTreeMap<String, u64>,
    /// The same persons by group; those without one are listed as `unknown`.
    pub groups: BTreeMap<String, Subtotal>,
    /// The share that does not answer the checks, against its ceiling.
    pub inactive: Inactive,
    /// Who would count under each mode of presence; the declared one certifies.
    pub modes: Modes,
    /// From everybody on the list to the certified.
    pub funnel: Vec<Step>,
    /// Outages that two sides have agreed to bridge.
    pub rulings: u64,
    /// Eligible persons who satisfy the declared rule as if no ruling stood.
    pub certifiable_without_rulings: u64,
    /// The count under each version of the declaration that is in force or was.
    pub versions: Vec<VersionCount>,
    /// Each hall's part, by its short name.
    pub venues: BTreeMap<String, VenueCount>,
    /// Persons who claim to have been there.
    pub claims: u64,
    /// What timekeepers read at the signals, beside the server's times.
    pub readings: Vec<ReadingBeside>,
}

/// Eligible persons who would count under each mode of presence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Modes {
    /// The declared rule by proofs without a gap.
    pub continuous: u64,
    /// By a proof around the start, the checks, and a proof around the end.
    pub checkpoints: u64,
}

/// A group's part of the whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subtotal {
    /// Its rows of the roster, merged ones included.
    pub persons: u64,
    /// Those with a connection.
    pub joined: u64,
    /// Those who are certified.
    pub certified: u64,
}

/// Who was present at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Census {
    /// The instant; the end's is the last millisecond of the lesson.
    pub at: UnixMillis,
    /// Persons.
    pub present: u64,
    /// Persons, interruptions bridged.
    pub present_bridged: u64,
}

/// How many persons were present for the minimum time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MinimumTime {
    /// The minimum.
    pub minimum_ms: Millis,
    /// In total.
    pub cumulative: u64,
    /// In total, interruptions bridged.
    pub cumulative_bridged: u64,
    /// In one run.
    pub continuous: u64,
    /// In one run, interruptions bridged.
    pub continuous_bridged: u64,
}

/// How many persons were present for the share of the lesson.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// The share in basis points.
    pub share_bp: u16,
    /// Persons.
    pub persons: u64,
    /// Persons, interruptions bridged.
    pub persons_bridged: u64,
}

impl Attendance {
    /// The live counts. None before the attempt is open.
    #[must_use]
    pub fn tally(&self, head: Head) -> Option<Tally> {
        let (opened, at) = self.opened.as_ref().zip(self.now())?;
        let seen = self.seen(at);
        let peak = peak_count(&self.concurrency.strict, seen);
        let in_lesson_now = seen.filter(|seen| at < seen.end).is_some();
        let present_bridged = if in_lesson_now { self.concurrency.bridged.at(at) } else { self.counts.present };
        let (certifiable, certifiable_strict) = match opened.declaration.rule.kind {
            RuleKind::Peak => (peak_count(&self.concurrency.bridged, seen).count, peak.count),
            RuleKind::FullLesson | RuleKind::MinimumTime | RuleKind::Share | RuleKind::Prompts => {
                (self.counts.qualify, self.counts.qualify_strict)
            }
        };
        let over = self.window().is_some_and(|lesson| at >= lesson.end);
        // Who was there at the peak is known of all together only: when the lesson is over, it is decided.
        let decided = over && opened.declaration.rule.kind == RuleKind::Peak;
        Some(Tally {
            size: head.size,
            root: head.root,
            at,
            phase: self.phase(),
            is_final: self.is_final(),
            registered: self.counts.registered,
            ever_joined: self.counts.ever_joined,
            in_lesson: self.counts.in_lesson,
            connections: (self.connections.len() as u64).saturating_add(self.halls.stays),
            present: self.counts.present,
            present_bridged,
            peak,
            full_lesson: self.counts.full_lesson,
            certifiable,
            certifiable_strict,
            can_qualify: if decided { certifiable } else { self.counts.can_qualify },
            rule: opened.declaration.rule.words(),
            prompts: self.prompt_tally(at),
            hall: HallTally { scanned: self.halls.scanned, inside: self.halls.inside },
        })
    }

    /// Every count. It looks at everybody: for exports and audits, not for each batch.
    #[must_use]
    pub fn tallies(&self, head: Head) -> Option<Tallies> {
        let tally = self.tally(head)?;
        let (opened, terms) = self.opened.as_ref().zip(self.terms.as_ref())?;
        let seen = self.seen(tally.at);
        let elapsed = terms.elapsed(tally.at);
        let judged: Vec<Judged<'_>> = self.judged(terms, tally.at);
        let many = |clause: &dyn Fn(&Profile) -> bool| {
            judged.iter().filter(|one| clause(&one.evidence.profile)).count() as u64
        };
        let full =
            |bridging| many(&|profile| elapsed.is_some_and(|lesson| terms.full_lesson(profile, lesson, bridging)));
        let minimum = |continuous, bridging| many(&|profile| terms.minimum_time(profile, continuous, bridging));
        let share = |bridging| many(&|profile| elapsed.is_some_and(|lesson| terms.share(profile, lesson, bridging)));
        let eligible = judged.iter().filter(|one| one.person.eligible);
        let summary = self.summary();
        let area = seen.zip(elapsed).map_or(0, |(_, lesson)| self.concurrency.strict.integral(lesson));
        Some(Tallies {
            start: self.window().map(|window| window.start),
            end: self.window().map(|window| window.end),
            peak_bridged: peak_count(&self.concurrency.bridged, seen),
            peak_10s: self.sustained_peak(elapsed, Millis(0)),
            peak_10s_bridged: self.sustained_peak(elapsed, terms.grace()),
            census: self.census(elapsed),
            full_lesson_declared: full(Bridging::Strict),
            full_lesson_bridged: full(Bridging::Bridged),
            minimum_time: MinimumTime {
                minimum_ms: opened.declaration.minimum_time(),
                cumulative: minimum(false, Bridging::Strict),
                cumulative_bridged: minimum(false, Bridging::Bridged),
                continuous: minimum(true, Bridging::Strict),
                continuous_bridged: minimum(true, Bridging::Bridged),
            },
            share: Share {
                share_bp: opened.declaration.share_bp(),
                persons: share(Bridging::Strict),
                persons_bridged: share(Bridging::Bridged),
            },
            person_ms: eligible.fold(0_u64, |sum, one| sum.saturating_add(one.evidence.profile.strict.total.0)),
            concurrency_ms: u64::try_from(area).unwrap_or(u64::MAX),
            statuses: summary.statuses,
            reasons: summary.reasons,
            groups: summary.groups,
            inactive: Inactive::new(
                self.counts.active_or_not.saturating_sub(self.counts.qualify),
                self.counts.active_or_not,
                opened.declaration.ceilings.inactive_bp,
            ),
            modes: modes(terms, &judged, elapsed),
            funnel: summary.funnel,
            rulings: terms.rulings.len() as u64,
            certifiable_without_rulings: self.certifiable_without_rulings(tally.at),
            versions: self.counts_by_version(tally.at),
            venues: self.venue_counts(),
            claims: self.claims.len() as u64,
            readings: self.readings(),
            tally,
        })
    }
}

/// Counts the eligible under both modes of presence.
fn modes(terms: &Terms, judged: &[Judged<'_>], elapsed: Option<Interval>) -> Modes {
    let Some(lesson) = elapsed else { return Modes::default() };
    let mut modes = Modes::default();
    for Judged { evidence, .. } in judged.iter().filter(|one| one.person.eligible) {
        let checks = |mode| terms.checks_hold(&evidence.responses, mode);
        let continuous = terms.holds_continuously(&evidence.profile, lesson, Bridging::Bridged);
        let checkpoints = Terms::holds_at_checkpoints(&evidence.edges);
        let continuous = continuous && checks(PresenceMode::Continuous);
        let checkpoints = checkpoints && checks(PresenceMode::Checkpoints);
        modes.continuous = modes.continuous.saturating_add(u64::from(continuous));
        modes.checkpoints = modes.checkpoints.saturating_add(u64::from(checkpoints));
    }
    modes
}

/// A person with what is known of them.
pub(super) struct Judged<'a> {
    pub(super) person: &'a Person,
    pub(super) evidence: Evidence,
}

impl Attendance {
    /// Everybody who counts for themselves.
    pub(super) fn judged(&self, terms: &Terms, now: UnixMillis) -> Vec<Judged<'_>> {
        let themselves = self.persons.iter().filter(|person| person.stands_for.is_none());
        let judged =
            |person: &'_ Person| Evidence { edges: person.edge_proofs(terms, now), ..person.evidence(terms, now) };
        themselves.map(|person| Judged { person, evidence: judged(person) }).collect()
    }

    /// The lesson as far as it was seen, its present instant included.
    pub(super) fn seen(&self, now: UnixMillis) -> Option<Interval> {
        let window = self.window()?;
        let end = now.plus(Millis(1)).min(window.end);
        (window.start < end).then_some(Interval { start: window.start, end })
    }

    fn census(&self, elapsed: Option<Interval>) -> Vec<Census> {
        let Some(lesson) = elapsed.filter(|lesson| lesson.start < lesson.end) else { return Vec::new() };
        let middle = lesson.start.plus(Millis(lesson.length().0.div_euclid(2)));
        let instants = [lesson.start, middle, lesson.end.minus(Millis(1))];
        let count = |at| Census {
            at,
            present: self.concurrency.strict.at(at),
            present_bridged: self.concurrency.bridged.at(at),
        };
        instants.into_iter().map(count).collect()
    }
}

fn peak_count(edges: &Edges, seen: Option<Interval>) -> PeakCount {
    let peak = seen.map(|seen| edges.peak(seen)).unwrap_or_default();
    PeakCount { count: peak.count, at: peak.at }
}
