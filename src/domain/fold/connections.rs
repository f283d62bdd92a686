//! Connections as facts: when each began, when it was last proved alive, and how it ended.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{
    accounts::{
        anomalies::{is_relay, relayed_at, relays},
        incidents::CutRun,
    },
    event::{Beat, Channel, Joined, Left, NodeStarted, Restarted},
    fold::{
        attendance::Attendance,
        intervals::Interval,
        person::{Person, PersonIndex},
        refusal::Subject,
    },
    ids::{ConnectionId, EntryIndex, NodeEpoch, Pseudonym, Tag},
    time::UnixMillis,
};

/// A connection and what became of it.
#[derive(Clone, Debug)]
pub(in crate::domain) struct Connection {
    pub(in crate::domain) person: PersonIndex,
    /// The name under which it joined: another one than the person's where two rows were merged.
    pub(in crate::domain) pseudonym: Pseudonym,
    pub(in crate::domain) id: ConnectionId,
    pub(in crate::domain) channel: Channel,
    /// The device's tag.
    pub(in crate::domain) device: Option<Tag>,
    /// The network's tag.
    pub(in crate::domain) network: Option<Tag>,
    pub(in crate::domain) joined: UnixMillis,
    pub(in crate::domain) ended: Option<Ended>,
}

/// How a connection ended.
#[derive(Clone, Copy, Debug)]
pub(in crate::domain) struct Ended {
    /// The last proof of life: presence ends here.
    pub(in crate::domain) last_proof: UnixMillis,
    /// The time of the entry that says so.
    pub(in crate::domain) noticed: UnixMillis,
    /// The leave's cause, or `restart`.
    pub(in crate::domain) cause: &'static str,
}

impl Ended {
    /// Whether it was lost: neither said goodbye, nor was ended by the hub.
    pub(in crate::domain) fn was_lost(&self) -> bool {
        matches!(self.cause, "lost" | "closed" | "silent")
    }
}

impl Attendance {
    pub(super) fn join(&mut self, joined: &Joined, subject: Subject, now: UnixMillis) {
        let Some(named) = subject.person else { return };
        // Attendance is frozen by the close; a repeated join is the same connection.
        if self.closed.is_some() || subject.connection.is_some() {
            return;
        }
        let index = self.counted_as(named);
        self.see(named);
        let place = self.connections.len();
        let run = self.runs.entry(joined.s.at).or_default();
        run.connections.insert(joined.s.serial, place);
        run.open.insert(joined.s.serial);
        self.connections.push(Connection {
            person: index,
            pseudonym: joined.p,
            id: joined.s,
            channel: joined.channel,
            device: joined.d,
            network: joined.n,
            joined: now,
            ended: None,
        });
        self.watch_device(index, joined.d, now);
        self.watch_relay(index, joined.d.zip(joined.n), now);
        let Some((person, terms)) = self.persons.get_mut(index.0).zip(self.terms.as_ref()) else { return };
        if person.first_join.is_none() {
            self.counts.ever_joined = self.counts.ever_joined.saturating_add(1);
        }
        person.join(now, joined.channel);
        if let Some(last_proof) = person.presence.join(now).filter(|_| person.eligible) {
            self.counts.present = self.counts.present.saturating_add(1);
            self.concurrency.arrive(now, last_proof, terms);
        }
        self.look(index, now);
    }

    /// Somebody joined or was scanned under the name of this row.
    pub(super) fn see(&mut self, named: PersonIndex) {
        if let Some(row) = self.persons.get_mut(named.0) {
            row.came = true;
        }
    }

