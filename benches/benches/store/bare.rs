//! Bare rusqlite that writes the same rows to the same tables, in transactions of the same size,
//! with all that it writes known before.

use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use uuid::Uuid;

use crate::jobs::{self, Jobs};

const INSERT: &str = "INSERT INTO asyncoperation (asyncoperationid, name, operationtype, endpoint,
        messagename, primaryentitytype, correlationid, operationid, depth, createdon, messageid,
        autodelete, statecode, statuscode, modifiedon, retrycount, attempts, dueon, revision,
        isblocked)
    VALUES (?1, 'Accounts: Update of account', 1, ?2, 'Update', 'account', ?3, ?1, 1, ?4, ?1, 0, 0,
        0, ?4, 0, '[]', ?4, 1, 0)";

const INSERT_PAYLOAD: &str = "INSERT INTO payload
        (sequence, contenttype, properties, encoding, length, body)
    VALUES (?1, 'application/json; charset=utf-8', '[]', 0, ?2, ?3)";

const DUE: &str = "SELECT sequence, body FROM asyncoperation JOIN payload USING (sequence)
    WHERE statecode = 0 AND isblocked = 0 AND endpoint = ?1 ORDER BY dueon, sequence LIMIT ?2";

const BEGIN: &str = "UPDATE asyncoperation SET statecode = 2, statuscode = 20, modifiedon = ?2,
        startedon = ?2, retrycount = 1, hostid = ?3, leaseuntil = ?4, attempts = ?5, dueon = ?4,
        revision = 2
    WHERE sequence = ?1";

const COMPLETE: &str = "UPDATE asyncoperation SET statecode = 3, statuscode = 30, modifiedon = ?2,
        completedon = ?2, leaseuntil = NULL, attempts = ?3, dueon = NULL, revision = 3
    WHERE sequence = ?1";

const BEGUN: &str = r#"[{"number":1,"host_id":"host-1","started_on":"2024-10-04T00:00:00Z",
    "ended_on":null,"cause":null,"message":null}]"#;
const ENDED: &str = r#"[{"number":1,"host_id":"host-1","started_on":"2024-10-04T00:00:00Z",
    "ended_on":"2024-10-04T00:00:00Z","cause":null,"message":null}]"#;

pub struct Bare {
    connection: Connection,
    jobs: Jobs,
}

impl Bare {
    /// Opens a file that has the store's tables.
    pub fn open(path: &Path, jobs: Jobs) -> Self {
        let connection = Connection::open(path).expect("the file can be opened");
        connection
            .execute_batch(
                "PRAGMA synchronous = full; PRAGMA foreign_keys = on; PRAGMA cache_size = -32768",
            )
            .expect("the settings are right");
        connection.set_prepared_statement_cache_capacity(64);
        Self { connection, jobs }
    }

    /// Stores jobs, so many in a transaction.
    pub fn insert(&mut self, count: u32, group: u32) {
        for _ in 0..count / group {
            let transaction = begin(&self.connection);
            for _ in 0..group {
                insert(&transaction, &mut self.jobs).expect("the id is new");
            }
            transaction.commit().expect("the disk has room");
        }
    }

    /// Claims jobs in one transaction and completes them in another, so many at a time.
    pub fn work(&mut self, count: u32, group: u32) {
        for _ in 0..count / group {
            let claimed = claim(&self.connection, group).expect("the statements are right");
            assert_eq!(claimed.len(), group as usize, "there is work enough");
            complete(&self.connection, &claimed).expect("the statements are right");
        }
    }
}

fn begin(connection: &Connection) -> Transaction<'_> {
    Transaction::new_unchecked(connection, TransactionBehavior::Immediate)
        .expect("nobody else has the lock")
}

fn insert(connection: &Connection, jobs: &mut Jobs) -> rusqlite::Result<()> {
    let id = jobs.id();
    let now = jobs.created_on().timestamp_micros();
    let body = &**jobs.body();
    connection.prepare_cached(INSERT)?.execute(params![id, jobs::ENDPOINT, Uuid::nil(), now])?;
    let sequence = connection.last_insert_rowid();
    let length = i64::try_from(body.len()).expect("a message is short");
    connection.prepare_cached(INSERT_PAYLOAD)?.execute(params![sequence, length, body])?;
    Ok(())
}

fn claim(connection: &Connection, limit: u32) -> rusqlite::Result<Vec<(i64, Arc<[u8]>)>> {
    let transaction = begin(connection);
    let now = jobs::now().timestamp_micros();
    let claimed: Vec<(i64, Arc<[u8]>)> = transaction
        .prepare_cached(DUE)?
        .query_map(params![jobs::ENDPOINT, limit], |row| {
            Ok((row.get(0)?, row.get_ref(1)?.as_blob()?.into()))
        })?
        .collect::<rusqlite::Result<_>>()?;
    for (sequence, _) in &claimed {
        let values = params![sequence, now, jobs::HOST, now + 90_000_000, BEGUN];
        transaction.prepare_cached(BEGIN)?.execute(values)?;
    }
    transaction.commit()?;
    Ok(claimed)
}

fn complete(connection: &Connection, claimed: &[(i64, Arc<[u8]>)]) -> rusqlite::Result<()> {
    let transaction = begin(connection);
    let now = jobs::now().timestamp_micros();
    for (sequence, _) in claimed {
        transaction.prepare_cached(COMPLETE)?.execute(params![sequence, now, ENDED])?;
        transaction
            .prepare_cached("DELETE FROM payload WHERE sequence = ?1")?
            .execute([sequence])?;
    }
    transaction.commit()
}
