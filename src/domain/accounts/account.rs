//! The account that is given of each person and each connection: what the tables of a bundle hold.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::domain::{
    event::Channel,
    fold::{
        attendance::Attendance,
        hall::Stay,
        intervals::Interval,
        person::Person,
        profile::Bridging,
        standing::{Evidence, Terms},
    },
    ids::{ConnectionId, Pseudonym},
    reviews::versions::is_listed,
    rules::{PresenceMode, RuleKind},
    time::{Millis, UnixMillis},
};

/// Whether a person counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// They satisfy the declared rule.
    Certified,
    /// They do not.
    NotCertified,
    /// The declaration does not let them count.
    Excluded,
    /// They are kept for review.
    Held,
}

/// Why a person does not count: the first that applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// No connection.
    NeverJoined,
    /// Their role does not count, or they came onto the roster too late to count.
    Role,
    /// Their row repeats another's.
    Merged,
    /// Their details were destroyed before the close.
    Erased,
    /// The lesson never started.
    NoStart,
    /// Not there in time.
    Late,
    /// Not there to the end.
    LeftEarly,
    /// An interruption longer than the grace.
    Gap,
    /// Not there for long enough.
    TooShort,
    /// Too few participation checks answered.
    Prompts,
    /// Disqualified by two sides.
    Struck,
    /// Kept for review.
    Held,
}

/// One row of `people.csv`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PersonAccount {
    /// Who.
    pub person: Pseudonym,
    /// Whether they count.
    pub status: Status,
    /// Why not, if not.
    pub reason: Option<Reason>,
    /// `online`, `gate`, `both` or nothing.
    pub channel: &'static str,
    /// When they first joined.
    pub first_join: Option<UnixMillis>,
    /// When they were last proved alive, once no connection is open and they are inside no hall.
    pub last_leave: Option<UnixMillis>,
    /// Time in the lesson.
    pub present_ms: Millis,
    /// Time in the lesson, interruptions bridged.
    pub present_bridged_ms: Millis,
    /// The longest run in the lesson.
    pub longest_ms: Millis,
    /// How many connections they had.
    pub connections: u64,
    /// Their role.
    pub role: String,
    /// Their group's label.
    pub group: String,
    /// Whether they came onto the roster after the opening.
    pub added: bool,
    /// Whether it is for that alone that the declaration does not let them count.
    #[serde(skip)]
    pub added_too_late: bool,
}

/// One row of `connections.csv`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionAccount {
    /// Whose.
    pub person: Pseudonym,
    /// Which.
    pub connection: ConnectionId,
    /// `online` or `gate`.
    pub channel: &'static str,
    /// When it began.
    pub join: UnixMillis,
    /// When it was last proved alive.
    pub last_proof: UnixMillis,
    /// When its end was noticed.
    pub leave: Option<UnixMillis>,
    /// Why it ended.
    pub cause: &'static str,
}

impl Status {
    /// Its name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Certified => "certified",
            Self::NotCertified => "not_certified",
            Self::Excluded => "excluded",
            Self::Held => "held",
        }
    }
}

impl Reason {
    /// Every reason, in the order in which the first that applies is taken.
    pub const ALL: [Self; 12] = [
        Self::NeverJoined,
        Self::Role,
        Self::Merged,
        Self::Erased,
        Self::NoStart,
        Self::Late,
        Self::LeftEarly,
        Self::Gap,
        Self::TooShort,
        Self::Prompts,
        Self::Struck,
        Self::Held,
    ];

    /// Its name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NeverJoined => "never_joined",
            Self::Role => "role",
            Self::Merged => "merged",
            Self::Erased => "erased",
            Self::NoStart => "no_start",
            Self::Late => "late",
            Self::LeftEarly => "left_early",
            Self::Gap => "gap",
            Self::TooShort => "too_short",
            Self::Prompts => "prompts",
            Self::Struck => "struck",
            Self::Held => "held",
        }
    }
}

