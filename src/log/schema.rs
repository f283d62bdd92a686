//! The journal's file format: what SQLite is asked to keep, and how a new file comes to be.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, ErrorCode, OpenFlags};

/// Marks the file as a journal of this program: "HADR".
pub(super) const APPLICATION_ID: i32 = 0x4841_4452;

/// The version of the file format that this program writes and reads.
pub(super) const VERSION: i32 = 1;

/// How long a statement waits for another program that looks into the file, in milliseconds.
const BUSY_MS_MAX: u64 = 5_000;

/// `meta` says whose log it is, `signed` is the row that two histories would collide in.
const TABLES: &str = "
    CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
    CREATE TABLE entry(i INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
    CREATE TABLE signed(size INTEGER PRIMARY KEY, root BLOB NOT NULL, note TEXT NOT NULL) STRICT;
";

/// A file beside the journal: its path with something appended to the name.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// The folder that a file stands in.
pub(super) fn folder(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Removes a file that may not be there.
pub(super) fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// An error of SQLite as one of the operating system: a full disk and damage can be told apart.
pub(super) fn io_error(error: rusqlite::Error) -> io::Error {
    let kind = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => io::ErrorKind::StorageFull,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => io::ErrorKind::InvalidData,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => io::ErrorKind::ResourceBusy,
        Some(ErrorCode::ReadOnly) => io::ErrorKind::ReadOnlyFilesystem,
        Some(ErrorCode::CannotOpen) => io::ErrorKind::PermissionDenied,
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, error)
}

/// Builds an empty journal at `path`, where nothing stands yet: all of it or, after a power cut, none.
pub(super) fn create(path: &Path, origin: &str) -> io::Result<()> {
    // The directory stays open from before the first write to after its sync: an error of an evicted inode would be lost.
    let directory = File::open(folder(path))?;
    let draft = beside(path, ".new");
    remove_if_there(&draft)?;
    write_draft(&draft, origin).map_err(io_error)?;
    File::open(&draft)?.sync_all()?;
    fs::rename(&draft, path)?;
    directory.sync_all()
}

fn write_draft(draft: &Path, origin: &str) -> rusqlite::Result<()> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(draft, flags)?;
    let transaction = connection.transaction()?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.execute_batch(TABLES)?;
    transaction.execute("INSERT INTO meta(key, value) VALUES('origin', ?1)", [origin])?;
    transaction.commit()?;
    connection.close().map_err(|(_, error)| error)?;
    turn_to_wal(draft)
}

/// Writes into the file itself that it has a write-ahead log, before it takes its name: were that done at its first
/// opening, a power cut could leave a rollback journal that no reading connection can play back.
pub(super) fn turn_to_wal(draft: &Path) -> rusqlite::Result<()> {
    // The last connection that closes moves the write-ahead log into the file: the draft is one file again.
    connect_writer(draft)?.close().map_err(|(_, error)| error)
}

/// Opens the file for the one writer: each commit is synced, and SQLite does nothing on its own account.
pub(super) fn connect_writer(path: &Path) -> rusqlite::Result<Connection> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let mode: String = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if mode != "wal" {
        return Err(rusqlite::Error::InvalidParameterName(format!("journal mode {mode}, not wal")));
    }
    connection.pragma_update(None, "synchronous", "FULL")?;
    // macOS hands data to the disk's own cache unless it is asked for more.
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    // SQLite swallows the errors of its automatic checkpoint: the journal does it itself, and stops when one fails.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    Ok(connection)
}

/// Opens the file for reading, beside the writer of this or of another process.
pub(super) fn connect_reader(path: &Path) -> rusqlite::Result<Connection> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

fn connect(path: &Path, access: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(std::time::Duration::from_millis(BUSY_MS_MAX))?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    Ok(connection)
}
