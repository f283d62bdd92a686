//! What is decided afterwards: later versions of the declaration, claims, stewards' groups, relays.

use hadir::domain::{
    accounts::account::{self, Reason, Status},
    event::{ClaimKind, Claimed, Closed, Declared, Event, Grouped, HeadCounted, Signal, Signalled, StaffRole, Why},
    ids::{Digest, EntryIndex, Pseudonym},
    reviews::deed::{Deed, Shift},
    rules::{Declaration, RuleKind, Signals, Venue},
    time::{Millis, UnixMillis},
};

use super::{
    book::{Book, ORGANIZER, TIMEKEEPER, WITNESS, refused},
    history::{LESSON_MS, declaration, full_lesson, pseudonym, roster_rows},
};

fn declared() -> Declaration {
    let mut declared = declaration(full_lesson(0, 0, 5_000), false, false);
    declared.window.minimum_ms = Millis(0);
    declared.signals = Signals::Countersigned;
    declared.venues = vec![Venue { id: "hall".into(), name: "Hall".into(), doors: vec!["a".into()] }];
    declared
}

fn book(declared: &Declaration) -> Book {
    Book::open(&roster_rows(None), declared.clone(), None)
}

fn version(declaration: Declaration) -> Event {
    let toml = format!("title = \"{}\"\n", declaration.title);
    Event::Declared(Box::new(Declared { p: pseudonym(ORGANIZER), toml, declaration }))
}

fn account_of(book: &Book, person: u8) -> (Status, Option<Reason>) {
    let account = account::person(book.ledger.attendance(), pseudonym(person)).unwrap();
    (account.status, account.reason)
}

/// Two persons throughout, one late by seven seconds.
fn lesson(declared: &Declaration) -> Book {
    let mut book = book(declared);
    book.join(0, None, None);
    book.join(2, None, None);
    book.start();
    book.pass(7_000);
    book.join(5, None, None);
    book.pass(LESSON_MS as i64 * 2);
    book
}

fn lenient(declared: &Declaration) -> Declaration {
    let mut lenient = declared.clone();
    lenient.rule.late_ms = Millis(10_000);
    lenient
}

#[test]
fn a_later_version_counts_once_two_sides_agree_and_every_earlier_count_stays_beside_it() {
    let declared = Declaration { people: participants_and_helpers(), ..declared() };
    let mut book = lesson(&declared);
    let before = book.ledger.tally().unwrap().certifiable;

    let handed_in = book.write(version(lenient(&declared)));
    let untouched = book.ledger.tally().unwrap();
    book.agree(Deed::Declare { version: handed_in, reason: "the bridge was closed".into() });

    assert_eq!((before, untouched.certifiable), (2, 2));
    let tallies = book.ledger.tallies().unwrap();
    let counts: Vec<_> = tallies.versions.iter().map(|one| (one.entry, one.certifiable)).collect();
    assert_eq!(counts, [(EntryIndex(0), 2), (handed_in, 3)]);
    assert_eq!(tallies.tally.certifiable, 3);
    assert!(tallies.tally.rule.en.contains("10 s after the start"), "{}", tallies.tally.rule.en);
    assert_eq!(account_of(&book, 5), (Status::Certified, None));
}

fn participants_and_helpers() -> hadir::domain::rules::People {
    let mut people = declared().people;
    people.roles = vec!["participant".into(), "helper".into()];
    people
}

#[test]
fn a_version_that_drops_a_role_takes_its_persons_out_and_the_first_one_counts_them_still() {
    let declared = Declaration { people: participants_and_helpers(), ..declared() };
    let mut book = book(&declared);
    book.join(0, None, None);
    book.join(1, None, None);
    book.start();
    book.pass(LESSON_MS as i64 * 2);
    let mut narrower = declared.clone();
    narrower.people.roles = vec!["participant".into()];

    let handed_in = book.write(version(narrower));
    book.agree(Deed::Declare { version: handed_in, reason: "helpers do not count".into() });

    let tallies = book.ledger.tallies().unwrap();
    assert_eq!(account_of(&book, 1), (Status::Excluded, Some(Reason::Role)));
    assert_eq!((tallies.tally.present, tallies.tally.peak.count, tallies.tally.certifiable), (1, 1, 1));
    assert_eq!(tallies.versions.iter().map(|one| one.certifiable).collect::<Vec<_>>(), [2, 1]);
}

#[test]
fn no_version_comes_into_force_that_would_count_those_who_act() {
    let declared = declared();
    let mut book = lesson(&declared);
    let mut counting = declared.clone();
    counting.people.roles.push("committee".into());
    let version = book.write(version(counting));

    let act = book.act(ORGANIZER, Deed::Declare { version, reason: "more count".into() });

    refused(book.try_write(act), "whoever counts does not act");
}

