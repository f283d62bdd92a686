//! Rows of one file that name the same person: identical ones are one, contradicting ones are nobody's to choose.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    columns::{Columns, Field},
    identifiers::{IdKind, Identifier},
    matching::{Mailbox, mailbox, merging_key},
    problem::Problem,
    rows::Draft,
};

/// Two rows of a file that were taken as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MergedRows {
    /// The row that repeats another.
    pub row: u32,
    /// The row that it repeats.
    pub into: u32,
}

/// The rows of one person.
struct Merging {
    draft: Draft,
    others: Vec<u32>,
    contradiction: Option<Contradiction>,
}

/// Two rows of one person that cannot both be right.
#[derive(Clone, Copy)]
struct Contradiction {
    row: u32,
    field: &'static str,
    /// What says that they are one person's.
    key: IdKind,
}

/// One draft for each person; rows that contradict each other, or by which nobody can be told apart, are problems.
pub(super) fn merge(
    drafts: Vec<Draft>,
    primary: IdKind,
    columns: &Columns,
    problems: &mut Vec<Problem>,
) -> (Vec<Draft>, Vec<MergedRows>) {
    let heading = columns.fields.get(&Field::Id(primary)).map_or_else(|| primary.name(), |(_, heading)| heading);
    let (with_primary, others): (Vec<_>, Vec<_>) =
        drafts.into_iter().partition(|draft| draft.details.identifier(primary).is_some());
    let owners = owners(&with_primary, primary);
    let mut people: BTreeMap<Identifier, Merging> = BTreeMap::new();
    for draft in with_primary.into_iter().chain(others) {
        let Some(own) = merging_key(&draft.details, primary) else {
            problems.push(without_key(primary).in_row(draft.row).in_column(heading));
            continue;
        };
        let key = own.kind();
        // A row without the primary identifier may repeat one that has it.
        let owner = mailbox(&draft.details).and_then(|mailbox| owners.get(&mailbox));
        let person = owner.filter(|_| key != primary).cloned().unwrap_or(own);
        match people.get_mut(&person) {
            Some(merging) => merging.take(draft, key),
            None => drop(people.insert(person, Merging { draft, others: Vec::new(), contradiction: None })),
        }
    }
    let (contradicting, sound): (Vec<_>, Vec<_>) =
        people.into_values().partition(|merging| merging.contradiction.is_some());
    problems.extend(contradicting.iter().flat_map(Merging::problems));
    let merged = sound.iter().flat_map(Merging::merged).collect();
    let mut drafts: Vec<Draft> = sound.into_iter().map(|merging| merging.draft).collect();
    drafts.sort_by_key(|draft| draft.row);
    (drafts, merged)
}

/// The primary identifier of each mailbox that is only one person's.
fn owners(with_primary: &[Draft], primary: IdKind) -> BTreeMap<Mailbox, Identifier> {
    let mut found: BTreeMap<Mailbox, BTreeSet<Identifier>> = BTreeMap::new();
    for draft in with_primary {
        if let Some(mailbox) = mailbox(&draft.details) {
            found.entry(mailbox).or_default().extend(merging_key(&draft.details, primary));
        }
    }
    let only = found.into_iter().filter(|(_, owners)| owners.len() == 1);
    only.filter_map(|(mailbox, owners)| Some((mailbox, owners.into_iter().next()?))).collect()
}

fn without_key(primary: IdKind) -> Problem {
    let (message, remedy) = if primary == IdKind::Email {
        ("there is no email, which tells two persons apart in this roster".to_owned(), "fill it in")
    } else {
        let message = format!("there is neither {primary}, which tells two persons apart in this roster, nor an email");
        (message, "fill one of them in")
    };
    let remedy = format!("{remedy}, or declare another primary identifier (people.primary_id) before the first import");
    Problem::error(message, remedy)
}

impl Merging {
    fn take(&mut self, other: Draft, key: IdKind) {
        let differs = self.draft.details.contradiction(&other.details).or_else(|| {
            let roles = self.draft.role.as_ref().zip(other.role.as_ref());
            roles.is_some_and(|(one, other)| one != other).then_some("role")
        });
        if let Some(field) = differs {
            self.contradiction.get_or_insert(Contradiction { row: other.row, field, key });
        }
        // The first row's way of writing stays; a later one adds what the first left open.
        self.draft.details = other.details.corrected_by(&self.draft.details);
        self.draft.role = self.draft.role.take().or(other.role);
        self.others.push(other.row);
    }

    fn merged(&self) -> impl Iterator<Item = MergedRows> {
        self.others.iter().map(|row| MergedRows { row: *row, into: self.draft.row })
    }

    /// One problem for each of the rows: nobody but the organizer knows which is right.
    fn problems(&self) -> Vec<Problem> {
        let Some(Contradiction { row, field, key }) = self.contradiction else { return Vec::new() };
        let first = self.draft.row;
        let rows = std::iter::once(&first).chain(&self.others);
        let text = format!("rows {first} and {row} have the same {key} and a different {field}");
        let remedy = "keep the right row, or correct the identifier of the wrong one";
        rows.map(|row| Problem::error(text.clone(), remedy).in_row(*row)).collect()
    }
}
