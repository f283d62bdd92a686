//! What no hub writes, so that the fold refuses it; and what a hub may write too late to change what is settled.

use hadir::domain::{
    accounts::account::{self},
    event::{Beat, Event, Left, Prompted, Why},
    ids::{ConnectionId, EntryIndex, NodeEpoch, NodeId},
    rules::{Declaration, PromptKind, Venue},
    time::{Millis, UnixMicros},
};

use super::{
    book::{Book, refused},
    history::{LESSON_MS, declaration, full_lesson, pseudonym, roster_rows},
};

const RUN: NodeEpoch = NodeEpoch { node: NodeId(1), epoch: 1 };

fn declared() -> Declaration {
    let mut declared = declaration(full_lesson(0, 0, 5_000), false, false);
    declared.window.minimum_ms = Millis(0);
    declared.venues = vec![Venue { id: "hall".into(), name: "Hall".into(), doors: vec!["main".into()] }];
    declared.claims.days = 1;
    declared
}

fn book() -> Book {
    Book::open(&roster_rows(None), declared(), None)
}

/// A check at will that takes answers for so long from now on.
fn at_will(book: &Book, ms: i64) -> Event {
    Event::Prompted(Box::new(Prompted {
        prompt: 1,
        kind: PromptKind::Press,
        place: None,
        due: None,
        closes: UnixMicros(book.now_us + ms * 1_000),
        word: None,
        by: "adjudicator".into(),
    }))
}

fn beat(book: &mut Book, node: NodeEpoch, except: Vec<ConnectionId>) -> Result<EntryIndex, String> {
    let horizon = UnixMicros(book.now_us);
    book.try_write(Event::Beat(Beat { node, horizon, except }))
}

#[test]
fn a_check_at_will_that_hardly_takes_answers_is_refused() {
    let without_a_plan = || book();
    for (book, least) in [(Book::new as fn() -> Book, 4_000), (without_a_plan, 30_000)] {
        let mut book = book();
        book.start();

        for ms in [-1_000, 0, least - 1, 90_001] {
            let check = at_will(&book, ms);
            refused(book.try_write(check), "longer or shorter than declared");
        }

        let check = at_will(&book, least);
        book.write(check);
    }
}

#[test]
fn a_leave_takes_back_nothing_that_a_beat_has_vouched_for() {
    let mut book = book();
    let s = book.join(0, None, None);
    let start = book.start();
    book.pass(LESSON_MS as i64 * 2);
    beat(&mut book, RUN, Vec::new()).unwrap();
    let vouched = UnixMicros(book.now_us).floor_millis();
    let before = book.ledger.tally().unwrap();

    let p = pseudonym(0);
    book.write(Event::Left(Left { p, s, last: start.to_micros(), why: Why::Silent }));

    let after = book.ledger.tally().unwrap();
    assert_eq!((before.is_final, before.certifiable), (true, 1));
    assert_eq!((after.is_final, after.certifiable), (true, 1));
    assert_eq!(account::connections(book.ledger.attendance())[0].last_proof, vouched);
}

#[test]
fn a_beat_that_excepts_a_connection_of_another_run_is_refused() {
    let mut book = book();
    let s = book.join(0, None, None);

    for at in [NodeEpoch { epoch: 2, ..RUN }, NodeEpoch { node: NodeId(2), ..RUN }] {
        let other = ConnectionId { at, ..s };
        refused(beat(&mut book, RUN, vec![s, other]), "is of another run");
    }

    beat(&mut book, RUN, vec![s]).unwrap();
}
