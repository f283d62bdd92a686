//! What the log shows of the personal data behind it. Who is erased before the close does not count any more, visibly;
//! afterwards their intervals stay under a name that nobody can trace.

use std::collections::BTreeSet;

use crate::domain::{
    event::{Disclosed, Erased, Retired},
    fold::{attendance::Attendance, refusal::Refusal},
    ids::{EntryIndex, Pseudonym},
    reviews::deed::Found,
    time::UnixMillis,
};

/// One thing that happened to personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivacyAct {
    /// Its entry.
    pub entry: EntryIndex,
    /// When.
    pub at: UnixMillis,
    /// What.
    pub what: Handled,
}

/// What happened to personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handled {
    /// A person's details were destroyed.
    Erased(Erased),
    /// A sealed roster was handed out.
    Disclosed(Disclosed),
    /// All keys were destroyed.
    Retired(Retired),
}

impl Attendance {
    /// Everything that happened to personal data, in order.
    #[must_use]
    pub fn privacy(&self) -> &[PrivacyAct] {
        &self.privacy
    }

    /// Whether a row's details were destroyed.
    #[must_use]
    pub fn is_erased(&self, person: Pseudonym) -> bool {
        self.privacy.iter().any(|act| matches!(&act.what, Handled::Erased(erased) if erased.p == person))
    }

    /// Whether the keys of all personal data were destroyed.
    #[must_use]
    pub fn is_retired(&self) -> bool {
        self.privacy.iter().any(|act| matches!(act.what, Handled::Retired(_)))
    }

    /// For whom the rows count that were erased.
    pub(super) fn erased_persons(&self) -> BTreeSet<Pseudonym> {
        let rows = self.privacy.iter().filter_map(|act| match &act.what {
            Handled::Erased(erased) => Some(erased.p),
            Handled::Disclosed(_) | Handled::Retired(_) => None,
        });
        rows.filter_map(|row| self.counted(row)).map(|person| person.pseudonym).collect()
    }

    /// How many rows were erased.
    pub(in crate::domain) fn erased(&self) -> u64 {
        self.privacy.iter().filter(|act| matches!(act.what, Handled::Erased(_))).count() as u64
    }

    /// Whether the log can say that a person was erased: it has to know them.
    pub(in crate::domain) fn erasure_allowed(&self, person: Pseudonym) -> Result<(), Refusal> {
        if self.knows(person) { Ok(()) } else { Err(Refusal::UnknownPerson(person)) }
    }

    /// A person who is erased twice is erased once.
    pub(in crate::domain) fn erase(&mut self, erased: &Erased, entry: EntryIndex, at: UnixMillis) {
        if self.is_erased(erased.p) {
            return;
        }
        self.note_privacy(entry, at, Handled::Erased(erased.clone()));
        let Some(index) = self.counted_index(erased.p) else { return };
        let Some(person) = self.persons.get_mut(index.0) else { return };
        let name = person.pseudonym;
        if self.closed.is_none() {
            person.erased = true;
            person.countable = false;
            self.reconsider(index, at);
        }
        // Nobody can be reached any more whose details are gone.
        for drawn in self.drawn.iter_mut().filter(|drawn| drawn.person == name) {
            drawn.found.get_or_insert(Found::Unconfirmed);
        }
    }

    pub(in crate::domain) fn note_privacy(&mut self, entry: EntryIndex, at: UnixMillis, what: Handled) {
        self.privacy.push(PrivacyAct { entry, at, what });
    }
}
