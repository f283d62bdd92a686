//! What an organizer with all keys of the hub could write, and no verifier accepts: it folds the same lines.

use hadir::domain::{
    accounts::incidents::{IncidentKind, incidents},
    event::{
        Acted, Answered, Closed, Event, NonceGiven, Prompted, Revealed, Signal, Signalled, StaffEnrolled, StaffRole,
    },
    fold::{
        intervals::Interval,
        prompts::{Seed, schedule},
    },
    ids::{Digest, EntryIndex, Pseudonym},
    reviews::deed::Deed,
    rules::{PromptKind, PromptPlan},
    time::{Millis, UnixMicros, UnixMillis},
};

use super::{
    book::{Book, ORGANIZER, SEED, TIMEKEEPER, WITNESS, key, refused},
    history::{BEGIN_US, LESSON_MS, declaration, full_lesson, pseudonym, roster_rows},
};

fn strike(person: u8) -> Deed {
    Deed::Strike { person: pseudonym(person), reason: "a bot".into() }
}

#[test]
fn an_organizer_who_strikes_alone_strikes_nobody() {
    let mut book = Book::new();
    let before = book.certified();
    let proposal = book.act(ORGANIZER, strike(0));
    let of = book.write(proposal);

    let own = book.act(ORGANIZER, Deed::Confirm { of });
    refused(book.try_write(own), "the other side");
    // The key of the other side is not the organizer's: what is signed with another is none.
    let forged = book.act_as(WITNESS, &key(ORGANIZER), Deed::Confirm { of });
    refused(book.try_write(forged), "not of the enrolled key");

    // Until the other side decides the person is held; then they count again.
    assert_eq!(book.certified(), before - 1);
    let dismissal = book.act(WITNESS, Deed::Dismiss { of });
    book.write(dismissal);
    assert_eq!(book.certified(), before);
}

#[test]
fn an_organizer_who_takes_a_strike_back_alone_takes_nothing_back() {
    let mut book = Book::new();
    let [of, _] = book.agree(strike(0));
    let after = book.certified();
    let reversal = book.act(ORGANIZER, Deed::Reverse { strike: of, reason: "a friend".into() });
    let reversal = book.write(reversal);

    let own = book.act(ORGANIZER, Deed::Confirm { of: reversal });
    refused(book.try_write(own), "the other side");

    assert_eq!(book.certified(), after);
}

#[test]
fn an_organizer_who_merges_a_person_away_alone_merges_nobody() {
    let mut book = Book::new();
    let before = book.certified();
    let merge = Deed::Merge { from: pseudonym(0), into: pseudonym(2), reason: "one human".into() };
    let proposal = book.act(ORGANIZER, merge);
    let of = book.write(proposal);

    let own = book.act(ORGANIZER, Deed::Confirm { of });
    refused(book.try_write(own), "the other side");

    assert_eq!((book.certified(), book.ledger.attendance().merged()), (before, 0));
}

#[test]
fn an_organizer_who_moves_the_window_is_found() {
    let mut book = Book::new();
    refused(
        book.try_write(Event::Signalled(Signalled::new(Signal::Start, "organizer".into()))),
        "signed agreement of both sides",
    );
    book.start();
    let agreed = book.ledger.attendance().acts().map(|act| act.entry).collect::<Vec<_>>();
    book.pass(1_000);

    // Neither an end before the minimum, nor one with the agreement on the start.
    refused(
        book.try_write(Event::Signalled(Signalled {
            acts: Some([agreed[0], agreed[1]]),
            ..Signalled::new(Signal::End, "organizer".into())
        })),
        "the lesson must last until",
    );
    book.pass(30_000);
    refused(
        book.try_write(Event::Signalled(Signalled {
            acts: Some([agreed[0], agreed[1]]),
            ..Signalled::new(Signal::End, "organizer".into())
        })),
        "signed agreement of both sides",
    );
    let void = Signalled { voids: Some(EntryIndex(7)), ..Signalled::new(Signal::Void, "organizer".into()) };
    refused(book.try_write(Event::Signalled(void)), "signed agreement of both sides");
}

#[test]
fn an_agreement_that_was_kept_for_later_or_meant_another_signal_gives_none() {
    let signalled =
        |signal, acts| Event::Signalled(Signalled { acts: Some(acts), ..Signalled::new(signal, "both".into()) });
    let mut book = Book::new();
    let start = Deed::Signal { signal: Signal::Start };
    let kept = book.agree(start.clone());
    book.pass(11_000);
    refused(book.try_write(signalled(Signal::Start, kept)), "signed agreement of both sides");
    book.start();

    // Both sides void the start, and the organizer keeps a second proposal for the next one.
    let [first, second] = [Signal::Void; 2].map(|signal| {
        let proposal = book.act(ORGANIZER, Deed::Signal { signal });
        book.write(proposal)
    });
    let confirmation = book.act(WITNESS, Deed::Confirm { of: first });
    let confirmation = book.write(confirmation);
    let voids = book.ledger.attendance().newest_signal();
    let void = Signalled { voids, acts: Some([first, confirmation]), ..Signalled::new(Signal::Void, "both".into()) };
    book.write(Event::Signalled(void));
    book.start();
    let late = book.act(WITNESS, Deed::Confirm { of: second });
    refused(book.try_write(late), "is no proposal that waits");
}

