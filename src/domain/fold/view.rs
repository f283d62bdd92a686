//! What the hub asks of the fold while the lesson runs.

use crate::domain::{
    accounts::tally::Phase,
    event::{Opened, Stamp},
    fold::{
        attendance::{Attendance, Given},
        concurrency::Balance,
        intervals::Interval,
        standing::Standing,
    },
    ids::{ConnectionId, EntryIndex, NodeEpoch, NodeId, Pseudonym},
    time::UnixMillis,
};

impl Attendance {
    /// What was declared and when, once the attempt is open.
    #[must_use]
    pub fn opened(&self) -> Option<&Opened> {
        self.opened.as_ref()
    }

    /// What the edges of the curves add up to: nothing bridged, and bridged. Both end with the persons present.
    #[must_use]
    pub fn balances(&self) -> [Balance; 2] {
        [self.concurrency.strict.balance(), self.concurrency.bridged.balance()]
    }

    /// The version of the program that wrote the end of the log; none before a node started.
    #[must_use]
    pub fn program(&self) -> Option<&str> {
        self.program.as_deref()
    }

    /// The last entry's place and time.
    #[must_use]
    pub fn last(&self) -> Option<Stamp> {
        self.last
    }

    /// The last entry's time: every count is as of then.
    #[must_use]
    pub fn now(&self) -> Option<UnixMillis> {
        self.last.map(|last| last.at.wall.floor_millis())
    }

    /// Where the lesson stands.
    #[must_use]
    pub fn phase(&self) -> Phase {
        let over = || self.window().zip(self.now()).is_some_and(|(window, now)| now >= window.end);
        if self.closed.is_some() {
            Phase::Closed
        } else if self.start.is_none() {
            Phase::Waiting
        } else if self.end.is_some() || over() {
            Phase::Ended
        } else {
            Phase::Running
        }
    }

    /// The lesson: from its start signal to its end signal, or to the planned end. None before the start.
    #[must_use]
    pub fn window(&self) -> Option<Interval> {
        let Given { at: start, .. } = self.start?;
        let planned = self.planned_end_of(start)?;
        Some(Interval { start, end: self.end.map_or(planned, |given| given.at).max(start) })
    }

    /// When a lesson that started at `start` is planned to end.
    pub(super) fn planned_end_of(&self, start: UnixMillis) -> Option<UnixMillis> {
        let declaration = &self.opened.as_ref()?.declaration;
        // A rehearsal is held when there is time for one: its plan is a length.
        let length = declaration.planned_length();
        Some(if declaration.rehearsal { start.plus(length) } else { declaration.window.planned_end })
    }

    /// Whether the lesson has begun and has not ended.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.phase() == Phase::Running
    }

    /// Whether the declaration in force counts persons of this role.
    #[must_use]
    pub fn role_counts(&self, role: &str) -> bool {
        self.opened.as_ref().is_some_and(|opened| opened.declaration.people.roles.iter().any(|one| one == role))
    }

    /// Whether a person is on the roster, or was added.
    #[must_use]
    pub fn knows(&self, person: Pseudonym) -> bool {
        self.by_name.contains_key(&person)
    }

    /// The person for whom a name counts: another one where the row was merged.
    #[must_use]
    pub fn counts_as(&self, person: Pseudonym) -> Option<Pseudonym> {
        self.persons.get(self.counted_index(person)?.0).map(|counted| counted.pseudonym)
    }

    /// How many of a person's links are withdrawn, as far as the log says.
    #[must_use]
    pub fn revoked(&self, person: Pseudonym) -> u32 {
        self.revoked.get(&person).copied().unwrap_or(0)
    }

    /// Whether attendance is complete.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed.is_some()
    }

    /// The newest run of a node.
    #[must_use]
    pub fn epoch(&self, node: NodeId) -> Option<u32> {
        self.runs.keys().rev().find(|run| run.node == node).map(|run| run.epoch)
    }

    /// How many connections of a run are open.
    #[must_use]
    pub fn open_connections(&self, run: NodeEpoch) -> usize {
        self.runs.get(&run).map_or(0, |run| run.open.len())
    }

    /// The last beat of a run.
    #[must_use]
    pub fn last_beat(&self, run: NodeEpoch) -> Option<EntryIndex> {
        self.runs.get(&run)?.beat
    }

    /// Where a person stands at the last entry.
    #[must_use]
    pub fn standing(&self, person: Pseudonym) -> Option<Standing> {
        let index = self.by_name.get(&person)?;
        let named = self.persons.get(index.0)?;
        let counted = named.stands_for.and_then(|other| self.persons.get(other.0)).unwrap_or(named);
        let (terms, now) = self.terms.as_ref().zip(self.now())?;
        let standing = terms.standing(&counted.evidence(terms, now), now);
        Some(if counted.eligible { standing } else { standing.of_somebody_who_does_not_count() })
    }

    /// The entry of the newest signal that stands: the one that a void takes back.
    #[must_use]
    pub fn newest_signal(&self) -> Option<EntryIndex> {
        self.end.or(self.start).map(|given| given.entry)
    }

    pub(super) fn place_of(&self, id: ConnectionId) -> Option<usize> {
        self.runs.get(&id.at)?.connections.get(&id.serial).copied()
    }

    /// Whether no entry can change the lesson any more: it is over, and every connection is proved past its end or
    /// has left.
    pub(in crate::domain) fn is_final(&self) -> bool {
        let Some(window) = self.window().filter(|_| matches!(self.phase(), Phase::Ended | Phase::Closed)) else {
            return false;
        };
        let now = self.now().unwrap_or(window.end);
        let unanswered = self.terms.as_ref().is_some_and(|terms| terms.can_change_after(window, now));
        let joined = |place: usize| self.connections.get(place).map_or(window.end, |connection| connection.joined);
        let settled = self.is_closed() || (!unanswered && self.halls.inside == 0);
        settled && self.runs.values().all(|run| run.all_proved(window.end, joined))
    }
}
