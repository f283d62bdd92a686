//! Every count of the record's rules, and the identities that hold between them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::{
    accounts::{
        buckets::SustainedPeak,
        clocks::ClockTally,
        funnel::{Inactive, Step},
        tally::{PeakCount, Tally, peak_count},
        venues::VenueCount,
    },
    fold::{
        attendance::Attendance,
        intervals::Interval,
        person::Person,
        profile::{Bridging, Profile},
        standing::{Evidence, Terms},
    },
    reviews::{readings::ReadingBeside, sample::SpotCheckTally, versions::VersionCount},
    rules::PresenceMode,
    time::{Millis, UnixMillis},
    tree::Head,
};

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
    /// The peak with interruptions bridged by the grace alone.
    pub peak_bridged: PeakCount,
    /// The sustained peaks, in aligned buckets of ten seconds.
    pub peak_10s: SustainedPeak,
    /// The same with interruptions bridged.
    pub peak_10s_bridged: SustainedPeak,
    /// Eligible persons present at the start, the middle and the end of the lesson.
    pub census: Vec<Census>,
    /// Persons present throughout, with the declared allowances and nothing bridged.
    pub full_lesson_declared: u64,
    /// The same with interruptions bridged, by the grace or by a ruling.
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
    /// Eligible persons who satisfy the declared rule as if nobody had been released from what held them.
    pub certifiable_without_releases: u64,
    /// Outages that two sides have agreed to bridge.
    pub rulings: u64,
    /// Eligible persons who satisfy the declared rule as if no ruling stood.
    pub certifiable_without_rulings: u64,
    /// The count under each version of the declaration that is in force or was.
    pub versions: Vec<VersionCount>,
    /// Each hall's part, by its short name.
    pub venues: BTreeMap<String, VenueCount>,
    /// Claims to have been there: a person can make one of each kind.
    pub claims: u64,
    /// What timekeepers read at the signals, beside the server's times.
    pub readings: Vec<ReadingBeside>,
    /// What the clock said of itself during the lesson.
    pub clock: ClockTally,
    /// The spot check, against what was promised of it.
    pub spot_check: SpotCheckTally,
    /// The same persons as in `groups`, by how they took part: `online`, `gate`, `both`, or `none` who never came.
    pub channels: BTreeMap<String, Subtotal>,
    /// Rows whose details were destroyed.
    pub erased: u64,
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
            channels: summary.channels,
            erased: self.erased(),
            inactive: Inactive::new(
                self.counts.active_or_not.saturating_sub(self.counts.qualify),
                self.counts.active_or_not,
                opened.declaration.ceilings.inactive_bp,
            ),
            modes: modes(terms, &judged, elapsed),
            funnel: summary.funnel,
            certifiable_without_releases: self.certifiable_without_releases(tally.at),
            rulings: terms.rulings.len() as u64,
            certifiable_without_rulings: self.certifiable_without_rulings(tally.at),
            versions: self.counts_by_version(tally.at),
            venues: self.venue_counts(),
            claims: self.claims().len() as u64,
            readings: self.readings(),
            clock: self.clock_tally(),
            spot_check: self.spot_check_tally(tally.certifiable),
            tally,
        })
    }

    /// Everybody who counts for themselves.
    fn judged(&self, terms: &Terms, now: UnixMillis) -> Vec<Judged<'_>> {
        let themselves = self.persons.iter().filter(|person| person.stands_for.is_none());
        let judged =
            |person: &'_ Person| Evidence { edges: person.edge_proofs(terms, now), ..person.evidence(terms, now) };
        themselves.map(|person| Judged { person, evidence: judged(person) }).collect()
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

/// A person with what is known of them.
struct Judged<'a> {
    person: &'a Person,
    evidence: Evidence,
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
