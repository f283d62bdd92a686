//! Zoom's attendance files, of meetings and of webinars, read into who was there when.

use std::rc::Rc;

use jiff::tz::TimeZone;

use super::{
    columns::{self, Columns, Shapes},
    encoding::{self, Encoding},
    names,
    problem::ReadError,
    table::{self, Row, Table},
    times::{self, Order, Written},
};
use crate::domain::fold::intervals::Interval;

/// How many unreadable lines are named; more say no more.
const UNREAD_NAMED_MAX: usize = 20;

/// As what somebody was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// As one who holds the meeting.
    Host,
    /// As one who speaks.
    Panelist,
    /// As everybody else.
    Attendee,
}

impl Part {
    /// Its name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Panelist => "panelist",
            Self::Attendee => "attendee",
        }
    }
}

/// One row: one stay of somebody, or all of them together where the file has only totals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// The name as it was shown, with the original one in brackets where it was changed.
    pub name: String,
    /// The name given at the registration; empty where there was none.
    pub registered_name: String,
    /// The e-mail address as written; empty for guests.
    pub email: String,
    /// As what they were there.
    pub part: Part,
    /// From when to when; none where the file does not say.
    pub stay: Option<Interval>,
    /// How many minutes, as the file rounds them.
    pub minutes: Option<u64>,
    /// Whether they were in the waiting room only.
    pub is_waiting: bool,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoomFile {
    /// Its name.
    pub name: String,
    /// How its text was written.
    pub encoding: Encoding,
    /// Its rows of people who came.
    pub visits: Vec<Visit>,
    /// Whether it says from when to when.
    pub has_times: bool,
    /// Whether its columns were found by place and shape, because its headings are in another language.
    pub is_by_shape: bool,
    /// Which number of its dates is the month.
    pub order: Order,
    /// How many rows of people who came it has.
    pub rows: usize,
    /// How many rows are of people who registered and did not come.
    pub absent: usize,
    /// How many rows cannot be read.
    pub unread: usize,
    /// The first lines of those.
    pub unread_lines: Vec<u64>,
    /// How many people its summary names.
    pub participants: Option<u64>,
    /// Whether nobody in it was there during the lesson: it is of another day, or its times are of another zone.
    pub misses_lesson: bool,
}

/// What a row says, before its times have a meaning.
struct Draft<'a> {
    row: &'a Row,
    columns: Rc<Columns>,
    part: Part,
}

/// Everything that a file's rows are.
#[derive(Default)]
struct Rows<'a> {
    drafts: Vec<Draft<'a>>,
    absent: usize,
    participants: Option<u64>,
    is_by_shape: bool,
}

/// Reads a file as clocks of `zone` showed its times; `lesson` is the attempt's own, once it has begun.
///
/// # Errors
/// When the file is damaged, or no people are recognised in it.
pub fn read(name: &str, bytes: &[u8], zone: &TimeZone, lesson: Option<Interval>) -> Result<ZoomFile, ReadError> {
    let (text, encoding) = encoding::decode(bytes)?;
    let table = table::read(&text, &columns::knows)?;
    let rows = rows(&table)?;
    if rows.drafts.is_empty() && rows.absent == 0 {
        return Err(ReadError::Nobody);
    }
    let order = times::order(&written(&rows.drafts), lesson.map(|lesson| lesson.start), zone);
    let mut file = ZoomFile {
        name: names::shown(name),
        encoding,
        visits: Vec::new(),
        has_times: rows.drafts.iter().any(|draft| draft.columns.times(draft.row).is_some()),
        is_by_shape: rows.is_by_shape,
        order,
        rows: 0,
        absent: rows.absent,
        unread: 0,
        unread_lines: Vec::new(),
        participants: rows.participants,
        misses_lesson: false,
    };
    for draft in &rows.drafts {
        match draft.visit(order, zone) {
            Some(visit) => file.visits.push(visit),
            None => file.leave_out(draft.row.line),
        }
    }
    if let Some(draft) = rows.drafts.first().filter(|_| file.visits.is_empty()) {
        let time = draft.columns.times(draft.row).map_or("", |(join, _)| join);
        return Err(ReadError::Times { line: draft.row.line, time: names::shown(time).chars().take(40).collect() });
    }
    file.rows = file.visits.len();
    file.misses_lesson = lesson.is_some_and(|lesson| file.misses(lesson));
    Ok(file)
}

