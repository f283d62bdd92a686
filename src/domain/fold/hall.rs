//! The hall: scans at its doors become stays. An entry alone proves one instant; what lies between two scans at one
//! venue is proved by the later one.

use std::collections::BTreeSet;

use crate::domain::{
    event::{HeadCounted, Scanned, Way},
    fold::{attendance::Attendance, holds::Hold, intervals::Interval, person::PersonIndex, presence::Proofs},
    ids::{ConnectionId, EntryIndex, Pseudonym, ScanId},
    reviews::groups::GroupCount,
    time::{Millis, UnixMillis},
};

/// A scan as the log has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// The door's own name of it.
    pub scan: ScanId,
    /// The name under which the person was scanned.
    pub person: Pseudonym,
    /// The name of the stay, if it begins one.
    pub stay: ConnectionId,
    /// The venue's short name.
    pub venue: String,
    /// The door's short name.
    pub door: String,
    /// In, out, or a roll-call.
    pub way: Way,
    /// How the person was identified.
    pub method: &'static str,
    /// Whether an identity card was seen.
    pub card: bool,
    /// When it was made, by log time.
    pub made: UnixMillis,
    /// What the device's clock said.
    pub device: UnixMillis,
    /// When it was received.
    pub received: UnixMillis,
    /// Its entry.
    pub entry: EntryIndex,
    /// Whether it arrived later than declared.
    pub late: bool,
}

/// A stay between two scans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::domain) struct Stay {
    /// Its name: that of the scan that begins it.
    pub(in crate::domain) id: ConnectionId,
    pub(in crate::domain) person: Pseudonym,
    pub(in crate::domain) from: UnixMillis,
    /// Its last proof.
    pub(in crate::domain) to: UnixMillis,
    /// When an exit ended it; none while it goes on, or was never ended.
    pub(in crate::domain) left: Option<UnixMillis>,
    /// `exit`, `roll_call`, or nothing.
    pub(in crate::domain) cause: &'static str,
}

/// One person's scans and what they amount to.
#[derive(Clone, Debug, Default)]
pub(in crate::domain) struct HallRecord {
    /// The places of their scans among all, in the order in which they were made.
    scans: Vec<usize>,
    /// Their stays, in order.
    pub(in crate::domain) stays: Vec<Stay>,
    /// Since when they are inside without a later proof.
    pub(in crate::domain) inside: Option<UnixMillis>,
    /// What their sockets prove that have ended: kept apart, because a scan can replace every stay.
    pub(in crate::domain) sockets: Proofs,
}

/// A steward's count beside the system's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadCount {
    /// When.
    pub at: UnixMillis,
    /// Its entry.
    pub entry: EntryIndex,
    /// What was counted.
    pub counted: HeadCounted,
    /// How many were inside the venue at that moment by the scans that had come.
    pub system: u64,
    /// The steward's group at that moment, if they look after one.
    pub group: Option<GroupCount>,
}

/// What the log says of the halls.
#[derive(Clone, Debug, Default)]
pub(in crate::domain) struct Halls {
    pub(super) scans: Vec<Scan>,
    known: BTreeSet<ScanId>,
    pub(super) head_counts: Vec<HeadCount>,
    /// Stays of everybody, for the count of connections.
    pub(in crate::domain) stays: u64,
    /// Persons who entered and have not left.
    pub(in crate::domain) inside: u64,
    /// Persons who were scanned at all.
    pub(in crate::domain) scanned: u64,
}

impl HallRecord {
    /// Of somebody who was never scanned, whose sockets alone prove this.
    fn beside(sockets: &Proofs) -> Box<Self> {
        Box::new(Self { sockets: sockets.clone(), ..Self::default() })
    }

    /// What sockets and stays prove together.
    pub(in crate::domain) fn proofs(&self) -> Proofs {
        let mut proofs = self.sockets.clone();
        self.stays.iter().for_each(|stay| proofs.add(Interval { start: stay.from, end: stay.to }));
        proofs
    }

