//! Reading the store: persons, how to find one, and what a commitment is opened with.

use rusqlite::{OptionalExtension, Row, types::Type};

use super::{Details, Identifier, PeopleStore, Person, PersonId, PersonRef, Source, StoreError, seal};
use crate::{
    domain::{ids::Pseudonym, roster::RosterRow},
    roster::pseudonyms::{Pseudonyms, commitment},
};

const COLUMNS: &str = "id, reference, role, source, issue, key, details, salt, merged_into";

/// What opens one commitment: both together hash to it.
#[derive(Clone, PartialEq, Eq)]
pub struct Opening {
    /// The salt, of one attempt.
    pub salt: [u8; 16],
    /// The details as canonical JSON.
    pub details: String,
}

impl std::fmt::Debug for Opening {
    /// Personal data stay out of every log line.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Opening(personal)")
    }
}

/// A row of the store, without what is known of the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Their private number.
    pub id: PersonId,
    /// Their short reference.
    pub reference: PersonRef,
    /// The person whose row this one repeats.
    pub merged_into: Option<PersonId>,
    /// Whether they were erased.
    pub erased: bool,
}

/// Why nobody was found.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// Write a reference (`K7M-29QX`) or a type and an identifier (`nik:1671...`).
    #[error("`{0}` is neither a person's reference nor an identifier with its type (nik:..., email:...)")]
    Form(String),
    /// Check the reference or identifier against links.csv.
    #[error("nobody on the roster has this reference or identifier")]
    Nobody,
    /// Name one of them by their reference.
    #[error("several persons have this identifier: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    Several(Vec<PersonRef>),
    /// As its own remedy says.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A row as it is stored.
struct Stored {
    person: Person,
    key: Option<Vec<u8>>,
    details: Option<Vec<u8>>,
}

fn malformed(column: usize, what: &'static str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Blob, what.into())
}

fn stored(row: &Row<'_>) -> rusqlite::Result<Stored> {
    let reference: String = row.get(1)?;
    let source: String = row.get(3)?;
    let person = Person {
        id: PersonId(row.get(0)?),
        reference: reference.parse().map_err(|_| malformed(1, "not a reference"))?,
        role: row.get(2)?,
        source: if source == "import" { Source::Import } else { Source::Registration },
        issue: row.get(4)?,
        details: None,
        salt: row.get(7)?,
        merged_into: row.get::<_, Option<[u8; 16]>>(8)?.map(PersonId),
    };
    Ok(Stored { person, key: row.get(5)?, details: row.get(6)? })
}

impl PeopleStore {
    /// Everybody, in the order in which they were added; the erased ones without details.
    ///
    /// # Errors
    /// When the store cannot be read, or somebody's details do not open.
    pub fn people(&self) -> Result<Vec<Person>, StoreError> {
        let mut statement = self.connection.prepare(&format!("SELECT {COLUMNS} FROM person ORDER BY serial"))?;
        let rows = statement.query_map([], stored)?;
        rows.map(|row| self.opened(row?)).collect()
    }

