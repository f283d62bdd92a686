//! Documents for people in a bundle: where they may stand, and what whoever makes them is given.

use std::io;

use super::checkpoint::VerifierKey;
use crate::domain::{event::Opened, ledger::Ledger};

/// The paths that a document may have, beside those in the folder of letters.
const ALONE: [&str; 2] = ["report.pdf", "tables.xlsx"];

/// The folder of letters.
const LETTERS: &str = "letters/";

/// What documents are made from.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// The counted log.
    pub ledger: &'a Ledger,
    /// Its first entry.
    pub opened: &'a Opened,
    /// Its public key.
    pub key: &'a VerifierKey,
    /// The bundle's tables by file name, as they were derived from the log.
    pub tables: &'a [(&'static str, Vec<u8>)],
}

/// Makes every document of a bundle, by its path there. The same source has to give the same bytes: an export that is
/// made again must not differ, and whoever checks the documents makes them again.
pub type Make<'a> = dyn Fn(&Source<'_>) -> io::Result<Vec<(String, Vec<u8>)>> + 'a;

/// Makes no documents.
///
/// # Errors
/// Never.
pub fn none(_: &Source<'_>) -> io::Result<Vec<(String, Vec<u8>)>> {
    Ok(Vec::new())
}

/// Whether a document may stand at this path of a bundle: nothing that could lead out of it, or be taken for evidence.
pub(super) fn is_document(path: &str) -> bool {
    let letter = path.strip_prefix(LETTERS).and_then(|name| name.strip_suffix(".pdf"));
    let is_plain = |name: &str| name.bytes().all(|one| one.is_ascii_alphanumeric() || matches!(one, b'-' | b'_'));
    ALONE.contains(&path) || letter.is_some_and(|name| !name.is_empty() && is_plain(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_stands_where_no_evidence_does_and_leads_nowhere_else() {
        let documents = ["report.pdf", "tables.xlsx", "letters/witness-id.pdf", "letters/ADJUDICATOR_2.pdf"];
        let others = [
            "people.csv",
            "Report.pdf",
            "more.pdf",
            "letters",
            "letters/.pdf",
            "letters/../people.pdf",
            "letters/a/b.pdf",
            "letters/a.txt",
            "log/report.pdf",
            "/report.pdf",
            "",
        ];

        assert!(documents.iter().all(|path| is_document(path)));
        assert!(!others.iter().any(|path| is_document(path)));
    }
}
