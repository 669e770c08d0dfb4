//! Connections to a file, once it is certain that the file is a store's.

use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use super::error::failed;
use super::options::{SqliteDurability, SqliteOptions};
use crate::error::Error;
use crate::store_error::{StoreError, StoreErrorKind};

/// Marks a file as a store of jobs, in the header of the file: "xrmj" in ASCII.
const APPLICATION_ID: i32 = 0x7872_6D6A;

/// The step from each version of the tables to the next. The first makes an empty file one of
/// version 1. A released step never changes: files have it behind them.
///
/// A release refuses a version that it does not know, so a step stops the workers of earlier
/// releases. Whatever these may ignore is an [addition](ADDITIONS).
const MIGRATIONS: &[&str] = &[include_str!("schema.sql")];

/// What later releases added to version 1 without a new version: columns that may be null, indexes,
/// tables. Earlier releases name the columns that they use, so they go on beside later ones, and a
/// release ignores the additions that it does not know. A released addition never changes.
const ADDITIONS: &[Addition] = &[
    Addition {
        is_made: "SELECT EXISTS (SELECT 1 FROM pragma_table_info('payload') WHERE name = 'checksum')",
        sql: "ALTER TABLE payload ADD COLUMN checksum BLOB",
        stand_in: "CREATE TEMP VIEW payload AS SELECT *, NULL AS checksum FROM main.payload",
    },
    Addition {
        is_made: "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'index' AND name = 'expiry')",
        sql: include_str!("expiry.sql"),
        // Only what deletes uses the index.
        stand_in: "",
    },
    Addition {
        is_made: "SELECT EXISTS (SELECT 1 FROM pragma_table_info('asyncoperation') WHERE name = 'othercolumns')",
        sql: include_str!("owners.sql"),
        stand_in: "CREATE TEMP VIEW asyncoperation AS SELECT *, NULL AS ownerid,
            NULL AS owningbusinessunit, NULL AS createdby, NULL AS othercolumns
            FROM main.asyncoperation",
    },
];

/// An addition to the tables.
struct Addition {
    /// Asks the schema whether a file has it. The schema, and no table that counts additions: a file
    /// opens as long as its schema can be read, whatever else is damaged.
    is_made: &'static str,
    /// Adds it.
    sql: &'static str,
    /// What a connection needs that may not write the file and finds it without the addition:
    /// temporary views, which come before the tables whose names they have.
    stand_in: &'static str,
}

/// The part of the file that the writing connection keeps in memory, in KiB: enough for the inner
/// pages of the indexes over some million jobs, so an insert reads only leaves.
const WRITER_CACHE_KIB: i64 = 32 * 1024;

/// The sleep between attempts where SQLite does not wait by itself.
const RETRY_AFTER: Duration = Duration::from_millis(10);

/// The path from the root. SQLite gives `:memory:`, the empty name and `file:` a meaning of their
/// own, and none of them begins with a slash or a drive.
pub(super) fn absolute(path: &Path) -> Result<PathBuf, Error> {
    Ok(std::path::absolute(path).map_err(|error| {
        StoreError::new(StoreErrorKind::Unavailable, "the path is empty or can't be resolved")
            .with_source(error)
    })?)
}

/// Opens a connection later, on the thread that owns it.
pub(super) fn opener(
    open: fn(&Path, &SqliteOptions) -> Result<Connection, Error>,
    path: &Path,
    options: &SqliteOptions,
) -> impl FnOnce() -> Result<Connection, Error> + Send + 'static + use<> {
    let (path, options) = (path.to_owned(), options.clone());
    move || {
        check(&path)?;
        open(&path, &options)
    }
}

/// Says what is wrong with a path, where SQLite only says that it could not open the file.
fn check(path: &Path) -> Result<(), StoreError> {
    let unavailable = |message: &str| Err(StoreError::new(StoreErrorKind::Unavailable, message));
    if path.is_dir() {
        return unavailable("the path is a folder");
    }
    if path.parent().is_some_and(|folder| !folder.exists()) {
        return unavailable("the folder of the file does not exist");
    }
    Ok(())
}

/// A connection that changes jobs. Creates the file, and creates or migrates its tables.
pub(super) fn writer(path: &Path, options: &SqliteOptions) -> Result<Connection, Error> {
    create(path)?;
    let connection = connect(path, OpenFlags::SQLITE_OPEN_CREATE, options)?;
    if version(&connection, options)? == 0 {
        // SQLite ignores a change of the journal mode within a transaction, so it comes before the
        // tables are created.
        use_wal(&connection, options).map_err(failed)?;
    }
    migrate(&connection, options)?;
    tune(&connection, options).map_err(failed)?;
    Ok(connection)
}

