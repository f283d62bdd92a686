//! Everybody on the roster with what the count says of them, by school.

use super::number::numbers;
use crate::{
    attempt::keys::Keys,
    domain::{
        accounts::account::{self, PersonAccount, Status},
        ids::Pseudonym,
        ledger::Ledger,
    },
    roster::{OfSchool, Person, PersonRef, by_school},
};

/// Somebody on the roster, and what the count says of them.
#[derive(Clone, Debug)]
pub struct Row {
    pub(super) reference: PersonRef,
    pub(super) name: String,
    pub(super) school: String,
    pub(super) number: String,
    pub(super) account: PersonAccount,
}

/// Everybody by school, and those who can be named no more.
#[derive(Debug)]
pub struct Everybody {
    /// The rows of each school, by name.
    pub schools: Vec<OfSchool<Row>>,
    /// How many count whose details are erased: nobody knows any more whom to give a certificate to.
    pub erased: usize,
    /// How many came onto the roster after the log took nobody in any more.
    pub unknown: usize,
}

impl Row {
    /// Whether they get a certificate.
    pub(super) fn counts(&self) -> bool {
        self.account.status == Status::Certified
    }
}

/// Looks up what the count says of everybody on the roster.
#[must_use]
pub fn everybody(people: &[Person], keys: &Keys, ledger: &Ledger) -> Everybody {
    let names = keys.pseudonyms();
    // Those who were erased keep their numbers: nobody else's may change by it.
    let mut numbers = numbers(people.iter().map(|person| person.id), &keys.certificate_numbers());
    let known: Vec<(&Person, Pseudonym)> = people.iter().map(|person| (person, names.person(person.id))).collect();
    let mut accounts = account::accounts_of(ledger.attendance(), known.iter().map(|(_, name)| *name));
    let (mut rows, mut erased, mut unknown) = (Vec::new(), 0_usize, 0_usize);
    for (person, name) in known {
        match (&person.details, accounts.remove(&name)) {
            (Some(details), Some(account)) => rows.push(Row {
                reference: person.reference,
                name: details.name.clone(),
                school: details.school.clone().unwrap_or_default(),
                number: numbers.remove(&person.id).unwrap_or_default(),
                account,
            }),
            (Some(_), None) => unknown = unknown.saturating_add(1),
            (None, Some(account)) if account.status == Status::Certified => erased = erased.saturating_add(1),
            (None, Some(_) | None) => {}
        }
    }
    rows.sort_by_cached_key(|row| (row.name.to_lowercase(), row.reference));
    Everybody { schools: by_school(rows, |row| row.school.as_str()), erased, unknown }
}
