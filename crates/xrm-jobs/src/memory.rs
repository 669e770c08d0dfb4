//! A store in this process's memory.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{BoxFuture, Error, JobQuery, JobStore, Revision, SystemJob};

/// Keeps jobs in memory, for tests and for posts that need not outlive the process.
///
/// Nothing is dropped by itself: [delete](JobStore::delete) what is completed.
#[derive(Default)]
pub struct MemoryJobStore {
    jobs: Mutex<Jobs>,
}

impl MemoryJobStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn jobs(&self) -> MutexGuard<'_, Jobs> {
        // A panic elsewhere can't leave half a change here: each is one assignment to the map.
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl JobStore for MemoryJobStore {
    fn insert(&self, job: SystemJob) -> BoxFuture<'_, Result<SystemJob, Error>> {
        Box::pin(async move { self.jobs().insert(job) })
    }

    fn get(&self, id: Uuid) -> BoxFuture<'_, Result<SystemJob, Error>> {
        Box::pin(async move { self.jobs().get(id).cloned() })
    }

    fn update(&self, job: SystemJob) -> BoxFuture<'_, Result<SystemJob, Error>> {
        Box::pin(async move { self.jobs().update(job) })
    }

    fn query(&self, query: JobQuery) -> BoxFuture<'_, Result<Vec<SystemJob>, Error>> {
        Box::pin(async move { Ok(self.jobs().query(&query)) })
    }

    fn claim_due<'a>(
        &'a self,
        host_id: &'a str,
        limit: usize,
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Vec<SystemJob>, Error>> {
        Box::pin(async move { self.jobs().claim_due(host_id, limit, now) })
    }

    fn delete(&self, id: Uuid) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async move { self.jobs().delete(id) })
    }
}

impl fmt::Debug for MemoryJobStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryJobStore").field("jobs", &self.jobs().0.len()).finish()
    }
}

#[derive(Default)]
struct Jobs(BTreeMap<Uuid, SystemJob>);

impl Jobs {
    fn insert(&mut self, job: SystemJob) -> Result<SystemJob, Error> {
        let id = job.id();
        if self.0.contains_key(&id) {
            return Err(Error::AlreadyExists { id });
        }
        Ok(self.put(job.at_revision(Revision(1))))
    }

    fn get(&self, id: Uuid) -> Result<&SystemJob, Error> {
        self.0.get(&id).ok_or(Error::Missing { id })
    }

    fn update(&mut self, job: SystemJob) -> Result<SystemJob, Error> {
        let (id, expected) = (job.id(), job.revision());
        let found = self.get(id)?.revision();
        if found != expected {
            return Err(Error::Conflict { id, expected, found });
        }
        Ok(self.put(job.at_revision(expected.next())))
    }

    fn query(&self, query: &JobQuery) -> Vec<SystemJob> {
        let mut found: Vec<_> = self.0.values().filter(|it| query.matches(it)).collect();
        found.sort_by_key(|it| (it.description().created_on, it.id()));
        found.into_iter().take(query.limit).cloned().collect()
    }

    fn claim_due(
        &mut self,
        host_id: &str,
        limit: usize,
        now: DateTime<Utc>,
    ) -> Result<Vec<SystemJob>, Error> {
        let mut due: Vec<_> = self.0.values().filter(|it| it.is_due(now)).collect();
        due.sort_by_key(|it| (it.due_on(), it.id()));
        let claimed: Vec<_> = due.into_iter().take(limit).cloned().collect();
        claimed.into_iter().map(|it| self.begin(it, host_id, now)).collect()
    }

    fn begin(
        &mut self,
        mut job: SystemJob,
        host_id: &str,
        now: DateTime<Utc>,
    ) -> Result<SystemJob, Error> {
        job.begin(host_id, now)?;
        self.update(job)
    }

    fn delete(&mut self, id: Uuid) -> Result<(), Error> {
        let status = self.get(id)?.status();
        if !status.state().is_completed() {
            return Err(Error::NotCompleted { id, status });
        }
        self.0.remove(&id);
        Ok(())
    }

    fn put(&mut self, job: SystemJob) -> SystemJob {
        self.0.insert(job.id(), job.clone());
        job
    }
}
