//! Persons who may be one human: listed for a person to decide, never merged.

use std::collections::BTreeMap;

use super::{details::key, identifiers::IdKind, reference::PersonRef, store::Person};
use crate::domain::ids::PersonId;

/// Schools with more persons are not searched for names that are nearly alike: that many pairs say nothing any more.
const ALIKE_PERSONS_MAX: usize = 500;
/// Shorter names are different names when they differ.
const ALIKE_LETTERS_MIN: usize = 8;
/// One slip is allowed for so many letters.
const LETTERS_PER_SLIP: usize = 8;

/// What two persons have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// The same identifier of a type that does not merge.
    Identifier(IdKind),
    /// The same name at the same school.
    NameAndSchool,
    /// The same name and date of birth.
    NameAndBirth,
    /// Names at the same school that differ in a letter or two.
    NamesAlike,
}

impl std::fmt::Display for Likeness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Identifier(kind) => write!(f, "the same {kind}"),
            Self::NameAndSchool => f.write_str("the same name at the same school"),
            Self::NameAndBirth => f.write_str("the same name and date of birth"),
            Self::NamesAlike => f.write_str("nearly the same name at the same school"),
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
    let several = several.map(|((likeness, _), people)| Suspect { likeness, people });
    several.chain(names_alike(people)).collect()
}

/// Pairs of persons of one school whose names a slip of the pen tells apart.
fn names_alike(people: &[Person]) -> Vec<Suspect> {
    let mut schools: BTreeMap<String, Vec<(String, SuspectPerson)>> = BTreeMap::new();
    for person in people.iter().filter(|person| person.merged_into.is_none()) {
        let Some((details, school)) = person.details.as_ref().and_then(|it| Some((it, it.school.as_ref()?))) else {
            continue;
        };
        let suspect = SuspectPerson { id: person.id, reference: person.reference, name: details.name.clone() };
        schools.entry(key(school)).or_default().push((key(&details.name), suspect));
    }
    let mut found = Vec::new();
    for school in schools.into_values().filter(|school| school.len() <= ALIKE_PERSONS_MAX) {
        for (place, (name, person)) in school.iter().enumerate() {
            let later = school.iter().skip(place.saturating_add(1)).filter(|(other, _)| are_alike(name, other));
            found.extend(later.map(|(_, other)| Suspect {
                likeness: Likeness::NamesAlike,
                people: vec![person.clone(), other.clone()],
            }));
        }
    }
    found
}

/// Whether two names differ, but by no more than one letter in eight. A name with a digit is a label.
fn are_alike(one: &str, other: &str) -> bool {
    let letters = one.chars().count().min(other.chars().count());
    let is_label = |name: &str| name.chars().any(char::is_numeric);
    if one == other || letters < ALIKE_LETTERS_MIN || is_label(one) || is_label(other) {
        return false;
    }
    strsim::damerau_levenshtein(one, other) <= letters.div_euclid(LETTERS_PER_SLIP)
}

fn likenesses(person: &Person) -> Vec<(Likeness, String)> {
    let Some(details) = &person.details else { return Vec::new() };
    let name = key(&details.name);
    let identifiers = details.identifiers.iter().map(|(kind, value)| (Likeness::Identifier(*kind), value.clone()));
    let school = details.school.as_ref().map(|school| (Likeness::NameAndSchool, format!("{name}\0{}", key(school))));
    let birth = details.birth().map(|birth| (Likeness::NameAndBirth, format!("{name}\0{birth}")));
    identifiers.chain(school).chain(birth).collect()
}
