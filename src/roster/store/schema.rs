//! The file of the store: its tables, and whether a file is one of ours.

use std::{path::Path, time::Duration};

use hmac::Mac;
use rusqlite::{Connection, OpenFlags, OptionalExtension};

use super::StoreError;
use crate::roster::secrets::{PeopleKeys, truncated};

/// Marks the file as Hadir's store of people ("HPpl").
const APPLICATION_ID: i64 = 0x4850_706c;

/// The newest form of the tables that this program knows.
const VERSION: i64 = 1;

/// How long one process waits for another that writes: an import of a large roster takes a few seconds.
const BUSY_WAIT: Duration = Duration::from_secs(20);

const TABLES: &str = "
CREATE TABLE store (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    keys BLOB NOT NULL,
    primary_id TEXT
) STRICT;
CREATE TABLE person (
    serial INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    reference TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('import', 'registration')),
    issue INTEGER NOT NULL,
    key BLOB,
    details BLOB,
    salt BLOB,
    merged_into BLOB REFERENCES person (id)
) STRICT;
CREATE TABLE identifier (
    keyed BLOB PRIMARY KEY,
    person BLOB NOT NULL REFERENCES person (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX identifier_of ON identifier (person);
CREATE TABLE former (
    person BLOB NOT NULL REFERENCES person (id),
    details BLOB NOT NULL,
    salt BLOB NOT NULL
) STRICT;
CREATE INDEX former_of ON former (person);
";

/// Makes a new file with empty tables.
pub(super) fn create(path: &Path, keys: &PeopleKeys) -> Result<Connection, StoreError> {
    if path.exists() {
        return Err(StoreError::Exists(path.to_owned()));
    }
    let mut connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
    let transaction = connection.transaction()?;
    transaction.execute_batch(TABLES)?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.execute("INSERT INTO store (one, keys) VALUES (1, ?1)", [fingerprint(keys)])?;
    transaction.commit()?;
    Ok(connection)
}

/// Opens a file after making sure that it is ours, known, and locked with these keys.
pub(super) fn open(path: &Path, keys: &PeopleKeys) -> Result<Connection, StoreError> {
    if !path.exists() {
        return Err(StoreError::Missing(path.to_owned()));
    }
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    if pragma("application_id")? != APPLICATION_ID {
        return Err(StoreError::Foreign(path.to_owned()));
    }
    let found = pragma("user_version")?;
    if found != VERSION {
        return Err(StoreError::Version { found, known: VERSION });
    }
    let keyed: Option<Vec<u8>> = connection.query_row("SELECT keys FROM store", [], |row| row.get(0)).optional()?;
    if keyed.as_deref() == Some(fingerprint(keys).as_slice()) { Ok(connection) } else { Err(StoreError::OtherKeys) }
}

/// Deletes everything that says something of people; what is deleted is overwritten. A file that is damaged, as an
/// interrupted destruction leaves it, has nothing to delete: it is overwritten as a whole by the caller.
pub(super) fn destroy_keys(path: &Path) -> Result<(), StoreError> {
    let emptied = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE).and_then(|connection| {
        connection.execute_batch(
            "BEGIN IMMEDIATE; DELETE FROM identifier; DELETE FROM former;
             UPDATE person SET key = NULL, details = NULL, salt = NULL; COMMIT;",
        )?;
        Ok(())
    });
    match emptied {
        Err(error @ (StoreError::Busy | StoreError::ReadOnly(_) | StoreError::Full(_))) => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_WAIT)?;
    // No write-ahead log: it would keep an erased person's key until its next checkpoint.
    connection.pragma_update(None, "journal_mode", "DELETE")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // What is deleted is overwritten, so that an erased key is not read from a free page.
    connection.pragma_update(None, "secure_delete", true)?;
    Ok(connection)
}

/// Tells these keys from others without giving anything away of them.
fn fingerprint(keys: &PeopleKeys) -> Vec<u8> {
    let mut hash = keys.identifiers.hash();
    hash.update(b"store\0");
    hash.update(&keys.event.0);
    hash.update(&keys.details.0);
    hash.update(&keys.tickets.0);
    truncated::<16>(hash).to_vec()
}
