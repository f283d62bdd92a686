//! The evidence as documents that people read, print and sign: made from a counted log, never counted again.

pub mod certificates;
mod chapters;
mod columns;
mod facts;
mod labels;
mod letters;
mod part;
mod pdf;
mod words;
mod workbook;

use std::io;

pub use self::words::Language;
use self::{facts::Facts, pdf::Fonts};
pub use crate::evidence::documents::Source;

/// The report that an adjudicator reads and signs.
const REPORT: &str = "report.pdf";

/// The tables for people who read spreadsheets.
const WORKBOOK: &str = "tables.xlsx";

/// Every document of a bundle by its path there: the same log gives the same bytes.
///
/// # Errors
/// When a document cannot be laid out; the caller reports it as a defect.
pub fn documents(source: &Source<'_>) -> io::Result<Vec<(String, Vec<u8>)>> {
    let Some(facts) = Facts::of(source) else { return Ok(Vec::new()) };
    let fonts = Fonts::embedded()?;
    let mut documents = vec![(REPORT.to_owned(), chapters::report(&facts, &fonts)?)];
    documents.push((WORKBOOK.to_owned(), workbook::workbook(source, &facts)?));
    documents.extend(letters::all(&facts, &fonts)?);
    Ok(documents)
}