/// Every person of the roster, and everybody who was added, in the order of their names.
#[must_use]
pub fn persons(attendance: &Attendance) -> Vec<PersonAccount> {
    let Some(judge) = judge(attendance) else { return Vec::new() };
    let persons = attendance.by_name.values().filter_map(|index| attendance.persons.get(index.0));
    persons.map(|one| judge.account(one)).collect()
}

/// These persons, those whom the log does not know left out. What is the same for all is looked up once: ask for many
/// persons at a time.
#[must_use]
pub fn accounts_of(
    attendance: &Attendance,
    wanted: impl IntoIterator<Item = Pseudonym>,
) -> BTreeMap<Pseudonym, PersonAccount> {
    let Some(judge) = judge(attendance) else { return BTreeMap::new() };
    let row = |name| attendance.by_name.get(&name).and_then(|index| attendance.persons.get(index.0));
    let wanted: BTreeSet<Pseudonym> = wanted.into_iter().collect();
    wanted.into_iter().filter_map(|name| Some((name, judge.account(row(name)?)))).collect()
}

/// One person.
#[must_use]
pub fn person(attendance: &Attendance, person: Pseudonym) -> Option<PersonAccount> {
    accounts_of(attendance, [person]).remove(&person)
}

fn judge(attendance: &Attendance) -> Option<Judge<'_>> {
    let (terms, now) = attendance.terms.as_ref().zip(attendance.now())?;
    let peak = (terms.kind() == RuleKind::Peak).then(|| attendance.peak_instant(now)).flatten();
    Some(Judge { attendance, terms, now, peak })
}

/// Every connection in the order of their joins, then the stays between scans.
#[must_use]
pub fn connections(attendance: &Attendance) -> Vec<ConnectionAccount> {
    let account = |one: &crate::domain::fold::connections::Connection| {
        let proved = attendance.runs.get(&one.id.at).map_or(one.joined, |run| run.proved(one.id.serial, one.joined));
        ConnectionAccount {
            person: one.pseudonym,
            connection: one.id,
            channel: one.channel.name(),
            join: one.joined,
            last_proof: one.ended.map_or(proved, |ended| ended.last_proof),
            leave: one.ended.map(|ended| ended.noticed),
            cause: one.ended.map_or("", |ended| ended.cause),
        }
    };
    let stays = attendance.persons.iter().filter_map(|person| person.hall.as_ref()).flat_map(|hall| &hall.stays);
    attendance.connections.iter().map(account).chain(stays.map(stay_account)).collect()
}

/// A stay between two scans is a connection through the gate.
fn stay_account(stay: &Stay) -> ConnectionAccount {
    ConnectionAccount {
        person: stay.person,
        connection: stay.id,
        channel: Channel::Gate.name(),
        join: stay.from,
        last_proof: stay.to,
        leave: stay.left,
        cause: stay.cause,
    }
}

/// Gives the account of persons.
struct Judge<'a> {
    attendance: &'a Attendance,
    terms: &'a Terms,
    now: UnixMillis,
    /// The first instant of the peak.
    peak: Option<UnixMillis>,
}

