//! Rulings: two sides agree that a detected outage does not count against those whom it cut off. Never for listed
//! persons, never for a time in which nothing was detected; both counts stay visible.

use std::collections::BTreeSet;

use crate::domain::{
    accounts::incidents::{Incident, outages},
    fold::{
        attendance::Attendance,
        connections::{Connection, Ended},
        intervals::Interval,
        person::PersonIndex,
        standing::Terms,
    },
    ids::{EntryIndex, Tag},
    reviews::acts::ActRefusal,
    time::{Millis, UnixMillis},
};

/// How long before the outage somebody must have been proved, by the record's rules: no silence that is declared in the
/// usual way lasts for longer.
const PROVED_BEFORE: Millis = Millis(60_000);
/// How long after it they must be back, by the same rules.
const BACK_AFTER: Millis = Millis(180_000);
/// How many rulings an attempt can have: an evening with more outages is no lesson.
const RULINGS_MAX: usize = 64;

/// An outage that is bridged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ruling {
    /// The entry that proposed it.
    pub entry: EntryIndex,
    /// When the outage began.
    pub from: UnixMillis,
    /// When it was over.
    pub to: UnixMillis,
    /// The last proof of whom it cut off: who was proved later went by themselves, although it was not over yet.
    pub cut_off_by: UnixMillis,
    /// The network that it cut off; none: everybody.
    pub network: Option<Tag>,
}

/// The rulings that apply to somebody, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::domain) struct Ruled(u64);

impl Ruling {
    /// Whether an absence from a last proof to a return is the outage's.
    fn covers(&self, last: UnixMillis, back: UnixMillis) -> bool {
        self.cut_off(last) && back <= self.back_by()
    }

    /// Whether somebody with this last proof was cut off by the outage.
    fn cut_off(&self, last: UnixMillis) -> bool {
        last >= self.from.minus(PROVED_BEFORE) && last <= self.cut_off_by
    }

    /// Whether it cut off this connection: any, or one of its network that was lost with it. Who used the network at
    /// another time is concerned no more than others.
    fn concerns(&self, network: Option<Tag>, ended: Option<Ended>, lesson: Option<Interval>) -> bool {
        // What is lost after the lesson cuts nobody off from it, and is noticed when the count is final already.
        let in_time = |ended: &Ended| lesson.is_none_or(|lesson| ended.last_proof < lesson.end);
        let lost = || ended.filter(in_time).is_some_and(|ended| ended.was_lost() && self.cut_off(ended.last_proof));
        self.network.is_none() || (self.network == network && lost())
    }

    /// The last instant at which somebody who was cut off can be back.
    pub(in crate::domain) fn back_by(&self) -> UnixMillis {
        self.to.plus(BACK_AFTER)
    }
}

impl Ruled {
    fn applies(self, place: usize) -> bool {
        u32::try_from(place).ok().and_then(|place| self.0.checked_shr(place)).is_some_and(|bits| bits & 1 == 1)
    }

    /// Adds what applies to a person who turns out to be the same.
    pub(super) fn unite(&mut self, other: Self) {
        self.0 |= other.0;
    }

    fn add(&mut self, place: usize) {
        let bit = u32::try_from(place).ok().and_then(|place| 1_u64.checked_shl(place));
        self.0 |= bit.unwrap_or(0);
    }
}

impl Terms {
    /// Whether an interruption is bridged for somebody: by the grace, or by a ruling that applies to them.
    pub(in crate::domain) fn bridges_for(&self, ruled: Ruled, last: UnixMillis, back: UnixMillis) -> bool {
        back.since(last) <= self.grace() || self.rulings_for(ruled).any(|ruling| ruling.covers(last, back))
    }

    /// The rulings that apply to somebody.
    pub(in crate::domain) fn rulings_for(&self, ruled: Ruled) -> impl Iterator<Item = &Ruling> {
        self.rulings.iter().enumerate().filter(move |(place, _)| ruled.applies(*place)).map(|(_, ruling)| ruling)
    }
}

