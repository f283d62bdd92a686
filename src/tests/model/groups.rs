//! The subtotals of the groups.

use hadir::domain::{accounts::summary::UNKNOWN_GROUP, roster::RosterRow};

use super::{
    book::Book,
    history::{declaration, full_lesson, roster_rows},
};

#[test]
fn persons_without_a_label_and_those_labelled_unknown_are_one_group() {
    let labels = ["", UNKNOWN_GROUP, "gaaaa", UNKNOWN_GROUP, "", "gaaaa"];
    let label = |(row, label): (RosterRow, &str)| RosterRow { group: label.into(), ..row };
    let rows: Vec<_> = roster_rows(None).into_iter().zip(labels).map(label).collect();
    let book = Book::open(&rows, declaration(full_lesson(0, 0, 5_000), false, false), None);

    let groups = book.ledger.tallies().unwrap().groups;

    let persons: Vec<_> = groups.iter().map(|(label, group)| (label.as_str(), group.persons)).collect();
    // The three who act have no label.
    assert_eq!(persons, [("gaaaa", 2), (UNKNOWN_GROUP, 4 + 3)]);
}
