//! The tables beside the certificates: who got which, and why the others did not.

use super::Row;
use crate::{
    domain::accounts::{account::Reason, sentences},
    roster::write_table,
};

const REGISTER: [&str; 6] = ["person_ref", "name", "school", "number", "file", "page"];

const REASONS: [&str; 7] = ["person_ref", "name", "school", "status", "reason", "sentence_id", "sentence_en"];

/// Where a certificate is.
pub(super) struct Registered<'a> {
    pub(super) row: &'a Row,
    pub(super) file: String,
    pub(super) page: usize,
}

/// `register.csv`.
///
/// # Errors
/// Never for rows in memory; the caller reports it as a defect.
pub(super) fn register(registered: &[Registered<'_>]) -> Result<Vec<u8>, csv::Error> {
    let rows: Vec<[String; 6]> = registered
        .iter()
        .map(|Registered { row, file, page }| {
            let Row { name, school, number, .. } = (*row).clone();
            [row.reference.to_string(), name, school, number, file.clone(), page.to_string()]
        })
        .collect();
    write_table(&REGISTER, rows.iter().map(|row| row.iter().map(String::as_str)))
}

/// One school's table of those who do not count, each with the reason in a sentence.
///
/// # Errors
/// Never for rows in memory; the caller reports it as a defect.
pub(super) fn reasons(rows: &[&Row]) -> Result<Vec<u8>, csv::Error> {
    let rows: Vec<[String; 7]> = rows
        .iter()
        .map(|row| {
            let sentence = sentences::sentence(&row.account);
            let reason = row.account.reason.map(Reason::name).unwrap_or_default();
            let Row { name, school, .. } = (*row).clone();
            let status = row.account.status.name();
            [row.reference.to_string(), name, school, status.into(), reason.into(), sentence.id, sentence.en]
        })
        .collect();
    write_table(&REASONS, rows.iter().map(|row| row.iter().map(String::as_str)))
}
