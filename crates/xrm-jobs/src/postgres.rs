//! A store in a PostgreSQL database.

mod claim;
mod columns;
mod enqueue;
mod error;
mod insert;
mod migration;
mod notifier;
mod options;
mod partition_keys;
mod probe;
mod read;
mod server;
mod statements;
mod transaction;
mod update;

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use deadpool_postgres::Pool;
use uuid::Uuid;

use crate::error::Error;
use crate::job::SystemJob;
use crate::payload::Payload;
use crate::query::JobQuery;
use crate::retention::Retention;
use crate::status::StatusCode;
use crate::store::{BoxFuture, Claim, ClaimedJob, Expiry, JobStore, LeaseRenewal, NewJob};
use crate::store_error::{StoreError, StoreErrorKind};
use error::ServerError;
use notifier::Notifier;
pub use options::{PostgresClock, PostgresOptions};
use probe::Probe;
use server::Server;
use statements::Statements;

/// Keeps jobs in PostgreSQL, for workers of any number of processes and machines.
///
/// ```no_run
/// # async fn example() -> Result<(), xrm_jobs::Error> {
/// use xrm_jobs::PostgresJobStore;
///
/// let store = PostgresJobStore::open("host=db.example.com user=jobs dbname=jobs sslmode=require").await?;
/// # Ok(())
/// # }
/// ```
///
/// It needs a tokio runtime, and PostgreSQL 12 or later. The connection string is one of
/// [`tokio_postgres::Config`](https://docs.rs/tokio-postgres/latest/tokio_postgres/config/struct.Config.html),
/// and no error and no `Debug` shows it. With `sslmode=require` the server's certificate is verified
/// against the platform's roots and those of the [options](PostgresOptions); `prefer`, the default,
/// goes on without TLS if the server offers none, which is for sockets and loopbacks.
///
/// # In the database
///
/// Jobs are rows of the table `asyncoperation`, with the platform's column names, and messages are
/// rows of the table `payload`, in a schema of their own. The view `systemjob` shows jobs with times
/// as such. Completed rows may be deleted by hand; every other change is the store's.
///
/// A text with U+0000 in it is refused, because PostgreSQL can't store one. Times are kept to the
/// microsecond. `tokio_postgres` logs statements with their parameters at the level *debug*,
/// including messages.
///
/// # Lost connections
///
/// An operation then ends with
/// [`StoreErrorKind::ConnectionLost`](crate::StoreErrorKind::ConnectionLost). It was done as a whole or not at all, and only the store
/// shows which: an insert that is repeated is refused as [`Error::AlreadyExists`] if it was done, and
/// an update as [`Error::Conflict`], with the revision after the expected one. Jobs that a lost claim
/// began go to another worker when their lease ends. The next operation opens a new connection.
///
/// # Other servers, and servers in between
///
/// The store relies on advisory locks, on `SKIP LOCKED` and on sessions that keep their settings and
/// prepared statements, and [tries](PostgresOptions::probe) all of them when it is opened. PgBouncer
/// works in session mode. Without `LISTEN`, the store [works](Self::is_notified), and workers find
/// the jobs of other processes when they next poll.
///
/// # Several servers
///
/// A connection string may name several hosts. With `target_session_attrs=read-write`, the store uses
/// the one that accepts changes, and finds the new one after a failover:
///
/// ```text
/// host=db-1.example.com,db-2.example.com target_session_attrs=read-write user=jobs dbname=jobs
/// ```
///
/// What was reported as done survives the failover if the standby is synchronous
/// (`synchronous_standby_names`).
///
/// # Closing
///
/// What an operation reported as done is committed, so dropping the store loses no job.
/// [`close`](JobStore::close) also sends the last notification to workers of other processes, which
/// would otherwise find the last jobs when they next poll.
pub struct PostgresJobStore {
    options: PostgresOptions,
    statements: Statements,
    pool: Pool,
    notifier: Notifier,
    is_notified: bool,
}

impl PostgresJobStore {
    /// Opens the store at this connection string, and creates its tables if they do not exist.
    ///
    /// # Errors
    ///
    /// As [`PostgresOptions::open`].
    pub async fn open(connection: &str) -> Result<Self, Error> {
        PostgresOptions::new().open(connection).await
    }

    /// Whether the server passes notifications on, as the [probe](PostgresOptions::probe) found. If it
    /// does not, workers find the jobs of other processes when they next poll.
    #[must_use]
    pub fn is_notified(&self) -> bool {
        self.is_notified
    }

