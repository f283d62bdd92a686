//! Zoom's attendance files beside the roster: what is read, who is recognised, and what is never guessed.

mod damaged;
mod matching;
mod reading;
mod strange;

use hadir::{
    domain::{
        accounts::{
            account::{PersonAccount, Reason, Status},
            tally::Phase,
        },
        fold::intervals::Interval,
        ids::{Pseudonym, Size},
        time::{Millis, UnixMillis},
    },
    reconcile::{self, Known, Lesson, ReadError, Report, ZoomFile},
    roster::PersonRef,
};
use jiff::tz::TimeZone;

/// The headings of a meeting's participants.
const MEETING: &str = "Name (original name),Email,Join time,Leave time,Duration (minutes),Guest,\
    Recording disclaimer response,In waiting room\n";

/// The lesson of these tests: 09:00 to 09:30 in Jakarta.
fn lesson() -> Interval {
    Interval { start: at("2026-11-24T02:00:00.000Z"), end: at("2026-11-24T02:30:00.000Z") }
}

fn at(text: &str) -> UnixMillis {
    text.parse().unwrap()
}

fn jakarta() -> TimeZone {
    TimeZone::get("Asia/Jakarta").unwrap()
}

fn read_bytes(bytes: &[u8]) -> Result<ZoomFile, ReadError> {
    reconcile::read("zoom.csv", bytes, &jakarta(), Some(lesson()))
}

fn read(text: &str) -> ZoomFile {
    read_bytes(text.as_bytes()).unwrap()
}

/// A meeting's file in which each of these was there from 09:00 to 09:30; each is `name,email`.
fn meeting(people: &[&str]) -> ZoomFile {
    let rows = people.iter().map(|one| format!("{one},11/24/2026 09:00:00 AM,11/24/2026 09:30:00 AM,30,Yes,OK,No\n"));
    read(&(MEETING.to_owned() + &rows.collect::<String>()))
}

/// A reference with this beginning: the last character follows from the others.
fn reference(head: &str) -> PersonRef {
    let letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ".chars();
    letters.filter_map(|last| format!("{head}{last}").parse().ok()).next().unwrap()
}

/// A certified person; their number makes reference and pseudonym.
fn person(number: u8, name: &str, email: &str) -> Known {
    let person = Pseudonym([number; 16]);
    let reference = reference(&format!("K7M2{number:02}"));
    Known {
        reference,
        references: vec![reference],
        person,
        names: vec![name.to_owned()],
        emails: [email.to_owned()].into_iter().filter(|email| !email.is_empty()).collect(),
        place: "SMAN 1".to_owned(),
        account: Some(account(person, Status::Certified, None)),
    }
}

fn account(person: Pseudonym, status: Status, reason: Option<Reason>) -> PersonAccount {
    let came = (reason != Some(Reason::NeverJoined)).then(|| lesson().start);
    PersonAccount {
        person,
        status,
        reason,
        channel: if came.is_some() { "online" } else { "" },
        first_join: came,
        last_leave: came.map(|_| lesson().end),
        present_ms: if came.is_some() { Millis(1_800_000) } else { Millis(0) },
        present_bridged_ms: Millis(0),
        longest_ms: Millis(0),
        connections: 1,
        role: "participant".to_owned(),
        group: String::new(),
        added: false,
        added_too_late: false,
    }
}

/// A person whom the fold gave this status.
fn with_status(known: Known, status: Status, reason: Reason) -> Known {
    Known { account: Some(account(known.person, status, Some(reason))), ..known }
}

fn report(files: Vec<ZoomFile>, known: Vec<Known>) -> Report {
    reconcile::reconcile(files, known).unwrap()
}

fn written(report: &Report) -> Vec<(&'static str, String)> {
    let lesson = Lesson {
        origin: "hadir/test".to_owned(),
        title: "Pelajaran AI".to_owned(),
        is_rehearsal: false,
        zone: jakarta(),
        zone_name: "Asia/Jakarta".to_owned(),
        window: Some(lesson()),
        size: Size(12),
        at: lesson().end,
        phase: Phase::Closed,
    };
    let files = reconcile::files(report, &lesson).unwrap();
    files.into_iter().map(|(name, bytes)| (name, String::from_utf8(bytes).unwrap())).collect()
}

/// One of the report's files.
fn file(report: &Report, name: &str) -> String {
    written(report).into_iter().find(|(found, _)| *found == name).unwrap().1
}

/// The rows of one of the report's tables, by heading.
fn rows(report: &Report, name: &str) -> Vec<std::collections::BTreeMap<String, String>> {
    let text = file(report, name);
    let mut table = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let headings = table.headers().unwrap().clone();
    let row = |row: csv::StringRecord| headings.iter().map(str::to_owned).zip(row.iter().map(str::to_owned)).collect();
    table.records().map(|record| row(record.unwrap())).collect()
}
