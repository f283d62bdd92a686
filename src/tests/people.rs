//! Rosters, links and the store of people.

mod fallback;
mod files;
mod identifiers;
mod importing;
mod links;
mod problems;
mod store;

use std::path::PathBuf;

use hadir::{
    domain::ids::PersonId,
    roster::{
        Entropy, ImportError, ImportOptions, ImportReport, NoEntropy, OsEntropy, PeopleKeys, PeopleStore, Problem,
        Pseudonyms, Secret, Severity,
    },
};
use tempfile::TempDir;

/// A store in a folder that vanishes with it.
struct Fixture {
    folder: TempDir,
    store: PeopleStore,
}

impl Fixture {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = PeopleStore::create(&folder.path().join("people.db"), keys(1)).unwrap();
        Self { folder, store }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("people.db")
    }

    fn import(&mut self, file: &str) -> Result<ImportReport, ImportError> {
        self.import_with(file.as_bytes(), &ImportOptions::default())
    }

    fn import_with(&mut self, file: &[u8], options: &ImportOptions) -> Result<ImportReport, ImportError> {
        self.store.import(file, options, &mut OsEntropy)
    }

    fn names(&self) -> Vec<String> {
        let people = self.store.people().unwrap();
        people.into_iter().filter_map(|person| person.details).map(|details| details.name).collect()
    }

    fn only_person(&self) -> PersonId {
        let people = self.store.people().unwrap();
        assert_eq!(people.len(), 1);
        people[0].id
    }
}

fn keys(event: u8) -> PeopleKeys {
    PeopleKeys::from_seed(&Secret([event; 32]))
}

fn attempt(number: u8) -> Pseudonyms {
    Pseudonyms::new(&Secret([number; 32]))
}

/// The problems that a file is refused for.
fn refused(result: Result<ImportReport, ImportError>) -> Vec<Problem> {
    match result {
        Err(ImportError::Rows(problems)) => problems,
        other => panic!("the rows should have been refused: {other:?}"),
    }
}

/// Each error as `row column`.
fn places(problems: &[Problem]) -> Vec<String> {
    let errors = problems.iter().filter(|problem| problem.severity == Severity::Error);
    let place = |problem: &Problem| {
        let row = problem.row.map(|row| row.to_string()).unwrap_or_default();
        format!("{row} {}", problem.column.clone().unwrap_or_default())
    };
    errors.map(place).collect()
}

/// An operating system that has no random bytes.
struct Dry;

impl Entropy for Dry {
    fn fill(&mut self, _: &mut [u8]) -> Result<(), NoEntropy> {
        Err(NoEntropy)
    }
}
