//! A schema to test in, and what tests do with it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::runtime::Runtime;
use tokio_postgres::{Client, NoTls, Row};
use uuid::Uuid;
use xrm_jobs::{
    Claim, JobDescription, JobStore as _, NewJob, Payload, PostgresClock, PostgresJobStore,
    PostgresOptions, SystemJob,
};

use crate::Run;

/// A schema of the server, which nobody else uses.
#[derive(Clone)]
pub(crate) struct Database {
    pub(crate) server: String,
    pub(crate) schema: String,
}

/// Runs a test in a schema that is dropped afterwards.
pub(crate) fn in_a_schema(server: &str, test: impl Fn(Database) -> Run) {
    static SCHEMAS: AtomicU32 = AtomicU32::new(0);
    let number = SCHEMAS.fetch_add(1, Ordering::Relaxed);
    let schema = format!("xrm_test_{}_{number}", std::process::id());
    let database = Database { server: server.to_owned(), schema };
    let runtime = Runtime::new().expect("a runtime starts");
    runtime.block_on(test(database.clone()));
    // Connections of the test are gone with the runtime.
    drop(runtime);
    let runtime = Runtime::new().expect("a runtime starts");
    runtime.block_on(async {
        database.execute("DROP SCHEMA IF EXISTS {schema} CASCADE").await;
    });
}

impl Database {
    pub(crate) fn options(&self) -> PostgresOptions {
        // Tests have times of their own.
        PostgresOptions::new().schema(&self.schema).clock(PostgresClock::Caller)
    }

    /// A store, as another process would open it.
    pub(crate) async fn store(&self) -> PostgresJobStore {
        self.store_with(self.options()).await
    }

    pub(crate) async fn store_with(&self, options: PostgresOptions) -> PostgresJobStore {
        // The server then knows the store's connections by the name of the schema.
        let connection = format!("{} application_name={}", self.server, self.schema);
        options.open(&connection).await.expect("the store opens")
    }

    /// A connection that is not the store's.
    pub(crate) async fn client(&self) -> Client {
        let (client, connection) =
            tokio_postgres::connect(&self.server, NoTls).await.expect("the server is there");
        tokio::spawn(connection);
        client
    }

    /// Executes statements, in which `{schema}` is the test's.
    pub(crate) async fn execute(&self, statements: &str) {
        let statements = statements.replace("{schema}", &self.schema);
        self.client().await.batch_execute(&statements).await.expect("the statements are right");
    }

    /// The row that a query answers.
    pub(crate) async fn row(&self, query: &str) -> Row {
        let query = query.replace("{schema}", &self.schema);
        self.client().await.query_one(&query, &[]).await.expect("the query is right")
    }

    pub(crate) async fn number(&self, query: &str) -> i64 {
        self.row(query).await.get(0)
    }

    /// Ends connections of the store, of which a condition tells which.
    pub(crate) async fn terminate(&self, condition: &str) -> i64 {
        self.number(&format!(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
            WHERE application_name = '{{schema}}' AND {condition}"
        ))
        .await
    }

    /// Waits until the store has so many connections of which a condition is true.
    pub(crate) async fn connections(&self, expected: i64, condition: &str) {
        let count = format!(
            "SELECT count(*) FROM pg_stat_activity
            WHERE application_name = '{{schema}}' AND {condition}"
        );
        eventually(async || self.number(&count).await == expected).await;
    }
}

/// Waits until something is so, and fails if it never is.
pub(crate) async fn eventually(is_so: impl AsyncFn() -> bool) {
    for _ in 0..20_000 {
        if is_so().await {
            return;
        }
        tokio::task::yield_now().await;
    }
    unreachable!("it never came to be so");
}

pub(crate) fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

pub(crate) fn new_job(number: u128) -> NewJob {
    keyed(number, None)
}

pub(crate) fn keyed(number: u128, key: Option<&str>) -> NewJob {
    let mut description = JobDescription::new(id(number), "job", at(0));
    description.partition_key = key.map(str::to_owned);
    NewJob::new(SystemJob::new(description), Payload::new("text/plain", *b"message"))
}

pub(crate) fn claim(host_id: &str, limit: usize, now: DateTime<Utc>) -> Claim {
    Claim {
        host_id: host_id.to_owned(),
        endpoint: String::new(),
        limit,
        lease: Duration::from_secs(60),
        now,
    }
}

/// Stores jobs with the numbers from 1 on.
pub(crate) async fn insert(store: &PostgresJobStore, count: u128) -> Vec<SystemJob> {
    store.insert((1..=count).map(new_job).collect()).await.expect("new ids are accepted")
}