impl Attendance {
    /// Every ruling that stands, in order.
    #[must_use]
    pub fn rulings(&self) -> &[Ruling] {
        self.terms.as_ref().map_or(&[], |terms| &terms.rulings)
    }

    /// Whom this incident cut off, if it is an outage that can be bridged now: everybody, or those of a network.
    #[must_use]
    pub fn bridgeable(&self, incident: &Incident) -> Option<Option<Tag>> {
        let networks = [None, incident.subject.parse().ok()];
        let cut_off = networks.into_iter().find(|network| incident.cut_off(*network))?;
        let asks = self.terms.as_ref().is_some_and(Terms::asks_for_unbroken_presence);
        let is_ruled =
            |ruling: &&Ruling| (ruling.from, ruling.to, ruling.network) == (incident.from, incident.to, cut_off);
        (asks && incident.from < incident.to && !self.rulings().iter().any(|one| is_ruled(&one))).then_some(cut_off)
    }

    /// Whether an outage can be bridged.
    ///
    /// # Errors
    /// When the rule asks for nothing that it could bridge, or no outage of these was detected then.
    pub(super) fn ruling_allowed(
        &self,
        from: UnixMillis,
        to: UnixMillis,
        network: Option<Tag>,
    ) -> Result<(), ActRefusal> {
        if from >= to || self.rulings().len() >= RULINGS_MAX {
            return Err(ActRefusal::NotDetected);
        }
        if self.terms.as_ref().is_none_or(|terms| !terms.asks_for_unbroken_presence()) {
            return Err(ActRefusal::NothingToBridge);
        }
        self.cut_off_by((from, to), network).map(|_| ()).ok_or(ActRefusal::NotDetected)
    }

    /// The last proof of whom a detected outage cut off at this time; none where none was detected.
    fn cut_off_by(&self, (from, to): (UnixMillis, UnixMillis), network: Option<Tag>) -> Option<UnixMillis> {
        let is_it = |one: &Incident| one.cut_off(network) && one.from <= from && to <= one.to;
        let detected = outages(self).into_iter().filter(|outage| is_it(&outage.incident));
        detected.map(|outage| outage.cut_off_by.min(to)).max()
    }

    /// Bridges a detected outage: everybody whom it concerns is measured anew.
    pub(in crate::domain) fn rule(
        &mut self,
        (entry, now): (EntryIndex, UnixMillis),
        (from, to): (UnixMillis, UnixMillis),
        network: Option<Tag>,
    ) {
        let Some(cut_off_by) = self.cut_off_by((from, to), network) else { return };
        let ruling = Ruling { entry, from, to, cut_off_by, network };
        let Some(terms) = &mut self.terms else { return };
        let (place, lesson) = (terms.rulings.len(), terms.window);
        terms.rulings.push(ruling);
        let concerns = |one: &&Connection| ruling.concerns(one.network, one.ended, lesson);
        let concerned: BTreeSet<PersonIndex> = self.connections.iter().filter(concerns).map(|one| one.person).collect();
        for index in concerned {
            if let Some(person) = self.persons.get_mut(index.0) {
                person.ruled.add(place);
                person.unsettle();
            }
            self.look(index, now);
        }
    }

    /// Somebody's connection ended: the outages that are bridged already and cut it off concern them, too.
    pub(in crate::domain) fn take_rulings(&mut self, index: PersonIndex, network: Option<Tag>, ended: Ended) {
        let Some((person, terms)) = self.persons.get_mut(index.0).zip(self.terms.as_ref()) else { return };
        let of_networks = terms.rulings.iter().enumerate().filter(|(_, ruling)| ruling.network.is_some());
        for (place, _) in of_networks.filter(|(_, ruling)| ruling.concerns(network, Some(ended), terms.window)) {
            person.ruled.add(place);
            person.unsettle();
        }
    }
}
