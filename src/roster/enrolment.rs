//! Persons who act: they stand on the roster under their role, which does not count unless the declaration says so.

use std::collections::BTreeSet;

use super::{
    details::{Details, clean_name},
    identifiers::Identifier,
    registration::RegisterError,
    roles,
    secrets::Entropy,
    store::{PeopleStore, Person, Source},
};
use crate::domain::ids::PersonId;

/// Somebody who is to act.
#[derive(Clone, Copy)]
pub struct NewStaff<'a> {
    /// Their name.
    pub name: &'a str,
    /// How they are reached, or known.
    pub contact: &'a Identifier,
    /// Their profession, which record bodies ask of stewards and witnesses.
    pub profession: Option<&'a str>,
    /// As what they act.
    pub role: &'a str,
    /// The roles that count in the lesson.
    pub counting: &'a [String],
}

impl PeopleStore {
    /// Takes somebody in who acts, or finds whom the contact belongs to already.
    ///
    /// # Errors
    /// When the name is none, they are somebody whose role counts, or the store cannot be written.
    pub fn enrol(&mut self, new: &NewStaff<'_>, entropy: &mut dyn Entropy) -> Result<PersonId, RegisterError> {
        let name = clean_name(new.name).ok_or(RegisterError::Name)?;
        let role = roles::normal(new.role).unwrap_or_else(|| new.role.to_owned());
        let rows = self.holders(new.contact)?;
        let ids: BTreeSet<PersonId> = rows.iter().map(|row| row.merged_into.unwrap_or(row.id)).collect();
        let known: Vec<Person> = ids.into_iter().map(|id| self.person(id)).collect::<Result<_, _>>()?;
        let mut roles = known.iter().map(|person| &person.role).chain([&role]);
        if let Some(counts) = roles.find(|role| new.counting.contains(role)) {
            return Err(RegisterError::Counts(counts.clone()));
        }
        match known.as_slice() {
            [] => {}
            [known] => return Ok(known.id),
            several => return Err(RegisterError::Several(several.iter().map(|person| person.reference).collect())),
        }
        let mut details = Details { name, profession: new.profession.and_then(clean_name), ..Details::default() };
        details.identifiers.insert(new.contact.kind(), new.contact.value().to_owned());
        Ok(self.change(|changes| {
            let person = changes.add(&details, &role, Source::Import, entropy)?;
            changes.index(new.contact, person)?;
            Ok(person)
        })?)
    }
}
