//! Where a person's connections are, so that a notice can reach them; never how many count.

use std::sync::Arc;

use dashmap::DashMap;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

pub use super::outbox::Notice;
use super::{handle::Prompt, outbox::Outbox};
use crate::{
    domain::{
        ids::{ConnectionId, Pseudonym},
        time::UnixMicros,
    },
    wire::Lesson,
};

/// How many connections of one person are held: nobody takes part with more devices, and a stolen link shall not cost memory.
pub const CONNECTIONS_PER_PERSON_MAX: usize = 16;

/// The connections of everybody; a handle.
#[derive(Clone, Debug, Default)]
pub struct Hub {
    /// Each map guard lives inside one method of this file and never over an await.
    people: Arc<DashMap<Pseudonym, Vec<Arc<Outbox>>>>,
}

impl Hub {
    /// Holds a connection of this person from before its join is submitted until its leave is durable.
    ///
    /// The same browser's older connection is told that it is replaced; so is the oldest one of too many.
    pub(super) fn hold(&self, person: Pseudonym, outbox: &Arc<Outbox>) {
        let replaced = {
            let mut held = self.people.entry(person).or_default();
            let replaced = replaced_by(outbox, &held);
            held.push(Arc::clone(outbox));
            replaced
        };
        for older in replaced {
            older.leave(Notice::Replaced);
        }
    }

    /// Forgets a connection.
    pub(super) fn release(&self, person: Pseudonym, connection: ConnectionId) {
        let empty = self.people.get_mut(&person).is_some_and(|mut held| {
            held.retain(|outbox| outbox.connection() != connection);
            held.is_empty()
        });
        if empty {
            // Somebody may have come between the two looks: the condition is checked again under the lock.
            self.people.remove_if(&person, |_, held| held.is_empty());
        }
    }

    /// Tells all connections of one person.
    pub fn tell(&self, person: Pseudonym, notice: Notice) {
        let held = self.people.get(&person).map(|held| held.value().clone()).unwrap_or_default();
        for outbox in held {
            outbox.leave(notice);
        }
    }

    /// Closes all connections of one person, whose link was withdrawn.
    pub fn revoke(&self, person: Pseudonym) {
        self.tell(person, Notice::Revoked);
    }

    /// Tells everybody.
    pub fn tell_all(&self, notice: Notice) {
        for held in self.people.iter() {
            for outbox in held.value() {
                outbox.leave(notice);
            }
        }
    }

    /// Every held connection with its last proof, in any order.
    #[must_use]
    pub fn proofs(&self) -> Vec<(ConnectionId, UnixMicros)> {
        let mut proofs = Vec::with_capacity(self.people.len());
        for held in self.people.iter() {
            proofs.extend(held.value().iter().map(|outbox| (outbox.connection(), outbox.proved())));
        }
        proofs
    }

    /// How many connections are held, for the operator; attendance is counted from the log.
    #[must_use]
    pub fn len(&self) -> usize {
        self.people.iter().map(|held| held.value().len()).sum()
    }

    /// Whether no connection is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Passes on what concerns everybody, until the drain has been announced.
    pub async fn herald(
        self,
        mut lesson: watch::Receiver<Lesson>,
        mut prompt: watch::Receiver<Option<Arc<Prompt>>>,
        cancel: CancellationToken,
    ) {
        loop {
            tokio::select! {
                () = cancel.cancelled() => break,
                changed = lesson.changed() => match changed {
                    Ok(()) => self.tell_all(Notice::Lesson),
                    Err(_) => break,
                },
                changed = prompt.changed() => match changed {
                    Ok(()) => self.tell_all(Notice::Prompt),
                    Err(_) => break,
                },
            }
        }
        self.tell_all(Notice::Drain);
    }
}

fn replaced_by(newer: &Outbox, held: &[Arc<Outbox>]) -> Vec<Arc<Outbox>> {
    let same_browser = held.iter().filter(|older| older.device() == newer.device());
    let too_many = held.len().saturating_add(1).saturating_sub(CONNECTIONS_PER_PERSON_MAX);
    let oldest = held.iter().take(too_many);
    same_browser.chain(oldest).cloned().collect()
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll, Waker};

    use super::*;
    use crate::domain::ids::Tag;

    const PERSON: Pseudonym = Pseudonym([1; 16]);

    fn outbox(serial: u64, device: u8) -> Arc<Outbox> {
        let connection = ConnectionId { at: "n1.1".parse().unwrap(), serial };
        Arc::new(Outbox::new(connection, Tag([device; 10]), UnixMicros(i64::try_from(serial).unwrap())))
    }

    fn notices(outbox: &Outbox) -> Vec<Notice> {
        match outbox.poll_take(&Context::from_waker(Waker::noop())) {
            Poll::Ready(notices) => notices.iter().collect(),
            Poll::Pending => Vec::new(),
        }
    }

    #[test]
    fn a_second_tab_of_one_browser_takes_over_and_another_device_is_held_beside_it() {
        let hub = Hub::default();
        let (tab, second_tab, phone) = (outbox(1, 1), outbox(2, 1), outbox(3, 2));

        hub.hold(PERSON, &tab);
        hub.hold(PERSON, &phone);
        hub.hold(PERSON, &second_tab);

        assert_eq!((notices(&tab), notices(&phone), notices(&second_tab)), (vec![Notice::Replaced], vec![], vec![]));
    }

    #[test]
    fn beyond_the_limit_of_one_person_the_oldest_connection_goes() {
        let hub = Hub::default();
        let held: Vec<_> =
            (0..=CONNECTIONS_PER_PERSON_MAX).map(|n| outbox(n as u64, u8::try_from(n).unwrap())).collect();

        held.iter().for_each(|outbox| hub.hold(PERSON, outbox));

        assert_eq!(notices(&held[0]), [Notice::Replaced]);
        assert!(held[1..].iter().all(|outbox| notices(outbox).is_empty()));
    }

    #[test]
    fn a_connection_is_listed_with_its_proof_until_it_is_released() {
        let hub = Hub::default();
        let (first, second) = (outbox(1, 1), outbox(2, 2));
        hub.hold(PERSON, &first);
        hub.hold(PERSON, &second);
        second.prove(UnixMicros(77));

        hub.release(PERSON, first.connection());
        assert_eq!(hub.proofs(), [(second.connection(), UnixMicros(77))]);

        hub.release(PERSON, second.connection());
        assert_eq!(hub.len(), 0);
        assert!(hub.people.is_empty());
    }

    #[test]
    fn a_revocation_reaches_every_device_of_its_person_and_nobody_else() {
        let hub = Hub::default();
        let (one, two, other) = (outbox(1, 1), outbox(2, 2), outbox(3, 3));
        hub.hold(PERSON, &one);
        hub.hold(PERSON, &two);
        hub.hold(Pseudonym([2; 16]), &other);

        hub.revoke(PERSON);

        assert_eq!(
            (notices(&one), notices(&two), notices(&other)),
            (vec![Notice::Revoked], vec![Notice::Revoked], vec![])
        );
    }
}
