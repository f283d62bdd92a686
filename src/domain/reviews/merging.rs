//! Two rows that turn out to be one human after the opening: their times are united under the one that stays.

use crate::domain::{
    fold::{attendance::Attendance, intervals::Interval, person::PersonIndex, presence::Proofs, standing::Standing},
    ids::Pseudonym,
    time::UnixMillis,
};

impl Attendance {
    /// Whether two rows can be made one: both count for themselves, and nothing is open about either.
    pub(super) fn merge_allowed(&self, from: Pseudonym, into: Pseudonym) -> bool {
        let free = |name: Pseudonym| {
            let person = self.by_name.get(&name).and_then(|index| self.persons.get(index.0));
            person.is_some_and(|person| {
                person.stands_for.is_none() && person.struck.is_none() && person.accused == 0 && !person.erased
            })
        };
        // Whoever acts counts under no row.
        let acts = |name: Pseudonym| {
            let row = self.counted_index(name);
            self.acts.staff.keys().any(|one| self.counted_index(*one) == row)
        };
        from != into && free(from) && free(into) && !acts(from) && !acts(into)
    }

    /// How many rows repeat another.
    #[must_use]
    pub fn merged(&self) -> u64 {
        self.persons.iter().filter(|person| person.stands_for.is_some()).count() as u64
    }

    /// Unites one row with another. Everything that was of the first is of the other from here on.
    pub(super) fn merge(&mut self, from: Pseudonym, into: Pseudonym, at: UnixMillis) {
        let pair = self.by_name.get(&from).copied().zip(self.by_name.get(&into).copied());
        let Some((from, into)) = pair.filter(|_| self.merge_allowed(from, into)) else { return };
        self.take_out(from, into, at);
        self.move_facts(from, into);
        self.move_devices(from, into);
        self.watch_relay_anew(into);
        self.rebuild(into);
        // Whoever came to a device after both rows may be within its limit now.
        self.hold_sharers(at);
        self.reconsider(into, at);
        self.look(into, at);
    }

    /// The row counts for another one, and for nobody else.
    fn take_out(&mut self, from: PersonIndex, into: PersonIndex, at: UnixMillis) {
        for person in &mut self.persons {
            if person.stands_for == Some(from) {
                person.stands_for = Some(into);
            }
        }
        if let Some(person) = self.persons.get_mut(from.0) {
            person.countable = false;
        }
        self.reconsider(from, at);
        if let Some(person) = self.persons.get_mut(from.0) {
            person.stands_for = Some(into);
            let before = std::mem::take(&mut person.standing);
            person.next_look = None;
            self.counts.replace(before, Standing::default());
        }
        self.counts.registered = self.counts.registered.saturating_sub(1);
    }

    fn move_facts(&mut self, from: PersonIndex, into: PersonIndex) {
        for connection in self.connections.iter_mut().filter(|connection| connection.person == from) {
            connection.person = into;
        }
        let Some(person) = self.persons.get_mut(from.0) else { return };
        let (first_join, last_proof) = (person.first_join.take(), person.last_proof.take());
        let ruled = std::mem::take(&mut person.ruled);
        let (holds, released) = (std::mem::take(&mut person.holds), std::mem::take(&mut person.released));
        let (connections, online, gate) = (std::mem::take(&mut person.connections), person.online, person.gate);
        let (hall, responses) = (person.hall.take(), std::mem::take(&mut person.responses));
        (person.online, person.gate, person.presence) = (false, false, Default::default());
        person.unsettle();
        let Some(other) = self.persons.get_mut(into.0) else { return };
        if first_join.is_some() && other.first_join.is_some() {
            self.counts.ever_joined = self.counts.ever_joined.saturating_sub(1);
        }
        other.first_join = other.first_join.into_iter().chain(first_join).min();
        other.last_proof = other.last_proof.max(last_proof);
        other.connections = other.connections.saturating_add(connections);
        other.ruled.unite(ruled);
        other.holds.extend(holds);
        other.released.extend(released);
        (other.online, other.gate) = (other.online || online, other.gate || gate);
        if other.responses.len() < responses.len() {
            other.responses.resize(responses.len(), Default::default());
        }
        for (place, (mine, theirs)) in other.responses.iter_mut().zip(&responses).enumerate() {
            let both = (mine.shown && theirs.shown, mine.answered.is_some() && theirs.answered.is_some());
            mine.shown |= theirs.shown;
            mine.failed |= theirs.failed;
            mine.answered = mine.answered.into_iter().chain(theirs.answered).min();
            if let Some(check) = self.checks.opened.get_mut(place) {
                check.shown = check.shown.saturating_sub(u64::from(both.0));
                check.answered = check.answered.saturating_sub(u64::from(both.1));
            }
        }
        if let Some(hall) = hall {
            self.unite_scans(into, *hall);
        }
    }

    /// A device that stood for two rows stands for one person now.
    fn move_devices(&mut self, from: PersonIndex, into: PersonIndex) {
        for persons in self.devices.values_mut() {
            if persons.remove(&from) {
                persons.insert(into);
            }
        }
    }

    /// The person's presence from everything that is known of it.
    fn rebuild(&mut self, index: PersonIndex) {
        let theirs = || self.connections.iter().filter(|connection| connection.person == index);
        let mut sockets = Proofs::default();
        let ended = theirs().filter_map(|one| Some(Interval { start: one.joined, end: one.ended?.last_proof }));
        ended.for_each(|stretch| sockets.add(stretch));
        let mut open: Vec<UnixMillis> = theirs().filter(|one| one.ended.is_none()).map(|one| one.joined).collect();
        open.sort_unstable();
        let Some((person, terms)) = self.persons.get_mut(index.0).zip(self.terms.as_ref()) else { return };
        let ended = match &mut person.hall {
            Some(hall) => {
                hall.sockets = sockets;
                hall.proofs()
            }
            None => sockets,
        };
        let was_open = u64::from(person.presence.is_open());
        if person.eligible {
            self.concurrency.withdraw(&person.presence, terms);
            self.counts.present = self.counts.present.saturating_sub(was_open);
        }
        person.presence.replace(ended, open);
        person.unsettle();
        if person.eligible {
            self.concurrency.restore(&person.presence, terms);
            self.counts.present = self.counts.present.saturating_add(u64::from(person.presence.is_open()));
        }
    }
}
