//! The rows that an import left out, as a file that can be corrected and imported again.

use std::collections::BTreeMap;

use super::{
    columns::Columns,
    import::{Rejects, rejected},
    problem::{Problem, Severity},
    sheets,
    table::{Cell, Table},
};

/// The columns that are added; their names mean nothing to a later import.
const ADDED: [&str; 2] = ["row", "reason"];

/// The file of rejects; none when there are none.
pub(super) fn write(table: &Table, columns: &Columns, problems: &[Problem]) -> Option<Rejects> {
    let numbers = rejected(problems);
    if numbers.is_empty() {
        return None;
    }
    let reasons = reasons(problems);
    let width = columns.headings.len();
    let mut headings: Vec<&str> = columns.headings.iter().map(String::as_str).collect();
    headings.extend(ADDED);
    let mut rows: Vec<Vec<String>> = Vec::new();
    for row in columns.body(table).iter().filter(|row| numbers.contains(&row.number)) {
        let blank = Cell::Text(String::new());
        let cells = row.cells.iter().chain(std::iter::repeat(&blank)).take(width);
        let mut line: Vec<String> = cells.map(|cell| cell.shown().to_owned()).collect();
        line.push(row.number.to_string());
        line.push(reasons.get(&row.number).cloned().unwrap_or_default());
        rows.push(line);
    }
    let lines = rows.iter().map(|row| row.iter().map(String::as_str));
    let csv = sheets::write(&headings, lines).ok()?;
    Some(Rejects { rows: rows.len(), csv })
}

fn reasons(problems: &[Problem]) -> BTreeMap<u32, String> {
    let mut reasons: BTreeMap<u32, String> = BTreeMap::new();
    for problem in problems.iter().filter(|problem| problem.severity == Severity::Error) {
        let Some(row) = problem.row else { continue };
        let reason = reasons.entry(row).or_default();
        if !reason.is_empty() {
            reason.push_str("; ");
        }
        if let Some(column) = &problem.column {
            reason.push_str(&format!("{column}: "));
        }
        reason.push_str(&problem.message);
    }
    reasons
}
