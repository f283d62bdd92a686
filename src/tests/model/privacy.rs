//! Personal data: what the log shows when somebody is erased, and what that changes.

use hadir::domain::{
    accounts::account::{self, Reason, Status},
    event::{Disclosed, Erased, Event, Retired},
    ids::{Digest, Pseudonym},
    reviews::deed::{Deed, Found},
};

use super::{
    book::{Book, ORGANIZER, WITNESS, refused},
    history::pseudonym,
    spot_check::hold_a_lesson,
};

fn erase(p: Pseudonym) -> Event {
    Event::Erased(Erased { p, by: "organizer".into() })
}

fn account(book: &Book, p: Pseudonym) -> account::PersonAccount {
    account::person(book.ledger.attendance(), p).unwrap()
}

#[test]
fn who_is_erased_before_the_close_does_not_count_and_is_shown_with_all_their_time() {
    let mut book = Book::new();
    let before = (book.certified(), book.ledger.tallies().unwrap().tally.registered);

    book.write(erase(pseudonym(0)));
    book.write(erase(pseudonym(0)));

    let tallies = book.ledger.tallies().unwrap();
    assert_eq!((book.certified() + 1, tallies.tally.registered), before);
    assert_eq!((tallies.erased, book.ledger.attendance().privacy().len()), (1, 1));
    assert_eq!(account(&book, pseudonym(0)).status, Status::Excluded);
}

#[test]
fn who_is_erased_after_the_close_stays_counted_and_cannot_be_confirmed_by_anybody() {
    let mut book = Book::new();
    hold_a_lesson(&mut book);
    let before = book.certified();
    let certified = account::persons(book.ledger.attendance()).into_iter().find(|one| one.reason.is_none()).unwrap();

    book.write(erase(certified.person));

    assert_eq!(book.certified(), before);
    assert_eq!(account(&book, certified.person).status, Status::Certified);
    let drawing = book.act(WITNESS, Deed::Draw { persons: 9, nonce: "said afterwards".into() });
    book.write(drawing);
    let drawn = book.ledger.attendance().sample().iter().find(|one| one.person == certified.person).unwrap();
    assert_eq!(drawn.found, Some(Found::Unconfirmed));
    // What was drawn before the erasure is unconfirmed from then on, unless something was found already.
    let other = book.ledger.attendance().sample().iter().find(|one| one.found.is_none()).unwrap().person;
    book.write(erase(other));
    assert_eq!(book.ledger.tallies().unwrap().spot_check.unconfirmed, 2);
}

#[test]
fn nobody_unknown_is_erased_and_nobody_is_merged_with_somebody_erased() {
    let mut book = Book::new();
    refused(book.try_write(erase(Pseudonym([99; 16]))), "not on the roster");
    book.write(erase(pseudonym(0)));

    let merge = Deed::Merge { from: pseudonym(2), into: pseudonym(0), reason: "one human".into() };
    let merge = book.act(ORGANIZER, merge);

    refused(book.try_write(merge), "are not two rows that count");
}

#[test]
fn what_was_handed_out_and_destroyed_changes_no_count_and_says_to_whom() {
    let mut book = Book::new();
    let before = book.certified();
    let sealed = |to: &[&str]| {
        let to = to.iter().map(|key| (*key).to_owned()).collect();
        Event::Disclosed(Disclosed { to, persons: 6, sha256: Digest([5; 32]) })
    };

    refused(book.try_write(sealed(&[])), "not an entry of kind `disclose`");
    refused(book.try_write(sealed(&["age1 two words"])), "not an entry of kind `disclose`");
    book.write(sealed(&["age1abc", "age1def"]));
    book.write(Event::Retired(Retired { by: "organizer".into() }));

    assert_eq!(book.certified(), before);
    assert!(book.ledger.attendance().is_retired());
    assert_eq!(account(&book, pseudonym(0)).reason, Some(Reason::NeverJoined));
}
