//! Rows of one file that name the same person: identical ones are one, contradicting ones are nobody's to choose.

use std::collections::BTreeMap;

use super::{
    columns::{Columns, Field},
    identifiers::IdKind,
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
    contradiction: Option<(u32, &'static str)>,
}

/// One draft for each primary identifier; rows without one, or that contradict each other, are problems.
pub(super) fn merge(
    drafts: Vec<Draft>,
    primary: IdKind,
    columns: &Columns,
    problems: &mut Vec<Problem>,
) -> (Vec<Draft>, Vec<MergedRows>) {
    let heading = columns.fields.get(&Field::Id(primary)).map_or_else(|| primary.name(), |(_, heading)| heading);
    let mut people: BTreeMap<String, Merging> = BTreeMap::new();
    for draft in drafts {
        let Some(value) = draft.details.identifier(primary).map(str::to_owned) else {
            problems.push(without_primary(primary).in_row(draft.row).in_column(heading));
            continue;
        };
        match people.get_mut(&value) {
            Some(merging) => merging.take(draft),
            None => drop(people.insert(value, Merging { draft, others: Vec::new(), contradiction: None })),
        }
    }
    let (contradicting, sound): (Vec<_>, Vec<_>) =
        people.into_values().partition(|merging| merging.contradiction.is_some());
    problems.extend(contradicting.iter().flat_map(|merging| merging.problems(primary)));
    let merged = sound.iter().flat_map(Merging::merged).collect();
    let mut drafts: Vec<Draft> = sound.into_iter().map(|merging| merging.draft).collect();
    drafts.sort_by_key(|draft| draft.row);
    (drafts, merged)
}

fn without_primary(primary: IdKind) -> Problem {
    let message = format!("there is no {primary}, which tells two persons apart in this roster");
    Problem::error(
        message,
        "fill it in, or declare another primary identifier (people.primary_id) before the first import",
    )
}

impl Merging {
    fn take(&mut self, other: Draft) {
        let differs = self.draft.details.contradiction(&other.details).or_else(|| {
            let roles = self.draft.role.as_ref().zip(other.role.as_ref());
            roles.is_some_and(|(one, other)| one != other).then_some("role")
        });
        if let Some(field) = differs {
            self.contradiction.get_or_insert((other.row, field));
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
    fn problems(&self, primary: IdKind) -> Vec<Problem> {
        let (row, field) = self.contradiction.unwrap_or((self.draft.row, "name"));
        let first = self.draft.row;
        let rows = std::iter::once(&first).chain(&self.others);
        let text = format!("rows {first} and {row} have the same {primary} and a different {field}");
        let remedy = "keep the right row, or correct the identifier of the wrong one";
        rows.map(|row| Problem::error(text.clone(), remedy).in_row(*row)).collect()
    }
}
