//! How many were there at each second: the curve that a bundle's timeline holds.

use std::{collections::BTreeMap, ops::Range};

use serde::Serialize;

use crate::domain::{
    fold::{attendance::Attendance, concurrency::Edges, intervals::Interval},
    time::{Millis, UnixMillis},
};

/// How many rows give every second: nearly as many as a spreadsheet opens, more than eleven days of presence. A page
/// that stays open for longer than that adds rows only where a count changes.
pub const SECONDS_MAX: usize = 1_000_000;

const SECOND_MS: i64 = 1_000;

/// One row of `timeline.csv`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Second {
    /// A whole second.
    pub at: UnixMillis,
    /// Persons present.
    pub present: u64,
    /// Persons present, interruptions bridged.
    pub present_bridged: u64,
    /// Open connections.
    pub connections: u64,
}

/// Whole seconds from the first join to the last entry. A second that says the same as the one before is left out if
/// nobody was there, or if [`SECONDS_MAX`] rows came before it: days without anybody do not make a log too long to tell.
#[must_use]
pub fn timeline(attendance: &Attendance) -> Vec<Second> {
    let Some((now, first)) = attendance.now().zip(attendance.connections.first()) else { return Vec::new() };
    let seconds = Interval {
        start: UnixMillis(first.joined.0.div_euclid(SECOND_MS).saturating_mul(SECOND_MS)),
        end: now.plus(Millis(1)),
    };
    let mut changes = BTreeMap::new();
    let (strict, bridged) = (&attendance.concurrency.strict, &attendance.concurrency.bridged);
    note(&mut changes, strict, seconds, |row| &mut row.present);
    note(&mut changes, bridged, seconds, |row| &mut row.present_bridged);
    note(&mut changes, &open_connections(attendance), seconds, |row| &mut row.connections);
    let ends = changes.keys().copied().skip(1).chain([second_from(seconds.end)]);
    let mut rows = Rows::default();
    for ((from, change), to) in changes.iter().zip(ends) {
        rows.push(*change, *from..to);
    }
    rows.rows
}

fn open_connections(attendance: &Attendance) -> Edges {
    let mut open = Edges::default();
    for connection in &attendance.connections {
        open.add(connection.joined, 1);
        if let Some(ended) = connection.ended {
            open.add(ended.last_proof, -1);
        }
    }
    open
}

/// The counts that change at a second; the others stay.
#[derive(Clone, Copy, Default)]
struct Change {
    present: Option<u64>,
    present_bridged: Option<u64>,
    connections: Option<u64>,
}

/// The first whole second at or after an instant.
fn second_from(instant: UnixMillis) -> i64 {
    instant.0.saturating_add(SECOND_MS.saturating_sub(1)).div_euclid(SECOND_MS)
}

/// Notes the seconds from which one of the counts is another.
fn note(
    changes: &mut BTreeMap<i64, Change>,
    edges: &Edges,
    window: Interval,
    column: impl Fn(&mut Change) -> &mut Option<u64>,
) {
    edges.for_each_step(window, |stretch, count| {
        let first = second_from(stretch.start);
        if first < second_from(stretch.end) {
            *column(changes.entry(first).or_default()) = Some(count);
        }
    });
}

/// The table as it grows.
#[derive(Default)]
struct Rows {
    rows: Vec<Second>,
}

impl Rows {
    /// The next seconds, which all say the same.
    fn push(&mut self, change: Change, mut seconds: Range<i64>) {
        let Some(first) = seconds.clone().next() else { return };
        let before = self.rows.last().copied();
        let kept = |count: fn(&Second) -> u64| before.as_ref().map_or(0, count);
        let row = Second {
            at: UnixMillis(first.saturating_mul(SECOND_MS)),
            present: change.present.unwrap_or_else(|| kept(|row| row.present)),
            present_bridged: change.present_bridged.unwrap_or_else(|| kept(|row| row.present_bridged)),
            connections: change.connections.unwrap_or_else(|| kept(|row| row.connections)),
        };
        if before.is_none_or(|before| Second { at: row.at, ..before } != row) {
            self.rows.push(row);
            seconds.next();
        }
        if row.present.max(row.present_bridged).max(row.connections) > 0 {
            let room = SECONDS_MAX.saturating_sub(self.rows.len());
            let rest =
                seconds.take(room).map(|second| Second { at: UnixMillis(second.saturating_mul(SECOND_MS)), ..row });
            self.rows.extend(rest);
        }
    }
}
