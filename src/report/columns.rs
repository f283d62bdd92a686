//! What each column of each table says, in one sentence of each language, and whether it counts something.

use std::{collections::BTreeMap, io};

use serde::Deserialize;

/// The sentences, one row a column.
const COLUMNS: &str = include_str!("columns.csv");

/// What stands in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    /// A count or a length: a number in a spreadsheet.
    Count,
    /// Everything else, identifiers that look like numbers included: a spreadsheet must not round or rewrite them.
    Text,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Column {
    /// The table's file name without its ending.
    table: String,
    /// The heading.
    column: String,
    pub(super) kind: Kind,
    /// What it says, in Indonesian.
    pub(super) id: String,
    /// What it says, in English.
    pub(super) en: String,
}

/// Every column that is known, by its table and heading.
pub(super) struct Columns(BTreeMap<(String, String), Column>);

impl Columns {
    /// # Errors
    /// Never for the embedded sentences; the caller reports it as a defect.
    pub(super) fn embedded() -> io::Result<Self> {
        let rows = csv::Reader::from_reader(COLUMNS.as_bytes()).into_deserialize::<Column>();
        let named = rows.map(|row| row.map(|row| ((row.table.clone(), row.column.clone()), row)));
        Ok(Self(named.collect::<Result<_, _>>().map_err(io::Error::other)?))
    }

    pub(super) fn of(&self, table: &str, heading: &str) -> Option<&Column> {
        self.0.get(&(table.to_owned(), heading.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sentence_is_one_in_its_own_language_and_no_column_has_two() {
        let columns = Columns::embedded().unwrap();

        assert_eq!(columns.0.len(), COLUMNS.lines().count() - 1);
        for column in columns.0.values() {
            assert!(column.id.ends_with('.') && column.en.ends_with('.') && column.id != column.en, "{column:?}");
        }
    }
}
