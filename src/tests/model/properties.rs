//! What must hold for every history.

use std::collections::BTreeSet;

use hadir::domain::{
    accounts::{account, tallies::Tallies, tally::Phase, timeline},
    event::{Beat, Event, Fact, Left, Restarted, Signal, Signalled, Why},
    ids::EntryIndex,
    ledger::Ledger,
    line::Entry,
    time::{UnixMicros, UnixMillis},
};
use proptest::prelude::*;

use super::{
    history::{BEGIN_US, History, Step, Teller, What, at, declaration, full_lesson, roster_rows},
    random::histories,
    reference::Record,
};

fn millis(instants: &[UnixMillis]) -> Vec<i64> {
    instants.iter().map(|instant| instant.0).collect()
}

/// Every count of a ledger, by name.
fn counted(tallies: &Tallies) -> Vec<(&'static str, String)> {
    let tally = &tallies.tally;
    let number = |name, value: u64| (name, value.to_string());
    let peak = |name, peak: &hadir::domain::accounts::tally::PeakCount| {
        (name, format!("{} {:?}", peak.count, millis(&peak.at)))
    };
    vec![
        number("registered", tally.registered),
        number("ever_joined", tally.ever_joined),
        number("in_lesson", tally.in_lesson),
        number("connections", tally.connections),
        number("present", tally.present),
        number("present_bridged", tally.present_bridged),
        peak("peak", &tally.peak),
        peak("peak_bridged", &tallies.peak_bridged),
        number("peak_10s.strict", tallies.peak_10s.strict),
        number("peak_10s.loose", tallies.peak_10s.loose),
        number("peak_10s_bridged.strict", tallies.peak_10s_bridged.strict),
        number("peak_10s_bridged.loose", tallies.peak_10s_bridged.loose),
        ("census", format!("{:?}", tallies.census.iter().map(|one| (one.at.0, one.present)).collect::<Vec<_>>())),
        (
            "census bridged",
            format!("{:?}", tallies.census.iter().map(|one| (one.at.0, one.present_bridged)).collect::<Vec<_>>()),
        ),
        number("full_lesson", tally.full_lesson),
        number("full_lesson_declared", tallies.full_lesson_declared),
        number("full_lesson_bridged", tallies.full_lesson_bridged),
        number("minimum_time.cumulative", tallies.minimum_time.cumulative),
        number("minimum_time.cumulative_bridged", tallies.minimum_time.cumulative_bridged),
        number("minimum_time.continuous", tallies.minimum_time.continuous),
        number("minimum_time.continuous_bridged", tallies.minimum_time.continuous_bridged),
        number("share", tallies.share.persons),
        number("share_bridged", tallies.share.persons_bridged),
        number("certifiable", tally.certifiable),
        number("certifiable_strict", tally.certifiable_strict),
        number("can_qualify", tally.can_qualify),
        ("inactive", format!("{:?}", (tallies.inactive.persons, tallies.inactive.of))),
        number("person_ms", tallies.person_ms),
        number("concurrency_ms", tallies.concurrency_ms),
        ("final", tally.is_final.to_string()),
    ]
}

