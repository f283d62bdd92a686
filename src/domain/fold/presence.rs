//! One person's presence: the union of their connections, some of which are still open.

use crate::domain::{
    fold::intervals::{Interval, Union},
    time::UnixMillis,
};

/// What is proved by connections that have ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::domain) struct Proofs {
    /// The union of their stretches.
    stretches: Union,
    /// The proofs that stand alone, in order: connections that proved one instant and no more.
    instants: Vec<UnixMillis>,
}

/// The connections of one person, as stretches of time. Open ones are presumed to go on.
#[derive(Clone, Debug, Default)]
pub(in crate::domain) struct Presence {
    /// Those that have ended.
    ended: Proofs,
    /// When each open connection began, in order.
    open: Vec<UnixMillis>,
}

/// A stretch of absence that has come to light.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Absence {
    /// From when on the person is newly known to have been absent.
    pub(in crate::domain) from: UnixMillis,
    /// When they were back, if they were.
    pub(super) until: Option<UnixMillis>,
    /// Their last proof before it: earlier than `from` where an absence that was already known goes on.
    pub(in crate::domain) last_proof: Option<UnixMillis>,
}

impl Proofs {
    /// Adds a connection that has ended, or a stay.
    pub(in crate::domain) fn add(&mut self, stretch: Interval) {
        self.stretches.insert(stretch);
        if stretch.end <= stretch.start {
            let place = self.instants.partition_point(|known| *known < stretch.start);
            if self.instants.get(place) != Some(&stretch.start) {
                self.instants.insert(place, stretch.start);
            }
        }
    }
}

impl Presence {
    /// Whether a connection is open.
    pub(in crate::domain) fn is_open(&self) -> bool {
        !self.open.is_empty()
    }

    /// The stretches of the connections that have ended, and since when one is open without a break.
    pub(super) fn visible(&self) -> (&[Interval], Option<UnixMillis>) {
        (self.ended.stretches.as_slice(), self.open.first().copied())
    }

    /// Calls with each stretch of presence in order, without the first `skipped` ones that have ended. An open
    /// connection is presumed to go on until `now`.
    pub(in crate::domain) fn for_each_stretch(&self, skipped: usize, now: UnixMillis, mut each: impl FnMut(Interval)) {
        let (closed, open_since) = self.visible();
        let mut open_since = open_since;
        for stretch in closed.get(skipped..).unwrap_or_default() {
            if open_since.is_some_and(|since| stretch.end >= since) {
                // From here on the open connection covers everything.
                open_since = open_since.map(|since| since.min(stretch.start));
                break;
            }
            each(*stretch);
        }
        if let Some(since) = open_since.filter(|since| *since < now) {
            each(Interval { start: since, end: now });
        }
    }

    /// What is proved by everything that has ended.
    pub(in crate::domain) fn ended(&self) -> &Proofs {
        &self.ended
    }

    /// Adds a stretch that has ended.
    pub(in crate::domain) fn add(&mut self, stretch: Interval) {
        self.ended.add(stretch);
    }

    /// Replaces everything that is known.
    pub(in crate::domain) fn replace(&mut self, ended: Proofs, open: Vec<UnixMillis>) {
        (self.ended, self.open) = (ended, open);
    }

    /// Replaces what is known of everything that has ended.
    pub(super) fn replace_ended(&mut self, ended: Proofs) {
        self.ended = ended;
    }

    /// Whether somebody was proved between two instants, both included. The proofs of a connection are closer to each
    /// other than any two instants that this is asked of.
    pub(in crate::domain) fn is_proved_within(&self, from: UnixMillis, to: UnixMillis) -> bool {
        let stretches = self.ended.stretches.as_slice();
        let after = stretches.partition_point(|one| one.end < from);
        let lone = self.ended.instants.partition_point(|instant| *instant < from);
        stretches.get(after).is_some_and(|one| one.start <= to)
            || self.ended.instants.get(lone).is_some_and(|instant| *instant <= to)
            || self.open.first().is_some_and(|since| *since <= to)
    }

