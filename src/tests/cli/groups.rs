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

#[test]
fn a_group_that_passes_to_another_steward_and_a_person_that_changes_groups_are_logged_at_the_next_start() {
    let folder = with_rehearsal();
    let roster = |first: &str, second: &str| format!("name,id,steward\nSari,1,{first}\nBudi,2,{second}\n");
    let import = |first: &str, second: &str| {
        fs::write(folder.path().join("r.csv"), roster(first, second)).unwrap();
        done(folder.path(), &["roster", "import", "a", "r.csv"]);
    };
    let enrol = |name: &str, group: &[&str]| {
        let contact = format!("email:{name}@example.org");
        let who = ["staff", "add", "a", "--role", "steward", "--name", name, "--contact", &contact];
        done(folder.path(), &[&who[..], group].concat());
    };
    let start = || assert_eq!(Process::start(&folder.path().join("a")).stop(), Some(0));
    import("Z-1", "A-12");
    enrol("Ani", &["--group", "A-12"]);
    enrol("Cahya", &["--group", "Z-1"]);
    start();

    import("A-12", "A-12");
    enrol("Ani", &[]);
    enrol("Dewi", &["--group", "A-12"]);
    start();
    start();

    let entries = entries(&folder.path().join("a"));
    let groups = entries.into_iter().filter_map(|entry| {
        let Event::Grouped(grouped) = entry.event else { return None };
        Some((grouped.label, grouped.persons.len()))
    });
    let mut of_the_second_start: Vec<_> = groups.skip(2).collect();
    of_the_second_start.sort();
    assert_eq!(of_the_second_start, [("A-12", 0), ("A-12", 2), ("Z-1", 0)].map(|(label, n)| (label.to_owned(), n)));
}

#[test]
fn a_label_that_no_group_can_have_is_refused_where_it_is_given() {
    let folder = with_rehearsal();
    for label in ["", " ", &"x".repeat(65)] {
        let arguments = [&STEWARD[..], &["--group", label]].concat();
        refused(folder.path(), &arguments, &["a label of 1 to 64 bytes", "such as A-12"]);
    }
}

#[test]
fn nobody_acts_in_a_lesson_in_which_they_count() {
    let folder = with_rehearsal();
    let import = |role: &str| {
        fs::write(folder.path().join("r.csv"), format!("name,email,role\nAni,ani@example.org,{role}\n")).unwrap();
        done(folder.path(), &["roster", "import", "a", "r.csv"]);
    };
    import("participant");

    let parts = ["this contact or role is of somebody who counts (participant)", "import it, or enrol another person"];
    refused(folder.path(), &STEWARD, &parts);

    import("steward");
    done(folder.path(), &STEWARD);
}
