//! The connection to a file, and its tables.

use std::fs::OpenOptions;
use std::path::Path;
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior, ffi};

use super::failed;
use crate::error::StoreError;

/// The version of the tables of this release.
const VERSION: i64 = 1;

/// How long a change waits for those of other processes.
const BUSY: Duration = Duration::from_secs(10);

/// The sleep between attempts where SQLite does not wait by itself.
const RETRY_AFTER: Duration = Duration::from_millis(10);

pub(super) fn open(path: &Path) -> Result<Connection, StoreError> {
    create(path);
    let connection = Connection::open(path).map_err(failed)?;
    connection.busy_timeout(BUSY).map_err(failed)?;
    use_wal(&connection).map_err(failed)?;
    // With a write-ahead log, `normal` syncs at checkpoints of the log only. A loss of power may undo the
    // last changes, and what they recorded is then handled again, which a listener has to expect anyway.
    connection.pragma_update(None, "synchronous", "normal").map_err(failed)?;
    migrate(&connection)?;
    Ok(connection)
}

/// Creates the file if there is none, for its owner alone: dead letters are business data. What fails here
/// SQLite finds too, and says more about it.
fn create(path: &Path) {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    drop(options.open(path));
}

/// Changes the file to a write-ahead log, so that readers do not wait for writers. While another process
/// does the same, SQLite refuses at once, whatever its busy timeout.
fn use_wal(connection: &Connection) -> rusqlite::Result<()> {
    let mut left = BUSY;
    loop {
        match connection.pragma_update(None, "journal_mode", "wal") {
            Err(error)
                if error.sqlite_error_code() == Some(ffi::ErrorCode::DatabaseBusy)
                    && left >= RETRY_AFTER =>
            {
                thread::sleep(RETRY_AFTER);
                left -= RETRY_AFTER;
            }
            result => return result,
        }
    }
}

/// Whether a connection's main database is the file of this path.
pub(super) fn is_of(connection: &Connection, path: &Path) -> bool {
    let real = |path: &Path| std::fs::canonicalize(path).ok();
    connection.path().is_some_and(|it| real(Path::new(it)).is_some_and(|it| Some(it) == real(path)))
}

fn migrate(connection: &Connection) -> Result<(), StoreError> {
    let transaction =
        Transaction::new_unchecked(connection, TransactionBehavior::Immediate).map_err(failed)?;
    match version(&transaction).map_err(failed)? {
        0 => transaction.execute_batch(include_str!("schema.sql")).map_err(failed)?,
        VERSION => {}
        newer => {
            let message = format!(
                "the tables have version {newer}, and this release supports up to {VERSION}"
            );
            return Err(StoreError::new(message));
        }
    }
    transaction.commit().map_err(failed)
}

/// The version of the tables; 0 if there are none.
fn version(connection: &Connection) -> rusqlite::Result<i64> {
    let exists = "SELECT EXISTS (
        SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'xrm_listener_version')";
    if !connection.query_row(exists, [], |row| row.get(0))? {
        return Ok(0);
    }
    connection.query_row("SELECT max(version) FROM xrm_listener_version", [], |row| row.get(0))
}
