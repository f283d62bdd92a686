//! The platform's rows united into the people whom they name: rejoins and devices are one attendee.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    names,
    zoom::{Part, Visit, ZoomFile},
};
use crate::{
    domain::{
        fold::intervals::{Interval, Union},
        time::{Millis, UnixMillis},
    },
    roster::{IdKind, Identifier, PersonRef, name_key},
};

/// How long a minute is.
const MINUTE_MS: u64 = 60_000;

/// When somebody was in the platform's meeting.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stays {
    union: Union,
    /// Each stay once, however often files repeat it.
    distinct: BTreeSet<(UnixMillis, UnixMillis)>,
    /// The minutes of rows that do not say from when to when.
    untimed_minutes: u64,
}

impl Stays {
    fn add(&mut self, visit: &Visit) {
        // Whoever waits to be let in is not there yet.
        if visit.is_waiting {
            return;
        }
        match visit.stay {
            Some(stay) => {
                self.union.insert(stay);
                self.distinct.insert((stay.start, stay.end));
            }
            None => self.untimed_minutes = self.untimed_minutes.saturating_add(visit.minutes.unwrap_or_default()),
        }
    }

    /// Adds another attendee's, who is the same person.
    pub(super) fn unite(&mut self, other: &Self) {
        other.union.as_slice().iter().for_each(|stay| self.union.insert(*stay));
        self.distinct.extend(&other.distinct);
        self.untimed_minutes = self.untimed_minutes.saturating_add(other.untimed_minutes);
    }

    /// When they first came.
    #[must_use]
    pub fn first(&self) -> Option<UnixMillis> {
        self.distinct.first().map(|(start, _)| *start)
    }

    /// When they last left.
    #[must_use]
    pub fn last(&self) -> Option<UnixMillis> {
        self.distinct.iter().map(|(_, end)| *end).max()
    }

    /// Whole minutes: of the united stays, or as the file says where it has no times.
    #[must_use]
    pub fn minutes(&self) -> u64 {
        if self.distinct.is_empty() {
            return self.untimed_minutes;
        }
        length(self.union.as_slice()).0.div_euclid(MINUTE_MS)
    }

    /// How long they were there during the lesson; none where the file has no times.
    #[must_use]
    pub fn within(&self, window: Interval) -> Option<Millis> {
        let clipped: Vec<Interval> = self.union.as_slice().iter().filter_map(|stay| stay.clip(window)).collect();
        (!self.distinct.is_empty()).then(|| length(&clipped))
    }

    /// How many minutes they were there more than once at the same time: with several devices, or as several people.
    #[must_use]
    pub fn parallel_minutes(&self) -> u64 {
        let all: Vec<Interval> =
            self.distinct.iter().map(|(start, end)| Interval { start: *start, end: *end }).collect();
        length(&all).minus(length(self.union.as_slice())).0.div_euclid(MINUTE_MS)
    }
}

fn length(stays: &[Interval]) -> Millis {
    stays.iter().fold(Millis(0), |sum, stay| sum.plus(stay.length()))
}

/// Somebody whom the platform's rows name: one name with one e-mail address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attendee {
    /// The name as it was first shown.
    pub name: String,
    /// The e-mail address as it was first written; empty for guests.
    pub email: String,
    /// As what they were there.
    pub part: Part,
    /// How many rows name them.
    pub rows: u64,
    /// Whether all of them are of the waiting room.
    pub is_waiting_only: bool,
    /// When they were there.
    pub stays: Stays,
    /// The names that they can have, as they are compared.
    pub(super) names: BTreeSet<String>,
    /// The references that stand in their name.
    pub(super) codes: BTreeSet<PersonRef>,
    /// The e-mail address in normal form.
    pub(super) address: Option<String>,
}

/// The attendees of all files together, in the order of their names.
pub(super) fn attendees(files: &[ZoomFile]) -> Vec<Attendee> {
    let mut found: BTreeMap<(String, String), Attendee> = BTreeMap::new();
    for visit in files.iter().flat_map(|file| &file.visits) {
        let address = Identifier::parse(IdKind::Email, &visit.email).ok().map(|email| email.value().to_owned());
        let key = (name_key(&visit.name), address.clone().unwrap_or_default());
        let attendee = found.entry(key).or_insert_with(|| Attendee::new(visit, address));
        attendee.rows = attendee.rows.saturating_add(1);
        attendee.part = attendee.part.min(visit.part);
        attendee.is_waiting_only &= visit.is_waiting;
        attendee.stays.add(visit);
        // Rejoins repeat what the registration says.
        let registered = names::alternatives(&visit.registered_name);
        attendee.names.extend(registered);
        attendee.codes.extend(names::codes(&visit.registered_name));
    }
    found.into_values().collect()
}

impl Attendee {
    fn new(visit: &Visit, address: Option<String>) -> Self {
        Self {
            name: visit.name.clone(),
            email: visit.email.clone(),
            part: visit.part,
            rows: 0,
            is_waiting_only: true,
            stays: Stays::default(),
            names: names::alternatives(&visit.name).into_iter().collect(),
            codes: names::codes(&visit.name).into_iter().collect(),
            address,
        }
    }
}
