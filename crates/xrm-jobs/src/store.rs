//! The contract of a place that keeps jobs.

use std::fmt;
use std::pin::Pin;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{Error, StatusCode, SystemJob};

/// The future of a store's answer.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A place that keeps system jobs.
///
/// Workers in any number of tasks, and of processes where the storage allows it, use one store
/// without any other lock between them. Two rules make that safe: an update names the
/// [revision](Revision) that it was decided on, and [`claim_due`](Self::claim_due) gives a job to
/// one worker alone. The feature `conformance` of this crate tests a store for them.
///
/// Each method is atomic: it is done as a whole or not at all, also when its future is dropped.
pub trait JobStore: fmt::Debug + Send + Sync {
    /// Keeps a new job, in whatever status it is, and returns it at its first revision.
    ///
    /// # Errors
    ///
    /// [`Error::AlreadyExists`] for an id that the store has.
    fn insert(&self, job: SystemJob) -> BoxFuture<'_, Result<SystemJob, Error>>;

    /// The job with this id.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] for an id that the store does not have.
    fn get(&self, id: Uuid) -> BoxFuture<'_, Result<SystemJob, Error>>;

    /// Replaces the progress of a job whose stored revision is still the given job's, and returns
    /// it at its next revision. A job's description never changes and need not be written again.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] for an id that the store does not have, [`Error::Conflict`] if the
    /// stored job was changed since.
    fn update(&self, job: SystemJob) -> BoxFuture<'_, Result<SystemJob, Error>>;

    /// The jobs that a query asks for, oldest creation first, then by id.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the storage fails.
    fn query(&self, query: JobQuery) -> BoxFuture<'_, Result<Vec<SystemJob>, Error>>;

    /// [Begins](SystemJob::begin) up to `limit` of the jobs that are [due](SystemJob::is_due) on
    /// behalf of a worker, and returns them in progress. Those that have been due longest come
    /// first ([`due_on`](SystemJob::due_on), then id). No job is given to two workers.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the storage fails.
    fn claim_due<'a>(
        &'a self,
        host_id: &'a str,
        limit: usize,
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Vec<SystemJob>, Error>>;

    /// Forgets a completed job.
    ///
    /// Microsoft's pages disagree on which jobs can be deleted: any, says the page on the
    /// asynchronous service; only completed ones, says the error `0x8004416A`. A store keeps to
    /// the latter, for with an unfinished job its message would be lost.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] for an id that the store does not have, [`Error::NotCompleted`] for a
    /// job that has not come to its end.
    fn delete(&self, id: Uuid) -> BoxFuture<'_, Result<(), Error>>;
}

/// How often a store has changed a job: 0 before the job is stored, 1 when it is inserted, one
/// more at each update.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Revision(pub u64);

impl Revision {
    /// The revision after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Which jobs to find: those that match every field that is set.
///
/// ```
/// use xrm_jobs::{JobQuery, StatusCode};
///
/// let failed = JobQuery { statuses: vec![StatusCode::Failed], ..JobQuery::default() };
/// assert_eq!(failed.limit, 1000);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobQuery {
    /// In one of these statuses. Empty, the default, means any.
    pub statuses: Vec<StatusCode>,
    /// Of this step (`owningextensionid`). Of any by default.
    pub owning_extension_id: Option<Uuid>,
    /// Of this correlation (`correlationid`). Of any by default.
    pub correlation_id: Option<Uuid>,
    /// Last changed before this time: with In Progress, the jobs whose worker may be gone. Any
    /// by default.
    pub modified_before: Option<DateTime<Utc>>,
    /// How many at most. 1000 by default.
    pub limit: usize,
}

impl JobQuery {
    /// Whether this query asks for the job.
    pub fn matches(&self, job: &SystemJob) -> bool {
        let description = job.description();
        (self.statuses.is_empty() || self.statuses.contains(&job.status()))
            && self.owning_extension_id.is_none_or(|id| description.owning_extension_id == Some(id))
            && self.correlation_id.is_none_or(|id| description.correlation_id == id)
            && self.modified_before.is_none_or(|time| job.progress().modified_on < time)
    }
}

impl Default for JobQuery {
    fn default() -> Self {
        Self {
            statuses: Vec::new(),
            owning_extension_id: None,
            correlation_id: None,
            modified_before: None,
            limit: 1000,
        }
    }
}
