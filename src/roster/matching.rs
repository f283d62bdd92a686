//! Whom of the store a row of a file names: by the primary identifier, and by e-mail where there is no other.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    details::{Details, key},
    identifiers::{IdKind, Identifier},
    store::{PeopleStore, Person, StoreError},
};
use crate::domain::ids::PersonId;

/// An e-mail address with a name: families and schools share addresses, so the address alone is only a likeness.
pub(super) type Mailbox = (String, String);

/// How a row was recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// By what the row is merged by.
    Key,
    /// By e-mail and name, because the row or the person had no primary identifier.
    Mailbox,
}

/// Finds the persons whom the rows of one file name.
pub(super) struct Matching<'a> {
    store: &'a PeopleStore,
    primary: IdKind,
    /// Mailboxes of several rows with different primary identifiers: they name nobody.
    shared: BTreeSet<Mailbox>,
    /// Who gets a primary identifier by this file: an address does not name them alone any more.
    promoted: BTreeSet<PersonId>,
    /// The mailboxes of the store; read when the first row without a primary identifier comes.
    mailboxes: Option<BTreeMap<Mailbox, Vec<PersonId>>>,
}

/// The identifier that merges a person with the rows of a file: the primary one, or e-mail where there is no other.
pub(super) fn merging_key(details: &Details, primary: IdKind) -> Option<Identifier> {
    identifier(details, primary).or_else(|| identifier(details, IdKind::Email))
}

fn identifier(details: &Details, kind: IdKind) -> Option<Identifier> {
    Identifier::parse(kind, details.identifier(kind)?).ok()
}

/// The address and the name, where there is an address.
pub(super) fn mailbox(details: &Details) -> Option<Mailbox> {
    Some((details.identifier(IdKind::Email)?.to_owned(), key(&details.name)))
}

impl<'a> Matching<'a> {
    /// For a file with these people in it, each of them once.
    pub(super) fn new<'d>(store: &'a PeopleStore, primary: IdKind, people: impl Iterator<Item = &'d Details>) -> Self {
        let (mut seen, mut shared) = (BTreeSet::new(), BTreeSet::new());
        for mailbox in people.filter(|details| details.identifier(primary).is_some()).filter_map(mailbox) {
            if !seen.insert(mailbox.clone()) {
                shared.insert(mailbox);
            }
        }
        Self { store, primary, shared, promoted: BTreeSet::new(), mailboxes: None }
    }

    /// The person whom these details name; none for somebody new. Rows with a primary identifier are asked about first.
    pub(super) fn find(&mut self, details: &Details) -> Result<Option<(Person, By)>, StoreError> {
        match identifier(details, self.primary) {
            Some(known) => match self.store.holder(&known)? {
                Some(id) => Ok(Some((self.store.person(id)?, By::Key))),
                None => self.find_without_primary(details),
            },
            None => match self.find_by_mailbox(details)? {
                Some(person) => Ok(Some((person, By::Mailbox))),
                None => self.find_by_email(details),
            },
        }
    }

    /// Somebody of the same mailbox who had no primary identifier until now.
    fn find_without_primary(&mut self, details: &Details) -> Result<Option<(Person, By)>, StoreError> {
        let Some(wanted) = mailbox(details).filter(|mailbox| !self.shared.contains(mailbox)) else { return Ok(None) };
        let Some(person) = self.holder_of_email(details)? else { return Ok(None) };
        let same = person.details.as_ref().and_then(mailbox).is_some_and(|mailbox| mailbox == wanted);
        if !same {
            return Ok(None);
        }
        self.promoted.insert(person.id);
        Ok(Some((person, By::Mailbox)))
    }

    /// The only person of the same mailbox who has a primary identifier.
    fn find_by_mailbox(&mut self, details: &Details) -> Result<Option<Person>, StoreError> {
        let Some(wanted) = mailbox(details) else { return Ok(None) };
        let mailboxes = match &mut self.mailboxes {
            Some(mailboxes) => mailboxes,
            none => none.insert(mailboxes(self.store, self.primary)?),
        };
        match mailboxes.get(&wanted).map(Vec::as_slice) {
            Some([id]) => self.store.person(*id).map(Some),
            Some(_) | None => Ok(None),
        }
    }

    fn find_by_email(&self, details: &Details) -> Result<Option<(Person, By)>, StoreError> {
        Ok(self.holder_of_email(details)?.map(|person| (person, By::Key)))
    }

    /// Who is known by this address and nothing better.
    fn holder_of_email(&self, details: &Details) -> Result<Option<Person>, StoreError> {
        let holder = identifier(details, IdKind::Email).map(|email| self.store.holder(&email)).transpose()?.flatten();
        let Some(person) = holder.map(|id| self.store.person(id)).transpose()? else { return Ok(None) };
        let better = person.details.as_ref().is_none_or(|details| details.identifier(self.primary).is_some());
        Ok((!better && !self.promoted.contains(&person.id)).then_some(person))
    }
}

/// Everybody with a primary identifier and an address, by their mailbox.
fn mailboxes(store: &PeopleStore, primary: IdKind) -> Result<BTreeMap<Mailbox, Vec<PersonId>>, StoreError> {
    let mut found: BTreeMap<Mailbox, Vec<PersonId>> = BTreeMap::new();
    for person in store.people()?.iter().filter(|person| person.merged_into.is_none()) {
        let known = person.details.as_ref().filter(|details| details.identifier(primary).is_some());
        if let Some(mailbox) = known.and_then(mailbox) {
            found.entry(mailbox).or_default().push(person.id);
        }
    }
    Ok(found)
}
