//! A store in this process's memory.

mod jobs;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use event_listener::Event;
use uuid::Uuid;

use crate::error::Error;
use crate::job::SystemJob;
use crate::payload::{Payload, PayloadRetention};
use crate::query::JobQuery;
use crate::retention::Retention;
use crate::status::StatusCode;
use crate::store::{BoxFuture, Claim, ClaimedJob, Expiry, JobStore, LeaseRenewal, NewJob};
use jobs::Jobs;

/// The number of completed jobs that are kept by default: some 10 MB without messages, and enough to
/// look at what happened in the last minutes.
const COMPLETED_LIMIT: usize = 10_000;

/// Keeps jobs in memory, for tests and for posts that need not survive the process.
///
/// Every job stays until it is completed. Of the completed ones, the newest 10,000 are kept, or as many
/// as [`with_completed_limit`](Self::with_completed_limit) says, so that a process that publishes for months does
/// not grow. With a job goes its message, which the store has kept if the job failed. Completed jobs
/// can be [deleted](JobStore::delete) earlier.
///
/// ```
/// use chrono::DateTime;
/// use uuid::Uuid;
/// use xrm_jobs::{JobDescription, JobStore, MemoryJobStore, NewJob, Payload, SystemJob};
///
/// # pollster::block_on(async {
/// let id = Uuid::from_u128(1);
/// let job = SystemJob::new(JobDescription::new(id, "Update of account", DateTime::UNIX_EPOCH));
/// let store = MemoryJobStore::new();
/// store.insert(vec![NewJob::new(job, Payload::new("application/json", *b"{}"))]).await?;
/// assert_eq!(store.get(id).await?.description().name, "Update of account");
/// # Ok::<(), xrm_jobs::Error>(())
/// # }).unwrap();
/// ```
#[derive(Default)]
pub struct MemoryJobStore {
    jobs: Mutex<Jobs>,
    changes: Event,
    retention: Retention,
}

impl MemoryJobStore {
    /// An empty store that keeps messages until their jobs have succeeded.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty store with another retention of messages.
    #[must_use]
    pub fn with_payload_retention(retention: PayloadRetention) -> Self {
        Self { jobs: Mutex::new(Jobs::new(retention)), ..Self::default() }
    }

    /// The number of completed jobs to keep: the newest. 10,000 by default; `usize::MAX` for all.
    ///
    /// ```
    /// use xrm_jobs::MemoryJobStore;
    ///
    /// let store = MemoryJobStore::new().with_completed_limit(100);
    /// ```
    #[must_use]
    pub fn with_completed_limit(self, jobs: usize) -> Self {
        self.jobs().set_completed_limit(jobs);
        self
    }

    /// How long completed jobs are kept at most. Workers delete older ones. By default, only their
    /// [number](Self::with_completed_limit) is limited.
    ///
    /// ```
    /// use std::time::Duration;
    /// use xrm_jobs::{MemoryJobStore, Retention};
    ///
    /// let hour = Duration::from_secs(60 * 60);
    /// let store = MemoryJobStore::new().with_retention(Retention::for_all(hour));
    /// ```
    #[must_use]
    pub fn with_retention(self, retention: Retention) -> Self {
        Self { retention, ..self }
    }

    fn jobs(&self) -> MutexGuard<'_, Jobs> {
        // Nothing panics while it holds the lock, so a poisoned lock has no half of a change behind it.
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a change, and wakes those who wait for one.
    fn change<T>(&self, change: impl FnOnce(&mut Jobs) -> T) -> T {
        let result = change(&mut self.jobs());
        // After the lock is released, so nobody wakes up only to wait for it.
        self.changes.notify(usize::MAX);
        result
    }
}

impl JobStore for MemoryJobStore {
    fn is_durable(&self) -> bool {
        false
    }

    fn insert(&self, jobs: Vec<NewJob>) -> BoxFuture<'_, Result<Vec<SystemJob>, Error>> {
        Box::pin(async move { self.change(|it| it.insert(jobs)) })
    }

    fn get(&self, id: Uuid) -> BoxFuture<'_, Result<SystemJob, Error>> {
        Box::pin(async move { self.jobs().get(id) })
    }

    fn payload(&self, id: Uuid) -> BoxFuture<'_, Result<Option<Payload>, Error>> {
        Box::pin(async move { self.jobs().payload(id) })
    }

    fn update(
        &self,
        jobs: Vec<SystemJob>,
    ) -> BoxFuture<'_, Result<Vec<Result<SystemJob, Error>>, Error>> {
        Box::pin(async move {
            Ok(self.change(|it| jobs.into_iter().map(|job| it.update(job)).collect()))
        })
    }

    fn claim(&self, claim: Claim) -> BoxFuture<'_, Result<Vec<ClaimedJob>, Error>> {
        // Not a change that anybody waits for: a claim takes work away.
        Box::pin(async move { self.jobs().claim(&claim) })
    }

    fn renew(&self, renewal: LeaseRenewal) -> BoxFuture<'_, Result<Vec<Uuid>, Error>> {
        Box::pin(async move { Ok(self.jobs().renew(&renewal)) })
    }

    fn next_due<'a>(
        &'a self,
        endpoint: &'a str,
    ) -> BoxFuture<'a, Result<Option<DateTime<Utc>>, Error>> {
        Box::pin(async move { Ok(self.jobs().next_due(endpoint)) })
    }

    fn changed(&self) -> BoxFuture<'static, ()> {
        Box::pin(self.changes.listen())
    }

    fn query(&self, query: JobQuery) -> BoxFuture<'_, Result<Vec<SystemJob>, Error>> {
        Box::pin(async move { Ok(self.jobs().query(&query)) })
    }

    fn count(&self, query: JobQuery) -> BoxFuture<'_, Result<BTreeMap<StatusCode, u64>, Error>> {
        Box::pin(async move { Ok(self.jobs().count(&query)) })
    }

    fn delete(&self, ids: Vec<Uuid>) -> BoxFuture<'_, Result<Vec<Result<(), Error>>, Error>> {
        Box::pin(async move { Ok(self.change(|it| ids.iter().map(|id| it.delete(*id)).collect())) })
    }

    fn retention(&self) -> Retention {
        self.retention
    }

    fn expire(&self, expiry: Expiry) -> BoxFuture<'_, Result<u64, Error>> {
        // Not a change that anybody waits for: no job waits for a completed one.
        Box::pin(async move { Ok(self.jobs().expire(&expiry)) })
    }
}

impl fmt::Debug for MemoryJobStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryJobStore").field("jobs", &self.jobs().len()).finish()
    }
}
