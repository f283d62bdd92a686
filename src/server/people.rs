//! Who can join: the directory in memory for every join, and the store on disk for registrations and new links.

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use serde::Serialize;
use tokio::task::{JoinError, spawn_blocking};

use super::handle::{Admission, AdmitError, Admitted, Sequencer, SubmitError};
use crate::{
    domain::{
        event::{Event, PersonAdded, Revoked},
        ids::{PersonId, Pseudonym, Tag},
        roster::RosterRow,
        time::UnixMillis,
    },
    roster::{
        Directory, FindError, IdKind, OsEntropy, PeopleStore, Person, PersonRef, RegisterError, Reissued, SealError,
        StoreError, TicketError,
    },
};

/// The people of a running attempt.
pub struct People {
    directory: Directory,
    /// A lock and not a message: used by a registration or a new link only, on threads that may block.
    store: Arc<Mutex<PeopleStore>>,
}

/// A personal link that was just made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTicket {
    /// The secret of the link.
    pub ticket: String,
    /// Whose it is.
    pub person: Pseudonym,
}

/// A person as a door shows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Guest {
    /// The short reference.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The name.
    pub name: String,
    /// The school or region, or nothing.
    pub group: String,
}

/// Why a registration or a new link failed.
#[derive(Debug, thiserror::Error)]
pub enum PeopleError {
    /// As its own remedy says.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// Type the reference as the list prints it.
    #[error(transparent)]
    Find(#[from] FindError),
    /// As its own remedy says.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Try again.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// As for every fact that is submitted.
    #[error(transparent)]
    Submit(#[from] SubmitError),
    /// Report it: the work on the store ended without a result.
    #[error("the work on the store of people broke off")]
    Broken(#[from] JoinError),
    /// Ask the organizer: the person was erased.
    #[error("this person was erased")]
    Erased,
}

impl People {
    /// The people of a store, as the attempt with these names calls them.
    #[must_use]
    pub fn new(directory: Directory, store: PeopleStore) -> Self {
        Self { directory, store: Arc::new(Mutex::new(store)) }
    }

    /// Registers somebody: durable in the store and known to the log before the ticket is given.
    ///
    /// # Errors
    /// When the name or identifier is none, or something cannot be made durable.
    pub async fn register(
        &self,
        name: String,
        kind: IdKind,
        value: String,
        sequencer: &Sequencer,
    ) -> Result<NewTicket, PeopleError> {
        let names = self.directory.names().clone();
        let (person, issue, row) = self
            .with_store(move |store| {
                let person = store.register(&name, kind, &value, &mut OsEntropy)?.person;
                Ok((person, store.person(person)?.issue, store.roster_row(person, &names)?))
            })
            .await?;
        let row = row.ok_or(PeopleError::Erased)?;
        // Not only for those who are new to the store: a crash may have come between the store and the log.
        if sequencer.standing(row.person).await?.is_none() {
            sequencer.record(added(&row)).await?;
        }
        self.directory.list(person, issue);
        self.ticket(person, row.person)
    }

    /// Gives a person a new link and withdraws all earlier ones, which is logged.
    ///
    /// # Errors
    /// When nobody has this reference, or something cannot be made durable.
    pub async fn reissue(&self, reference: String, sequencer: &Sequencer) -> Result<NewTicket, PeopleError> {
        let (person, Reissued { revoked, issue }) = self
            .with_store(move |store| {
                let person = store.find(&reference)?;
                Ok((person, store.reissue(person)?))
            })
            .await?;
        let p = self.directory.list(person, issue).pseudonym;
        sequencer.record(Event::Revoked(Revoked { p, issue: revoked })).await?;
        self.ticket(person, p)
    }

    /// The persons whose place on the roster is one of these; nobody else's name leaves the store.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn guests(&self, is_expected: impl Fn(&str) -> bool + Send + 'static) -> Result<Vec<Guest>, PeopleError> {
        self.with_store(move |store| {
            let people = store.people()?;
            let expected = people.iter().filter(|person| {
                let details = person.details.as_ref().filter(|_| person.merged_into.is_none());
                details.and_then(|details| details.venue.as_deref()).is_some_and(&is_expected)
            });
            Ok(expected.filter_map(guest).collect())
        })
        .await
    }

    /// One person as a door shows them.
    ///
    /// # Errors
    /// When they were erased, or the store cannot be read.
    pub async fn guest(&self, person: PersonId) -> Result<Guest, PeopleError> {
        self.with_store(move |store| guest(&store.person(person)?).ok_or(PeopleError::Erased)).await
    }

    /// The person with a short reference, and with nothing else.
    ///
    /// # Errors
    /// When nobody has it, or the store cannot be read.
    pub async fn find_by_reference(&self, text: String) -> Result<(Pseudonym, Guest), PeopleError> {
        match text.parse::<PersonRef>() {
            Ok(reference) => self.find(reference.to_string()).await,
            Err(_) => Err(FindError::Form(text).into()),
        }
    }

    /// The person with a short reference, an identifier with its type, or a name in the log.
    ///
    /// # Errors
    /// When nobody has it, or the store cannot be read.
    pub async fn find(&self, reference: String) -> Result<(Pseudonym, Guest), PeopleError> {
        let names = self.directory.names().clone();
        let named = reference.parse().ok().and_then(|pseudonym| self.directory.named(pseudonym));
        self.with_store(move |store| {
            let person = named.map_or_else(|| store.find(&reference), Ok)?;
            let guest = guest(&store.person(person)?).ok_or(PeopleError::Erased)?;
            Ok((names.person(person), guest))
        })
        .await
    }

    fn ticket(&self, person: PersonId, pseudonym: Pseudonym) -> Result<NewTicket, PeopleError> {
        let ticket = self.directory.ticket(person)?.ok_or(PeopleError::Erased)?;
        Ok(NewTicket { ticket, person: pseudonym })
    }

    /// Works on the store where blocking is allowed; goes on to the end even if nobody waits for it any more.
    async fn with_store<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut PeopleStore) -> Result<T, PeopleError> + Send + 'static,
    ) -> Result<T, PeopleError> {
        let store = Arc::clone(&self.store);
        spawn_blocking(move || work(&mut store.lock().unwrap_or_else(PoisonError::into_inner))).await?
    }
}

fn guest(person: &Person) -> Option<Guest> {
    let details = person.details.as_ref()?;
    let group = details.place().unwrap_or_default().to_owned();
    Some(Guest { reference: person.reference.to_string(), name: details.name.clone(), group })
}

/// The entry that adds a person to an opened attempt.
#[must_use]
pub fn added(row: &RosterRow) -> Event {
    Event::PersonAdded(PersonAdded {
        p: row.person,
        role: row.role.clone(),
        group: row.group.clone(),
        c: row.commitment,
    })
}

impl Admission for People {
    fn admit(&self, ticket: &str, _at: UnixMillis) -> Result<Admitted, AdmitError> {
        let holder = self.directory.admit(ticket).map_err(|error| match error {
            TicketError::Damaged => AdmitError::Damaged,
            TicketError::OtherEvent => AdmitError::OtherEvent,
            TicketError::Revoked => AdmitError::Revoked,
            TicketError::Unknown => AdmitError::Unknown,
        })?;
        Ok(Admitted { person: holder.person, pseudonym: holder.pseudonym })
    }

    fn device_tag(&self, device: &str) -> Tag {
        self.directory.names().device(device)
    }

    fn network_tag(&self, address: IpAddr) -> Tag {
        self.directory.names().network(address)
    }
}
