//! What `anomalies.csv` lists.

use hadir::domain::{
    anomalies::{Anomaly, AnomalyKind, anomalies},
    event::{Channel, Event, Joined, Left, Via, Why},
    ids::{ConnectionId, NodeEpoch, NodeId, Tag},
    time::{Millis, UnixMicros},
};

use super::{
    book::Book,
    history::{declaration, full_lesson, pseudonym, roster_rows},
};

const RUN: NodeEpoch = NodeEpoch { node: NodeId(1), epoch: 1 };
const MINUTE: i64 = 60_000;

/// A log without a limit on the persons of a device.
fn book() -> Book {
    let mut declared = declaration(full_lesson(0, 0, 5_000), false, false);
    (declared.window.minimum_ms, declared.people.persons_per_device) = (Millis(0), 0);
    Book::open(&roster_rows(None), declared, None)
}

fn join(book: &mut Book, person: u8, device: u8) -> ConnectionId {
    let s = ConnectionId { at: RUN, serial: book.last().0 };
    let d = Some(Tag([device; 10]));
    book.write(Event::Joined(Joined { p: pseudonym(person), s, channel: Channel::Online, via: Via::Ws, d, n: None }));
    s
}

fn leave(book: &mut Book, person: u8, s: ConnectionId) {
    let last = UnixMicros(book.now_us);
    book.write(Event::Left(Left { p: pseudonym(person), s, last, why: Why::Bye }));
}

fn found(book: &Book, kind: AnomalyKind) -> Vec<Anomaly> {
    anomalies(book.ledger.attendance()).into_iter().filter(|one| one.kind == kind).collect()
}

#[test]
fn a_second_device_is_seen_beside_a_first_one_that_joins_again() {
    let mut book = book();
    join(&mut book, 0, 1);
    book.pass(MINUTE);
    let reload = join(&mut book, 0, 1);
    book.pass(1_000);
    leave(&mut book, 0, reload);

    join(&mut book, 0, 2);
    book.pass(10 * MINUTE);
    join(&mut book, 2, 3);

    let parallel = found(&book, AnomalyKind::Parallel);
    assert_eq!(parallel.iter().map(|one| one.subject.clone()).collect::<Vec<_>>(), [pseudonym(0).to_string()]);
}

#[test]
fn two_devices_one_after_the_other_are_not_parallel() {
    let mut book = book();
    let first = join(&mut book, 0, 1);
    book.pass(10 * MINUTE);
    join(&mut book, 0, 2);
    // A change of devices overlaps for a while.
    book.pass(3 * MINUTE);
    leave(&mut book, 0, first);
    book.pass(10 * MINUTE);
    join(&mut book, 2, 3);

    assert_eq!(found(&book, AnomalyKind::Parallel), []);
}

#[test]
fn a_device_of_many_is_listed_although_nobody_is_held_for_it() {
    let mut book = book();
    join(&mut book, 0, 1);
    join(&mut book, 2, 1);
    join(&mut book, 5, 2);

    let shared = found(&book, AnomalyKind::SharedDevice);

    let (subject, at) = (Tag([1; 10]).to_string(), None);
    assert_eq!(shared, [Anomaly { kind: AnomalyKind::SharedDevice, subject, at, persons: 2, held: false }]);
}
