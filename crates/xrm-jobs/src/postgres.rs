//! A store in a PostgreSQL database.

mod claim;
mod columns;
mod error;
mod insert;
mod lane;
mod migration;
mod news;
mod options;
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
use crate::status::StatusCode;
use crate::store::{BoxFuture, Claim, ClaimedJob, JobStore, LeaseRenewal, NewJob};
pub(crate) use columns::{Column, ColumnType};
use error::Failure;
use news::News;
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
/// It works in a tokio runtime, and needs PostgreSQL 12 or later. The connection string is one of
/// [`tokio_postgres::Config`](https://docs.rs/tokio-postgres/latest/tokio_postgres/config/struct.Config.html),
/// and is shown by no error and no `Debug`. With `sslmode=require` the server's certificate is
/// verified against the platform's roots and those of the [options](PostgresOptions); `prefer`, the
/// default, goes on without TLS where the server offers none, which is for sockets and loopbacks.
///
/// # In the database
///
/// Jobs are rows of the table `asyncoperation`, with the platform's column names, and messages those
/// of the table `payload`, in a schema of their own. To look at jobs by SQL there is the view
/// `systemjob`, which shows times as such. Rows may be deleted by hand, and completed ones at any
/// time; what else changes them is the store.
///
/// A text with U+0000 in it is refused, for PostgreSQL keeps none. Times are kept to the
/// microsecond. `tokio_postgres` logs statements with their parameters at the level *debug*, and
/// messages are among them.
///
/// # When the connection is lost
///
/// An operation then ends with
/// [`StoreErrorKind::ConnectionLost`](crate::StoreErrorKind::ConnectionLost). It was done as a whole
/// or not at all, and only the store as it is afterwards tells which: an insert that is repeated is
/// refused by [`Error::AlreadyExists`] if it was done, and an update by [`Error::Conflict`], which
/// then finds the revision next to the expected one. Jobs that a lost claim began are another
/// worker's when their lease is over. The next operation finds a new connection.
///
/// Servers between the store and PostgreSQL have to keep a session's settings, prepared statements
/// and `LISTEN`, as PgBouncer does in session mode. Without `LISTEN` workers learn of jobs of other
/// processes when they next look.
pub struct PostgresJobStore {
    options: PostgresOptions,
    statements: Statements,
    pool: Pool,
    news: News,
}

impl PostgresJobStore {
    /// Opens the store that this connection string leads to, and makes its tables if they are not
    /// there.
    ///
    /// # Errors
    ///
    /// As [`PostgresOptions::open`].
    pub async fn open(connection: &str) -> Result<Self, Error> {
        PostgresOptions::new().open(connection).await
    }

    async fn open_with(connection: &str, options: &PostgresOptions) -> Result<Self, Error> {
        let schema = options.quoted_schema()?;
        let server = Server::new(connection, options)?;
        let pool = server.pool(options.max_connections)?;
        let mut client = pool.get().await.map_err(Failure::from)?;
        migration::migrate(&mut client, &options.schema, &schema).await?;
        Ok(Self {
            options: options.clone(),
            statements: Statements::of(&schema),
            pool,
            news: News::of(options.schema.clone(), server),
        })
    }
}

impl JobStore for PostgresJobStore {
    fn is_durable(&self) -> bool {
        true
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
        Box::pin(self.news.changed())
    }

    fn query(&self, query: JobQuery) -> BoxFuture<'_, Result<Vec<SystemJob>, Error>> {
        Box::pin(async move { Ok(self.find(&query).await?) })
    }

    fn count(&self, query: JobQuery) -> BoxFuture<'_, Result<BTreeMap<StatusCode, u64>, Error>> {
        Box::pin(async move { Ok(self.count_jobs(&query).await?) })
    }

    fn delete(&self, ids: Vec<Uuid>) -> BoxFuture<'_, Result<Vec<Result<(), Error>>, Error>> {
        Box::pin(self.forget(ids))
    }
}

impl fmt::Debug for PostgresJobStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresJobStore")
            .field("schema", &self.options.schema)
            .finish_non_exhaustive()
    }
}