#[test]
fn a_log_that_is_opened_in_earnest_on_the_terms_of_a_rehearsal_is_refused() {
    let declared = declaration(full_lesson(0, 0, 5_000), true, false);

    let opened = Book::try_open(&roster_rows(None), declared, false, None).map(|book| book.last());

    refused(opened, "whether this is a rehearsal");
}

#[test]
fn nobody_enrols_on_both_sides_to_agree_with_themselves() {
    let mut book = Book::new();
    let key = Digest(key(ORGANIZER).verifying_key().to_bytes());
    let as_witness = StaffEnrolled { p: pseudonym(ORGANIZER), role: StaffRole::Witness, key };

    refused(book.try_write(Event::StaffEnrolled(as_witness)), "enrolled for the other side");
}

#[test]
fn an_act_that_was_forged_replayed_or_made_for_another_log_is_none() {
    let mut book = Book::new();
    let good = book.act(WITNESS, Deed::Note { text: "the doors are open".into() });
    let Event::Acted(acted) = &good else { panic!("an act") };
    let altered = Event::Acted(Acted { text: acted.text.replace("open", "shut"), ..acted.clone() });
    let stolen = Event::Acted(Acted { p: pseudonym(ORGANIZER), ..acted.clone() });
    let stranger = Event::Acted(Acted { p: pseudonym(0), ..acted.clone() });

    refused(book.try_write(altered), "not of the enrolled key");
    refused(book.try_write(stolen), "not of the enrolled key");
    refused(book.try_write(stranger), "not enrolled");
    book.write(good.clone());
    refused(book.try_write(good), "received before");
}

#[test]
fn nobody_who_counts_is_enrolled_to_act() {
    let mut book = Book::new();

    let participant = StaffEnrolled { p: pseudonym(0), role: StaffRole::Adjudicator, key: Digest([8; 32]) };

    refused(book.try_write(Event::StaffEnrolled(participant)), "whoever counts does not act");
}

#[test]
fn a_key_that_comes_after_the_start_signs_nothing() {
    let mut book = Book::new();
    book.start();

    let late = StaffEnrolled { p: pseudonym(TIMEKEEPER), role: StaffRole::Adjudicator, key: Digest([8; 32]) };

    refused(book.try_write(Event::StaffEnrolled(late)), "the lesson has started");
}

/// The planned checks as an honest hub opens them.
pub(super) fn honest(start: UnixMillis) -> Vec<Prompted> {
    let plan = PromptPlan { count: 2, kind: PromptKind::Press, answer_ms: Millis(5_000) };
    let end = UnixMicros(BEGIN_US).floor_millis().plus(Millis(20_000 + LESSON_MS));
    let planned = schedule(&plan, &SEED, "on camera", 1, Interval { start, end });
    let prompted = |(number, planned): (u32, &hadir::domain::fold::prompts::Planned)| Prompted {
        prompt: number,
        kind: PromptKind::Press,
        place: Some(planned.place),
        due: Some(planned.due.to_micros()),
        closes: planned.due.plus(plan.answer_ms).to_micros(),
        word: None,
        by: "plan".into(),
    };
    (1..).zip(&planned).map(prompted).collect()
}

/// Plays a lesson whose checks are opened so, to its close.
fn close(checks: impl Fn(UnixMillis) -> Vec<Prompted>, seed: Seed) -> Result<Book, String> {
    let mut book = Book::new();
    let start = book.start();
    for check in checks(start) {
        book.now_us = check.due.unwrap().0;
        book.try_write(Event::Prompted(Box::new(check)))?;
    }
    book.pass(LESSON_MS as i64 * 2);
    book.try_write(Event::Revealed(Revealed { seed }))?;
    book.try_write(Event::Closed(Closed { by: "organizer".into() }))?;
    Ok(book)
}

#[test]
fn a_check_that_takes_answers_for_less_or_more_than_declared_is_refused() {
    let for_ms = |ms: u64| {
        move |start: UnixMillis| {
            let mut checks = honest(start);
            checks[0].closes = checks[0].due.unwrap().floor_millis().plus(Millis(ms)).to_micros();
            checks
        }
    };

    close(for_ms(4_500), SEED).unwrap();
    for ms in [1, 3_999, 5_001] {
        refused(close(for_ms(ms), SEED), "longer or shorter than declared");
    }
}

