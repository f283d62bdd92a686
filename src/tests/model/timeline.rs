//! The timeline of logs that last for longer than any lesson.

use hadir::domain::{
    accounts::timeline::{SECONDS_MAX, Second, timeline},
    event::Signal,
    ledger::Ledger,
};

use super::history::{Step, Teller, What, declaration, full_lesson, roster_rows};

const SECOND_US: i64 = 1_000_000;
const YEAR_US: i64 = 365 * 86_400 * SECOND_US;

/// Two stays, the second of half a minute, and a close after both.
fn rows(first_stays_us: i64, between_us: i64) -> Vec<Second> {
    let step = |wait_us, what| Step { wait_us, what };
    let join = |wait_us| step(wait_us, What::Join { person: 0, node: 0, device: 0 });
    let leave = |after_us| step(after_us, What::Leave { pick: 0, back_us: 0 });
    let signal = |signal| step(SECOND_US, What::Signal(signal));
    let over = [signal(Signal::Start), signal(Signal::End), step(3 * SECOND_US, What::Close)];
    let stays = [join(0), leave(first_stays_us), join(between_us), leave(30 * SECOND_US)];
    let steps = [&stays[..], &over].concat();
    let history = Teller::new(declaration(full_lesson(0, 0, 5_000), true, true), roster_rows(None)).tell(&steps);
    let mut ledger = Ledger::new(&history.roster_csv()).unwrap();
    history.lines().iter().for_each(|line| ledger.accept(&line.bytes).unwrap());
    timeline(ledger.attendance())
}

#[test]
fn years_without_anybody_take_one_row() {
    let rows = rows(30 * SECOND_US, 20 * YEAR_US);

    let empty: Vec<usize> = (0..rows.len()).filter(|row| rows[*row].connections == 0).collect();
    // Before the first whole second, between the stays, and after the last one.
    assert_eq!((empty.len(), rows.len()), (3, 63));
    assert!((1..rows.len()).all(|row| rows[row - 1].at < rows[row].at));
}

#[test]
fn a_stay_of_years_is_told_and_what_comes_after_it_too() {
    let rows = rows(20 * YEAR_US, 60 * SECOND_US);

    let last: Vec<u64> = rows[SECONDS_MAX..].iter().map(|row| row.connections).collect();
    assert_eq!(last, [0, 1, 0]);
    assert!(rows[1..SECONDS_MAX].iter().all(|row| row.connections == 1));
}
