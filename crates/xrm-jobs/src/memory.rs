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
use crate::status::StatusCode;
use crate::store::{BoxFuture, Claim, ClaimedJob, JobStore, LeaseRenewal, NewJob};
use jobs::Jobs;

/// Keeps jobs in memory, for tests and for posts that need not survive the process.
///
/// Jobs stay until they are [deleted](JobStore::delete), unless their steps asked for it.
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
        Self { jobs: Mutex::new(Jobs::new(retention)), changes: Event::new() }
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
}

impl fmt::Debug for MemoryJobStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryJobStore").field("jobs", &self.jobs().len()).finish()
    }
}