    /// What the scans amount to, in the order in which they were made.
    fn reckon(&mut self, scans: &[Scan]) {
        self.scans.sort_by_key(|place| scans.get(*place).map(|scan| (scan.made, scan.entry)));
        let of_person: Vec<&Scan> = self.scans.iter().filter_map(|place| scans.get(*place)).collect();
        (self.stays, self.inside) = stays(&of_person);
    }
}

impl Halls {
    /// Whether a scan was delivered before.
    pub(super) fn knows(&self, scan: &ScanId) -> bool {
        self.known.contains(scan)
    }
}

/// Stays from scans in the order in which they were made. An entry while inside begins anew: what lies between was
/// left by nobody knows when. So does any scan at another venue, which proves nothing of the way there.
fn stays(scans: &[&Scan]) -> (Vec<Stay>, Option<UnixMillis>) {
    let mut stays: Vec<Stay> = Vec::new();
    // The venue that they are inside of.
    let mut inside: Option<&str> = None;
    for scan in scans {
        let goes_on = scan.way != Way::In && inside == Some(scan.venue.as_str());
        let begun = stays.last_mut().filter(|_| goes_on);
        match begun {
            Some(stay) => {
                stay.to = scan.made;
                stay.cause = "roll_call";
            }
            None => stays.push(Stay {
                id: scan.stay,
                person: scan.person,
                from: scan.made,
                to: scan.made,
                left: None,
                cause: if scan.way == Way::Roll { "roll_call" } else { "" },
            }),
        }
        if scan.way == Way::Out
            && let Some(stay) = stays.last_mut()
        {
            (stay.left, stay.cause) = (Some(scan.made), "exit");
        }
        // Somebody whose name is called at a door that missed their entry is inside from then on.
        inside = Some(scan.venue.as_str()).filter(|_| scan.way != Way::Out);
    }
    let last = stays.last().map(|stay| stay.to);
    (stays, last.filter(|_| inside.is_some()))
}

impl Attendance {
    /// A scan is a fact whenever it arrives: all of the person's stays follow from all of their scans.
    pub(super) fn scan(&mut self, scanned: &Scanned, index: PersonIndex, now: UnixMillis, entry: EntryIndex) {
        if self.closed.is_some() || !self.halls.known.insert(scanned.scan) {
            return;
        }
        if let Some(named) = self.by_name.get(&scanned.p) {
            self.see(*named);
        }
        let delay = self.opened.as_ref().map_or(Millis(0), |opened| opened.declaration.hall.delay_ms);
        let made = scanned.made.floor_millis();
        let late = now.since(made) > delay;
        self.halls.scans.push(Scan {
            scan: scanned.scan,
            person: scanned.p,
            stay: scanned.s,
            venue: scanned.venue.clone(),
            door: scanned.door.clone(),
            way: scanned.way,
            method: scanned.method.name(),
            card: scanned.card,
            made,
            device: scanned.device.floor_millis(),
            received: now,
            entry,
            late,
        });
        self.take_scan(index, made);
        if let Some(person) = self.persons.get_mut(index.0).filter(|_| late) {
            person.holds.insert(Hold::LateScan(scanned.scan));
        }
        self.reconsider(index, now);
        self.look(index, now);
    }

    /// Replaces the person's stays, and their part of the curves with them.
    fn take_scan(&mut self, index: PersonIndex, made: UnixMillis) {
        let place = self.halls.scans.len().saturating_sub(1);
        let Some((person, terms)) = self.persons.get_mut(index.0).zip(self.terms.as_ref()) else { return };
        if person.first_join.is_none() {
            self.counts.ever_joined = self.counts.ever_joined.saturating_add(1);
        }
        let record = person.hall.get_or_insert_with(|| HallRecord::beside(person.presence.ended()));
        if record.scans.is_empty() {
            self.halls.scanned = self.halls.scanned.saturating_add(1);
        }
        let (stays_before, inside_before) = (record.stays.len() as u64, record.inside.is_some());
        let scans = &self.halls.scans;
        record.scans.push(place);
        record.reckon(scans);
        let (stays_now, inside_now) = (record.stays.len() as u64, record.inside.is_some());
        let proofs = record.proofs();
        person.connections = person.connections.saturating_sub(stays_before).saturating_add(stays_now);
        person.first_join = Some(person.first_join.map_or(made, |first| first.min(made)));
        person.last_proof = person.last_proof.max(Some(made));
        person.gate = true;
        person.unsettle();
        if person.eligible {
            self.concurrency.withdraw(&person.presence, terms);
        }
        person.presence.replace_ended(proofs);
        if person.eligible {
            self.concurrency.restore(&person.presence, terms);
        }
        self.halls.stays = self.halls.stays.saturating_sub(stays_before).saturating_add(stays_now);
        let inside = self.halls.inside.saturating_sub(u64::from(inside_before));
        self.halls.inside = inside.saturating_add(u64::from(inside_now));
    }

