//! The spot check: who is drawn, by what, and when it is passed.

use hadir::domain::{
    event::{Answered, Channel, Closed, Event, Joined, Revealed, Via},
    ids::{ConnectionId, Pseudonym},
    reviews::deed::{Deed, Found},
    rules::SpotCheck,
};
use sha2::{Digest as _, Sha256};

use super::{
    book::{Book, ORGANIZER, SEED, WITNESS, refused},
    history::{LESSON_MS, pseudonym},
    lies::honest,
};

#[test]
fn a_spot_check_is_drawn_after_the_close_by_the_other_side_from_root_and_nonce() {
    let draw = || Deed::Draw { persons: 3, nonce: "said afterwards".into() };
    let mut book = Book::new();
    let early = book.act(WITNESS, draw());
    refused(book.try_write(early), "after the close");
    hold_a_lesson(&mut book);
    let root = book.ledger.head().root;

    // Harmless entries after the close change no lot.
    let noise = book.act(ORGANIZER, Deed::Note { text: "one more try".into() });
    book.write(noise);
    let own = book.act(ORGANIZER, draw());
    refused(book.try_write(own), "independent of the organizer");
    let drawing = book.act(WITNESS, draw());
    let drew = book.write(drawing);

    let certified = hadir::domain::accounts::account::persons(book.ledger.attendance());
    let certified = certified.into_iter().filter(|account| account.reason.is_none()).map(|account| account.person);
    let lot = |p: &Pseudonym| Sha256::digest(format!("hadir sample\n{root}\nsaid afterwards\n{p}\n")).to_vec();
    let mut expected: Vec<Pseudonym> = certified.collect();
    expected.sort_by_key(lot);
    expected.truncate(3);
    let drawn: Vec<_> = book.ledger.attendance().sample().iter().map(|one| one.person).collect();
    assert!(!expected.is_empty());
    assert_eq!(drawn, expected);
    let stranger = book.act(WITNESS, Deed::Outcome { draw: drew, person: pseudonym(3), found: Found::Confirmed });
    refused(book.try_write(stranger), "was not drawn");
    let found = book.act(WITNESS, Deed::Outcome { draw: drew, person: drawn[0], found: Found::Denied });
    book.write(found);
    assert_eq!(book.ledger.attendance().sample()[0].found, Some(Found::Denied));
    let tally = book.ledger.tallies().unwrap().spot_check;
    assert_eq!((tally.drawn, tally.denied, tally.open), (drawn.len() as u64, 1, drawn.len() as u64 - 1));
}

#[test]
fn a_spot_check_is_passed_only_when_enough_were_reached_and_no_more_denied_than_promised() {
    let mut book = Book::declaring(|declaration| {
        declaration.spot_check = Some(SpotCheck { persons: 2, denied_max: 0 });
    });
    hold_a_lesson(&mut book);
    let drawing = book.act(WITNESS, Deed::Draw { persons: 2, nonce: "said afterwards".into() });
    let draw = book.write(drawing);
    let [first, second] = [0, 1].map(|place| book.ledger.attendance().sample()[place].person);
    let mut say = |person, found| {
        let outcome = book.act(WITNESS, Deed::Outcome { draw, person, found });
        book.write(outcome);
        book.ledger.tallies().unwrap().spot_check.passed
    };

    assert_eq!(say(first, Found::Confirmed), Some(false), "one of two was reached");
    assert_eq!(say(second, Found::Unconfirmed), Some(false), "who is not reached confirms nothing");
    assert_eq!(say(second, Found::Confirmed), Some(true));
    assert_eq!(say(first, Found::Denied), Some(false));
}

/// A lesson of four persons who answer every check, to its close.
pub(super) fn hold_a_lesson(book: &mut Book) {
    let start = book.start();
    for person in [0, 1, 2, 5] {
        let s = ConnectionId { at: "n1.1".parse().unwrap(), serial: u64::from(person) + 1 };
        let p = pseudonym(person);
        book.write(Event::Joined(Joined { p, s, channel: Channel::Online, via: Via::Ws, d: None, n: None }));
    }
    for check in honest(start) {
        book.now_us = check.due.unwrap().0;
        let prompt = check.prompt;
        book.write(Event::Prompted(Box::new(check)));
        for person in [0, 1, 2, 5] {
            let s = ConnectionId { at: "n1.1".parse().unwrap(), serial: u64::from(person) + 1 };
            book.write(Event::Answered(Answered { p: pseudonym(person), s, prompt, choice: Some("HERE".into()) }));
        }
    }
    book.pass(LESSON_MS as i64 * 2);
    book.write(Event::Revealed(Revealed { seed: SEED }));
    book.write(Event::Closed(Closed { by: "organizer".into() }));
}