/// The same counts of the reference.
fn recounted(record: &Record<'_>) -> Vec<(&'static str, String)> {
    let (grace, rule) = (record.grace(), record.rule());
    let (late, early, share) = (rule.late_ms.0, rule.early_ms.0, record.declared().share_bp());
    let number = |name, value: u64| (name, value.to_string());
    let peak = |name, grace| {
        let top = record.peak(grace);
        (name, format!("{} {:?}", top.count, top.at))
    };
    vec![
        number("registered", record.registered()),
        number("ever_joined", record.ever_joined()),
        number("in_lesson", record.in_lesson()),
        number("connections", record.connections()),
        number("present", record.present()),
        number("present_bridged", record.present_bridged()),
        peak("peak", 0),
        peak("peak_bridged", grace),
        number("peak_10s.strict", record.strict_ten_seconds(0)),
        number("peak_10s.loose", record.loose_ten_seconds(0)),
        number("peak_10s_bridged.strict", record.strict_ten_seconds(grace)),
        number("peak_10s_bridged.loose", record.loose_ten_seconds(grace)),
        ("census", format!("{:?}", record.census(0))),
        ("census bridged", format!("{:?}", record.census(grace))),
        number("full_lesson", record.full_lesson(0, 0, 0)),
        number("full_lesson_declared", record.full_lesson(late, early, 0)),
        number("full_lesson_bridged", record.full_lesson(late, early, grace)),
        number("minimum_time.cumulative", record.minimum_time(0, false)),
        number("minimum_time.cumulative_bridged", record.minimum_time(grace, false)),
        number("minimum_time.continuous", record.minimum_time(0, true)),
        number("minimum_time.continuous_bridged", record.minimum_time(grace, true)),
        number("share", record.share(0, share)),
        number("share_bridged", record.share(grace, share)),
        number("certifiable", record.certified(grace).len() as u64),
        number("certifiable_strict", record.certified(0).len() as u64),
        number("can_qualify", record.can_qualify()),
        ("inactive", format!("{:?}", record.inactive())),
        number("person_ms", record.person_ms() as u64),
        number("concurrency_ms", record.concurrency_ms() as u64),
        ("final", record.is_final().to_string()),
    ]
}

fn person_rows(ledger: &Ledger) -> Vec<String> {
    let rows = account::persons(ledger.attendance()).into_iter().map(|row| {
        let (status, reason) = (row.status.name(), row.reason.map_or("", account::Reason::name));
        let (first, last) = (row.first_join.map(|at| at.0), row.last_leave.map(|at| at.0));
        format!(
            "{} {status} {reason} {} {first:?} {last:?} {} {} {} {} {} {}",
            row.person,
            row.channel,
            row.present_ms.0,
            row.present_bridged_ms.0,
            row.longest_ms.0,
            row.connections,
            row.role,
            row.group
        )
    });
    rows.collect()
}

fn connection_rows(ledger: &Ledger) -> Vec<String> {
    let rows = account::connections(ledger.attendance()).into_iter().map(|row| {
        let (join, proof, leave) = (row.join.0, row.last_proof.0, row.leave.map(|at| at.0));
        format!("{} {} {} {join} {proof} {leave:?} {}", row.person, row.connection, row.channel, row.cause)
    });
    rows.collect()
}

fn second_rows(ledger: &Ledger) -> Vec<String> {
    let rows = timeline::timeline(ledger.attendance());
    rows.iter().map(|row| format!("{} {} {} {}", row.at.0, row.present, row.present_bridged, row.connections)).collect()
}

fn ledger(history: &History) -> Ledger {
    Ledger::new(&history.roster_csv()).unwrap()
}

fn folded(history: &History) -> Ledger {
    let mut ledger = ledger(history);
    history.lines().iter().for_each(|line| ledger.accept(&line.bytes).unwrap());
    ledger
}

/// Whether a fact can come a second time: a resubmitted batch, a node that does not know that it was heard.
fn can_return(event: &Event) -> bool {
    matches!(
        event,
        Event::Joined(_)
            | Event::Left(_)
            | Event::Beat(_)
            | Event::PersonAdded(_)
            | Event::Scanned(_)
            | Event::Answered(_)
    )
}

/// Every fact that can return, twice; a void still names the signal that it took back, and a restart the newest beat.
fn twice(facts: &[Fact]) -> Vec<Fact> {
    let (mut all, mut places): (Vec<Fact>, Vec<EntryIndex>) = (Vec::new(), Vec::new());
    for fact in facts {
        let mut fact = fact.clone();
        if let Event::Signalled(Signalled { voids: Some(voided), .. }) = &mut fact.event {
            *voided = places[voided.0 as usize];
        }
        if let Event::Restarted(Restarted { beat: Some(newest), .. }) = &mut fact.event {
            *newest = places[newest.0 as usize];
        }
        all.extend(std::iter::repeat_n(fact.clone(), if can_return(&fact.event) { 2 } else { 1 }));
        // Where the fact stands now: its newest copy.
        places.push(EntryIndex(all.len() as u64 - 1));
    }
    all
}

