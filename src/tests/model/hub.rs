//! What no hub writes, so that the fold refuses it; and what a hub may write too late to change what is settled.

use hadir::domain::{
    accounts::account::{self, Reason, Status},
    event::{
        Beat, ClaimKind, Claimed, Closed, Event, HeadCounted, Left, NodeStarted, PersonAdded, Prompted, Restarted,
        Revoked, Signal, Why,
    },
    ids::{ConnectionId, Digest, EntryIndex, NodeEpoch, NodeId, Pseudonym},
    reviews::deed::Deed,
    rules::{Declaration, PromptKind, Venue},
    time::{Millis, UnixMicros},
};

use super::{
    book::{Book, ORGANIZER, refused},
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

fn reason_of(book: &Book, person: u8) -> (Status, Option<Reason>) {
    let account = account::person(book.ledger.attendance(), pseudonym(person)).unwrap();
    (account.status, account.reason)
}

fn merge(from: u8, into: u8) -> Deed {
    Deed::Merge { from: pseudonym(from), into: pseudonym(into), reason: "one human".into() }
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

#[test]
fn a_restart_that_names_another_beat_than_the_newest_of_its_run_is_refused() {
    let mut book = book();
    book.join(0, None, None);
    let restarted = |node, beat| Event::Restarted(Restarted { node, beat });
    let opened = Some(EntryIndex(0));
    refused(book.try_write(restarted(RUN, opened)), "newest beat");
    let first = beat(&mut book, RUN, Vec::new()).ok();
    let newest = beat(&mut book, RUN, Vec::new()).ok();

    for named in [None, opened, first, Some(book.last().next())] {
        refused(book.try_write(restarted(RUN, named)), "newest beat");
    }
    refused(book.try_write(restarted(NodeEpoch { epoch: 7, ..RUN }, None)), "never began");

    book.write(restarted(RUN, newest));
}

#[test]
fn a_run_that_does_not_come_after_those_of_its_node_is_refused() {
    let mut book = book();
    let started = |node, epoch| Event::NodeStarted(NodeStarted { node, epoch, version: "0.1.0".into() });

    for epoch in [0, 1] {
        refused(book.try_write(started(NodeId(1), epoch)), "began before");
    }

    book.write(started(NodeId(1), 2));
    book.write(started(NodeId(2), 1));
    refused(book.try_write(started(NodeId(1), 1)), "began before");
}

#[test]
fn a_link_is_withdrawn_only_of_somebody_whom_the_log_knows() {
    let mut book = book();
    let revoked = |p, issue| Event::Revoked(Revoked { p, issue });
    let stranger = Pseudonym([9; 16]);
    refused(book.try_write(revoked(stranger, 1)), "not on the roster");
    refused(book.try_write(revoked(pseudonym(0), 0)), "withdraws no link");

    // Two that cross each other arrive in any order: the later one stands.
    for issue in [2, 1, 2] {
        book.write(revoked(pseudonym(0), issue));
    }

    assert_eq!(book.ledger.attendance().revoked(pseudonym(0)), 2);
}

#[test]
fn heads_are_counted_by_a_side_that_may_or_by_somebody_whom_the_log_knows() {
    let mut book = book();
    let counted = |by: &str| Event::HeadCounted(HeadCounted { venue: "hall".into(), persons: 2, by: by.to_owned() });
    let stranger = Pseudonym([9; 16]).to_string();

    for by in ["", "screen", "adjudicator", "Steward", stranger.as_str()] {
        refused(book.try_write(counted(by)), "counts no heads");
    }

    for by in ["steward", "organizer", pseudonym(ORGANIZER).to_string().as_str()] {
        book.write(counted(by));
    }
}

#[test]
fn nobody_comes_onto_the_roster_after_the_close() {
    let mut book = book();
    let added = |number: u8| {
        let (p, role, group) = (Pseudonym([number; 16]), "participant".into(), String::new());
        Event::PersonAdded(PersonAdded { p, role, group, c: Digest([0; 32]) })
    };
    book.write(added(77));
    book.start();
    book.signal(Signal::End);
    book.write(Event::Closed(Closed { by: "organizer".into() }));
    let before = book.ledger.tally().unwrap().registered;

    refused(book.try_write(added(78)), "the attempt is closed");
    // What is said again changes nothing.
    book.write(added(77));

    assert_eq!(book.ledger.tally().unwrap().registered, before);
}

#[test]
fn a_row_that_counted_for_others_reads_merged_when_it_is_merged_itself() {
    // At the opening the first row was merged into the second; only the first one's link was used.
    let mut at_the_opening = Book::open(&roster_rows(Some((0, 2))), declared(), None);
    at_the_opening.join(0, None, None);
    at_the_opening.agree(merge(2, 4));
    // The same by acts alone.
    let mut by_acts = book();
    by_acts.join(0, None, None);
    by_acts.agree(merge(0, 2));
    by_acts.agree(merge(2, 4));
    // Nobody used any of these links.
    let mut unused = book();
    unused.agree(merge(0, 2));
    unused.agree(merge(2, 4));

    for book in [at_the_opening, by_acts] {
        let merged = (Status::Excluded, Some(Reason::Merged));
        assert_eq!([reason_of(&book, 0), reason_of(&book, 2)], [merged; 2]);
        assert_ne!(reason_of(&book, 4).1, Some(Reason::NeverJoined));
    }
    let never = (Status::Excluded, Some(Reason::NeverJoined));
    assert_eq!([reason_of(&unused, 0), reason_of(&unused, 2)], [never; 2]);
}

#[test]
fn one_human_with_two_rows_makes_each_claim_once() {
    let claim = |person: u8, why| Event::Claimed(Claimed { p: pseudonym(person), why });
    let mut book = Book::open(&roster_rows(Some((0, 2))), declared(), None);
    book.start();
    book.pass(LESSON_MS as i64 * 2);
    book.write(claim(0, ClaimKind::Present));
    book.write(claim(4, ClaimKind::Hall));

    refused(book.try_write(claim(2, ClaimKind::Present)), "was made before");
    book.write(claim(2, ClaimKind::Hall));
    // Both rows had claimed the same before they turned out to be one human: both claims stand, and no third is taken.
    book.agree(merge(2, 4));
    for person in [0, 2, 4] {
        refused(book.try_write(claim(person, ClaimKind::Hall)), "was made before");
        refused(book.try_write(claim(person, ClaimKind::Present)), "was made before");
    }

    assert_eq!(book.ledger.attendance().claims().len(), 3);
}
