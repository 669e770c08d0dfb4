//! Looking for damage in a file, copying it, and saving what can be read of a damaged one.

use std::path::Path;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::types::Value;
use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::SqliteJobStore;
use super::connection;
use super::error::{failed, is_corrupt};
use super::jobs::{Jobs, Saved};
use super::options::SqliteOptions;
use super::thread::{DatabaseThread, Wakes};
use crate::error::Error;
use crate::store_error::{StoreError, StoreErrorKind};

/// How many findings of SQLite are reported at most.
const MAX_FINDINGS: usize = 100;

/// How many rows are copied in one transaction.
const GROUP: i64 = 1000;

/// What was saved of a damaged file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Salvaged {
    /// The jobs that were copied.
    pub jobs: u64,
    /// Those of them whose rows could not be read, and were [set aside](crate::Cause::UnreadableRow).
    pub unreadable: u64,
    /// Those of them whose message is damaged. It is copied if it can be read at all, and not sent.
    pub damaged_messages: u64,
    /// The rows that could not be read from the file at all, as far as their numbers are known.
    pub lost: u64,
}

impl SqliteJobStore {
    /// The findings of SQLite's own check of the whole file; empty if it is intact. The order of the
    /// pages is checked and that the indexes agree with the tables, which takes some time for a large
    /// file. What is in the columns is checked when they are read.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the storage fails otherwise than by damage.
    pub async fn check_file(&self) -> Result<Vec<String>, Error> {
        self.reader.run(Wakes::Nobody, check).await
    }

    /// Makes a consistent copy of the file, while others read and write it, with SQLite's online
    /// backup. There must be no file at `to`. What was committed when the copy begins is in it.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if there is a file already, or the storage fails.
    pub async fn backup(&self, to: impl AsRef<Path>) -> Result<(), Error> {
        let to = connection::absolute(to.as_ref())?;
        self.reader.run(Wakes::Nobody, move |from| backup(from, &to)).await
    }

    /// Copies what can be read of a damaged file into a new one, row by row. There must be no file at
    /// `to`. The damaged file is not changed.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if there is a file at `to` already, if the first page of the damaged file
    /// can't be read, which describes the tables, or the storage fails otherwise.
    pub async fn salvage(from: impl AsRef<Path>, to: impl AsRef<Path>) -> Result<Salvaged, Error> {
        let (from, to) = (connection::absolute(from.as_ref())?, connection::absolute(to.as_ref())?);
        let options = SqliteOptions::new();
        let open = connection::opener(connection::read_only, &from, &options);
        let reader = DatabaseThread::reader(open).await?;
        let copy = move |damaged: &Connection| {
            refuse_existing(&to)?;
            let new = connection::writer(&to, &options)?;
            salvage(damaged, &new)
        };
        let salvaged = reader.run(Wakes::Nobody, copy).await;
        reader.close().await?;
        salvaged
    }
}

fn check(connection: &Connection) -> Result<Vec<String>, Error> {
    let find = || {
        let mut statement =
            connection.prepare(&format!("PRAGMA integrity_check({MAX_FINDINGS})"))?;
        statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()
    };
    match find().map_err(failed) {
        Ok(findings) if findings == ["ok"] => Ok(Vec::new()),
        Ok(findings) => Ok(findings),
        Err(error) if is_corrupt(&error) => Ok(vec!["the check can't go on".to_owned()]),
        Err(error) => Err(error),
    }
}

fn backup(from: &Connection, to: &Path) -> Result<(), Error> {
    refuse_existing(to)?;
    connection::create(to)?;
    let mut copy = Connection::open(to).map_err(failed)?;
    let step = {
        let backup = Backup::new(from, &mut copy).map_err(failed)?;
        // All pages in one step, in one snapshot: a copy in several begins again when somebody writes
        // in between, and would never end beside busy workers. Nobody waits for it meanwhile.
        backup.step(-1).map_err(failed)?
    };
    match step {
        StepResult::Done => copy.close().map_err(|(_, error)| failed(error)),
        _ => Err(StoreError::new(StoreErrorKind::Busy, "the file could not be copied").into()),
    }
}

