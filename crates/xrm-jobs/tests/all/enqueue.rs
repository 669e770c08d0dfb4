//! Jobs that are enqueued in a transaction of the application, in SQLite.

use std::path::PathBuf;
use std::time::Duration;

use chrono::DateTime;
use pollster::block_on;
use rusqlite::{Connection, TransactionBehavior};
use tempfile::TempDir;
use uuid::Uuid;
use xrm_jobs::{
    Claim, Error, JobDescription, JobQuery, JobStore, NewJob, Payload, SqliteJobStore,
    SqliteOptions, StatusCode, StoreErrorKind, SystemJob,
};

fn new_job(number: u128) -> NewJob {
    let created = DateTime::UNIX_EPOCH;
    let mut description = JobDescription::new(Uuid::from_u128(number), "job", created);
    description.partition_key = Some("key".to_owned());
    NewJob::new(SystemJob::new(description), Payload::new("text/plain", *b"message"))
}

/// An application's file, with a table and with marks of its own.
struct Application {
    folder: TempDir,
    connection: Connection,
}

impl Application {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let connection = Connection::open(folder.path().join("orders.db")).expect("a file");
        connection
            .execute_batch(
                "PRAGMA application_id = 42; PRAGMA user_version = 7;
                CREATE TABLE orders (id INTEGER PRIMARY KEY)",
            )
            .expect("the statements are right");
        Self { folder, connection }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("orders.db")
    }

    fn store(&self) -> SqliteJobStore {
        let options = SqliteOptions::new().beside_other_tables(true);
        block_on(options.open(self.path())).expect("the store opens beside the tables")
    }

    fn pragma(&self, name: &str) -> i64 {
        self.connection.pragma_query_value(None, name, |row| row.get(0)).expect("a number")
    }

    fn orders(&self) -> i64 {
        let count = "SELECT count(*) FROM orders";
        self.connection.query_row(count, [], |row| row.get(0)).expect("the table is there")
    }
}

fn jobs(store: &SqliteJobStore) -> u64 {
    block_on(store.count(JobQuery::default())).expect("the store works").values().sum()
}

#[test]
fn a_job_exists_if_the_transaction_is_committed() {
    let mut application = Application::new();
    let store = application.store();
    for (number, is_committed) in [(1, true), (2, false)] {
        let transaction =
            application.connection.transaction_with_behavior(TransactionBehavior::Immediate);
        let transaction = transaction.expect("nobody else writes");
        transaction.execute("INSERT INTO orders DEFAULT VALUES", []).expect("there is room");
        let stored = store.insert_in(&transaction, [new_job(number)]).expect("the id is new");
        assert_eq!(stored[0].id(), Uuid::from_u128(number));
        assert_eq!(jobs(&store), u64::from(number > 1), "not yet");
        match is_committed {
            true => transaction.commit(),
            false => transaction.rollback(),
        }
        .expect("the transaction ends");
        assert_eq!((application.orders(), jobs(&store)), (1, 1));
    }
    let claim = Claim {
        host_id: "host-1".to_owned(),
        endpoint: String::new(),
        limit: 9,
        lease: Duration::from_secs(60),
        now: DateTime::UNIX_EPOCH,
    };
    let claimed = block_on(store.claim(claim)).expect("the store works");
    assert_eq!(claimed.len(), 1);
    assert!(claimed[0].payload.is_ok());
}

#[test]
fn a_taken_id_is_refused_and_the_transaction_goes_on() {
    let mut application = Application::new();
    let store = application.store();
    let transaction = application.connection.transaction().expect("nobody else writes");
    store.insert_in(&transaction, [new_job(1)]).expect("the id is new");
    for jobs in [vec![new_job(2), new_job(1)], vec![new_job(3), new_job(3)]] {
        let taken = jobs[1].job.id();
        let refused = store.insert_in(&transaction, jobs);
        assert!(matches!(refused, Err(Error::AlreadyExists { id }) if id == taken), "{refused:?}");
    }
    transaction.commit().expect("it has stored one job");
    assert_eq!(jobs(&store), 1);
}

#[test]
fn a_transaction_of_another_file_is_refused() {
    let (application, mut other) = (Application::new(), Application::new());
    let store = application.store();
    drop(other.store());
    let transaction = other.connection.transaction().expect("nobody else writes");
    let refused = store.insert_in(&transaction, [new_job(1)]).expect_err("it is of another file");
    let kind = refused.store_error().map(xrm_jobs::StoreError::kind);
    assert_eq!(kind, Some(StoreErrorKind::Options));
}

#[test]
fn the_file_stays_the_applications() {
    let application = Application::new();
    let refused = block_on(SqliteJobStore::open(application.path())).expect_err("it is foreign");
    let kind = refused.store_error().map(xrm_jobs::StoreError::kind);
    assert_eq!(kind, Some(StoreErrorKind::ForeignSchema), "unless that is asked for");
    for _ in 0..2 {
        let store = application.store();
        let number = u128::from(jobs(&store)) + 1;
        block_on(store.insert(vec![new_job(number)])).expect("the id is new");
        block_on(store.close()).expect("the store closes");
    }
    // Once the tables are in it, it is no wrong file: a worker opens it as any other.
    let store = block_on(SqliteJobStore::open(application.path())).expect("it opens");
    block_on(store.close()).expect("the store closes");
    let read_only = block_on(SqliteJobStore::open_read_only(application.path())).expect("it opens");
    assert_eq!(jobs(&read_only), 2);
    assert_eq!((application.pragma("application_id"), application.pragma("user_version")), (42, 7));
}

#[test]
fn a_store_of_its_own_is_opened_beside_other_tables_too() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("jobs.db");
    let store = block_on(SqliteJobStore::open(&path)).expect("the file can be made");
    block_on(store.insert(vec![new_job(1)])).expect("the id is new");
    block_on(store.close()).expect("the store closes");
    let options = SqliteOptions::new().beside_other_tables(true);
    let store = block_on(options.open(&path)).expect("it is a store");
    assert_eq!(jobs(&store), 1);
    block_on(store.close()).expect("the store closes");
    let store = block_on(SqliteJobStore::open(&path)).expect("it is still one");
    let counts = block_on(store.count(JobQuery::default())).expect("the store works");
    assert_eq!(counts, [(StatusCode::WaitingForResources, 1)].into());
}
