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
    /// The store of people; an attempt that was never opened and has no people yet gets an empty one.
    ///
    /// # Errors
    /// When it is missing, damaged, or belongs to other keys.
    pub fn open_people(&self) -> Result<PeopleStore, StoreError> {
        let (path, keys) = (self.layout.people(), self.keys.people_keys());
        // The roster is frozen by the opening: from then on a missing store is a lost one.
        if path.exists() || self.layout.roster().exists() {
            PeopleStore::open(&path, keys)
        } else {
            PeopleStore::create(&path, keys)
        }
    }
}