/// Beats that vouch for all who are open, then leaves that say that they were gone from the beginning.
fn lies_about_the_open(history: &History) -> Vec<Fact> {
    let entries = history.entries();
    let (at, stays) = (history.facts.last().unwrap().at, Record { roster: &history.roster, entries: &entries }.stays());
    let open = || stays.iter().filter(|stay| stay.ended.is_none());
    let runs: BTreeSet<_> = open().map(|stay| stay.connection.at).collect();
    let beat = |node| Event::Beat(Beat { node, horizon: at.wall, except: Vec::new() });
    let (last, why) = (UnixMicros(BEGIN_US), Why::Silent);
    let leaves = open().map(|stay| Event::Left(Left { p: stay.person, s: stay.connection, last, why }));
    runs.into_iter().map(beat).chain(leaves).map(|event| Fact { at, event }).collect()
}

/// Compares the counts after the first `size` lines.
fn assert_agreement(history: &History, entries: &[Entry], ledger: &Ledger) {
    let record = Record { roster: &history.roster, entries };
    let both = counted(&ledger.tallies().unwrap()).into_iter().zip(recounted(&record));
    let differing: Vec<_> = both.filter(|(fold, reference)| fold != reference).collect();
    assert!(differing.is_empty(), "after {} entries (fold, reference): {differing:?}\n{history:?}", entries.len());
}

fn assert_rows_agree(history: &History, entries: &[Entry], ledger: &Ledger) {
    let record = Record { roster: &history.roster, entries };
    assert_same_rows(person_rows(ledger), record.person_rows());
    assert_same_rows(connection_rows(ledger), record.connection_rows());
    assert_same_rows(second_rows(ledger), record.second_rows());
}