#[test]
fn nobody_changes_the_declaration_alone_or_what_was_promised_already() {
    let declared = declared();
    let mut book = book(&declared);
    let mut moved = declared.clone();
    moved.window.planned_end = moved.window.planned_end.plus(Millis(60_000));
    refused(book.try_write(version(moved)), "`window` cannot be changed");
    refused(book.try_write(version(declared.clone())), "changes nothing");
    let mut contradictory = lenient(&declared);
    contradictory.rule.kind = RuleKind::MinimumTime;
    refused(book.try_write(version(contradictory)), "contradicts itself");
    let Event::Declared(mut stranger) = version(lenient(&declared)) else { panic!("a version") };
    stranger.p = pseudonym(0);
    refused(book.try_write(Event::Declared(stranger)), "not enrolled");

    let handed_in = book.write(version(lenient(&declared)));
    let proposal = book.act(ORGANIZER, Deed::Declare { version: handed_in, reason: "mine".into() });
    let of = book.write(proposal);
    let own = book.act(ORGANIZER, Deed::Confirm { of });
    refused(book.try_write(own), "the other side");
    let unknown = book.act(ORGANIZER, Deed::Declare { version: EntryIndex(1), reason: "none".into() });
    refused(book.try_write(unknown), "no version");
    assert_eq!(book.ledger.attendance().version_in_force(), EntryIndex(0));
}

fn claim(person: u8, why: ClaimKind) -> Event {
    Event::Claimed(Claimed { p: pseudonym(person), why })
}

#[test]
fn a_claim_is_taken_from_the_end_to_the_deadline_and_is_answered_with_a_reason() {
    let mut declared = declared();
    declared.claims.days = 1;
    let mut book = book(&declared);
    refused(book.try_write(claim(0, ClaimKind::Present)), "after the lesson");
    book.start();
    refused(book.try_write(claim(0, ClaimKind::Present)), "after the lesson");
    book.pass(LESSON_MS as i64 * 2);
    book.write(Event::Closed(Closed { by: "organizer".into() }));

    let made = book.write(claim(0, ClaimKind::Present));
    refused(book.try_write(claim(0, ClaimKind::Present)), "was made before");
    refused(book.try_write(claim(77, ClaimKind::Present)), "on no roster");
    let reason = "the log has no connection of this link".to_owned();
    let answer = book.act(WITNESS, Deed::Answer { claim: made, upheld: false, reason: reason.clone() });
    book.write(answer);
    let wrong = book.act(WITNESS, Deed::Answer { claim: EntryIndex(1), upheld: true, reason: "?".into() });
    refused(book.try_write(wrong), "is no claim");
    book.pass(2 * 86_400_000);
    refused(book.try_write(claim(1, ClaimKind::Hall)), "claims were taken until");

    let claims = book.ledger.attendance().claims();
    let answered = claims[0].answer.as_ref().unwrap();
    assert_eq!((claims.len(), answered.upheld, &answered.reason), (1, false, &reason));
    assert_eq!(account_of(&book, 0).0, Status::NotCertified, "an answer alone changes nothing");
}

#[test]
fn a_steward_looks_after_at_most_fifty_persons_who_are_nobody_elses() {
    let mut book = book(&declared());
    let group = |steward: u8, persons: Vec<Pseudonym>| {
        Event::Grouped(Box::new(Grouped { p: pseudonym(steward), label: "A-1".into(), persons }))
    };
    refused(book.try_write(group(ORGANIZER, vec![pseudonym(0); 51])), "at most 50 persons, not 51");
    refused(book.try_write(group(ORGANIZER, vec![Pseudonym([9; 16])])), "on no roster");
    book.write(group(ORGANIZER, vec![pseudonym(0), pseudonym(1)]));
    refused(book.try_write(group(WITNESS, vec![pseudonym(1)])), "another steward's group");

    let (venue, by) = ("hall".to_owned(), pseudonym(ORGANIZER).to_string());
    book.write(Event::HeadCounted(HeadCounted { venue, persons: 2, by }));

    let counted = book.ledger.attendance().head_counts()[0].group.clone().unwrap();
    assert_eq!((counted.label.as_str(), counted.assigned, counted.inside), ("A-1", 2, 0));
}

