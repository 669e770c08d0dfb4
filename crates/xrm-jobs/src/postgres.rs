//! A store in a PostgreSQL database.

mod claim;
mod columns;
mod error;
mod insert;
mod migration;
mod notifier;
mod options;
mod partition_keys;
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
use error::ServerError;
use notifier::Notifier;
pub use options::PostgresOptions;
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
/// Proxies between the store and PostgreSQL have to keep a session's settings, prepared statements
/// and `LISTEN`, as PgBouncer does in session mode. Without `LISTEN`, workers learn of jobs of other
/// processes when they next poll.
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
}

impl PostgresOptions {
    /// Opens the store, and creates or migrates its tables if need be.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the connection string or an option can't be used, the server can't be
    /// reached or refuses, or the tables are [another application's](crate::StoreErrorKind::ForeignSchema)
    /// or of a [later version](crate::StoreErrorKind::NewerSchema) of this crate.
    pub async fn open(&self, connection: &str) -> Result<PostgresJobStore, Error> {
        let schema = self.quoted_schema()?;
        let server = Server::new(connection, self)?;
        let pool = server.pool(self.max_connections)?;
        // Before the notifier is started: a store that can't be opened leaves no task behind.
        let mut client = pool.get().await.map_err(ServerError::from)?;
        migration::migrate(&mut client, &self.schema, &schema).await?;
        Ok(PostgresJobStore {
            options: self.clone(),
            statements: Statements::new(&schema),
            pool,
            notifier: Notifier::new(self.schema.clone(), server),
        })
    }
}

impl JobStore for PostgresJobStore {
    fn is_durable(&self) -> bool {
        true
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
        Box::pin(self.insert_jobs(jobs))
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
        Box::pin(self.update_jobs(jobs))
    }

    fn claim(&self, claim: Claim) -> BoxFuture<'_, Result<Vec<ClaimedJob>, Error>> {
        Box::pin(self.claim_jobs(claim))
    }

    fn renew(&self, renewal: LeaseRenewal) -> BoxFuture<'_, Result<Vec<Uuid>, Error>> {
        Box::pin(self.renew_leases(renewal))
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
        Box::pin(self.delete_jobs(ids))
    }

    fn retention(&self) -> Retention {
        self.options.retention
    }

    fn expire(&self, expiry: Expiry) -> BoxFuture<'_, Result<u64, Error>> {
        Box::pin(self.expire_jobs(expiry))
    }
}

impl fmt::Debug for PostgresJobStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresJobStore")
            .field("schema", &self.options.schema)
            .finish_non_exhaustive()
    }
}
