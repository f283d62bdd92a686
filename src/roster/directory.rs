//! The persons of a running attempt, in memory: who holds a ticket, and what the log calls them.

use std::{
    collections::BTreeMap,
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use super::{
    pseudonyms::Pseudonyms,
    store::{PeopleStore, StoreError},
    tickets::{SealError, Ticket, TicketError, Tickets},
};
use crate::domain::ids::{PersonId, Pseudonym};

/// Who holds a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Their private number.
    pub person: PersonId,
    /// Their name in this attempt's log.
    pub pseudonym: Pseudonym,
}

/// What is kept of each person: small, for there are tens of thousands of them.
#[derive(Clone, Copy, Debug)]
struct Listed {
    issue: u32,
    pseudonym: Pseudonym,
}

/// Why a directory cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// As its own remedy says.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Report it: a key of 32 bytes always fits.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// Everybody who can join, for the tasks of the hub; reads nothing from the disk.
#[derive(Debug)]
pub struct Directory {
    tickets: Tickets,
    names: Pseudonyms,
    /// Read at each join and changed by a registration or a new link only: readers do not wait for each other,
    /// and nothing is awaited while it is held.
    people: RwLock<BTreeMap<PersonId, Listed>>,
}

impl Directory {
    /// Everybody of the store who is not erased.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn load(store: &PeopleStore, names: Pseudonyms) -> Result<Self, DirectoryError> {
        let tickets = Tickets::new(store.keys())?;
        let living = store.living()?.into_iter();
        let people = living.map(|(id, issue)| (id, Listed { issue, pseudonym: names.person(id) })).collect();
        Ok(Self { tickets, names, people: RwLock::new(people) })
    }

    /// Who a ticket belongs to, if it is theirs and the newest.
    ///
    /// # Errors
    /// When the ticket is damaged, another event's, withdrawn, or of somebody who was taken off the roster.
    pub fn admit(&self, ticket: &str) -> Result<Holder, TicketError> {
        let Ticket { person, issue } = self.tickets.read(ticket)?;
        let listed = self.read().get(&person).copied().ok_or(TicketError::Unknown)?;
        if listed.issue != issue {
            return Err(TicketError::Revoked);
        }
        Ok(Holder { person, pseudonym: listed.pseudonym })
    }

    /// Lists a person who is new, or whose tickets up to `issue` - 1 are withdrawn.
    pub fn list(&self, person: PersonId, issue: u32) -> Holder {
        let pseudonym = self.names.person(person);
        self.write().insert(person, Listed { issue, pseudonym });
        Holder { person, pseudonym }
    }

    /// Takes a person off: their tickets admit nobody any more.
    pub fn remove(&self, person: PersonId) {
        self.write().remove(&person);
    }

    /// The person's newest ticket; none for somebody who is not listed.
    ///
    /// # Errors
    /// When there are no random bytes.
    pub fn ticket(&self, person: PersonId) -> Result<Option<String>, SealError> {
        let issue = self.read().get(&person).map(|listed| listed.issue);
        issue.map(|issue| self.tickets.seal(Ticket { person, issue })).transpose()
    }

    /// Who has this name in the log.
    #[must_use]
    pub fn named(&self, pseudonym: Pseudonym) -> Option<PersonId> {
        self.read().iter().find(|(_, listed)| listed.pseudonym == pseudonym).map(|(person, _)| *person)
    }

    /// How many persons are listed.
    #[must_use]
    pub fn len(&self) -> usize {
        self.read().len()
    }

    /// Whether nobody is listed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.read().is_empty()
    }

    /// The names of this attempt: pseudonyms, device and network tags.
    #[must_use]
    pub fn names(&self) -> &Pseudonyms {
        &self.names
    }

    // A thread that panicked while it held the lock left the map whole: each change is one call.
    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<PersonId, Listed>> {
        self.people.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, BTreeMap<PersonId, Listed>> {
        self.people.write().unwrap_or_else(PoisonError::into_inner)
    }
}
