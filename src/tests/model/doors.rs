//! What scans at the doors of halls prove, and what they do not.

use hadir::domain::{
    accounts::account::{self, PersonAccount},
    event::{Closed, Event, Way},
    rules::Venue,
    time::{Millis, UnixMicros},
};

use super::{
    book::Book,
    history::{LESSON_MS, declaration, full_lesson, pseudonym, roster_rows},
};

const PERSON: u8 = 0;

/// A lesson of a hundred seconds that runs.
fn lesson() -> Book {
    let mut declared = declaration(full_lesson(10_000, 0, 5_000), false, false);
    declared.window.minimum_ms = Millis(0);
    declared.venues.push(Venue { id: "gym".into(), name: "Gym".into(), doors: vec!["main".into()] });
    let mut book = Book::open(&roster_rows(None), declared, None);
    book.start();
    book
}

/// A scan ten seconds after the one before it.
fn scan(book: &mut Book, venue: &str, way: Way) {
    book.pass(10_000);
    book.scan(PERSON, venue, way, UnixMicros(book.now_us));
}

fn account(book: &Book) -> PersonAccount {
    account::person(book.ledger.attendance(), pseudonym(PERSON)).unwrap()
}

#[test]
fn nobody_is_credited_for_the_time_between_an_entry_to_one_hall_and_an_exit_from_another() {
    let mut book = lesson();

    scan(&mut book, "hall", Way::In);
    scan(&mut book, "gym", Way::Out);

    assert_eq!(account(&book).present_ms, Millis(0));
    assert!(!book.ledger.attendance().is_inside(pseudonym(PERSON)));
}

#[test]
fn who_is_called_in_another_hall_than_they_entered_is_there_from_the_call_on() {
    let mut book = lesson();

    scan(&mut book, "hall", Way::In);
    scan(&mut book, "gym", Way::Roll);
    scan(&mut book, "gym", Way::Out);

    assert_eq!(account(&book).present_ms, Millis(10_000));
    assert_eq!(account::connections(book.ledger.attendance()).len(), 2);
}

#[test]
fn who_was_never_scanned_out_can_qualify_no_more_once_the_attempt_is_closed() {
    let mut book = lesson();
    scan(&mut book, "hall", Way::In);
    book.pass(LESSON_MS as i64 * 2);

    book.write(Event::Closed(Closed { by: "organizer".into() }));

    let tally = book.ledger.tally().unwrap();
    assert!(tally.is_final);
    assert_eq!((tally.hall.inside, tally.can_qualify, tally.certifiable), (1, 0, 0));
}

#[test]
fn who_is_inside_has_not_left() {
    let mut book = lesson();

    scan(&mut book, "hall", Way::In);
    assert_eq!(account(&book).last_leave, None);
    scan(&mut book, "hall", Way::Out);

    assert_eq!(account(&book).last_leave, Some(UnixMicros(book.now_us).floor_millis()));
}
