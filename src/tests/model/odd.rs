//! What `anomalies.csv` lists.

use hadir::domain::{
    accounts::anomalies::{Anomaly, AnomalyKind, anomalies},
    event::Why,
    ids::Tag,
    time::Millis,
};

use super::{
    book::Book,
    history::{declaration, full_lesson, pseudonym, roster_rows},
};

const MINUTE: i64 = 60_000;

/// A log without a limit on the persons of a device.
fn book() -> Book {
    let mut declared = declaration(full_lesson(0, 0, 5_000), false, false);
    (declared.window.minimum_ms, declared.people.persons_per_device) = (Millis(0), 0);
    Book::open(&roster_rows(None), declared, None)
}

fn found(book: &Book, kind: AnomalyKind) -> Vec<Anomaly> {
    anomalies(book.ledger.attendance()).into_iter().filter(|one| one.kind == kind).collect()
}

#[test]
fn a_second_device_is_seen_beside_a_first_one_that_joins_again() {
    let mut book = book();
    book.join(0, Some(1), None);
    book.pass(MINUTE);
    let reload = book.join(0, Some(1), None);
    book.pass(1_000);
    book.leave(0, reload, Why::Bye);

    book.join(0, Some(2), None);
    book.pass(10 * MINUTE);
    book.join(2, Some(3), None);

    let parallel = found(&book, AnomalyKind::Parallel);
    assert_eq!(parallel.iter().map(|one| one.subject.clone()).collect::<Vec<_>>(), [pseudonym(0).to_string()]);
}

#[test]
fn two_devices_one_after_the_other_are_not_parallel() {
    let mut book = book();
    let first = book.join(0, Some(1), None);
    book.pass(10 * MINUTE);
    book.join(0, Some(2), None);
    // A change of devices overlaps for a while.
    book.pass(3 * MINUTE);
    book.leave(0, first, Why::Bye);
    book.pass(10 * MINUTE);
    book.join(2, Some(3), None);

    assert_eq!(found(&book, AnomalyKind::Parallel), []);
}

#[test]
fn a_device_of_many_is_listed_although_nobody_is_held_for_it() {
    let mut book = book();
    book.join(0, Some(1), None);
    book.join(2, Some(1), None);
    book.join(5, Some(2), None);

    let shared = found(&book, AnomalyKind::SharedDevice);

    let (subject, at) = (Tag([1; 10]).to_string(), None);
    assert_eq!(shared, [Anomaly { kind: AnomalyKind::SharedDevice, subject, at, persons: 2, held: false }]);
}
