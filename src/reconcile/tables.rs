//! The report's tables: UTF-8 with its mark, CRLF, quoted as RFC 4180 says, and no cell that a spreadsheet would run.

use super::{
    attendees::Stays,
    known::Known,
    matching::Found,
    report::{Report, Seen},
    suggestions::Suggestion,
    summary::Lesson,
    times,
};
use crate::domain::{cell, roster::BYTE_ORDER_MARK, time::UnixMillis};

/// The persons who are in both.
pub const MATCHED: &str = "matched.csv";
/// The attendees who are nobody of the roster.
pub const ONLY_ZOOM: &str = "only-zoom.csv";
/// The persons who took part here and are not recognised in the platform's list.
pub const ONLY_HADIR: &str = "only-hadir.csv";
/// The attendees of whom nobody can say who they are, with everybody whom they may be.
pub const AMBIGUOUS: &str = "ambiguous.csv";

/// How many of those whom an attendee may be are named; a first name alone can be that of hundreds.
const CANDIDATES_NAMED_MAX: usize = 20;

/// What separates several values in one cell.
const AND: &str = " | ";

const PERSON: [&str; 7] = ["person_ref", "person", "name", "email", "place", "status", "reason"];
const HERE: [&str; 6] = ["channel", "first_join", "first_join_local", "last_leave", "last_leave_local", "present_ms"];
const THERE: [&str; 11] = [
    "zoom_name",
    "zoom_email",
    "zoom_part",
    "zoom_rows",
    "zoom_first_join",
    "zoom_first_join_local",
    "zoom_last_leave",
    "zoom_last_leave_local",
    "zoom_minutes",
    "zoom_in_lesson_ms",
    "zoom_parallel_minutes",
];

/// Writes tables in the lesson's zone.
struct Tables<'a> {
    report: &'a Report,
    lesson: &'a Lesson,
}

/// Every table by its file's name.
///
/// # Errors
/// Never for rows in memory; the caller reports it as a defect.
pub(super) fn write(report: &Report, lesson: &Lesson) -> Result<Vec<(&'static str, Vec<u8>)>, csv::Error> {
    let tables = Tables { report, lesson };
    Ok(vec![
        (MATCHED, csv(&[&PERSON, &HERE, &THERE, &["matched_by", "note"]], tables.matched())?),
        (ONLY_ZOOM, csv(&[&THERE, &["suggested_ref", "suggested_name", "likeness", "note"]], tables.only_zoom())?),
        (ONLY_HADIR, csv(&[&PERSON, &HERE, &["note"]], tables.only_here())?),
        (AMBIGUOUS, csv(&[&["attendee"], &THERE, &["doubt", "candidates"], &PERSON, &HERE], tables.ambiguous())?),
    ])
}

