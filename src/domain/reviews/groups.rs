//! Steward groups: who looks after whom, at most fifty persons each, and what they counted beside what the system knew.

use std::collections::BTreeMap;

use crate::domain::{event::Grouped, fold::attendance::Attendance, ids::Pseudonym};

/// The most persons of one steward: record bodies ask for one steward to fifty persons.
pub const GROUP_PERSONS_MAX: usize = 50;
/// The longest label of a group.
pub const GROUP_LABEL_BYTES_MAX: usize = 64;

/// A steward's group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its label.
    pub label: String,
    /// Whom the steward looks after.
    pub persons: Vec<Pseudonym>,
}

/// What the system knows of a group at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupCount {
    /// Its label.
    pub label: String,
    /// How many belong to it.
    pub assigned: u64,
    /// How many of them are inside a hall by their last scans.
    pub inside: u64,
}

/// Why a group is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GroupRefusal {
    /// Divide it among several stewards.
    #[error("a steward looks after at most {GROUP_PERSONS_MAX} persons, not {0}")]
    TooLarge(usize),
    /// Give it a short label.
    #[error("a group has a label of at most {GROUP_LABEL_BYTES_MAX} bytes")]
    Label,
    /// Take them out of one of the groups.
    #[error("{0} is on no roster, or in another steward's group")]
    NotFree(Pseudonym),
}

/// Whether a text can name a group.
#[must_use]
pub fn is_label(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= GROUP_LABEL_BYTES_MAX
}

impl Attendance {
    /// Every steward's group.
    #[must_use]
    pub fn groups(&self) -> &BTreeMap<Pseudonym, Group> {
        &self.groups
    }

    /// Whether somebody can look after these persons.
    ///
    /// # Errors
    /// When they are too many, unknown, or somebody else's.
    pub fn group_allowed(&self, grouped: &Grouped) -> Result<(), GroupRefusal> {
        let Grouped { p: steward, label, persons } = grouped;
        if persons.len() > GROUP_PERSONS_MAX {
            return Err(GroupRefusal::TooLarge(persons.len()));
        }
        if !is_label(label) {
            return Err(GroupRefusal::Label);
        }
        let others = || self.groups.iter().filter(|(other, _)| *other != steward);
        let taken = |person: &&Pseudonym| others().any(|(_, group)| group.persons.contains(person));
        let known = |person: &&Pseudonym| self.by_name.contains_key(person);
        let wrong = std::iter::once(steward).filter(|one| !known(one));
        let not_free = persons.iter().filter(|one| !known(one) || taken(one));
        wrong.chain(not_free).next().map_or(Ok(()), |person| Err(GroupRefusal::NotFree(*person)))
    }

    pub(in crate::domain) fn group(&mut self, grouped: &Grouped) {
        let Grouped { p: steward, label, persons } = grouped.clone();
        self.groups.insert(steward, Group { label, persons });
    }

    /// What the system knows of a steward's group; none where they look after no group.
    #[must_use]
    pub fn group_count(&self, steward: Pseudonym) -> Option<GroupCount> {
        let group = self.groups.get(&steward)?;
        let inside = group.persons.iter().filter(|person| self.is_inside(**person)).count() as u64;
        Some(GroupCount { label: group.label.clone(), assigned: group.persons.len() as u64, inside })
    }
}
