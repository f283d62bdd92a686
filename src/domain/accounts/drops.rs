//! Connections that were lost together: of everybody, or of those behind one network.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{
    accounts::incidents::{Incident, IncidentKind, Outage, effect},
    fold::{
        attendance::Attendance,
        connections::{Connection, Ended},
        person::PersonIndex,
    },
    ids::Tag,
    time::{Millis, UnixMillis},
};

/// Within this time connections end together.
const DROP_WITHIN: Millis = Millis(30_000);
/// From how many persons on: fewer go by themselves.
const DROP_PERSONS_MIN: usize = 20;
/// And from which part of everybody who was there, as one in so many.
const DROP_ONE_IN: usize = 10;
/// At least so many of a hundred of the connections that were there have dropped, where it cut off all of them.
const ALL_OF_100: usize = 80;

/// A connection that has ended, and how.
type End<'a> = (&'a Connection, Ended);

impl Incident {
    /// Whether it is an outage of everybody, or of this network, and so many dropped that it explains an absence.
    pub(in crate::domain) fn cut_off(&self, network: Option<Tag>) -> bool {
        let all = are_all(self.lost, self.there);
        match (self.kind, network) {
            (IncidentKind::Restart, None) => true,
            (IncidentKind::MassDrop, None) => all,
            (IncidentKind::NetworkDrop, Some(network)) => all && self.subject == network.to_string(),
            (IncidentKind::Restart | IncidentKind::MassDrop, Some(_))
            | (IncidentKind::NetworkDrop, None)
            | (IncidentKind::ClockStep | IncidentKind::LateCheck | IncidentKind::MissedCheck, _) => false,
        }
    }
}

/// Whether as many connections were lost as there are where it cut off all of them. Both are connections: a person can
/// have several.
fn are_all(lost: usize, there: usize) -> bool {
    lost.saturating_mul(100) >= there.saturating_mul(ALL_OF_100)
}

/// Stretches of half a minute in which the connections of many persons were lost: not closed by themselves.
pub(super) fn drops(attendance: &Attendance, found: &mut Vec<Outage>) {
    let mut networks: BTreeMap<Tag, Vec<&Connection>> = BTreeMap::new();
    for connection in &attendance.connections {
        if let Some(network) = connection.network {
            networks.entry(network).or_default().push(connection);
        }
    }
    let everybody: Vec<&Connection> = attendance.connections.iter().collect();
    let one_in_ten = |lost: usize, there: usize| lost >= there.div_euclid(DROP_ONE_IN);
    Sweep::new(attendance, &everybody).bursts(one_in_ten, |first, together, there| {
        found.push(dropped(attendance, (IncidentKind::MassDrop, String::new()), (first, together, there)));
    });
    for (network, connections) in networks {
        Sweep::new(attendance, &connections).bursts(are_all, |first, together, there| {
            let kind = (IncidentKind::NetworkDrop, network.to_string());
            found.push(dropped(attendance, kind, (first, together, there)));
        });
    }
}

/// Some connections in the order in which they began, ended and were lost.
struct Sweep<'a> {
    began: Vec<UnixMillis>,
    ended: Vec<UnixMillis>,
    lost: Vec<End<'a>>,
}

impl<'a> Sweep<'a> {
    fn new(attendance: &Attendance, connections: &[&'a Connection]) -> Self {
        let within = |at: UnixMillis| attendance.window().is_some_and(|lesson| at >= lesson.start && at < lesson.end);
        let is_lost = |ended: &Ended| ended.was_lost() && within(ended.last_proof);
        let mut began: Vec<UnixMillis> = connections.iter().map(|one| one.joined).collect();
        let mut ended: Vec<UnixMillis> = connections.iter().filter_map(|one| Some(one.ended?.last_proof)).collect();
        let mut lost: Vec<End<'a>> =
            connections.iter().filter_map(|one| Some((*one, one.ended.filter(is_lost)?))).collect();
        began.sort_unstable();
        ended.sort_unstable();
        lost.sort_by_key(|(one, ended)| (ended.last_proof, one.id));
        Self { began, ended, lost }
    }

    /// Calls with the first instant of each burst that is large enough, what was lost in it, and how many connections
    /// there were.
    fn bursts(&self, is_large: impl Fn(usize, usize) -> bool, mut each: impl FnMut(UnixMillis, &[End<'a>], usize)) {
        let mut from = 0;
        while let Some((_, first)) = self.lost.get(from) {
            let first = first.last_proof;
            let until = self.lost.partition_point(|(_, ended)| ended.last_proof <= first.plus(DROP_WITHIN));
            let together = self.lost.get(from..until).unwrap_or_default();
            let there = self.there(first);
            if is_large(together.len(), there) && persons(together).len() >= DROP_PERSONS_MIN {
                each(first, together, there);
                from = until;
            } else {
                from = from.saturating_add(1);
            }
        }
    }

    /// How many connections there were right before this instant's ends.
    fn there(&self, at: UnixMillis) -> usize {
        let began = self.began.partition_point(|began| *began <= at);
        began.saturating_sub(self.ended.partition_point(|ended| *ended < at))
    }
}

fn persons(ended: &[End<'_>]) -> BTreeSet<PersonIndex> {
    ended.iter().map(|(one, _)| one.person).collect()
}

/// It is over when half of those who ever came back were back.
fn dropped(
    attendance: &Attendance,
    (kind, subject): (IncidentKind, String),
    (first, together, there): (UnixMillis, &[End<'_>], usize),
) -> Outage {
    let last = together.last().map_or(first, |(_, ended)| ended.last_proof);
    let mut back: Vec<UnixMillis> = together
        .iter()
        .filter_map(|(one, ended)| attendance.persons.get(one.person.0)?.presence.back_after(ended.last_proof))
        .collect();
    back.sort_unstable();
    let over = back.get(back.len().div_euclid(2)).copied().unwrap_or(last);
    let mut outage = effect(attendance, kind, subject, (first, over.max(last)), together);
    outage.incident.there = there;
    outage
}