/// Creates the file if there is none, for its owner alone: messages are business data. SQLite gives
/// the files beside it the same permissions.
pub(super) fn create(path: &Path) -> Result<(), StoreError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let refused = |message| StoreError::new(StoreErrorKind::ReadOnly, message);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::ReadOnlyFilesystem => {
            Err(refused("the file system is read-only").with_source(error))
        }
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            let message = "the folder of the file may not be written by this user";
            Err(StoreError::new(StoreErrorKind::PermissionDenied, message).with_source(error))
        }
        // What else there is SQLite finds too.
        Err(_) => Ok(()),
    }
}

/// A connection that reads what another one of this process may be changing.
pub(super) fn reader(path: &Path, options: &SqliteOptions) -> Result<Connection, Error> {
    let connection = connect(path, OpenFlags::empty(), options)?;
    connection.pragma_update(None, "query_only", true).map_err(failed)?;
    Ok(connection)
}

/// A connection for which the file is read-only.
pub(super) fn read_only(path: &Path, options: &SqliteOptions) -> Result<Connection, Error> {
    // SQLite itself refuses to write, whatever this crate does.
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(options.busy_timeout).map_err(failed)?;
    if version(&connection, options)? == 0 {
        return Err(foreign("the file is empty"));
    }
    for addition in missing_additions(&connection).map_err(failed)? {
        connection.execute_batch(addition.stand_in).map_err(failed)?;
    }
    Ok(connection)
}

fn connect(path: &Path, create: OpenFlags, options: &SqliteOptions) -> Result<Connection, Error> {
    // One thread alone uses a connection, so SQLite does not have to lock it.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | create;
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(options.busy_timeout).map_err(failed)?;
    // More than the store has statements; those of queries differ by what is asked for.
    connection.set_prepared_statement_cache_capacity(64);
    // Notices damaged pages before their cells are used.
    connection.pragma_update(None, "cell_size_check", true).map_err(failed)?;
    Ok(connection)
}

/// Changes the file to a write-ahead log, so that readers do not wait for the writer. While another
/// process does the same, SQLite refuses at once, whatever its busy timeout. The thread that sleeps
/// here is the one that opens the file.
fn use_wal(connection: &Connection, options: &SqliteOptions) -> rusqlite::Result<()> {
    let mut left = options.busy_timeout;
    loop {
        match connection.pragma_update(None, "journal_mode", "wal") {
            Err(error) if is_busy(&error) && left >= RETRY_AFTER => {
                thread::sleep(RETRY_AFTER);
                left -= RETRY_AFTER;
            }
            result => return result,
        }
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ffi::ErrorCode::DatabaseBusy)
}

fn tune(connection: &Connection, options: &SqliteOptions) -> rusqlite::Result<()> {
    // With a write-ahead log, `normal` syncs at checkpoints only: a crash of the process loses
    // nothing, because the log is in the system's cache, and a loss of power the last commits.
    let synchronous = match options.durability {
        SqliteDurability::PowerLoss => "full",
        SqliteDurability::ProcessCrash => "normal",
    };
    connection.pragma_update(None, "synchronous", synchronous)?;
    // Off by default, for the sake of old databases. The payload goes with its job by a foreign key.
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
    if let Some(bytes) = options.max_size {
        let page_size: u64 =
            connection.pragma_query_value(None, "page_size", |row| row.get::<_, u32>(0))?.into();
        // SQLite counts pages, and takes 0 for a question.
        let pages = (bytes / page_size).clamp(1, u32::MAX.into());
        connection
            .pragma_update_and_check(None, "max_page_count", pages.cast_signed(), |_| Ok(()))?;
    }
    Ok(())
}

/// The version of the file's tables; 0 if it has none.
fn version(connection: &Connection, options: &SqliteOptions) -> Result<usize, Error> {
    // Another process may be creating them, so everything is read in one snapshot.
    let snapshot = Transaction::new_unchecked(connection, TransactionBehavior::Deferred);
    version_in(&snapshot.map_err(failed)?, options)
}

