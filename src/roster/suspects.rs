//! Persons who may be one human: listed for a person to decide, never merged.

use std::collections::BTreeMap;

use super::{details::key, identifiers::IdKind, reference::PersonRef, store::Person};
use crate::domain::ids::PersonId;

/// What two persons have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// The same identifier of a type that does not merge.
    Identifier(IdKind),
    /// The same name at the same school.
    NameAndSchool,
    /// The same name and date of birth.
    NameAndBirth,
}

impl std::fmt::Display for Likeness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Identifier(kind) => write!(f, "the same {kind}"),
            Self::NameAndSchool => f.write_str("the same name at the same school"),
            Self::NameAndBirth => f.write_str("the same name and date of birth"),
        }
    }
}

/// One of several persons who may be one human.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuspectPerson {
    /// Their private number.
    pub id: PersonId,
    /// Their reference, to say which.
    pub reference: PersonRef,
    /// Their name.
    pub name: String,
}

/// Persons who may be one human.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspect {
    /// What they have in common.
    pub likeness: Likeness,
    /// Two or more of them.
    pub people: Vec<SuspectPerson>,
}

/// All likenesses among persons who are neither erased nor merged.
pub(super) fn find(people: &[Person]) -> Vec<Suspect> {
    let mut alike: BTreeMap<(Likeness, String), Vec<SuspectPerson>> = BTreeMap::new();
    for person in people.iter().filter(|person| person.merged_into.is_none()) {
        for likeness in likenesses(person) {
            let name = person.details.as_ref().map(|details| details.name.clone()).unwrap_or_default();
            let suspect = SuspectPerson { id: person.id, reference: person.reference, name };
            alike.entry(likeness).or_default().push(suspect);
        }
    }
    let several = alike.into_iter().filter(|(_, people)| people.len() > 1);
    several.map(|((likeness, _), people)| Suspect { likeness, people }).collect()
}

fn likenesses(person: &Person) -> Vec<(Likeness, String)> {
    let Some(details) = &person.details else { return Vec::new() };
    let name = key(&details.name);
    let identifiers = details.identifiers.iter().map(|(kind, value)| (Likeness::Identifier(*kind), value.clone()));
    let school = details.school.as_ref().map(|school| (Likeness::NameAndSchool, format!("{name}\0{}", key(school))));
    let birth = details.birth().map(|birth| (Likeness::NameAndBirth, format!("{name}\0{birth}")));
    identifiers.chain(school).chain(birth).collect()
}