impl Judge<'_> {
    fn account(&self, person: &Person) -> PersonAccount {
        let evidence = person.evidence(self.terms, self.now);
        let reason = self.reason(person, &evidence);
        let profile = &evidence.profile;
        // Whoever is inside a hall has not left it: their last scan is no leave.
        let is_inside = person.hall.as_ref().is_some_and(|hall| hall.inside.is_some());
        let is_there = is_inside || person.presence.is_open();
        PersonAccount {
            person: person.pseudonym,
            status: self.status(person, reason),
            reason,
            channel: match (person.online, person.gate) {
                (true, true) => "both",
                (true, false) => "online",
                (false, true) => "gate",
                (false, false) => "",
            },
            first_join: person.first_join,
            last_leave: person.last_proof.filter(|_| !is_there),
            present_ms: profile.strict.total,
            present_bridged_ms: profile.bridged.total,
            longest_ms: profile.strict.longest,
            connections: person.connections,
            role: person.role.clone(),
            group: person.group.clone(),
            added: person.added_later,
            added_too_late: self.attendance.role_counts(&person.role) && !self.is_listed(person),
        }
    }

    fn status(&self, person: &Person, reason: Option<Reason>) -> Status {
        if !person.countable || person.struck.is_some() {
            Status::Excluded
        } else if !person.eligible {
            Status::Held
        } else if reason.is_none() {
            Status::Certified
        } else {
            Status::NotCertified
        }
    }

    fn is_listed(&self, person: &Person) -> bool {
        let declaration = self.attendance.opened.as_ref().map(|opened| &opened.declaration);
        declaration.is_some_and(|declaration| is_listed(person, declaration))
    }

    /// The first reason that applies, in the order of the contract.
    fn reason(&self, person: &Person, evidence: &Evidence) -> Option<Reason> {
        // A merged row's own connections count for another row.
        if person.first_join.is_none() && !person.came {
            return Some(Reason::NeverJoined);
        }
        if !self.attendance.role_counts(&person.role) {
            return Some(Reason::Role);
        }
        if person.stands_for.is_some() {
            return Some(Reason::Merged);
        }
        if !self.is_listed(person) {
            return Some(Reason::Role);
        }
        if person.erased {
            return Some(Reason::Erased);
        }
        let Some(lesson) = self.terms.elapsed(self.now) else { return Some(Reason::NoStart) };
        let struck = || person.struck.map(|_| Reason::Struck);
        let held = || (!person.eligible).then_some(Reason::Held);
        let checks =
            || (!self.terms.checks_hold(&evidence.responses, self.terms.presence())).then_some(Reason::Prompts);
        self.broken_clause(person, evidence, lesson).or_else(checks).or_else(struck).or_else(held)
    }

    /// The part of the clause of presence that is not met.
    fn broken_clause(&self, person: &Person, evidence: &Evidence, lesson: Interval) -> Option<Reason> {
        let Evidence { profile, edges, .. } = evidence;
        if self.terms.presence() == PresenceMode::Checkpoints {
            return match (edges.at_start, edges.at_end) {
                (false, _) => Some(Reason::Late),
                (true, false) => Some(Reason::LeftEarly),
                (true, true) => None,
            };
        }
        match self.terms.kind() {
            RuleKind::FullLesson if !self.terms.in_time(profile, lesson) => Some(Reason::Late),
            RuleKind::FullLesson if !self.terms.to_the_end(profile, lesson) => Some(Reason::LeftEarly),
            RuleKind::FullLesson if !self.terms.unbroken(profile, Bridging::Bridged) => Some(Reason::Gap),
            RuleKind::FullLesson => None,
            RuleKind::MinimumTime | RuleKind::Share | RuleKind::Prompts => {
                let holds = self.terms.holds_continuously(profile, lesson, Bridging::Bridged);
                (!holds).then_some(Reason::TooShort)
            }
            RuleKind::Peak => self.absent_at_the_peak(person),
        }
    }

    fn absent_at_the_peak(&self, person: &Person) -> Option<Reason> {
        // The present instant belongs to the peak, although no time has passed in it yet.
        let Some((instant, seen)) = self.peak.zip(self.attendance.seen(self.now)) else { return Some(Reason::Late) };
        let stretches = person.stretches(seen, self.terms.grace());
        if stretches.iter().any(|one| one.start <= instant && instant < one.end) {
            None
        } else if stretches.iter().all(|one| one.start > instant) {
            Some(Reason::Late)
        } else if stretches.iter().all(|one| one.end <= instant) {
            Some(Reason::LeftEarly)
        } else {
            Some(Reason::Gap)
        }
    }
}

impl Attendance {
    /// The first instant at which most were present, interruptions bridged.
    fn peak_instant(&self, now: UnixMillis) -> Option<UnixMillis> {
        self.concurrency.bridged.peak(self.seen(now)?).at.first().copied()
    }
}
