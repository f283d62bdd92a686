//! Who was in the platform's meeting and who took part here: two lists laid side by side, for the organizer alone.
//!
//! It reads the attendance files that Zoom exports, finds whom of the roster they name, and reports who is in one and
//! not in the other. It is pure (bytes and values in, a report out) and changes no count: what a platform says of
//! somebody is no proof of presence here.

mod attendees;
mod columns;
mod encoding;
mod known;
mod matching;
mod names;
mod problem;
mod report;
mod suggestions;
mod summary;
mod table;
mod tables;
mod times;
mod zoom;

pub use attendees::{Attendee, Stays};
pub use encoding::Encoding;
pub use known::{Known, NOT_IN_LOG, known};
pub use matching::{By, Doubt, Found};
pub use problem::{CELL_CHARS_MAX, FILE_BYTES_MAX, ROWS_MAX, ReadError};
pub use report::{Counts, Report, Seen, reconcile};
pub use suggestions::{Likeness, Suggestion};
pub use summary::{FIRST_LINE, Lesson, SUMMARY, short};
pub use tables::{AMBIGUOUS, MATCHED, ONLY_HADIR, ONLY_ZOOM};
pub use times::Order;
pub use zoom::{Part, Visit, ZoomFile, read};

/// Every file that the report's folder holds.
pub const FILES: [&str; 5] = [SUMMARY, MATCHED, ONLY_ZOOM, ONLY_HADIR, AMBIGUOUS];

/// The report as files: the same report gives the same bytes.
///
/// # Errors
/// Never for rows in memory; the caller reports it as a defect.
pub fn files(report: &Report, lesson: &Lesson) -> Result<Vec<(&'static str, Vec<u8>)>, csv::Error> {
    let mut files = tables::write(report, lesson)?;
    files.push((SUMMARY, summary::write(report, lesson).into_bytes()));
    Ok(files)
}
