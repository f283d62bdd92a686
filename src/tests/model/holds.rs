//! What holds people, and how it ends: two sides release them, or a merge of rows decides it anew, for them and for
//! whoever else it concerns.

use hadir::domain::{
    accounts::{
        account::{self, Status},
        anomalies::{AnomalyKind, anomalies},
    },
    event::{Signal, Way},
    fold::holds::HoldKind,
    reviews::deed::Deed,
    rules::{Declaration, Venue},
    time::{Millis, UnixMicros},
};

use super::{
    book::{Book, ORGANIZER, WITNESS, refused},
    history::{LESSON_MS, declaration, full_lesson, pseudonym, roster_rows},
};

/// Persons whose roles count.
const A: u8 = 0;
const B: u8 = 1;
const C: u8 = 2;
/// Two more, who share another device.
const STEWARD: u8 = 3;
const HELD: u8 = 4;

fn book(change: impl FnOnce(&mut Declaration)) -> Book {
    let mut declared = declaration(full_lesson(0, 0, 5_000), false, false);
    declared.window.minimum_ms = Millis(0);
    change(&mut declared);
    Book::open(&roster_rows(None), declared, None)
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
    book.join(A, Some(1), Some(1));
    book.join(B, Some(1), Some(1));
    book.join(C, Some(2), Some(2));
    assert_eq!([A, B, C].map(|person| is_held(&book, person)), [false, true, false]);

    merge(&mut book, C, A);

    assert_eq!([A, B].map(|person| is_held(&book, person)), [false, true]);
}

