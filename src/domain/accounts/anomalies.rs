//! What looks odd in a log, recomputed from its keyed tags: shown for review, never a reason by itself but where the
//! declaration says so.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{
    fold::{attendance::Attendance, connections::Connection, intervals::Interval, person::PersonIndex},
    ids::{Pseudonym, Tag},
    time::{Millis, UnixMillis},
};

/// From how many persons behind one network it is listed: a school behind one address is normal, and shown.
const NETWORK_PERSONS_MIN: usize = 20;
/// From how many joins of one network within a second they are listed as a burst.
const BURST_JOINS_MIN: usize = 20;
/// From how many answers at the same millisecond to the same check they are listed.
const ANSWERS_ALIKE_MIN: usize = 5;
/// How long two connections of one person from two devices overlap before they are listed: shorter ones are a reload.
const PARALLEL_MIN: Millis = Millis(210_000);

/// What is odd.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AnomalyKind {
    /// Several persons joined from one device.
    SharedDevice,
    /// A person's device and network both changed during the lesson.
    Relay,
    /// Many joins from one network within a second.
    Burst,
    /// Many answers to one check at the same millisecond.
    AnswersAlike,
    /// One person took part from two devices at once.
    Parallel,
    /// Many persons behind one network.
    SharedNetwork,
}

impl AnomalyKind {
    /// Its name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SharedDevice => "shared_device",
            Self::Relay => "relay",
            Self::Burst => "burst",
            Self::AnswersAlike => "answers_alike",
            Self::Parallel => "parallel",
            Self::SharedNetwork => "shared_network",
        }
    }
}

/// One row of `anomalies.csv`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Anomaly {
    /// What is odd.
    pub kind: AnomalyKind,
    /// The device's or network's tag, the check's number, or the person.
    pub subject: String,
    /// When, where it has a moment.
    pub at: Option<UnixMillis>,
    /// How many persons it concerns.
    pub persons: usize,
    /// Whether the declaration holds them for it.
    pub held: bool,
}

/// Everything odd, in the order of kinds and subjects.
#[must_use]
pub fn anomalies(attendance: &Attendance) -> Vec<Anomaly> {
    let mut found = Vec::new();
    shared_devices(attendance, &mut found);
    all_relays(attendance, &mut found);
    bursts(attendance, &mut found);
    answers_alike(attendance, &mut found);
    parallels(attendance, &mut found);
    shared_networks(attendance, &mut found);
    found.sort();
    found
}

fn shared_devices(attendance: &Attendance, found: &mut Vec<Anomaly>) {
    let declared = attendance.opened.as_ref().map_or(0, |opened| opened.declaration.people.persons_per_device);
    let limit = usize::try_from(declared).unwrap_or(usize::MAX);
    for (device, persons) in attendance.devices.iter().filter(|(_, persons)| persons.len() > limit.max(1)) {
        found.push(Anomaly {
            kind: AnomalyKind::SharedDevice,
            subject: device.to_string(),
            at: None,
            persons: persons.len(),
            held: limit > 0,
        });
    }
}

/// Each person's connections in the order in which they began.
fn by_person(attendance: &Attendance) -> BTreeMap<PersonIndex, Vec<&Connection>> {
    let mut found: BTreeMap<PersonIndex, Vec<&Connection>> = BTreeMap::new();
    for connection in &attendance.connections {
        found.entry(connection.person).or_default().push(connection);
    }
    found
}

fn name_of(attendance: &Attendance, index: PersonIndex) -> Option<Pseudonym> {
    attendance.persons.get(index.0).map(|person| person.pseudonym)
}

/// Whose device and network both changed from one connection to the next during the lesson, and the later ones of those.
pub(in crate::domain) fn relays(attendance: &Attendance) -> BTreeMap<PersonIndex, Vec<&Connection>> {
    let Some(lesson) = attendance.window() else { return BTreeMap::new() };
    let persons = by_person(attendance).into_iter();
    let relays = persons.map(|(index, connections)| (index, relays_of(&connections, lesson)));
    relays.filter(|(_, relays)| !relays.is_empty()).collect()
}

/// With which of these connections, which are one person's, device and network both had changed from the one before.
pub(in crate::domain) fn relays_of<'a>(connections: &[&'a Connection], lesson: Interval) -> Vec<&'a Connection> {
    let tagged = connections.iter().filter_map(|one| Some((one.device?, one.network?, *one)));
    let tagged: Vec<(Tag, Tag, &Connection)> = tagged.collect();
    let changes = tagged.iter().zip(tagged.iter().skip(1));
    let relays = changes.filter(|(before, (device, network, after))| {
        is_relay((before.0, before.1), (*device, *network, after.joined), lesson)
    });
    relays.map(|(_, (_, _, after))| *after).collect()
}