    /// Everybody, in the order in which they were added, the erased ones too; decrypts nothing.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn everybody(&self) -> Result<Vec<Listed>, StoreError> {
        let sql = "SELECT id, reference, merged_into, key IS NULL FROM person ORDER BY serial";
        let mut statement = self.connection.prepare(sql)?;
        let rows = statement.query_map([], |row| {
            let reference: String = row.get(1)?;
            Ok(Listed {
                id: PersonId(row.get(0)?),
                reference: reference.parse().map_err(|_| malformed(1, "not a reference"))?,
                merged_into: row.get::<_, Option<[u8; 16]>>(2)?.map(PersonId),
                erased: row.get(3)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The number and newest ticket of everybody who is not erased; decrypts nothing.
    pub(in crate::roster) fn living(&self) -> Result<Vec<(PersonId, u32)>, StoreError> {
        let mut statement = self.connection.prepare("SELECT id, issue FROM person WHERE key IS NOT NULL")?;
        let rows = statement.query_map([], |row| Ok((PersonId(row.get(0)?), row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many links are withdrawn, of everybody of whom any is, as one attempt names them; the erased ones among them.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn withdrawn(&self, names: &Pseudonyms) -> Result<Vec<(Pseudonym, u32)>, StoreError> {
        let sql = "SELECT id, issue - 1 FROM person WHERE issue > 1 ORDER BY serial";
        let mut statement = self.connection.prepare(sql)?;
        let rows = statement.query_map([], |row| Ok((names.person(PersonId(row.get(0)?)), row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Persons who may be one human: to be decided before the attempt opens.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn suspects(&self) -> Result<Vec<crate::roster::Suspect>, StoreError> {
        Ok(crate::roster::suspects::find(&self.people()?))
    }

    /// One person.
    ///
    /// # Errors
    /// [`StoreError::Nobody`] when the store does not have them.
    pub fn person(&self, id: PersonId) -> Result<Person, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM person WHERE id = ?1");
        let row = self.connection.prepare_cached(&sql)?.query_row([id.0], stored).optional()?;
        self.opened(row.ok_or(StoreError::Nobody)?)
    }

    /// The person whom an identifier is known to belong to.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn holder(&self, identifier: &Identifier) -> Result<Option<PersonId>, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT person FROM identifier WHERE keyed = ?1")?;
        let found = statement.query_row([super::keyed(&self.keys, identifier)], |row| row.get(0)).optional()?;
        Ok(found.map(PersonId))
    }

    /// Finds a person by their reference (`K7M-29QX`) or by an identifier with its type (`nik:1671...`).
    ///
    /// # Errors
    /// When the text names nobody, or more than one.
    pub fn find(&self, text: &str) -> Result<PersonId, FindError> {
        if let Some((kind, value)) = text.split_once(':') {
            let form = || FindError::Form(text.to_owned());
            let kind = kind.trim().to_ascii_lowercase().parse().map_err(|_| form())?;
            return self.find_identifier(&Identifier::parse(kind, value).map_err(|_| form())?);
        }
        let reference: PersonRef = text.parse().map_err(|_| FindError::Form(text.to_owned()))?;
        let sql = "SELECT id FROM person WHERE reference = ?1 AND key IS NOT NULL";
        let found = self.connection.query_row(sql, [reference.to_string()], |row| row.get(0)).optional();
        found.map_err(StoreError::from)?.map(PersonId).ok_or(FindError::Nobody)
    }

    fn find_identifier(&self, identifier: &Identifier) -> Result<PersonId, FindError> {
        // Any other identifier may be known of several persons.
        if self.primary()? == Some(identifier.kind())
            && let Some(person) = self.holder(identifier)?
        {
            return Ok(person);
        }
        match self.holders(identifier)?.as_slice() {
            [] => Err(FindError::Nobody),
            [person] => Ok(person.id),
            several => Err(FindError::Several(several.iter().map(|person| person.reference).collect())),
        }
    }

    /// Everybody on whose papers an identifier stands, whether it is one by which rows are merged or not.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn holders(&self, identifier: &Identifier) -> Result<Vec<Person>, StoreError> {
        let has = |details: &Details| details.identifier(identifier.kind()) == Some(identifier.value());
        let mut people = self.people()?;
        people.retain(|person| person.details.as_ref().is_some_and(has));
        Ok(people)
    }

    /// Everybody who is not erased, as one attempt names them: after its opening, who is missing in its log is added.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn roster_rows(&self, names: &Pseudonyms) -> Result<Vec<RosterRow>, StoreError> {
        Ok(self.people()?.iter().filter_map(|person| roster_row(person, names)).collect())
    }

    /// The pseudonymous roster with which an attempt opens: who came by an official list. Those who only registered
    /// themselves, in a rehearsal for instance, are added after it, so that the declaration says whether they count.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn official_rows(&self, names: &Pseudonyms) -> Result<Vec<RosterRow>, StoreError> {
        // Somebody who was merged stands for a person of the list: left out, they would be added as another one.
        let official = |person: &&Person| person.source == Source::Import || person.merged_into.is_some();
        Ok(self.people()?.iter().filter(official).filter_map(|person| roster_row(person, names)).collect())
    }

    /// One person's row of the pseudonymous roster; none once they are erased.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn roster_row(&self, id: PersonId, names: &Pseudonyms) -> Result<Option<RosterRow>, StoreError> {
        Ok(roster_row(&self.person(id)?, names))
    }

    /// What opens a person's commitments in one attempt: that of their details now, then those of earlier ones.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn openings(&self, id: PersonId, names: &Pseudonyms) -> Result<Vec<Opening>, StoreError> {
        let sql = "SELECT key, details, salt FROM person WHERE id = ?1 AND key IS NOT NULL
                   UNION ALL SELECT key, former.details, former.salt FROM former JOIN person ON person = id WHERE id = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([id.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        rows.map(|row| {
            let (key, details, salt): (Vec<u8>, Vec<u8>, [u8; 16]) = row?;
            let details = self.unsealed(id, &key, &details)?.canonical();
            Ok(Opening { salt: names.salt(&salt), details })
        })
        .collect()
    }

    fn opened(&self, stored: Stored) -> Result<Person, StoreError> {
        let Stored { mut person, key, details } = stored;
        person.details = key.zip(details).map(|(key, details)| self.unsealed(person.id, &key, &details)).transpose()?;
        Ok(person)
    }

    fn unsealed(&self, id: PersonId, key: &[u8], details: &[u8]) -> Result<Details, StoreError> {
        let damaged = || StoreError::Damaged("somebody's details do not open with the event's key".to_owned());
        let own = seal::unwrap_key(&self.keys.details, id, key).map_err(|_| damaged())?;
        let text = seal::open(&own, id, details).map_err(|_| damaged())?;
        Details::from_canonical(&text).ok_or_else(damaged)
    }
}

fn roster_row(person: &Person, names: &Pseudonyms) -> Option<RosterRow> {
    let (details, salt) = (person.details.as_ref()?, person.salt?);
    Some(RosterRow {
        person: names.person(person.id),
        role: person.role.clone(),
        group: names.group(details.place()),
        commitment: commitment(&names.salt(&salt), &details.canonical()),
        merged_into: person.merged_into.map(|into| names.person(into)),
    })
}
