//! Changing the store: every change is one transaction, durable when it returns.

use rusqlite::{OptionalExtension, Transaction};

use super::{Details, IdKind, Identifier, PeopleStore, PersonId, PersonRef, Source, StoreError, seal};
use crate::roster::secrets::{Entropy, NoEntropy, Secret, random};

/// How often a fresh reference may be taken already before something is wrong with the random source.
const REFERENCE_TRIES: usize = 64;

/// A ticket's number after a new one was issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reissued {
    /// All tickets up to this number are withdrawn.
    pub revoked: u32,
    /// The number of the new one.
    pub issue: u32,
}

/// Changes under way: nothing of them is stored before it is committed, and nothing at all if that fails.
pub(in crate::roster) struct Changes<'a> {
    transaction: Transaction<'a>,
    wrapping: &'a Secret,
    identifiers: &'a dyn Fn(&Identifier) -> [u8; 32],
}

impl PeopleStore {
    /// Does several changes as one.
    pub(in crate::roster) fn change<T>(
        &mut self,
        work: impl FnOnce(&mut Changes<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let Self { connection, keys } = self;
        let index = |identifier: &Identifier| super::keyed(keys, identifier);
        let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let mut changes = Changes { transaction, wrapping: &keys.details, identifiers: &index };
        let done = work(&mut changes)?;
        changes.transaction.commit()?;
        Ok(done)
    }

    /// Withdraws a person's tickets and issues the next one. The caller writes the log's `revoke` entry.
    ///
    /// # Errors
    /// When the person is not in the store, or the store cannot be written.
    pub fn reissue(&mut self, id: PersonId) -> Result<Reissued, StoreError> {
        let revoked = self.person(id)?.issue;
        let issue = revoked.saturating_add(1);
        self.change(|changes| changes.set_issue(id, issue))?;
        Ok(Reissued { revoked, issue })
    }

    /// Erases a person: their key, details, salt and identifiers are destroyed; their pseudonyms in logs stay, and
    /// nobody can open them any more. Their tickets are withdrawn.
    ///
    /// # Errors
    /// When the person is not in the store, or the store cannot be written.
    pub fn forget(&mut self, id: PersonId) -> Result<(), StoreError> {
        self.person(id)?;
        self.change(|changes| changes.forget(id))
    }

    /// Says that `repeated` is the same human as `kept`: their times are united under `kept` from the next opening on.
    ///
    /// # Errors
    /// When they are the same row, one of them is erased or merged already, or a person of an official list would
    /// disappear into one who registered alone.
    pub fn merge(&mut self, repeated: PersonId, kept: PersonId) -> Result<(), StoreError> {
        let (one, other) = (self.person(repeated)?, self.person(kept)?);
        let free = |person: &super::Person| person.details.is_some() && person.merged_into.is_none();
        let official = other.source == Source::Import || one.source == Source::Registration;
        if repeated == kept || !free(&one) || !free(&other) || !official {
            return Err(StoreError::CannotMerge);
        }
        self.change(|changes| changes.merge(repeated, kept))
    }
}

impl Changes<'_> {
    /// Fixes the identifier that merges two rows.
    pub(in crate::roster) fn set_primary(&mut self, primary: IdKind) -> Result<(), StoreError> {
        self.transaction.execute("UPDATE store SET primary_id = ?1", [primary.name()])?;
        Ok(())
    }

