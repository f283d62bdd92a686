//! Whom of the roster an attendee is: by code, by e-mail, by name, and never by a guess.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    attendees::Attendee,
    known::Known,
    suggestions::{Suggestion, Suggestions},
};
use crate::roster::{PersonRef, name_key};

/// What told who somebody is, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// The short reference in their name.
    Code,
    /// Their e-mail address.
    Email,
    /// Their whole name, which nobody else has on either side.
    Name,
}

impl By {
    /// Its name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Email => "email",
            Self::Name => "name",
        }
    }
}

/// Why nobody can say which person an attendee is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doubt {
    /// Several references stand in the name.
    SeveralCodes,
    /// Several persons have this e-mail address, and the name does not tell them apart.
    SharedEmail,
    /// The e-mail address is of one person and the name of another, as with an account that is lent.
    EmailAgainstName,
    /// Several persons have this name.
    SeveralPersons,
    /// Several attendees have this name, one of whom may be the person.
    SeveralAttendees,
}

impl Doubt {
    /// Its name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SeveralCodes => "several_codes",
            Self::SharedEmail => "shared_email",
            Self::EmailAgainstName => "email_against_name",
            Self::SeveralPersons => "several_persons",
            Self::SeveralAttendees => "several_attendees",
        }
    }
}

/// What is found of one attendee. Persons are places in the list of the known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// This person.
    Person {
        /// Who.
        person: usize,
        /// By what.
        by: By,
        /// Whether the e-mail address is another person's, although the code is theirs.
        is_on_other_account: bool,
    },
    /// One of these, or somebody else.
    Doubtful {
        /// Who it may be.
        candidates: BTreeSet<usize>,
        /// Why it is not certain.
        doubt: Doubt,
    },
    /// Nobody of the roster; perhaps one of these.
    Nobody {
        /// Whose name is like theirs.
        suggestions: Vec<Suggestion>,
    },
}

/// The known, by everything that tells who they are.
struct Index {
    codes: BTreeMap<PersonRef, usize>,
    emails: BTreeMap<String, BTreeSet<usize>>,
    names: BTreeMap<String, BTreeSet<usize>>,
}

impl Index {
    fn new(known: &[Known]) -> Self {
        let mut index = Self { codes: BTreeMap::new(), emails: BTreeMap::new(), names: BTreeMap::new() };
        for (person, known) in known.iter().enumerate() {
            index.codes.extend(known.references.iter().map(|reference| (*reference, person)));
            for email in &known.emails {
                index.emails.entry(email.clone()).or_default().insert(person);
            }
            for name in &known.names {
                index.names.entry(name_key(name)).or_default().insert(person);
            }
        }
        index
    }

    fn of_codes(&self, attendee: &Attendee) -> BTreeSet<usize> {
        attendee.codes.iter().filter_map(|code| self.codes.get(code)).copied().collect()
    }

    fn of_email(&self, attendee: &Attendee) -> BTreeSet<usize> {
        attendee.address.as_ref().and_then(|address| self.emails.get(address)).cloned().unwrap_or_default()
    }

    fn of_names(&self, attendee: &Attendee) -> BTreeSet<usize> {
        attendee.names.iter().filter_map(|name| self.names.get(name)).flatten().copied().collect()
    }

    /// Who it is by what is stronger than a name; none where only names can tell.
    fn by_code_or_email(&self, attendee: &Attendee) -> Option<Found> {
        let (codes, emails) = (self.of_codes(attendee), self.of_email(attendee));
        if let Some(person) = only(&codes) {
            let is_on_other_account = !emails.is_empty() && !emails.contains(&person);
            return Some(Found::Person { person, by: By::Code, is_on_other_account });
        }
        if !codes.is_empty() {
            return Some(Found::Doubtful { candidates: codes, doubt: Doubt::SeveralCodes });
        }
        if emails.is_empty() {
            return None;
        }
        let names = self.of_names(attendee);
        let both: BTreeSet<usize> = emails.intersection(&names).copied().collect();
        let is_alone = emails.len() == 1 && names.is_empty();
        Some(match only(&both).or_else(|| only(&emails).filter(|_| is_alone)) {
            Some(person) => Found::Person { person, by: By::Email, is_on_other_account: false },
            None if emails.len() == 1 => {
                let candidates = emails.union(&names).copied().collect();
                Found::Doubtful { candidates, doubt: Doubt::EmailAgainstName }
            }
            None => {
                Found::Doubtful { candidates: if both.is_empty() { emails } else { both }, doubt: Doubt::SharedEmail }
            }
        })
    }
}

fn only(persons: &BTreeSet<usize>) -> Option<usize> {
    persons.first().copied().filter(|_| persons.len() == 1)
}

/// What is found of each attendee, in their order, and whether suggestions may be missing.
pub(super) fn find(attendees: &[Attendee], known: &[Known]) -> (Vec<Found>, bool) {
    let index = Index::new(known);
    let names = names(attendees);
    let mut suggestions = Suggestions::new(known);
    let found = attendees
        .iter()
        .map(|attendee| {
            index
                .by_code_or_email(attendee)
                .or_else(|| by_name(attendee, &index, &names))
                .unwrap_or_else(|| Found::Nobody { suggestions: suggestions.find(&attendee.name) })
        })
        .collect();
    (found, suggestions.is_cut)
}

/// How many attendees have each name.
fn names(attendees: &[Attendee]) -> BTreeMap<&str, u64> {
    let mut names: BTreeMap<&str, u64> = BTreeMap::new();
    for name in attendees.iter().flat_map(|attendee| &attendee.names) {
        let count = names.entry(name).or_default();
        *count = count.saturating_add(1);
    }
    names
}

fn by_name(attendee: &Attendee, index: &Index, attendees: &BTreeMap<&str, u64>) -> Option<Found> {
    let candidates = index.of_names(attendee);
    if candidates.is_empty() {
        return None;
    }
    let Some(person) = only(&candidates) else {
        return Some(Found::Doubtful { candidates, doubt: Doubt::SeveralPersons });
    };
    // Another attendee of this name can be the person's second device, or a namesake whom the roster does not have.
    let hits = attendee.names.iter().filter(|name| index.names.contains_key(*name));
    let is_alone = hits.into_iter().all(|name| attendees.get(name.as_str()) == Some(&1));
    Some(if is_alone {
        Found::Person { person, by: By::Name, is_on_other_account: false }
    } else {
        Found::Doubtful { candidates, doubt: Doubt::SeveralAttendees }
    })
}
