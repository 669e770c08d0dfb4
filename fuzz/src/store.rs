//! A store in a file, which targets empty and use again: a new file for each input would take most of
//! the time.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use chrono::DateTime;
use pollster::block_on;
use rusqlite::Connection;
use tempfile::TempDir;
use uuid::Uuid;
use xrm_jobs::{
    Claim, JobDescription, JobStore, NewJob, Payload, SqliteDurability, SqliteJobStore,
    SqliteOptions, SystemJob,
};

/// The store, for one input.
pub struct Store(MutexGuard<'static, File>);

struct File {
    store: SqliteJobStore,
    connection: Connection,
    _folder: TempDir,
}

impl Store {
    /// The store without jobs.
    pub fn empty() -> Self {
        static FILE: OnceLock<Mutex<File>> = OnceLock::new();
        let file = FILE.get_or_init(|| Mutex::new(File::new()));
        let file = file.lock().unwrap_or_else(PoisonError::into_inner);
        file.connection.execute("DELETE FROM asyncoperation", []).expect("it can be emptied");
        Self(file)
    }

    pub fn jobs(&self) -> &dyn JobStore {
        &self.0.store
    }

    /// A connection that goes behind the store's back.
    pub fn connection(&self) -> &Connection {
        &self.0.connection
    }

    /// Stores jobs with the ids from 1 on, in the rows of these numbers.
    pub fn insert(&self, count: u128) {
        let new = |number| {
            let description = JobDescription::new(id(number), "job", DateTime::UNIX_EPOCH);
            NewJob::new(SystemJob::new(description), payload())
        };
        block_on(self.jobs().insert((1..=count).map(new).collect())).expect("it is empty");
    }
}

impl File {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let path = folder.path().join("jobs.db");
        let options = SqliteOptions::new().durability(SqliteDurability::ProcessCrash);
        let store = block_on(options.open(&path)).expect("it is new");
        let connection = Connection::open(&path).expect("it was just opened");
        // The messages go with their jobs.
        connection.pragma_update(None, "foreign_keys", true).expect("SQLite has foreign keys");
        connection.pragma_update(None, "synchronous", "off").expect("nothing has to last");
        Self { store, connection, _folder: folder }
    }
}

pub fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

pub fn payload() -> Payload {
    Payload::new("application/json", *b"{}").with_property("name", "value")
}

/// A claim of so many jobs.
pub fn claim(limit: usize) -> Claim {
    Claim {
        host_id: "host-1".to_owned(),
        endpoint: String::new(),
        limit,
        lease: Duration::from_secs(60),
        now: DateTime::UNIX_EPOCH + Duration::from_secs(1),
    }
}