    /// Adds a person.
    pub(in crate::roster) fn add(
        &mut self,
        details: &Details,
        role: &str,
        source: Source,
        entropy: &mut dyn Entropy,
    ) -> Result<PersonId, StoreError> {
        let id = PersonId(random(entropy)?);
        let own = Secret(random(entropy)?);
        let key = seal::seal(self.wrapping, id, &own.0, entropy)?;
        let sealed = seal::seal(&own, id, details.canonical().as_bytes(), entropy)?;
        let reference = self.free_reference(entropy)?;
        let salt: [u8; 16] = random(entropy)?;
        let source = match source {
            Source::Import => "import",
            Source::Registration => "registration",
        };
        let sql = "INSERT INTO person (id, reference, role, source, issue, key, details, salt)
                   VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6, ?7)";
        let values = rusqlite::params![id.0, reference.to_string(), role, source, key, sealed, salt];
        self.transaction.prepare_cached(sql)?.execute(values)?;
        Ok(id)
    }

    /// Makes a person findable by an identifier, and nobody else by it.
    pub(in crate::roster) fn index(&mut self, identifier: &Identifier, id: PersonId) -> Result<(), StoreError> {
        let sql = "INSERT INTO identifier (keyed, person) VALUES (?1, ?2)
                   ON CONFLICT (keyed) DO UPDATE SET person = excluded.person";
        self.transaction.prepare_cached(sql)?.execute(rusqlite::params![(self.identifiers)(identifier), id.0])?;
        Ok(())
    }

    /// Replaces a person's details and role by those of an imported list; the former details stay, sealed, to open the
    /// commitments that were made to them.
    pub(in crate::roster) fn correct(
        &mut self,
        id: PersonId,
        details: &Details,
        role: &str,
        entropy: &mut dyn Entropy,
    ) -> Result<(), StoreError> {
        let wrapped: Option<Vec<u8>> = self
            .transaction
            .prepare_cached("SELECT key FROM person WHERE id = ?1 AND key IS NOT NULL")?
            .query_row([id.0], |row| row.get(0))
            .optional()?;
        let wrapped = wrapped.ok_or(StoreError::Nobody)?;
        let own = seal::unwrap_key(self.wrapping, id, &wrapped)
            .map_err(|_| StoreError::Damaged("somebody's key does not open with the event's key".to_owned()))?;
        let sealed = seal::seal(&own, id, details.canonical().as_bytes(), entropy)?;
        let salt: [u8; 16] = random(entropy)?;
        let keep = "INSERT INTO former (person, details, salt) SELECT id, details, salt FROM person WHERE id = ?1";
        self.transaction.prepare_cached(keep)?.execute([id.0])?;
        let sql = "UPDATE person SET details = ?2, salt = ?3, role = ?4, source = 'import' WHERE id = ?1";
        self.transaction.prepare_cached(sql)?.execute(rusqlite::params![id.0, sealed, salt, role])?;
        Ok(())
    }

    fn free_reference(&self, entropy: &mut dyn Entropy) -> Result<PersonRef, StoreError> {
        let mut taken = self.transaction.prepare_cached("SELECT 1 FROM person WHERE reference = ?1")?;
        for _ in 0..REFERENCE_TRIES {
            let reference = PersonRef::random(entropy)?;
            if !taken.exists([reference.to_string()])? {
                return Ok(reference);
            }
        }
        Err(NoEntropy.into())
    }

    fn set_issue(&mut self, id: PersonId, issue: u32) -> Result<(), StoreError> {
        self.transaction.execute("UPDATE person SET issue = ?2 WHERE id = ?1", rusqlite::params![id.0, issue])?;
        Ok(())
    }

    fn forget(&mut self, id: PersonId) -> Result<(), StoreError> {
        for sql in [
            "DELETE FROM identifier WHERE person = ?1",
            "DELETE FROM former WHERE person = ?1",
            "UPDATE person SET merged_into = NULL WHERE merged_into = ?1",
            "UPDATE person SET key = NULL, details = NULL, salt = NULL, merged_into = NULL, issue = issue + 1 WHERE id = ?1",
        ] {
            self.transaction.execute(sql, [id.0])?;
        }
        Ok(())
    }

    fn merge(&mut self, repeated: PersonId, kept: PersonId) -> Result<(), StoreError> {
        // A merge has one step: who was merged into the repeated row now counts for the kept one.
        let sql = "UPDATE person SET merged_into = ?2 WHERE id = ?1 OR merged_into = ?1";
        self.transaction.execute(sql, [repeated.0, kept.0])?;
        Ok(())
    }
}
