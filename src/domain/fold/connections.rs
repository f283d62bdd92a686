//! Connections as facts: when each began, when it was last proved alive, and how it ended.

use crate::domain::{
    accounts::incidents::CutRun,
    event::{Beat, Channel, Joined, Left, NodeStarted, Restarted},
    fold::{attendance::Attendance, intervals::Interval, person::PersonIndex, refusal::Subject},
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
        self.watch_relay(index, joined, now);
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

    pub(super) fn leave(&mut self, left: &Left, subject: Subject, now: UnixMillis) {
        let Some(connection) = subject.connection.and_then(|place| self.connections.get(place)) else { return };
        let (run, serial, joined) = (self.runs.get(&connection.id.at), connection.id.serial, connection.joined);
        // What a beat has vouched for is not taken back: it may have made the attempt final. A hub can say less all the
        // same, where a beat came between a join's place in the log and its place in the hub.
        let vouched = run.map_or(joined, |run| run.proved(serial, joined));
        if let Some(place) = subject.connection {
            self.end_connection(place, left.last.floor_millis().max(vouched), now, left.why.name());
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
