//! What each run of a node has vouched for: how far its open connections are proved alive.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{
    ids::{ConnectionId, EntryIndex},
    time::UnixMillis,
};

/// One run of a node.
#[derive(Clone, Debug, Default)]
pub(in crate::domain) struct Run {
    /// Its connections by serial number; the value is their place in the list of all.
    pub(in crate::domain) connections: BTreeMap<u64, usize>,
    /// Those that are open.
    pub(super) open: BTreeSet<u64>,
    /// Its last beat.
    pub(super) beat: Option<EntryIndex>,
    /// The furthest horizon of its beats.
    horizon: Option<UnixMillis>,
    /// Connections that the last beat did not vouch for, and how far earlier ones did.
    excepted: BTreeMap<u64, UnixMillis>,
}

impl Run {
    /// How far a connection is proved alive: at its beginning, and by each beat that did not except it.
    pub(in crate::domain) fn proved(&self, serial: u64, joined: UnixMillis) -> UnixMillis {
        let by_beats = self.excepted.get(&serial).copied().or(self.horizon);
        by_beats.map_or(joined, |horizon| horizon.max(joined))
    }

    /// Takes a beat in: everyone who is open and not excepted is proved up to the horizon.
    pub(super) fn vouch(&mut self, beat: EntryIndex, horizon: UnixMillis, except: &[ConnectionId]) {
        let named: BTreeSet<u64> = except.iter().map(|one| one.serial).filter(|one| self.open.contains(one)).collect();
        let before = self.horizon;
        let further = before.is_none_or(|before| horizon >= before);
        let mut excepted = BTreeMap::new();
        for serial in &named {
            let known = self.excepted.get(serial).copied().or(before);
            excepted.insert(*serial, known.unwrap_or(UnixMillis(i64::MIN)));
        }
        if !further {
            // A horizon that moved back vouches for less than an earlier one did for the others.
            let kept = self.excepted.iter().filter(|(serial, _)| !named.contains(serial));
            excepted.extend(kept.map(|(serial, known)| (*serial, (*known).max(horizon))));
        }
        self.beat = Some(beat);
        self.horizon = if further { Some(horizon) } else { before };
        self.excepted = excepted;
    }

    /// A connection ended.
    pub(in crate::domain) fn end(&mut self, serial: u64) {
        self.open.remove(&serial);
        self.excepted.remove(&serial);
    }

    /// Whether every open connection is proved up to `instant`, or began after it.
    pub(super) fn all_proved(&self, instant: UnixMillis, joined: impl Fn(usize) -> UnixMillis) -> bool {
        let excepted_late = |serial: &u64| {
            let place = self.connections.get(serial).copied();
            place.is_some_and(|place| joined(place) < instant && self.proved(*serial, joined(place)) < instant)
        };
        if self.horizon.is_some_and(|horizon| horizon >= instant) {
            !self.excepted.keys().any(excepted_late)
        } else {
            !self.open.iter().any(excepted_late)
        }
    }
}