fn assert_same_rows(fold: Vec<String>, reference: Vec<String>) {
    assert_eq!(fold.len(), reference.len());
    let differing: Vec<_> = fold.iter().zip(&reference).filter(|(fold, reference)| fold != reference).collect();
    assert!(differing.is_empty(), "rows differ (fold, reference): {differing:#?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_fold_counts_what_the_rules_say(history in histories(0)) {
        let (lines, entries) = (history.lines(), history.entries());
        let mut ledger = ledger(&history);

        lines.iter().for_each(|line| ledger.accept(&line.bytes).unwrap());

        assert_agreement(&history, &entries, &ledger);
        assert_rows_agree(&history, &entries, &ledger);
    }

    #[test]
    fn every_count_is_right_at_every_moment(history in histories(1), at in any::<prop::sample::Index>()) {
        let (lines, entries) = (history.lines(), history.entries());
        let size = at.index(lines.len()) + 1;
        let mut ledger = ledger(&history);

        for line in &lines[..size] {
            ledger.accept(&line.bytes).unwrap();
        }

        assert_agreement(&history, &entries[..size], &ledger);
        assert_rows_agree(&history, &entries[..size], &ledger);
    }

    #[test]
    fn a_fact_that_comes_again_counts_once(history in histories(0), from in any::<prop::sample::Index>()) {
        let from = from.index(history.facts.len());
        let mut replayed = history.clone();
        replayed.facts = twice(&history.facts);
        let tail = history.facts[from..].iter().filter(|fact| can_return(&fact.event)).cloned();
        replayed.facts.extend(tail);

        let (once, again) = (folded(&history), folded(&replayed));

        assert_eq!(counted(&once.tallies().unwrap()), counted(&again.tallies().unwrap()));
        assert_same_rows(person_rows(&once), person_rows(&again));
        assert_same_rows(connection_rows(&once), connection_rows(&again));
    }

    #[test]
    fn counts_do_not_depend_on_when_somebody_looks(history in histories(1)) {
        let mut watched = ledger(&history);
        for line in history.lines() {
            watched.accept(&line.bytes).unwrap();
            watched.tallies().unwrap();
        }

        assert_eq!(watched.tallies(), folded(&history).tallies());
    }

    #[test]
    fn the_identities_of_the_rules_hold(history in histories(1)) {
        let ledger = folded(&history);
        let tallies = ledger.tallies().unwrap();
        let (tally, persons) = (&tallies.tally, account::persons(ledger.attendance()));
        let present: u64 = persons.iter().map(|row| row.present_ms.0).sum();
        let names: BTreeSet<_> = persons.iter().map(|row| row.person).collect();
        let explained = persons.iter().filter(|row| (row.status == account::Status::Certified) == row.reason.is_none());

        for balance in ledger.attendance().balances() {
            assert_eq!((balance.lowest, balance.last), (0, tally.present as i64));
        }
        assert_eq!(tallies.person_ms, tallies.concurrency_ms);
        assert!(tallies.person_ms <= present);
        assert!(tally.full_lesson <= tally.in_lesson && tally.in_lesson <= tally.ever_joined);
        assert!(tally.ever_joined <= tally.registered && tally.full_lesson <= tallies.share.persons);
        assert!(tally.peak.count <= tally.in_lesson.max(tally.present));
        assert!(tallies.census.iter().all(|one| one.present <= tally.peak.count));
        assert!(tallies.census.iter().all(|one| one.present_bridged <= tallies.peak_bridged.count));
        assert!(tallies.peak_10s.strict <= tally.peak.count && tallies.peak_10s.strict <= tallies.peak_10s.loose);
        // Nobody can still qualify of whom nothing more can be heard.
        let is_complete = tally.is_final && tally.phase == Phase::Closed;
        assert!(!is_complete || tally.can_qualify == tally.certifiable);
        assert!(tally.certifiable_strict <= tally.certifiable && tally.certifiable <= tally.registered);
        assert!(tally.peak.count <= tallies.peak_bridged.count);
        assert_eq!(names.len(), persons.len());
        assert_eq!(explained.count(), persons.len());
    }

    #[test]
    fn nothing_that_is_said_of_connections_changes_a_final_count(history in histories(1)) {
        let mut told = history.clone();
        told.facts.extend(lies_about_the_open(&history));
        let mut ledger = ledger(&told);

        for (line, entry) in told.lines().iter().zip(told.entries()) {
            let before = ledger.tally();
            ledger.accept(&line.bytes).unwrap();

            let of_connections = matches!(entry.event, Event::Left(_) | Event::Beat(_) | Event::Restarted(_));
            if let Some(settled) = before.filter(|tally| tally.is_final && of_connections) {
                let after = ledger.tally().unwrap();
                assert_eq!((after.is_final, after.certifiable), (true, settled.certifiable), "{entry:?}");
            }
        }
    }

    #[test]
    fn a_late_leave_lowers_a_past_peak(others in 0_u8..3, silent_ms in 1_i64..20_000, later_ms in 0_i64..50_000) {
        let wait = |wait_ms: i64, what| Step { wait_us: wait_ms * 1_000, what };
        let join = |person| wait(0, What::Join { person, node: u16::from(person), device: 0 });
        // Person 0 was last proved before the start; nobody knows it until long after.
        let mut steps = vec![join(0)];
        steps.extend([2, 4, 5].into_iter().take(usize::from(others)).map(join));
        steps.push(wait(silent_ms, What::Signal(Signal::Start)));
        steps.push(wait(later_ms, What::Add { person: 0 }));
        let back_us = (silent_ms + later_ms) * 1_000;
        steps.push(wait(0, What::Leave { pick: 0, back_us }));
        let teller = || Teller::new(declaration(full_lesson(0, 0, 0), true, true), roster_rows(None));
        let (before, after) = (folded(&teller().tell(&steps[..steps.len() - 1])), folded(&teller().tell(&steps)));

        let peaks = [before, after].map(|ledger| ledger.tally().unwrap().peak);

        assert_eq!(peaks[0].count, u64::from(others) + 1);
        assert_eq!(peaks[0].at, [at(silent_ms)]);
        assert_eq!(peaks[1].count, u64::from(others));
    }
}