    /// A device that stands for more persons than declared: whoever came last is held for review.
    fn watch_device(&mut self, index: PersonIndex, device: Option<Tag>, now: UnixMillis) {
        let Some(device) = device else { return };
        let limit = self.persons_per_device();
        let persons = self.devices.entry(device).or_default();
        // Who joined from where is kept also where no limit is declared: it is listed all the same.
        if persons.insert(index) && limit.is_some_and(|limit| persons.len() > limit) {
            if let Some(person) = self.persons.get_mut(index.0) {
                person.holds.shares_device = true;
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
        let mut sharers = BTreeSet::new();
        for (device, index) in self.connections.iter().filter_map(|one| Some((one.device?, one.person))) {
            let persons = came.entry(device).or_default();
            if persons.insert(index) && persons.len() > limit {
                sharers.insert(index);
            }
        }
        self.hold_anew(now, |person, index| person.holds.shares_device = sharers.contains(&index));
    }

    /// Decides anew of everybody what holds them.
    fn hold_anew(&mut self, now: UnixMillis, decide: impl Fn(&mut Person, PersonIndex)) {
        for place in 0..self.persons.len() {
            let index = PersonIndex(place);
            if let Some(person) = self.persons.get_mut(place) {
                decide(person, index);
            }
            self.reconsider(index, now);
        }
    }

    /// Somebody whose device and network both change during the lesson is held, where the declaration says so.
    fn watch_relay(&mut self, index: PersonIndex, tags: Option<(Tag, Tag)>, now: UnixMillis) {
        let lesson = self.window().filter(|_| self.holds_relays());
        let Some((person, (device, network))) = self.persons.get_mut(index.0).zip(tags) else { return };
        let before = person.tags.replace((device, network));
        let relay = before.zip(lesson).is_some_and(|(before, lesson)| is_relay(before, (device, network, now), lesson));
        if relay {
            person.holds.relays = true;
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
        let relays = self.window().is_some_and(|lesson| relayed_at(&theirs, lesson).is_some());
        let relays = relays && self.holds_relays();
        if let Some(person) = self.persons.get_mut(index.0) {
            (person.tags, person.holds.relays) = (tags, relays);
        }
    }

    /// Holds who relays, and nobody else, in a lesson whose edges have changed.
    pub(super) fn hold_relays(&mut self, now: UnixMillis) {
        if !self.holds_relays() {
            return;
        }
        let relays = relays(self);
        self.hold_anew(now, |person, index| person.holds.relays = relays.contains_key(&index));
    }

    pub(super) fn leave(&mut self, left: &Left, subject: Subject, now: UnixMillis) {
        if let Some(place) = subject.connection {
            self.end_connection(place, left.last.floor_millis(), now, left.why.name());
        }
    }

    fn end_connection(&mut self, place: usize, last: UnixMillis, noticed: UnixMillis, cause: &'static str) {
        let Some(connection) = self.connections.get_mut(place).filter(|one| one.ended.is_none()) else { return };
        let last_proof = last.max(connection.joined);
        let ended = Ended { last_proof, noticed, cause };
        connection.ended = Some(ended);
        let (index, joined, id, network) = (connection.person, connection.joined, connection.id, connection.network);
        if let Some(run) = self.runs.get_mut(&id.at) {
            run.end(id.serial);
        }
        let Some((person, terms)) = self.persons.get_mut(index.0).zip(self.terms.as_ref()) else { return };
        person.last_proof = person.last_proof.max(Some(last_proof));
        if let Some(hall) = &mut person.hall {
            hall.sockets.add(Interval { start: joined, end: last_proof });
        }
        let (eligible, concurrency) = (person.eligible, &mut self.concurrency);
        person.presence.leave(joined, last_proof, |absence| {
            if eligible {
                concurrency.depart(absence, terms);
            }
        });
        if eligible && !person.presence.is_open() {
            self.counts.present = self.counts.present.saturating_sub(1);
        }
        // What is noticed after a ruling was cut off all the same.
        self.take_rulings(index, network, ended);
        self.look(index, noticed);
    }

    pub(super) fn beat(&mut self, index: EntryIndex, beat: &Beat) {
        let run = self.runs.entry(beat.node).or_default();
        run.vouch(index, beat.horizon.floor_millis(), &beat.except);
    }

    pub(super) fn start_node(&mut self, started: &NodeStarted) {
        self.program = Some(started.version.clone());
        self.runs.entry(NodeEpoch { node: started.node, epoch: started.epoch }).or_default();
    }

    /// A run that ended without a drain: its connections end where it last vouched for them.
    pub(super) fn restart(&mut self, restarted: &Restarted, now: UnixMillis) {
        self.cut_runs.push(CutRun { run: restarted.node, at: now });
        let Some(run) = self.runs.get(&restarted.node) else { return };
        let ended: Vec<(usize, UnixMillis)> = run
            .open
            .iter()
            .filter_map(|serial| {
                let place = *run.connections.get(serial)?;
                Some((place, run.proved(*serial, self.connections.get(place)?.joined)))
            })
            .collect();
        for (place, proved) in ended {
            self.end_connection(place, proved, now, "restart");
        }
    }
}