#[test]
fn whose_device_and_network_both_change_is_held_only_where_that_was_declared() {
    let relayed = |hold: bool| {
        let mut declared = declared();
        declared.people.hold_relays = hold;
        let mut book = book(&declared);
        // One changes both before the lesson, one changes the network alone, one changes both within it.
        let first = book.join(0, Some(1), Some(1));
        book.leave(0, first, Why::Closed);
        book.join(0, Some(2), Some(2));
        let second = book.join(2, Some(3), Some(3));
        let third = book.join(5, Some(4), Some(4));
        book.start();
        book.pass(10_000);
        book.leave(2, second, Why::Closed);
        book.leave(5, third, Why::Closed);
        book.join(2, Some(3), Some(6));
        book.join(5, Some(7), Some(7));
        book.pass(LESSON_MS as i64 * 2);
        [0, 2, 5].map(|person| account_of(&book, person).0)
    };

    let counts = Status::Certified;
    assert_eq!(relayed(false), [counts; 3]);
    assert_eq!(relayed(true), [counts, counts, Status::Held]);
}

#[test]
fn a_timekeepers_reading_stands_beside_the_servers_time_and_is_nobody_elses_to_give() {
    let mut book = book(&declared());
    book.enrol(TIMEKEEPER, StaffRole::Timekeeper);
    let early = book.act(TIMEKEEPER, Deed::Read { signal: Signal::Start, reading: UnixMillis(0) });
    refused(book.try_write(early), "does not stand");
    let start = book.start();

    let reading = start.plus(Millis(120));
    let others = book.act(WITNESS, Deed::Read { signal: Signal::Start, reading });
    refused(book.try_write(others), "for a timekeeper");
    let read = book.act(TIMEKEEPER, Deed::Read { signal: Signal::Start, reading });
    book.write(read);
    let shift = book.act(WITNESS, Deed::Shift { is: Shift::Begins });
    book.write(shift);
    let own = book.act(ORGANIZER, Deed::Shift { is: Shift::Begins });
    refused(book.try_write(own), "independent of the organizer");

    let readings = book.ledger.tallies().unwrap().readings;
    assert_eq!((readings.len(), readings[0].server, readings[0].difference_ms), (1, start, 120));
}

#[test]
fn digests_of_versions_are_those_of_their_files() {
    use sha2::{Digest as _, Sha256};
    let declared = declared();
    let mut book = book(&declared);
    let mut renamed = lenient(&declared);
    renamed.title = "The same lesson".into();

    book.write(version(renamed));

    let digest = Digest(Sha256::digest("title = \"The same lesson\"\n").into());
    assert_eq!(book.ledger.attendance().versions()[1].digest, digest);
}

#[test]
fn a_reading_of_a_signal_that_was_taken_back_stands_beside_no_later_one() {
    let mut book = book(&declared());
    book.enrol(TIMEKEEPER, StaffRole::Timekeeper);
    let mistaken = book.start();
    let read = book.act(TIMEKEEPER, Deed::Read { signal: Signal::Start, reading: mistaken });
    book.write(read);
    let voids = book.ledger.attendance().newest_signal();
    let acts = Some(book.agree(Deed::Signal { signal: Signal::Void }));
    book.write(Event::Signalled(Signalled { acts, voids, ..Signalled::new(Signal::Void, "organizer+witness".into()) }));
    book.pass(60_000);

    let start = book.start();
    assert_eq!(book.ledger.attendance().readings(), []);
    let read = book.act(TIMEKEEPER, Deed::Read { signal: Signal::Start, reading: start });
    book.write(read);

    assert_eq!(book.ledger.attendance().readings().len(), 1);
}

#[test]
fn many_accounts_at_once_say_what_each_says_alone() {
    let mut book = lesson(&declared());
    book.agree(Deed::Merge { from: pseudonym(5), into: pseudonym(2), reason: "one human".into() });
    let attendance = book.ledger.attendance();
    let all = account::persons(attendance);

    let wanted = all.iter().map(|one| one.person).chain([pseudonym(0), Pseudonym([9; 16])]);
    let found = account::accounts_of(attendance, wanted);

    assert_eq!(found.into_values().collect::<Vec<_>>(), all);
    assert_eq!(account::person(attendance, pseudonym(5)), all.into_iter().find(|one| one.person == pseudonym(5)));
    assert_eq!(account_of(&book, 5), (Status::Excluded, Some(Reason::Merged)));
}

#[test]
fn a_person_reads_their_own_claims_and_nobody_elses() {
    let mut declared = declared();
    declared.claims.days = 1;
    let mut book = lesson(&declared);
    let kinds = [ClaimKind::Present, ClaimKind::CutOff, ClaimKind::Hall, ClaimKind::Answered, ClaimKind::Mistaken];

    let made: Vec<EntryIndex> = kinds.into_iter().map(|why| book.write(claim(0, why))).collect();
    let other = book.write(claim(1, ClaimKind::Hall));

    let of = |person| book.ledger.attendance().claims_of(pseudonym(person)).map(|one| one.entry).collect::<Vec<_>>();
    assert_eq!((of(0), of(1), of(2)), (made, vec![other], Vec::new()));
}