#[test]
fn a_planned_check_that_was_never_opened_is_an_incident_at_its_time() {
    let without_the_first = |start: UnixMillis| {
        let mut checks = honest(start);
        checks.remove(0);
        checks.iter_mut().zip(1..).for_each(|(check, number)| check.prompt = number);
        checks
    };

    let book = close(without_the_first, SEED).unwrap();

    let start = book.ledger.attendance().window().unwrap().start;
    let due = honest(start)[0].due.unwrap().floor_millis();
    let found = incidents(book.ledger.attendance());
    let seen: Vec<_> = found.iter().map(|one| (one.kind, one.subject.as_str(), one.from)).collect();
    assert_eq!(seen, [(IncidentKind::MissedCheck, "1", due)]);
}

#[test]
fn a_check_whose_time_was_chosen_instead_of_drawn_is_found() {
    let moved = |start: UnixMillis| {
        let mut checks = honest(start);
        checks[0].due = checks[0].due.map(|due| UnixMicros(due.0 + 1_000));
        checks
    };

    close(honest, SEED).unwrap();
    refused(close(moved, SEED), "check 1 was not opened with the time");
    refused(close(honest, Seed(Digest([8; 32]))), "not the one that was committed to");
}

#[test]
fn a_log_that_hides_the_seed_or_changes_the_nonce_is_never_closed() {
    let mut book = Book::new();
    refused(book.try_write(Event::Closed(Closed { by: "organizer".into() })), "after their seed is revealed");
    let another = NonceGiven { nonce: "more to my taste".into(), by: "adjudicator".into() };
    refused(book.try_write(Event::NonceGiven(another)), "it stays");
    book.start();
    refused(book.try_write(Event::Revealed(Revealed { seed: SEED })), "revealed after the lesson");
}

#[test]
fn no_nonce_comes_after_a_check_was_opened_whose_time_somebody_could_compare() {
    let mut declared = declaration(full_lesson(0, 0, 5_000), true, false);
    declared.prompts = Some(PromptPlan { count: 2, kind: PromptKind::Press, answer_ms: Millis(5_000) });
    let mut book = Book::open(&roster_rows(None), declared, Some(SEED.commitment()));
    let given = || Event::NonceGiven(NonceGiven { nonce: "on camera".into(), by: "adjudicator".into() });
    let start = book.start();
    let at_will =
        Prompted { place: None, due: None, closes: start.plus(Millis(5_000)).to_micros(), ..honest(start).remove(0) };
    book.write(Event::Prompted(Box::new(at_will)));
    let acts = Some(book.agree(Deed::Signal { signal: Signal::Void }));
    let voids = book.ledger.attendance().newest_signal();
    book.write(Event::Signalled(Signalled { acts, voids, ..Signalled::new(Signal::Void, "both".into()) }));

    assert!(book.ledger.attendance().window().is_none());
    refused(book.try_write(given()), "the lesson has started");
}

#[test]
fn an_answer_after_the_close_counts_for_nothing() {
    let mut book = Book::new();
    let s = book.join(0, None, None);
    let start = book.start();
    let check = honest(start).remove(1);
    book.now_us = check.due.unwrap().0;
    book.write(Event::Prompted(Box::new(Prompted { prompt: 1, ..check })));
    book.signal(Signal::End);
    book.write(Event::Revealed(Revealed { seed: SEED }));
    book.write(Event::Closed(Closed { by: "organizer".into() }));

    let choice = Some("HERE".to_owned());
    book.write(Event::Answered(Answered { p: pseudonym(0), s, prompt: 1, choice }));

    assert_eq!(book.ledger.attendance().checks()[0].answered, 0);
}

#[test]
fn attendance_is_never_closed_while_the_lesson_runs() {
    let mut book = Book::open(&roster_rows(None), declaration(full_lesson(0, 0, 5_000), false, false), None);
    let close = |book: &mut Book| book.try_write(Event::Closed(Closed { by: "organizer".into() }));
    refused(close(&mut book), "the lesson is not over");
    book.start();
    refused(close(&mut book), "the lesson is not over");
    book.pass(LESSON_MS as i64 * 2);
    close(&mut book).unwrap();
}

#[test]
fn a_seed_that_is_revealed_before_the_start_opens_no_check_at_a_chosen_time() {
    let mut book = Book::new();
    book.write(Event::Revealed(Revealed { seed: SEED }));
    let start = book.start();
    let check = honest(start).remove(0);
    book.now_us = check.due.unwrap().0;

    refused(book.try_write(Event::Prompted(Box::new(check))), "the seed is revealed");
}

#[test]
fn somebody_who_is_added_after_the_opening_does_not_count_where_the_declaration_says_so() {
    let mut book = Book::new();
    let before = book.certified();
    let p = Pseudonym([77; 16]);

    let (role, group) = ("participant".into(), String::new());
    let added = hadir::domain::event::PersonAdded { p, role, group, c: Digest([0; 32]) };
    book.write(Event::PersonAdded(added));

    assert_eq!(book.certified(), before);
}
