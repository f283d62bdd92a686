//! Two rows that turn out to be one human: what held either of them is decided anew, for them and for whoever else it
//! concerns.

use hadir::domain::{
    account::{self, Status},
    anomalies::{AnomalyKind, anomalies},
    deed::Deed,
    event::{Channel, Event, Joined, Method, Scanned, Signal, Via, Way},
    ids::{ConnectionId, NodeEpoch, NodeId, ScanId, Tag},
    rules::Declaration,
    time::{Millis, UnixMicros},
};

use super::{
    book::Book,
    history::{LESSON_MS, declaration, full_lesson, pseudonym, roster_rows},
};

const RUN: NodeEpoch = NodeEpoch { node: NodeId(1), epoch: 1 };
/// Persons whose roles count.
const A: u8 = 0;
const B: u8 = 1;
const C: u8 = 2;

fn book(change: impl FnOnce(&mut Declaration)) -> Book {
    let mut declared = declaration(full_lesson(0, 0, 5_000), false, false);
    declared.window.minimum_ms = Millis(0);
    change(&mut declared);
    Book::open(&roster_rows(None), declared, None)
}

/// From a device on a network of the same number.
fn join(book: &mut Book, person: u8, device: u8) {
    join_from(book, person, device, device);
}

fn join_from(book: &mut Book, person: u8, device: u8, network: u8) {
    let s = ConnectionId { at: RUN, serial: book.last().0 };
    let (d, n) = (Some(Tag([device; 10])), Some(Tag([network; 10])));
    book.write(Event::Joined(Joined { p: pseudonym(person), s, channel: Channel::Online, via: Via::Ws, d, n }));
}

fn merge(book: &mut Book, from: u8, into: u8) {
    book.agree(Deed::Merge { from: pseudonym(from), into: pseudonym(into), reason: "one human".into() });
}

fn is_held(book: &Book, person: u8) -> bool {
    account::person(book.ledger.attendance(), pseudonym(person)).unwrap().status == Status::Held
}

#[test]
fn a_merge_with_somebody_of_another_device_holds_nobody_who_came_first() {
    let mut book = book(|declared| declared.people.persons_per_device = 1);
    join(&mut book, A, 1);
    join(&mut book, B, 1);
    join(&mut book, C, 2);
    assert_eq!([A, B, C].map(|person| is_held(&book, person)), [false, true, false]);

    merge(&mut book, C, A);

    assert_eq!([A, B].map(|person| is_held(&book, person)), [false, true]);
}

#[test]
fn a_merge_of_two_who_shared_a_device_frees_who_came_after_them() {
    let mut book = book(|declared| declared.people.persons_per_device = 2);
    for person in [A, B, C] {
        join(&mut book, person, 1);
    }
    assert_eq!([A, B, C].map(|person| is_held(&book, person)), [false, false, true]);

    merge(&mut book, B, A);

    assert_eq!([A, C].map(|person| is_held(&book, person)), [false, false]);
}

#[test]
fn a_merge_frees_nobody_who_was_scanned_too_late() {
    let mut book = book(|declared| declared.hall.delay_ms = Millis(10_000));
    let made = UnixMicros(book.now_us);
    book.pass(11_000);
    book.write(Event::Scanned(Box::new(Scanned {
        scan: ScanId([1; 16]),
        p: pseudonym(C),
        s: ConnectionId { at: NodeEpoch { node: NodeId(9), epoch: 1 }, serial: 1 },
        venue: "hall".into(),
        door: "main".into(),
        way: Way::In,
        method: Method::Scanner,
        card: false,
        made,
        device: made,
        by: "steward".into(),
    })));
    assert!(is_held(&book, C));

    merge(&mut book, C, A);

    assert!(is_held(&book, A));
}

/// Who relays by `anomalies.csv`.
fn listed(book: &Book) -> Vec<String> {
    let found = anomalies(book.ledger.attendance()).into_iter();
    found.filter(|one| one.kind == AnomalyKind::Relay && one.held).map(|one| one.subject).collect()
}

#[test]
fn whether_rows_are_merged_before_or_after_the_end_decides_nothing_of_who_relays() {
    let mut holds = Vec::new();
    for is_merged_first in [true, false] {
        let mut book = book(|declared| declared.people.hold_relays = true);
        join(&mut book, A, 1);
        book.start();
        book.pass(10_000);
        join(&mut book, C, 2);
        if is_merged_first {
            merge(&mut book, C, A);
        }
        book.pass(LESSON_MS as i64);
        book.signal(Signal::End);
        if !is_merged_first {
            merge(&mut book, C, A);
        }
        assert_eq!(listed(&book), [pseudonym(A).to_string()]);
        holds.push(is_held(&book, A));
    }

    assert_eq!(holds, [true, true]);
}

#[test]
fn who_relays_no_more_once_rows_are_merged_is_free() {
    let mut book = book(|declared| declared.people.hold_relays = true);
    book.start();
    book.pass(10_000);
    join_from(&mut book, C, 1, 1);
    join_from(&mut book, A, 1, 2);
    join_from(&mut book, C, 2, 2);
    assert!(is_held(&book, C));

    merge(&mut book, C, A);

    assert!(!is_held(&book, A));
    assert_eq!(listed(&book), [""; 0]);
}

#[test]
fn a_connection_after_a_merge_is_compared_with_the_newest_one_of_both_rows() {
    let mut book = book(|declared| declared.people.hold_relays = true);
    join_from(&mut book, A, 1, 1);
    join_from(&mut book, C, 1, 2);
    merge(&mut book, C, A);
    book.start();
    book.pass(10_000);

    join_from(&mut book, A, 2, 2);

    assert!(!is_held(&book, A));
}

#[test]
fn a_row_that_is_one_with_the_one_before_it_on_a_device_is_not_held() {
    let mut book = book(|declared| declared.people.persons_per_device = 1);
    join(&mut book, A, 1);
    join(&mut book, B, 1);

    merge(&mut book, A, B);

    assert!(!is_held(&book, B));
}
