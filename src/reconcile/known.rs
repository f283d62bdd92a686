//! Who is known here: the roster's people with what the one fold says of each.

use std::collections::BTreeMap;

use crate::{
    domain::{
        accounts::account::{self, PersonAccount},
        fold::attendance::Attendance,
        ids::{PersonId, Pseudonym},
    },
    roster::{IdKind, Person, PersonRef, Pseudonyms},
};

/// A person who counts for themselves, with everything that rows merged into theirs say of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Their short reference.
    pub reference: PersonRef,
    /// Theirs, and those of the rows that repeat them.
    pub references: Vec<PersonRef>,
    /// What the log calls them.
    pub person: Pseudonym,
    /// Their names as the organizer wrote them, their own row's first.
    pub names: Vec<String>,
    /// Their e-mail addresses in normal form, their own row's first.
    pub emails: Vec<String>,
    /// Their school or region; empty where none is known.
    pub place: String,
    /// What the log says of them; none for somebody whom it does not know yet.
    pub account: Option<PersonAccount>,
}

impl Known {
    /// Their name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.names.first().map_or("", String::as_str)
    }

    /// Whether they ever came, by a link or through a door.
    #[must_use]
    pub fn came(&self) -> bool {
        self.account.as_ref().is_some_and(|account| account.first_join.is_some())
    }

    /// Their status, as the bundle's tables have it.
    #[must_use]
    pub fn status(&self) -> &'static str {
        self.account.as_ref().map_or(NOT_IN_LOG, |account| account.status.name())
    }

    /// The first reason for which they do not count, if they do not.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        self.account.as_ref().and_then(|account| account.reason).map_or("", |reason| reason.name())
    }

    /// Whether they are certified.
    #[must_use]
    pub fn is_certified(&self) -> bool {
        self.account.as_ref().is_some_and(|account| account.status == account::Status::Certified)
    }
}

/// The status of somebody who came onto the roster and whom the log does not name yet.
pub const NOT_IN_LOG: &str = "not_in_log";

/// Everybody who is not erased, in the order in which they were added; merged rows are with the person for whom they
/// count. Whoever was erased is left out: a platform's list must not give their name back.
#[must_use]
pub fn known(people: &[Person], names: &Pseudonyms, attendance: &Attendance) -> Vec<Known> {
    let merged = people.iter().filter_map(|person| Some((person.id, person.merged_into?))).collect();
    let counted = |person: &Person| {
        let own = names.person(person.id);
        attendance.counts_as(own).unwrap_or_else(|| names.person(kept(person.id, &merged)))
    };
    let mut found: Vec<Known> = Vec::new();
    let mut places: BTreeMap<Pseudonym, usize> = BTreeMap::new();
    for person in people {
        let Some(details) = &person.details else { continue };
        let name = counted(person);
        let place = *places.entry(name).or_insert(found.len());
        let email = details.identifier(IdKind::Email).map(str::to_owned);
        match found.get_mut(place) {
            None => found.push(Known {
                reference: person.reference,
                references: vec![person.reference],
                person: name,
                names: vec![details.name.clone()],
                emails: email.into_iter().collect(),
                place: details.place().unwrap_or_default().to_owned(),
                account: None,
            }),
            Some(known) => {
                known.references.push(person.reference);
                known.names.push(details.name.clone());
                let has_email = email.is_some();
                known.emails.extend(email);
                // The row that counts speaks for all of them, and comes first.
                if names.person(person.id) == name {
                    known.reference = person.reference;
                    known.names.rotate_right(1);
                    known.emails.rotate_right(usize::from(has_email));
                    details.place().unwrap_or_default().clone_into(&mut known.place);
                }
            }
        }
    }
    let mut accounts = account::accounts_of(attendance, found.iter().map(|known| known.person));
    for known in &mut found {
        known.account = accounts.remove(&known.person);
    }
    found
}

/// The row that stays, before the log says so: merging leads to it in a step or a few.
fn kept(id: PersonId, merged: &BTreeMap<PersonId, PersonId>) -> PersonId {
    let mut last = id;
    for _ in 0..=merged.len() {
        match merged.get(&last) {
            Some(into) => last = *into,
            None => break,
        }
    }
    last
}
