//! Steward groups as the organizer sets them up: a label on the roster, and a steward who looks after it.

use std::fs;

use hadir::domain::event::Event;

use super::{done, refused, with_rehearsal};
use crate::support::{Process, entries};

fn roster(persons: usize) -> String {
    let rows = (0..persons).map(|person| format!("Person {person},A-{person},A-12\n"));
    "name,id,steward\n".to_owned() + &rows.collect::<String>()
}

const STEWARD: [&str; 9] =
    ["staff", "add", "a", "--role", "steward", "--name", "Ani", "--contact", "email:ani@example.org"];

#[test]
fn a_stewards_group_is_logged_when_the_hub_starts_and_once() {
    let folder = with_rehearsal();
    fs::write(folder.path().join("r.csv"), roster(50)).unwrap();
    done(folder.path(), &["roster", "import", "a", "r.csv"]);
    done(folder.path(), &[&STEWARD[..], &["--profession", "guru", "--group", "A-12"]].concat());

    for _ in 0..2 {
        assert_eq!(Process::start(&folder.path().join("a")).stop(), Some(0));
    }

    let groups = entries(&folder.path().join("a")).into_iter().filter_map(|entry| {
        let Event::Grouped(grouped) = entry.event else { return None };
        Some(*grouped)
    });
    let groups: Vec<_> = groups.collect();
    assert_eq!((groups.len(), groups[0].label.as_str(), groups[0].persons.len()), (1, "A-12", 50));
}

#[test]
fn a_group_of_more_than_fifty_is_refused_where_it_is_made() {
    let folder = with_rehearsal();
    fs::write(folder.path().join("r.csv"), roster(51)).unwrap();

    let parts = ["the group \"A-12\" has 51 persons", "divide it among several stewards"];
    refused(folder.path(), &["roster", "import", "a", "r.csv"], &parts);
}