fn version_in(connection: &Transaction<'_>, options: &SqliteOptions) -> Result<usize, Error> {
    let version = if is_ours(connection).map_err(failed)? {
        header(connection, "user_version").map_err(failed)?
    } else {
        let beside = version_beside(connection).map_err(failed)?;
        let may_be_created = options.beside_other_tables || is_empty(connection).map_err(failed)?;
        // Tables that are there were created on purpose, so the file is not a wrong one.
        if beside == 0 && !may_be_created {
            return Err(foreign("the file is another application's database"));
        }
        beside
    };
    let known = MIGRATIONS.len();
    match usize::try_from(version) {
        // A file with our mark in it has our tables.
        Ok(0) if !is_ours(connection).map_err(failed)? => Ok(0),
        Ok(version) if (1..=known).contains(&version) => Ok(version),
        _ => Err(StoreError::new(
            StoreErrorKind::NewerSchema,
            format!("the tables have version {version}, and this release supports up to {known}"),
        )
        .into()),
    }
}

/// The additions that a file with tables lacks.
fn missing_additions(connection: &Connection) -> rusqlite::Result<Vec<&'static Addition>> {
    let mut missing = Vec::new();
    for addition in ADDITIONS {
        if !connection.query_row(addition.is_made, [], |row| row.get(0))? {
            missing.push(addition);
        }
    }
    Ok(missing)
}

/// Whether the file is a store and nothing else, by the mark in its header.
fn is_ours(connection: &Connection) -> rusqlite::Result<bool> {
    Ok(header(connection, "application_id")? == APPLICATION_ID)
}

fn header(connection: &Connection, name: &str) -> rusqlite::Result<i32> {
    connection.pragma_query_value(None, name, |row| row.get(0))
}

/// Whether the file has nothing in it, nor a mark of somebody who is going to use it.
fn is_empty(connection: &Connection) -> rusqlite::Result<bool> {
    let is_marked =
        header(connection, "application_id")? != 0 || header(connection, "user_version")? != 0;
    let nothing = "SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)";
    Ok(!is_marked && connection.query_row(nothing, [], |row| row.get(0))?)
}

/// The version of the tables in a file of the application; 0 if it has none.
fn version_beside(connection: &Connection) -> rusqlite::Result<i32> {
    let exists = "SELECT EXISTS (
        SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'xrm_jobs_version')";
    if !connection.query_row(exists, [], |row| row.get(0))? {
        return Ok(0);
    }
    connection.query_row("SELECT max(version) FROM xrm_jobs_version", [], |row| row.get(0))
}

/// Notes the version of the tables: in the header of the store's own file, and beside the tables of
/// an application in a table.
fn write_version(connection: &Connection, is_beside: bool) -> rusqlite::Result<()> {
    let version = MIGRATIONS.len().cast_signed() as i64;
    if is_beside {
        connection.execute_batch(
            "CREATE TABLE IF NOT EXISTS xrm_jobs_version (version INTEGER PRIMARY KEY)",
        )?;
        let insert = "INSERT OR IGNORE INTO xrm_jobs_version (version) VALUES (?1)";
        return connection.execute(insert, [version]).map(drop);
    }
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", version)
}

/// Whether a connection's main database is the file of this path.
pub(super) fn is_of(connection: &Connection, path: &Path) -> bool {
    let real = |path: &Path| std::fs::canonicalize(path).ok();
    connection.path().is_some_and(|it| real(Path::new(it)).is_some_and(|it| Some(it) == real(path)))
}

fn foreign(message: &str) -> Error {
    StoreError::new(StoreErrorKind::ForeignSchema, message).into()
}

fn migrate(connection: &Connection, options: &SqliteOptions) -> Result<(), Error> {
    if version(connection, options)? == MIGRATIONS.len()
        && missing_additions(connection).map_err(failed)?.is_empty()
    {
        return Ok(());
    }
    let transaction =
        Transaction::new_unchecked(connection, TransactionBehavior::Immediate).map_err(failed)?;
    // Another process may have migrated them before this one got the lock.
    let found = version_in(&transaction, options)?;
    // Numbers in the header are a part of the transaction too, so a crash leaves no half of a step.
    let write = || {
        // An empty file is the application's if it says so: its tables may come later.
        let is_beside = !is_ours(&transaction)? && (options.beside_other_tables || found > 0);
        for migration in &MIGRATIONS[found..] {
            transaction.execute_batch(migration)?;
        }
        for addition in missing_additions(&transaction)? {
            transaction.execute_batch(addition.sql)?;
        }
        write_version(&transaction, is_beside)
    };
    write().map_err(failed)?;
    transaction.commit().map_err(failed)
}

/// All statements that make the tables.
#[cfg(test)]
pub(super) fn tables() -> String {
    let additions = ADDITIONS.iter().map(|it| it.sql);
    MIGRATIONS.iter().copied().chain(additions).collect::<Vec<_>>().join(";\n")
}