/// The rows of people, block by block.
fn rows(table: &Table) -> Result<Rows<'_>, ReadError> {
    let mut rows = Rows::default();
    let (mut block, mut part, mut was_found) = (None, Part::Attendee, false);
    let mut summary = None;
    for row in &table.rows {
        if let Some(place) = summary.take() {
            rows.participants = row.cell(place).parse().ok().or(rows.participants);
            continue;
        }
        if let Some(columns) = Columns::by_headings(row) {
            (block, was_found) = (Some(Rc::new(columns)), true);
        } else if let Some(place) = columns::participants(row) {
            (block, summary) = (None, Some(place));
        } else if let Some(columns) = &block {
            rows.take(row, columns, part, table)?;
        }
        part = row.title().and_then(part_of).unwrap_or(part);
    }
    if was_found { Ok(rows) } else { rows_by_shape(table) }
}

/// The same where no headings are known.
fn rows_by_shape(table: &Table) -> Result<Rows<'_>, ReadError> {
    let shapes = Shapes::find(&table.rows).ok_or(ReadError::Unrecognised)?;
    let mut rows = Rows { is_by_shape: true, ..Rows::default() };
    let mut width = 0;
    for row in &table.rows {
        match shapes.of(row) {
            Some(columns) => {
                width = columns.width;
                rows.drafts.push(Draft { row, columns: Rc::clone(columns), part: Part::Attendee });
            }
            None if table.is_cut(row, width) => return Err(ReadError::Truncated { line: row.line }),
            None => {}
        }
    }
    Ok(rows)
}

impl Table {
    /// Whether a row is the last one and lacks its end.
    fn is_cut(&self, row: &Row, width: usize) -> bool {
        self.is_open && row.cells.len() < width && self.rows.last().is_some_and(|last| last.line == row.line)
    }
}

impl<'a> Rows<'a> {
    /// Takes a row of a block in.
    fn take(&mut self, row: &'a Row, columns: &Rc<Columns>, part: Part, table: &Table) -> Result<(), ReadError> {
        if table.is_cut(row, columns.width) {
            return Err(ReadError::Truncated { line: row.line });
        }
        if row.title().is_some_and(|title| part_of(title).is_some()) {
            return Ok(());
        }
        if columns.is_absent(row) {
            self.absent = self.absent.saturating_add(1);
        } else {
            self.drafts.push(Draft { row, columns: Rc::clone(columns), part });
        }
        Ok(())
    }
}

/// As what those are there whose section has this title.
fn part_of(title: &str) -> Option<Part> {
    let title = crate::roster::name_key(title);
    let has = |words: &[&str]| words.iter().any(|word| title.contains(word));
    if has(&["panelis"]) {
        Some(Part::Panelist)
    } else if has(&["attend", "peserta", "hadirin"]) {
        Some(Part::Attendee)
    } else if has(&["host", "penyelenggara", "tuan rumah"]) {
        Some(Part::Host)
    } else {
        None
    }
}

fn written(drafts: &[Draft<'_>]) -> Vec<Written> {
    let times = drafts.iter().filter_map(|draft| draft.columns.times(draft.row));
    times.flat_map(|(join, leave)| [join, leave]).filter_map(Written::parse).collect()
}

impl Draft<'_> {
    /// The row, if its times can be read.
    fn visit(&self, order: Order, zone: &TimeZone) -> Option<Visit> {
        let Self { row, columns, part } = self;
        let minutes = columns.minutes(row);
        let stay = match columns.times(row) {
            Some((join, leave)) => {
                let start = Written::parse(join)?.instant(order, zone)?;
                // Somebody who is still there has no end yet.
                let end = if leave.is_empty() { None } else { Some(Written::parse(leave)?.instant(order, zone)?) };
                end.map(|end| Interval { start, end })
            }
            None => {
                minutes?;
                None
            }
        };
        Some(Visit {
            name: names::shown(columns.name(row)),
            registered_name: names::shown(&columns.registered_name(row)),
            email: names::shown(columns.email(row)),
            part: *part,
            // Where clocks were put back meanwhile, an end can stand before its beginning.
            stay: stay.filter(|stay| stay.start <= stay.end),
            minutes,
            is_waiting: columns.is_waiting(row),
        })
    }
}

impl ZoomFile {
    fn leave_out(&mut self, line: u64) {
        self.unread = self.unread.saturating_add(1);
        if self.unread_lines.len() < UNREAD_NAMED_MAX {
            self.unread_lines.push(line);
        }
    }

    fn misses(&self, lesson: Interval) -> bool {
        let mut stays = self.visits.iter().filter_map(|visit| visit.stay).peekable();
        stays.peek().is_some() && !stays.any(|stay| stay.clip(lesson).is_some())
    }
}