/// Whether somebody who joins at this moment has changed both device and network during the lesson.
pub(in crate::domain) fn is_relay(
    before: (Tag, Tag),
    (device, network, at): (Tag, Tag, UnixMillis),
    lesson: Interval,
) -> bool {
    lesson.start < at && at < lesson.end && before.0 != device && before.1 != network
}

fn all_relays(attendance: &Attendance, found: &mut Vec<Anomaly>) {
    let held = attendance.opened.as_ref().is_some_and(|opened| opened.declaration.people.hold_relays);
    for (index, relays) in relays(attendance) {
        if let Some(person) = name_of(attendance, index) {
            let (kind, subject) = (AnomalyKind::Relay, person.to_string());
            let at = relays.first().map(|connection| connection.joined);
            found.push(Anomaly { kind, subject, at, persons: 1, held });
        }
    }
}

fn bursts(attendance: &Attendance, found: &mut Vec<Anomaly>) {
    let mut seconds: BTreeMap<(Tag, i64), BTreeSet<PersonIndex>> = BTreeMap::new();
    for one in &attendance.connections {
        if let Some(network) = one.network {
            seconds.entry((network, one.joined.0.div_euclid(1_000))).or_default().insert(one.person);
        }
    }
    for ((network, second), persons) in seconds.into_iter().filter(|(_, persons)| persons.len() >= BURST_JOINS_MIN) {
        let (kind, subject) = (AnomalyKind::Burst, network.to_string());
        let at = Some(UnixMillis(second.saturating_mul(1_000)));
        found.push(Anomaly { kind, subject, at, persons: persons.len(), held: false });
    }
}

fn answers_alike(attendance: &Attendance, found: &mut Vec<Anomaly>) {
    let mut moments: BTreeMap<(usize, UnixMillis), usize> = BTreeMap::new();
    for person in &attendance.persons {
        for (place, response) in person.responses.iter().enumerate() {
            if let Some(at) = response.answered {
                let count = moments.entry((place, at)).or_default();
                *count = count.saturating_add(1);
            }
        }
    }
    for ((place, at), persons) in moments.into_iter().filter(|(_, persons)| *persons >= ANSWERS_ALIKE_MIN) {
        let (kind, subject) = (AnomalyKind::AnswersAlike, place.saturating_add(1).to_string());
        found.push(Anomaly { kind, subject, at: Some(at), persons, held: false });
    }
}

fn parallels(attendance: &Attendance, found: &mut Vec<Anomaly>) {
    let now = attendance.now().unwrap_or_default();
    for (index, connections) in by_person(attendance) {
        if let Some((at, person)) = parallel_from(&connections, now).zip(name_of(attendance, index)) {
            let (kind, subject) = (AnomalyKind::Parallel, person.to_string());
            found.push(Anomaly { kind, subject, at: Some(at), persons: 1, held: false });
        }
    }
}

/// When one of these connections, which are one person's, began beside one from another device that went on for long.
fn parallel_from(connections: &[&Connection], now: UnixMillis) -> Option<UnixMillis> {
    // The latest end from each device: a short reload must not hide the stay beside it.
    let mut until: BTreeMap<Option<Tag>, UnixMillis> = BTreeMap::new();
    for one in connections {
        let end = one.ended.map_or(now, |ended| ended.last_proof);
        let others = until.iter().filter(|(device, _)| **device != one.device).map(|(_, end)| *end).max();
        if others.is_some_and(|other| other.min(end).since(one.joined) > PARALLEL_MIN) {
            return Some(one.joined);
        }
        let known = until.entry(one.device).or_insert(end);
        *known = end.max(*known);
    }
    None
}

fn shared_networks(attendance: &Attendance, found: &mut Vec<Anomaly>) {
    let mut networks: BTreeMap<Tag, BTreeSet<PersonIndex>> = BTreeMap::new();
    for one in &attendance.connections {
        if let Some(network) = one.network {
            networks.entry(network).or_default().insert(one.person);
        }
    }
    for (network, persons) in networks.into_iter().filter(|(_, persons)| persons.len() >= NETWORK_PERSONS_MIN) {
        let (kind, subject) = (AnomalyKind::SharedNetwork, network.to_string());
        found.push(Anomaly { kind, subject, at: None, persons: persons.len(), held: false });
    }
}
