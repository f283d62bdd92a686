//! The organizer's private listing: who is who in one attempt. It re-identifies everybody and is never published.

use std::collections::BTreeMap;

use super::{
    identifiers::IdKind,
    links::grouped,
    pseudonyms::Pseudonyms,
    reference::PersonRef,
    sheets,
    store::{Person, Source},
};
use crate::domain::ids::PersonId;

/// The table's columns. Long numbers are left out: a spreadsheet that opens and saves the file would destroy them.
const COLUMNS: [&str; 11] =
    ["person_ref", "person", "name", "role", "group", "school", "region", "email", "phone", "source", "merged_into"];

/// The listing of these people under the names of one attempt, in the order of their addition; without the erased ones.
///
/// # Errors
/// Never for rows in memory; the caller reports it as a defect.
pub fn write_listing(people: &[Person], names: &Pseudonyms) -> Result<Vec<u8>, csv::Error> {
    let references = people.iter().map(|person| (person.id, person.reference)).collect();
    let rows: Vec<[String; 11]> = people.iter().filter_map(|person| row(person, names, &references)).collect();
    sheets::write(&COLUMNS, rows.iter().map(|row| row.iter().map(String::as_str)))
}

fn row(person: &Person, names: &Pseudonyms, references: &BTreeMap<PersonId, PersonRef>) -> Option<[String; 11]> {
    let details = person.details.as_ref()?;
    let source = match person.source {
        Source::Import => "import",
        Source::Registration => "registration",
    };
    let merged_into = person.merged_into.and_then(|into| references.get(&into));
    Some([
        person.reference.to_string(),
        names.person(person.id).to_string(),
        details.name.clone(),
        person.role.clone(),
        names.group(details.place()),
        details.school.clone().unwrap_or_default(),
        details.region.clone().unwrap_or_default(),
        details.identifier(IdKind::Email).unwrap_or_default().to_owned(),
        grouped(details.identifier(IdKind::Phone).unwrap_or_default()),
        source.to_owned(),
        merged_into.map(ToString::to_string).unwrap_or_default(),
    ])
}