fn refuse_existing(to: &Path) -> Result<(), StoreError> {
    match to.exists() {
        true => {
            Err(StoreError::new(StoreErrorKind::Options, "there is a file of this name already"))
        }
        false => Ok(()),
    }
}

fn salvage(damaged: &Connection, new: &Connection) -> Result<Salvaged, Error> {
    let mut salvaged = Salvaged::default();
    let (first, last) = bounds(damaged)?;
    let (from, to) = (Jobs::new(damaged), Jobs::new(new));
    let mut next = first;
    // Each number by itself: a damaged page ends a scan of the table, and no search for a row on
    // another page.
    while next <= last {
        let transaction = Transaction::new_unchecked(new, TransactionBehavior::Immediate);
        let transaction = transaction.map_err(failed)?;
        let end = last.min(next.saturating_add(GROUP - 1));
        for sequence in next..=end {
            match to.save(&from, sequence)? {
                None => {}
                Some(Saved::Lost) => salvaged.lost += 1,
                Some(Saved::Copied { is_unreadable, is_message_damaged }) => {
                    salvaged.jobs += 1;
                    salvaged.unreadable += u64::from(is_unreadable);
                    salvaged.damaged_messages += u64::from(is_message_damaged);
                }
            }
        }
        transaction.commit().map_err(failed)?;
        let Some(following) = end.checked_add(1) else { break };
        next = following;
    }
    to.block_again()?;
    Ok(salvaged)
}

/// All ways to the numbers of rows. The tables are those of the file: a connection to an earlier one has
/// views before them, which have no indexes.
const SEARCHES: [&str; 8] = [
    "SELECT sequence FROM main.payload",
    "SELECT sequence FROM main.payload ORDER BY sequence DESC",
    "SELECT sequence FROM main.asyncoperation NOT INDEXED ORDER BY sequence",
    "SELECT sequence FROM main.asyncoperation NOT INDEXED ORDER BY sequence DESC",
    "SELECT sequence FROM main.asyncoperation INDEXED BY creation ORDER BY createdon",
    "SELECT sequence FROM main.asyncoperation INDEXED BY creation ORDER BY createdon DESC",
    "SELECT sequence FROM main.asyncoperation INDEXED BY status ORDER BY statuscode",
    "SELECT sequence FROM main.asyncoperation INDEXED BY status ORDER BY statuscode DESC",
];

/// The lowest and the highest number of a row, as far as any table or index has them.
fn bounds(damaged: &Connection) -> Result<(i64, i64), Error> {
    let mut found: Option<(i64, i64)> = None;
    let mut damage = None;
    for sql in SEARCHES {
        let scanned = (|| {
            let mut statement = damaged.prepare(sql)?;
            let mut rows = statement.query([])?;
            // Until the damage, if there is any.
            while let Some(row) = rows.next()? {
                if let Value::Integer(sequence) = row.get(0)? {
                    let (first, last) = found.unwrap_or((sequence, sequence));
                    found = Some((first.min(sequence), last.max(sequence)));
                }
            }
            Ok::<_, rusqlite::Error>(())
        })();
        damage = scanned.err().or(damage);
    }
    match (found, damage) {
        (Some(found), _) => Ok(found),
        // An empty store, intact.
        (None, None) => Ok((1, 0)),
        (None, Some(damage)) => Err(failed(damage)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An earlier release's file lacks columns, for which a reader has views.
    #[test]
    fn every_search_works_on_an_earlier_file() {
        let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/jobs/jobs.db");
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("jobs.db");
        std::fs::copy(fixture, &copy).unwrap();
        let connection = connection::read_only(&copy, &SqliteOptions::new()).unwrap();
        for sql in SEARCHES {
            let mut statement = connection.prepare(sql).unwrap();
            let found = statement.query_map([], |row| row.get::<_, i64>(0)).unwrap().count();
            assert!(found > 0, "{sql}");
        }
        assert_eq!(bounds(&connection).unwrap(), (1, 15));
    }
}