#[test]
fn a_merge_of_two_who_shared_a_device_frees_who_came_after_them() {
    let mut book = book(|declared| declared.people.persons_per_device = 2);
    for person in [A, B, C] {
        book.join(person, Some(1), Some(1));
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
    book.scan(C, "hall", Way::In, made);
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
        book.join(A, Some(1), Some(1));
        book.start();
        book.pass(10_000);
        book.join(C, Some(2), Some(2));
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
    book.join(C, Some(1), Some(1));
    book.join(A, Some(1), Some(2));
    book.join(C, Some(2), Some(2));
    assert!(is_held(&book, C));

    merge(&mut book, C, A);

    assert!(!is_held(&book, A));
    assert_eq!(listed(&book), [""; 0]);
}

#[test]
fn a_connection_after_a_merge_is_compared_with_the_newest_one_of_both_rows() {
    let mut book = book(|declared| declared.people.hold_relays = true);
    book.join(A, Some(1), Some(1));
    book.join(C, Some(1), Some(2));
    merge(&mut book, C, A);
    book.start();
    book.pass(10_000);

    book.join(A, Some(2), Some(2));

    assert!(!is_held(&book, A));
}

#[test]
fn a_row_that_is_one_with_the_one_before_it_on_a_device_is_not_held() {
    let mut book = book(|declared| declared.people.persons_per_device = 1);
    book.join(A, Some(1), Some(1));
    book.join(B, Some(1), Some(1));

    merge(&mut book, A, B);

    assert!(!is_held(&book, B));
}

fn release(person: u8) -> Deed {
    release_from([HoldKind::SharedDevice], person)
}

fn release_from<const N: usize>(holds: [HoldKind; N], person: u8) -> Deed {
    Deed::Release { person: pseudonym(person), holds: holds.into(), reason: "a family at one phone".into() }
}

#[test]
fn whoever_is_held_is_released_by_two_sides_and_by_no_one_alone() {
    let mut book = book(|declared| declared.people.persons_per_device = 1);
    book.join(A, Some(1), Some(1));
    book.join(B, Some(1), Some(1));

    let free = book.act(ORGANIZER, release(A));
    refused(book.try_write(free), "held by nothing that a release ends");
    let proposal = book.act(ORGANIZER, release(B));
    let of = book.write(proposal);
    assert!(is_held(&book, B), "a proposal alone releases nobody");
    let own = book.act(ORGANIZER, Deed::Confirm { of });
    refused(book.try_write(own), "the other side");
    let confirmed = book.act(WITNESS, Deed::Confirm { of });
    book.write(confirmed);

    assert!(!is_held(&book, B));
    book.join(C, Some(1), Some(1));
    assert!(is_held(&book, C), "whoever comes after them is held all the same");
    let again = book.act(WITNESS, release(B));
    refused(book.try_write(again), "held by nothing that a release ends");
}

#[test]
fn a_release_ends_no_strike_and_no_proposal_of_one() {
    let mut book = book(|declared| declared.people.persons_per_device = 1);
    book.join(A, Some(1), Some(1));
    book.join(B, Some(1), Some(1));
    let strike = || Deed::Strike { person: pseudonym(B), reason: "a bot".into() };
    let accused = book.act(ORGANIZER, strike());
    book.write(accused);

    book.agree(release(B));

    assert!(is_held(&book, B), "they are held until the strike is decided");
}

#[test]
fn a_release_frees_from_what_held_when_it_was_proposed_and_from_nothing_that_came_since() {
    let mut book = book(|declared| declared.people.persons_per_device = 1);
    for (person, device) in [(A, 1), (B, 1), (C, 2)] {
        book.join(person, Some(device), Some(1));
    }
    let proposal = book.act(WITNESS, release(B));
    let of = book.write(proposal);
    book.join(B, Some(2), Some(1));
    let confirmed = book.act(ORGANIZER, Deed::Confirm { of });
    book.write(confirmed);
    assert!(is_held(&book, B), "the second device is nothing that the witness has signed");

    book.agree(release(B));

    assert!(!is_held(&book, B));
    book.start();
    book.pass(10_000);
    book.join(A, Some(1), Some(1));
    let tallies = book.ledger.tallies().unwrap();
    assert_eq!((tallies.tally.certifiable, tallies.certifiable_without_releases), (3, 2));
}

#[test]
fn a_release_that_names_other_causes_than_hold_is_refused() {
    let mut book = book(|declared| declared.people.persons_per_device = 1);
    book.join(A, Some(1), Some(1));
    book.join(B, Some(1), Some(1));

    for holds in [vec![], vec![HoldKind::LateScan], vec![HoldKind::SharedDevice, HoldKind::LateScan]] {
        let holds = holds.into_iter().collect();
        let deed = Deed::Release { person: pseudonym(B), holds, reason: "a family".into() };
        let act = book.act(ORGANIZER, deed);
        refused(book.try_write(act), "held by something else than the release says");
    }
}

#[test]
fn nobody_who_acts_comes_to_count_by_a_merge() {
    let mut book = book(|_| {});

    for (from, into) in [(WITNESS, A), (A, WITNESS)] {
        let act =
            book.act(ORGANIZER, Deed::Merge { from: pseudonym(from), into: pseudonym(into), reason: "one".into() });
        refused(book.try_write(act), "are not two rows");
    }
}

#[test]
fn a_late_scan_after_a_release_holds_again() {
    let mut book = book(|declared| {
        let doors = vec!["main".into()];
        declared.venues = vec![Venue { id: "hall".into(), name: "Aula".into(), doors }];
        declared.hall.delay_ms = Millis(1_000);
    });
    let late = |book: &mut Book| {
        book.pass(5_000);
        book.scan(A, "hall", Way::In, UnixMicros(book.now_us - 4_000_000));
    };
    late(&mut book);
    book.agree(release_from([HoldKind::LateScan], A));
    assert!(!is_held(&book, A));

    late(&mut book);

    assert!(is_held(&book, A));
}

#[test]
fn a_merge_holds_for_what_nobody_released_and_for_nothing_else() {
    let joins = [(A, 1), (B, 1), (C, 1), (STEWARD, 2), (HELD, 2)];
    let released = |book: &mut Book| {
        for (person, device) in joins {
            book.join(person, Some(device), Some(1));
        }
        book.agree(release(B));
    };
    let (mut same, mut other) = (
        book(|declared| declared.people.persons_per_device = 1),
        book(|declared| declared.people.persons_per_device = 1),
    );
    released(&mut same);
    released(&mut other);

    merge(&mut same, C, B);
    merge(&mut other, HELD, B);

    assert_eq!([&same, &other].map(|book| is_held(book, B)), [false, true]);
}
