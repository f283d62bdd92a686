//! The keys of an attempt's people, in the form in which the roster takes them.

use super::{Attempt, keys::Keys};
use crate::roster::{EventId, PeopleKeys, PeopleStore, Pseudonyms, Secret, StoreError};

impl Keys {
    /// The keys of the event's people: the same in every attempt of the event.
    #[must_use]
    pub fn people_keys(&self) -> PeopleKeys {
        PeopleKeys {
            event: EventId(self.identity.event.0),
            details: Secret(*self.people.bytes()),
            identifiers: Secret(*self.identifier.bytes()),
            tickets: Secret(*self.ticket.bytes()),
        }
    }

    /// What this attempt's log calls people, devices and networks.
    #[must_use]
    pub fn pseudonyms(&self) -> Pseudonyms {
        Pseudonyms::new(&Secret(*self.attempt.bytes()))
    }
}

impl Attempt {
    /// The store of people.
    ///
    /// # Errors
    /// When it is missing, damaged, or belongs to other keys.
    pub fn open_people(&self) -> Result<PeopleStore, StoreError> {
        PeopleStore::open(&self.layout.people(), self.keys.people_keys())
    }
}