fn csv(headings: &[&[&str]], rows: Vec<Vec<String>>) -> Result<Vec<u8>, csv::Error> {
    let writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(BYTE_ORDER_MARK.to_vec());
    let mut writer = writer;
    writer.write_record(headings.iter().copied().flatten())?;
    for row in rows {
        writer.write_record(row.into_iter().map(cell::harmless))?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

impl Tables<'_> {
    fn matched(&self) -> Vec<Vec<String>> {
        let seen = self.report.seen.iter();
        let rows = seen.filter_map(|(person, seen)| {
            let known = self.report.known.get(*person)?;
            let note = if seen.is_on_other_account { "other_account" } else { "" };
            let last = vec![seen.by.name().to_owned(), note.to_owned()];
            Some([person_cells(known), self.here(known), self.there_of(seen), last].concat())
        });
        rows.collect()
    }

    fn only_zoom(&self) -> Vec<Vec<String>> {
        let found = self.report.found.iter().enumerate();
        let rows = found.filter_map(|(place, found)| match found {
            Found::Nobody { suggestions } => Some([self.there(place)?, self.suggested(suggestions, place)].concat()),
            Found::Person { .. } | Found::Doubtful { .. } => None,
        });
        rows.collect()
    }

    fn suggested(&self, suggestions: &[Suggestion], place: usize) -> Vec<String> {
        let persons: Vec<&Known> = suggestions.iter().filter_map(|one| self.report.known.get(one.person)).collect();
        let is_waiting_only = self.report.attendees.get(place).is_some_and(|attendee| attendee.is_waiting_only);
        vec![
            joined(persons.iter().map(|known| known.reference.to_string())),
            joined(persons.iter().map(|known| known.name().to_owned())),
            suggestions.first().map_or("", |one| one.likeness.name()).to_owned(),
            if is_waiting_only { "waiting_room_only" } else { "" }.to_owned(),
        ]
    }

    fn only_here(&self) -> Vec<Vec<String>> {
        let rows = self.report.only_here().map(|(person, known)| {
            let is_by_gate = known.account.as_ref().is_some_and(|account| account.channel == "gate");
            let note = match (self.report.doubtful.contains(&person), self.report.suggested.contains(&person)) {
                (true, _) => "perhaps_ambiguous",
                (false, true) => "perhaps_suggested",
                (false, false) if is_by_gate => "hall_only",
                (false, false) => "",
            };
            [person_cells(known), self.here(known), vec![note.to_owned()]].concat()
        });
        rows.collect()
    }

    fn ambiguous(&self) -> Vec<Vec<String>> {
        let (mut rows, mut number) = (Vec::new(), 0_u64);
        for (place, found) in self.report.found.iter().enumerate() {
            let Found::Doubtful { candidates, doubt } = found else { continue };
            let Some(there) = self.there(place) else { continue };
            number = number.saturating_add(1);
            let known = candidates.iter().take(CANDIDATES_NAMED_MAX).filter_map(|one| self.report.known.get(*one));
            for known in known {
                let why = vec![doubt.name().to_owned(), candidates.len().to_string()];
                rows.push(
                    [vec![number.to_string()], there.clone(), why, person_cells(known), self.here(known)].concat(),
                );
            }
        }
        rows
    }

    fn here(&self, known: &Known) -> Vec<String> {
        let account = known.account.as_ref();
        let [first, last] = [account.and_then(|one| one.first_join), account.and_then(|one| one.last_leave)];
        let mut cells = vec![account.map_or("", |account| account.channel).to_owned()];
        cells.extend(self.moments([first, last]));
        cells.push(account.map(|account| account.present_ms.0.to_string()).unwrap_or_default());
        cells
    }

    /// One attendee.
    fn there(&self, place: usize) -> Option<Vec<String>> {
        let attendee = self.report.attendees.get(place)?;
        let mut cells = vec![attendee.name.clone(), attendee.email.clone(), attendee.part.name().to_owned()];
        cells.push(attendee.rows.to_string());
        cells.extend(self.stays(&attendee.stays));
        Some(cells)
    }

    /// All attendees who are one person.
    fn there_of(&self, seen: &Seen) -> Vec<String> {
        let attendees: Vec<_> = seen.attendees.iter().filter_map(|place| self.report.attendees.get(*place)).collect();
        let rows = attendees.iter().map(|attendee| attendee.rows).fold(0, u64::saturating_add);
        let part = attendees.iter().map(|attendee| attendee.part).min();
        let mut cells = vec![
            joined(attendees.iter().map(|attendee| attendee.name.clone())),
            joined(attendees.iter().map(|attendee| attendee.email.clone())),
            part.map_or("", super::zoom::Part::name).to_owned(),
            rows.to_string(),
        ];
        cells.extend(self.stays(&seen.stays));
        cells
    }

    fn stays(&self, stays: &Stays) -> Vec<String> {
        let in_lesson = self.lesson.window.and_then(|window| stays.within(window));
        let mut cells = self.moments([stays.first(), stays.last()]);
        cells.push(stays.minutes().to_string());
        cells.push(in_lesson.map(|length| length.0.to_string()).unwrap_or_default());
        cells.push(stays.parallel_minutes().to_string());
        cells
    }

    /// Each moment in UTC, and as the zone's clocks showed it.
    fn moments<const N: usize>(&self, moments: [Option<UnixMillis>; N]) -> Vec<String> {
        let texts = moments.into_iter().flat_map(|moment| {
            let local = moment.map(|at| times::local(at, &self.lesson.zone));
            [moment.map(|at| at.to_string()), local]
        });
        texts.map(Option::unwrap_or_default).collect()
    }
}

fn person_cells(known: &Known) -> Vec<String> {
    vec![
        known.reference.to_string(),
        known.person.to_string(),
        known.name().to_owned(),
        known.emails.first().cloned().unwrap_or_default(),
        known.place.clone(),
        known.status().to_owned(),
        known.reason().to_owned(),
    ]
}

/// Different values in one cell, each once, in their order.
fn joined(values: impl Iterator<Item = String>) -> String {
    let mut found: Vec<String> = Vec::new();
    for value in values.filter(|value| !value.is_empty()) {
        if !found.contains(&value) {
            found.push(value);
        }
    }
    found.join(AND)
}
