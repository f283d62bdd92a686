//! What keeps somebody for review without anybody's proposal: each cause by itself, until two sides release them from it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::domain::{
    accounts::anomalies::{is_relay, relays, relays_of},
    event::{Joined, names::named},
    fold::{
        attendance::Attendance,
        connections::Connection,
        person::{Person, PersonIndex},
    },
    ids::{ConnectionId, Pseudonym, ScanId, Tag},
    time::UnixMillis,
};

/// A cause for which somebody is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hold {
    /// They came to a device after as many others as it may stand for.
    SharedDevice(Tag),
    /// With this connection both device and network had changed during the lesson, where that is declared.
    Relay(ConnectionId),
    /// This scan of theirs came later than declared.
    LateScan(ScanId),
}

named! {
    /// A kind of hold: what a release names, so that both who sign it know what it ends.
    HoldKind {
        /// A shared device.
        SharedDevice = "shared_device",
        /// A relay.
        Relay = "relay",
        /// A late scan.
        LateScan = "late_scan",
    }
}

impl Hold {
    /// Its kind.
    #[must_use]
    pub fn kind(self) -> HoldKind {
        match self {
            Self::SharedDevice(_) => HoldKind::SharedDevice,
            Self::Relay(_) => HoldKind::Relay,
            Self::LateScan(_) => HoldKind::LateScan,
        }
    }
}

/// The kinds among some holds, each once.
pub fn kinds<'a>(holds: impl IntoIterator<Item = &'a Hold>) -> BTreeSet<HoldKind> {
    holds.into_iter().map(|hold| hold.kind()).collect()
}

impl Person {
    /// What holds them and was not released.
    pub(in crate::domain) fn held_for(&self) -> BTreeSet<Hold> {
        self.holds.difference(&self.released).copied().collect()
    }

    /// Puts other causes of the same kind in place of those that were found before.
    pub(super) fn hold_for(&mut self, is_kind: fn(&Hold) -> bool, causes: impl IntoIterator<Item = Hold>) {
        self.holds.retain(|hold| !is_kind(hold));
        self.holds.extend(causes);
    }
}

impl Attendance {
    /// What holds the person for whom a name counts, beside proposals.
    #[must_use]
    pub fn held_for(&self, name: Pseudonym) -> BTreeSet<Hold> {
        self.counted(name).map(Person::held_for).unwrap_or_default()
    }

    /// A device that stands for more persons than declared: whoever came last is held for review.
    pub(super) fn watch_device(&mut self, index: PersonIndex, device: Option<Tag>, now: UnixMillis) {
        let Some(device) = device else { return };
        let limit = self.persons_per_device();
        let persons = self.devices.entry(device).or_default();
        // Who joined from where is kept also where no limit is declared: it is listed all the same.
        if persons.insert(index) && limit.is_some_and(|limit| persons.len() > limit) {
            if let Some(person) = self.persons.get_mut(index.0) {
                person.holds.insert(Hold::SharedDevice(device));
            }
            self.reconsider(index, now);
        }
    }

    /// How many persons a device may stand for; none where that is not limited.
    fn persons_per_device(&self) -> Option<usize> {
        let declared = self.opened.as_ref()?.declaration.people.persons_per_device;
        (declared > 0).then(|| usize::try_from(declared).unwrap_or(usize::MAX))
    }

    /// Holds who joined from a device after as many others as are declared, and nobody else, once rows are merged.
    pub(in crate::domain) fn hold_sharers(&mut self, now: UnixMillis) {
        let Some(limit) = self.persons_per_device() else { return };
        let mut came: BTreeMap<Tag, BTreeSet<PersonIndex>> = BTreeMap::new();
        let mut sharers: BTreeMap<PersonIndex, Vec<Hold>> = BTreeMap::new();
        for (device, index) in self.connections.iter().filter_map(|one| Some((one.device?, one.person))) {
            let persons = came.entry(device).or_default();
            if persons.insert(index) && persons.len() > limit {
                sharers.entry(index).or_default().push(Hold::SharedDevice(device));
            }
        }
        self.hold_anew(now, |hold| matches!(hold, Hold::SharedDevice(_)), &mut sharers);
    }

    /// Puts what was found of everybody in place of what was found before.
    fn hold_anew(&mut self, now: UnixMillis, kind: fn(&Hold) -> bool, found: &mut BTreeMap<PersonIndex, Vec<Hold>>) {
        for place in 0..self.persons.len() {
            let index = PersonIndex(place);
            if let Some(person) = self.persons.get_mut(place) {
                person.hold_for(kind, found.remove(&index).unwrap_or_default());
            }
            self.reconsider(index, now);
        }
    }

    /// Somebody whose device and network both change during the lesson is held, where the declaration says so.
    pub(super) fn watch_relay(&mut self, index: PersonIndex, joined: &Joined, now: UnixMillis) {
        let lesson = self.window().filter(|_| self.holds_relays());
        let tags = joined.d.zip(joined.n);
        let Some((person, (device, network))) = self.persons.get_mut(index.0).zip(tags) else { return };
        let before = person.tags.replace((device, network));
        let relay = before.zip(lesson).is_some_and(|(before, lesson)| is_relay(before, (device, network, now), lesson));
        if relay {
            person.holds.insert(Hold::Relay(joined.s));
            self.reconsider(index, now);
        }
    }

    fn holds_relays(&self) -> bool {
        self.opened.as_ref().is_some_and(|opened| opened.declaration.people.hold_relays)
    }

    /// Whether one person relays, from all connections that are theirs now.
    pub(in crate::domain) fn watch_relay_anew(&mut self, index: PersonIndex) {
        let theirs: Vec<&Connection> = self.connections.iter().filter(|one| one.person == index).collect();
        let tags = theirs.iter().rev().find_map(|one| one.device.zip(one.network));
        let lesson = self.window().filter(|_| self.holds_relays());
        let relays = lesson.map_or_else(Vec::new, |lesson| holds_for(&relays_of(&theirs, lesson)));
        if let Some(person) = self.persons.get_mut(index.0) {
            person.tags = tags;
            person.hold_for(is_relay_hold, relays);
        }
    }

    /// Holds who relays, and nobody else, in a lesson whose edges have changed.
    pub(super) fn hold_relays(&mut self, now: UnixMillis) {
        if !self.holds_relays() {
            return;
        }
        let found = relays(self).into_iter().map(|(index, relays)| (index, holds_for(&relays)));
        let mut found = found.collect();
        self.hold_anew(now, is_relay_hold, &mut found);
    }
}

fn is_relay_hold(hold: &Hold) -> bool {
    matches!(hold, Hold::Relay(_))
}

fn holds_for(relays: &[&Connection]) -> Vec<Hold> {
    relays.iter().map(|connection| Hold::Relay(connection.id)).collect()
}
