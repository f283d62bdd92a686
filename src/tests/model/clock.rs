//! What the log says of the clock that stamped it.

use hadir::domain::{
    event::{Clock, ClockStatus, Event},
    ids::NodeEpoch,
};

use super::book::Book;

fn clock(status: ClockStatus, offset_us: i64, max_error_us: u64) -> Event {
    let node: NodeEpoch = "n1.1".parse().unwrap();
    Event::Clock(Clock { node, status, offset_us, max_error_us, estimated_error_us: 1 })
}

#[test]
fn only_what_the_clock_said_during_the_lesson_is_said_of_the_lesson() {
    let mut book = Book::new();
    book.write(clock(ClockStatus::Synchronized, 900_000, 900_000));
    book.pass(10);
    book.start();
    book.write(clock(ClockStatus::Synchronized, -7, 3_000));
    book.write(clock(ClockStatus::Stepped, -200_000, 9_000_000));
    book.write(clock(ClockStatus::Unsynchronized, 5, 16_000_000));

    let clock = book.ledger.tallies().unwrap().clock;

    assert_eq!((clock.readings, clock.synchronized, clock.stepped), (3, 1, 1));
    assert_eq!((clock.worst_error_us, clock.worst_offset_us), (Some(3_000), Some(200_000)));
}