    /// Adds somebody's scans to those of a person who turns out to be the same.
    pub(in crate::domain) fn unite_scans(&mut self, index: PersonIndex, theirs: HallRecord) {
        let Some(person) = self.persons.get_mut(index.0) else { return };
        let record = person.hall.get_or_insert_default();
        if !record.scans.is_empty() && !theirs.scans.is_empty() {
            self.halls.scanned = self.halls.scanned.saturating_sub(1);
        }
        let before = record.stays.len().saturating_add(theirs.stays.len()) as u64;
        let inside = u64::from(record.inside.is_some()).saturating_add(u64::from(theirs.inside.is_some()));
        record.scans.extend(theirs.scans);
        record.reckon(&self.halls.scans);
        let (now, inside_now) = (record.stays.len() as u64, u64::from(record.inside.is_some()));
        person.connections = person.connections.saturating_sub(before).saturating_add(now);
        self.halls.stays = self.halls.stays.saturating_sub(before).saturating_add(now);
        self.halls.inside = self.halls.inside.saturating_sub(inside).saturating_add(inside_now);
    }

    pub(super) fn head_count(&mut self, counted: &HeadCounted, at: UnixMillis, entry: EntryIndex) {
        let group = counted.by.parse().ok().and_then(|steward| self.group_count(steward));
        let system = self.inside(&counted.venue);
        self.halls.head_counts.push(HeadCount { at, entry, counted: counted.clone(), system, group });
    }

    /// Whether a venue is declared.
    #[must_use]
    pub fn has_venue(&self, venue: &str) -> bool {
        self.opened.as_ref().is_some_and(|opened| opened.declaration.venues.iter().any(|one| one.id == venue))
    }

    /// Whether a door is declared.
    #[must_use]
    pub fn has_door(&self, venue: &str, door: &str) -> bool {
        let venues = self.opened.iter().flat_map(|opened| &opened.declaration.venues);
        venues.filter(|one| one.id == venue).any(|one| one.doors.iter().any(|name| name == door))
    }

    /// Every scan, in the order of their delivery.
    #[must_use]
    pub fn scans(&self) -> &[Scan] {
        &self.halls.scans
    }

    /// Every steward's count, in order.
    #[must_use]
    pub fn head_counts(&self) -> &[HeadCount] {
        &self.halls.head_counts
    }

    /// Whether a scan was delivered before.
    #[must_use]
    pub fn knows_scan(&self, scan: &ScanId) -> bool {
        self.halls.knows(scan)
    }

    /// Whether the last scan of a person says that they are inside.
    #[must_use]
    pub fn is_inside(&self, person: Pseudonym) -> bool {
        let record = self.counted(person).and_then(|person| person.hall.as_ref());
        record.is_some_and(|record| record.inside.is_some())
    }

    /// How many are inside a venue by their last scans.
    #[must_use]
    pub fn inside(&self, venue: &str) -> u64 {
        let last_at = |record: &HallRecord| {
            let last = record.scans.last().and_then(|place| self.halls.scans.get(*place));
            record.inside.is_some() && last.is_some_and(|scan| scan.venue == venue)
        };
        self.persons.iter().filter_map(|person| person.hall.as_ref()).filter(|record| last_at(record)).count() as u64
    }
}