    /// Drops the idle connections if a server that had accepted changes refuses them now. It has
    /// become a standby then, and the connection string may lead to the new primary.
    fn checked<T>(&self, answer: Result<T, Error>) -> Result<T, Error> {
        let kind = answer.as_ref().err().and_then(Error::store_error).map(StoreError::kind);
        if kind == Some(StoreErrorKind::ReadOnly) {
            self.pool.retain(|_, _| false);
        }
        answer
    }
}

impl PostgresOptions {
    /// Opens the store, and creates or migrates its tables if need be.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the connection string or an option can't be used, the server can't be
    /// reached or refuses, or the tables are [another application's](crate::StoreErrorKind::ForeignSchema)
    /// or of a [later version](crate::StoreErrorKind::NewerSchema) of this crate, or the server
    /// [lacks](crate::StoreErrorKind::Unsupported) what the store relies on.
    pub async fn open(&self, connection: &str) -> Result<PostgresJobStore, Error> {
        let schema = self.quoted_schema()?;
        let server = Server::new(connection, self)?;
        let pool = server.pool(self)?;
        // Before the tables are created, and before the notifier is started: a store that can't be
        // opened leaves nothing behind.
        let probe = if self.probe { Some(Probe::begin(&server).await?) } else { None };
        let mut client = pool.get().await.map_err(ServerError::from)?;
        migration::migrate(&mut client, &self.schema, &schema).await?;
        let is_notified = match &probe {
            Some(probe) => {
                probe.rows_are_skipped(&schema).await?;
                probe.is_notified().await?
            }
            None => true,
        };
        Ok(PostgresJobStore {
            options: self.clone(),
            statements: Statements::new(&schema),
            pool,
            notifier: Notifier::new(self.schema.clone(), is_notified.then_some(server)),
            is_notified,
        })
    }
}

impl JobStore for PostgresJobStore {
    fn is_durable(&self) -> bool {
        true
    }

    fn has_clock(&self) -> bool {
        self.options.clock == PostgresClock::Server
    }

    fn close(&self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async move {
            self.notifier.close().await;
            // Connections in use are closed when their operations end.
            self.pool.close();
            Ok(())
        })
    }

    fn insert(&self, jobs: Vec<NewJob>) -> BoxFuture<'_, Result<Vec<SystemJob>, Error>> {
        Box::pin(async move { self.checked(self.insert_jobs(jobs).await) })
    }

    fn get(&self, id: Uuid) -> BoxFuture<'_, Result<SystemJob, Error>> {
        Box::pin(async move { Ok(self.job(id).await?) })
    }

    fn payload(&self, id: Uuid) -> BoxFuture<'_, Result<Option<Payload>, Error>> {
        Box::pin(async move { Ok(self.stored_payload(id).await?) })
    }

    fn update(
        &self,
        jobs: Vec<SystemJob>,
    ) -> BoxFuture<'_, Result<Vec<Result<SystemJob, Error>>, Error>> {
        Box::pin(async move { self.checked(self.update_jobs(jobs).await) })
    }

    fn claim(&self, claim: Claim) -> BoxFuture<'_, Result<Vec<ClaimedJob>, Error>> {
        Box::pin(async move { self.checked(self.claim_jobs(claim).await) })
    }

    fn renew(&self, renewal: LeaseRenewal) -> BoxFuture<'_, Result<Vec<Uuid>, Error>> {
        Box::pin(async move { self.checked(self.renew_leases(renewal).await) })
    }

    fn next_due<'a>(
        &'a self,
        endpoint: &'a str,
    ) -> BoxFuture<'a, Result<Option<DateTime<Utc>>, Error>> {
        Box::pin(async move { Ok(self.next_due_on(endpoint).await?) })
    }

    fn changed(&self) -> BoxFuture<'static, ()> {
        Box::pin(self.notifier.changed())
    }

    fn query(&self, query: JobQuery) -> BoxFuture<'_, Result<Vec<SystemJob>, Error>> {
        Box::pin(async move { Ok(self.find(&query).await?) })
    }

    fn count(&self, query: JobQuery) -> BoxFuture<'_, Result<BTreeMap<StatusCode, u64>, Error>> {
        Box::pin(async move { Ok(self.count_jobs(&query).await?) })
    }

    fn delete(&self, ids: Vec<Uuid>) -> BoxFuture<'_, Result<Vec<Result<(), Error>>, Error>> {
        Box::pin(async move { self.checked(self.delete_jobs(ids).await) })
    }

    fn retention(&self) -> Retention {
        self.options.retention
    }

    fn expire(&self, expiry: Expiry) -> BoxFuture<'_, Result<u64, Error>> {
        Box::pin(async move { self.checked(self.expire_jobs(expiry).await) })
    }
}

impl fmt::Debug for PostgresJobStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresJobStore")
            .field("schema", &self.options.schema)
            .finish_non_exhaustive()
    }
}
