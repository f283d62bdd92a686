//! From a stored row back to a line: of what a line says, the log reads only where it stands.

use std::io;

use rusqlite::{Connection, OptionalExtension, Row};
use serde::Deserialize;

use super::{SignedHead, schema::io_error};
use crate::domain::{
    event::{Reading, Stamp},
    ids::{Digest, EntryIndex, Size},
    line::Line,
    time::{BootMicros, UnixMicros},
};

/// The members of a line that are its stamp; the others are skipped unread.
#[derive(Deserialize)]
struct Place {
    i: EntryIndex,
    t: UnixMicros,
    m: BootMicros,
}

/// Where a stored line says that it stands.
pub(super) fn stamp_of(bytes: &[u8]) -> serde_json::Result<Stamp> {
    let Place { i, t, m } = serde_json::from_slice(bytes)?;
    Ok(Stamp { index: i, at: Reading { wall: t, boot: m } })
}

/// A row number as SQLite has it; no log grows to 2^63.
pub(super) fn row_number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A column that counts something.
fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let value: i64 = row.get(column)?;
    u64::try_from(value).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, value))
}

/// How many entries are stored.
pub(super) fn count(connection: &Connection) -> rusqlite::Result<Size> {
    connection.prepare_cached("SELECT count(*) FROM entry")?.query_row([], |row| number(row, 0)).map(Size)
}

/// At most `max` lines from `from` on, in order.
pub(super) fn lines(connection: &Connection, from: EntryIndex, max: usize) -> io::Result<Vec<Line>> {
    let read = || {
        let mut statement = connection.prepare_cached("SELECT i, body FROM entry WHERE i >= ?1 ORDER BY i LIMIT ?2")?;
        let max = i64::try_from(max).unwrap_or(i64::MAX);
        let rows = statement.query_map([row_number(from.0), max], |row| Ok((number(row, 0)?, row.get(1)?)))?;
        rows.collect::<rusqlite::Result<Vec<(u64, Vec<u8>)>>>()
    };
    let rows = read().map_err(io_error)?;
    rows.into_iter().zip(from.0..).map(|((row, bytes), expected)| line(row, bytes, expected)).collect()
}

/// A row as a line, if it stands where it says and where it is expected.
fn line(row: u64, bytes: Vec<u8>, expected: u64) -> io::Result<Line> {
    let damaged = |what: String| io::Error::new(io::ErrorKind::InvalidData, format!("entry {expected} {what}"));
    if row != expected {
        return Err(damaged("is missing".to_owned()));
    }
    let stamp = stamp_of(&bytes).map_err(|error| damaged(format!("is not a line: {error}")))?;
    if stamp.index.0 != expected {
        return Err(damaged(format!("says that it is entry {}", stamp.index.0)));
    }
    Ok(Line { stamp, bytes })
}

/// The newest signed head.
pub(super) fn newest_head(connection: &Connection) -> rusqlite::Result<Option<SignedHead>> {
    connection
        .prepare_cached("SELECT size, root, note FROM signed ORDER BY size DESC LIMIT 1")?
        .query_row([], head)
        .optional()
}

/// The signed head of exactly this size.
pub(super) fn head_at(connection: &Connection, size: Size) -> rusqlite::Result<Option<SignedHead>> {
    connection
        .prepare_cached("SELECT size, root, note FROM signed WHERE size = ?1")?
        .query_row([row_number(size.0)], head)
        .optional()
}

/// At most `max` signed heads that are larger than `after`, smallest first.
pub(super) fn heads(connection: &Connection, after: Option<Size>, max: usize) -> rusqlite::Result<Vec<SignedHead>> {
    let after = after.map_or(-1, |size| row_number(size.0));
    let max = i64::try_from(max).unwrap_or(i64::MAX);
    connection
        .prepare_cached("SELECT size, root, note FROM signed WHERE size > ?1 ORDER BY size LIMIT ?2")?
        .query_map([after, max], head)?
        .collect()
}

fn head(row: &Row<'_>) -> rusqlite::Result<SignedHead> {
    Ok(SignedHead { size: Size(number(row, 0)?), root: Digest(row.get(1)?), note: row.get(2)? })
}
