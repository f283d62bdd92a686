//! A second, reading connection to the journal: what it returns has been through the disk's file, not through a buffer.

use std::{io, path::Path};

use rusqlite::Connection;

use super::{
    SignedHead,
    check::{self, OpenError},
    schema::{self, io_error},
    stored,
};
use crate::domain::{
    ids::{EntryIndex, Size},
    line::Line,
};

/// Reads a journal while this or another process writes it. Owned by whoever certifies or exports.
#[derive(Debug)]
pub struct Reader {
    connection: Connection,
    origin: String,
}

impl Reader {
    /// Opens the journal at `path` for reading.
    ///
    /// # Errors
    /// When it is missing, newer, or not a journal.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        if !path.try_exists()? {
            return Err(OpenError::Missing(path.to_owned()));
        }
        let connection = schema::connect_reader(path).map_err(|error| OpenError::of(path, error))?;
        let origin = check::identify(path, &connection)?;
        Ok(Self { connection, origin })
    }

    /// The log's origin.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// How many entries are durable.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn count(&self) -> io::Result<Size> {
        stored::count(&self.connection).map_err(io_error)
    }

    /// At most `max` lines from `from` on, in order.
    ///
    /// # Errors
    /// When the file cannot be read, or an entry is not in its place.
    pub fn entries(&self, from: EntryIndex, max: usize) -> io::Result<Vec<Line>> {
        stored::lines(&self.connection, from, max)
    }

    /// The newest signed head.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn newest_head(&self) -> io::Result<Option<SignedHead>> {
        stored::newest_head(&self.connection).map_err(io_error)
    }

    /// The signed head of exactly this size.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn head_at(&self, size: Size) -> io::Result<Option<SignedHead>> {
        stored::head_at(&self.connection, size).map_err(io_error)
    }

    /// At most `max` signed heads that are larger than `after`, smallest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn heads(&self, after: Option<Size>, max: usize) -> io::Result<Vec<SignedHead>> {
        stored::heads(&self.connection, after, max).map_err(io_error)
    }
}
