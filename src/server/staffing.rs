//! Who acts, and whom each steward looks after, as the attempt's list and its store of people say.

use std::collections::BTreeMap;

use super::{run::RunError, staff::Acting};
use crate::{
    attempt::{
        Attempt,
        staff::{self, Member},
    },
    domain::{event::Grouped, ids::Pseudonym, reviews::groups::GROUP_PERSONS_MAX},
    roster::{FindError, PeopleStore, Pseudonyms},
};

/// Who acts, and for whom.
pub(super) struct Staffing {
    /// Everybody on the list who is on the roster.
    pub(super) acting: BTreeMap<Pseudonym, Acting>,
    /// Each steward's group.
    pub(super) groups: Vec<Grouped>,
}

/// Why the stewards' groups cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum GroupsError {
    /// Divide the group: give a part of its persons another label on the roster, and that label a steward.
    #[error("the group `{label}` has {persons} persons; a steward looks after at most {GROUP_PERSONS_MAX}")]
    TooLarge {
        /// The group's label.
        label: String,
        /// How many belong to it.
        persons: usize,
    },
    /// Give one of them another group.
    #[error("two stewards look after the group `{0}`")]
    Twice(String),
}

impl GroupsError {
    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => {
                "give a part of them another `steward` label on the roster, and that label a steward"
            }
            Self::Twice(_) => "enrol one of them again with another `--group`",
        }
    }
}

/// Somebody who was erased acts no more.
pub(super) fn staffing(attempt: &Attempt, store: &PeopleStore, names: &Pseudonyms) -> Result<Staffing, RunError> {
    let (mut acting, mut stewards) = (BTreeMap::new(), BTreeMap::new());
    for Member { reference, role, group } in staff::load(&attempt.layout.staff())? {
        let person = match store.find(&reference) {
            Ok(person) => person,
            Err(FindError::Store(error)) => return Err(error.into()),
            Err(_) => {
                tracing::warn!(reference, "a person of private/staff.json is not on the roster any more");
                continue;
            }
        };
        let name = store.person(person)?.details.map(|details| details.name).unwrap_or_default();
        acting.insert(names.person(person), Acting { role, name });
        if let Some(label) = group
            && stewards.insert(label.clone(), names.person(person)).is_some()
        {
            return Err(GroupsError::Twice(label).into());
        }
    }
    let groups = if stewards.is_empty() { Vec::new() } else { groups(store, names, stewards)? };
    Ok(Staffing { acting, groups })
}

fn groups(
    store: &PeopleStore,
    names: &Pseudonyms,
    stewards: BTreeMap<String, Pseudonym>,
) -> Result<Vec<Grouped>, RunError> {
    let mut members: BTreeMap<String, Vec<Pseudonym>> = BTreeMap::new();
    for person in store.people()?.iter().filter(|person| person.merged_into.is_none()) {
        if let Some(label) = person.details.as_ref().and_then(|details| details.steward.clone()) {
            members.entry(label).or_default().push(names.person(person.id));
        }
    }
    let mut groups = Vec::new();
    for (label, steward) in stewards {
        let mut persons = members.remove(&label).unwrap_or_default();
        if persons.len() > GROUP_PERSONS_MAX {
            return Err(GroupsError::TooLarge { label, persons: persons.len() }.into());
        }
        persons.sort_unstable();
        groups.push(Grouped { p: steward, label, persons });
    }
    for label in members.keys() {
        tracing::warn!(label, "no steward looks after this group of the roster");
    }
    Ok(groups)
}
