//! Two rows that turn out to be one human: what held either of them is decided anew, for them and for whoever else it
//! concerns.

use hadir::domain::{
    account::{self, Status},
    deed::Deed,
    event::{Channel, Event, Joined, Method, Scanned, Via, Way},
    ids::{ConnectionId, NodeEpoch, NodeId, ScanId, Tag},
    rules::Declaration,
    time::{Millis, UnixMicros},
};

use super::{
    book::Book,
    history::{declaration, full_lesson, pseudonym, roster_rows},
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

/// Each with a connection of their own; the device's number is also its network's.
fn join(book: &mut Book, person: u8, device: u8) {
    let s = ConnectionId { at: RUN, serial: u64::from(person) * 100 + u64::from(device) };
    let (d, n) = (Some(Tag([device; 10])), Some(Tag([device; 10])));
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

#[test]
fn a_row_that_is_one_with_the_one_before_it_on_a_device_is_not_held() {
    let mut book = book(|declared| declared.people.persons_per_device = 1);
    join(&mut book, A, 1);
    join(&mut book, B, 1);

    merge(&mut book, A, B);

    assert!(!is_held(&book, B));
}