    /// When somebody who was last proved then was back. None if they were not away, or never came back.
    pub(in crate::domain) fn back_after(&self, last: UnixMillis) -> Option<UnixMillis> {
        let closed = self.ended.stretches.ending_after(last).first().map(|one| one.start);
        closed.into_iter().chain(self.open.first().copied()).min().filter(|back| *back > last)
    }

    /// The last proof among the connections that have ended.
    pub(in crate::domain) fn last_proof(&self) -> Option<UnixMillis> {
        self.ended.stretches.last_end().max(self.ended.instants.last().copied())
    }

    /// A connection began. Says since when the person had been absent, if they were: `Some(None)` means always.
    pub(super) fn join(&mut self, at: UnixMillis) -> Option<Option<UnixMillis>> {
        let returned = self.open.is_empty().then(|| self.ended.stretches.last_end());
        let place = self.open.partition_point(|began| *began <= at);
        self.open.insert(place, at);
        returned
    }

    /// A connection that began at `joined` ended; calls with each absence that this brings to light.
    pub(super) fn leave(&mut self, joined: UnixMillis, last: UnixMillis, mut each: impl FnMut(Absence)) {
        let Ok(place) = self.open.binary_search(&joined) else { return };
        let earliest = self.open.first().copied();
        self.open.remove(place);
        self.ended.add(Interval { start: joined, end: last });
        // While an earlier connection is open, it covers whatever this one leaves bare.
        if earliest != Some(joined) || self.open.first() == Some(&joined) {
            return;
        }
        let covered_from = self.open.first().copied();
        let known_end = self.ended.stretches.last_end_up_to(joined);
        let mut covered_to = joined;
        for stretch in self.ended.stretches.ending_after(joined) {
            if covered_from.is_some_and(|from| stretch.start >= from) {
                break;
            }
            if stretch.start > covered_to {
                each(absence(joined, covered_to, Some(stretch.start), known_end));
            }
            covered_to = covered_to.max(stretch.end);
        }
        if covered_from.is_none_or(|from| from > covered_to) {
            each(absence(joined, covered_to, covered_from, known_end));
        }
    }
}

fn absence(joined: UnixMillis, from: UnixMillis, until: Option<UnixMillis>, known_end: Option<UnixMillis>) -> Absence {
    let last_proof = if from == joined { known_end } else { Some(from) };
    Absence { from, until, last_proof }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(instant: i64) -> UnixMillis {
        UnixMillis(instant)
    }

    fn absences(presence: &mut Presence, joined: i64, last: i64) -> Vec<(i64, Option<i64>, Option<i64>)> {
        let mut found = Vec::new();
        presence.leave(at(joined), at(last), |one| {
            found.push((one.from.0, one.until.map(|t| t.0), one.last_proof.map(|t| t.0)));
        });
        found
    }

    #[test]
    fn a_second_device_covers_what_the_first_leaves_bare() {
        let mut presence = Presence::default();
        assert_eq!(presence.join(at(0)), Some(None));
        assert_eq!(presence.join(at(5)), None);

        assert_eq!(absences(&mut presence, 5, 8), []);
        assert_eq!(absences(&mut presence, 0, 3), [(3, Some(5), Some(3)), (8, None, Some(8))]);
        assert_eq!(presence.join(at(9)), Some(Some(at(8))));
    }

    #[test]
    fn a_connection_that_never_answered_proves_nothing_beyond_its_beginning() {
        let mut presence = Presence::default();
        presence.join(at(0));
        absences(&mut presence, 0, 4);
        presence.join(at(10));

        assert_eq!(absences(&mut presence, 10, 10), [(10, None, Some(4))]);
    }

    #[test]
    fn two_connections_that_began_together_end_one_after_the_other() {
        let mut presence = Presence::default();
        presence.join(at(0));
        presence.join(at(0));

        assert_eq!(absences(&mut presence, 0, 3), []);
        assert_eq!(absences(&mut presence, 0, 9), [(9, None, Some(9))]);
    }
}
