//! Open registration: a name and one identifier, for demonstrations and rehearsals.

use super::{
    details::{Details, clean_name},
    identifiers::{IdError, IdKind, Identifier},
    reference::PersonRef,
    roles,
    secrets::Entropy,
    store::{PeopleStore, Source, StoreError},
};
use crate::domain::ids::PersonId;

/// Who registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Registered {
    /// Their private number.
    pub person: PersonId,
    /// Whether they are new; a known identifier gives the same person.
    pub created: bool,
}

/// Why somebody was not registered.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// Write the person's name.
    #[error("this is not a name")]
    Name,
    /// Correct the identifier.
    #[error(transparent)]
    Identifier(#[from] IdError),
    /// Nobody counts and acts in one lesson.
    #[error("this contact or role is of somebody who counts ({0}), and whoever counts does not act")]
    Counts(String),
    /// Name one person alone.
    #[error("this contact is of several persons: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    Several(Vec<PersonRef>),
    /// As its own remedy says.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl RegisterError {
    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Name => "write the person's name; a name has letters and at most 200 characters",
            Self::Identifier(error) => error.remedy(),
            Self::Several(_) => "use a contact of this person alone, such as their own telephone",
            Self::Counts(_) => {
                "give them the role under which they act in the roster's list and import it, or enrol another person"
            }
            Self::Store(error) => error.remedy(),
        }
    }
}

impl PeopleStore {
    /// Registers somebody, or finds whom the identifier belongs to already; a known person keeps their details.
    ///
    /// # Errors
    /// When the name or identifier is none, or the store cannot be written.
    pub fn register(
        &mut self,
        name: &str,
        kind: IdKind,
        value: &str,
        entropy: &mut dyn Entropy,
    ) -> Result<Registered, RegisterError> {
        let name = clean_name(name).ok_or(RegisterError::Name)?;
        let identifier = Identifier::parse(kind, value)?;
        if let Some(person) = self.holder(&identifier)? {
            return Ok(Registered { person, created: false });
        }
        let mut details = Details { name, ..Details::default() };
        details.identifiers.insert(kind, identifier.value().to_owned());
        let person = self.change(|changes| {
            let person = changes.add(&details, roles::PARTICIPANT, Source::Registration, entropy)?;
            changes.index(&identifier, person)?;
            Ok(person)
        })?;
        Ok(Registered { person, created: true })
    }
}
