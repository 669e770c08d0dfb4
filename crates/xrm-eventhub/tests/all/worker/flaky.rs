//! A store that fails now and then.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use chrono::{DateTime, Utc};
use uuid::Uuid;
use xrm_eventhub::jobs::{
    BoxFuture, Claim, ClaimedJob, Error as JobError, JobQuery, LeaseRenewal, MemoryJobStore,
    NewJob, Payload,
};
use xrm_eventhub::{JobStore, StatusCode, SystemJob};

/// A store of which some calls fail.
#[derive(Debug)]
pub(super) struct Flaky {
    store: Arc<MemoryJobStore>,
    calls: AtomicU32,
    /// How a call of this number fails, if it does; the first is 0.
    failure: fn(u32) -> Option<JobError>,
}

impl Flaky {
    pub(super) fn new(store: &Arc<MemoryJobStore>, failure: fn(u32) -> Option<JobError>) -> Self {
        Self { store: Arc::clone(store), calls: AtomicU32::new(0), failure }
    }

    fn fails(&self) -> Result<(), JobError> {
        (self.failure)(self.calls.fetch_add(1, Ordering::Relaxed)).map_or(Ok(()), Err)
    }
}

impl JobStore for Flaky {
    fn is_durable(&self) -> bool {
        self.store.is_durable()
    }

    fn insert(&self, jobs: Vec<NewJob>) -> BoxFuture<'_, Result<Vec<SystemJob>, JobError>> {
        self.store.insert(jobs)
    }

    fn get(&self, id: Uuid) -> BoxFuture<'_, Result<SystemJob, JobError>> {
        self.store.get(id)
    }

    fn payload(&self, id: Uuid) -> BoxFuture<'_, Result<Option<Payload>, JobError>> {
        self.store.payload(id)
    }

    fn update(
        &self,
        jobs: Vec<SystemJob>,
    ) -> BoxFuture<'_, Result<Vec<Result<SystemJob, JobError>>, JobError>> {
        Box::pin(async move {
            self.fails()?;
            self.store.update(jobs).await
        })
    }

    fn claim(&self, claim: Claim) -> BoxFuture<'_, Result<Vec<ClaimedJob>, JobError>> {
        Box::pin(async move {
            self.fails()?;
            self.store.claim(claim).await
        })
    }

    fn renew(&self, renewal: LeaseRenewal) -> BoxFuture<'_, Result<Vec<Uuid>, JobError>> {
        self.store.renew(renewal)
    }

    fn next_due<'a>(
        &'a self,
        endpoint: &'a str,
    ) -> BoxFuture<'a, Result<Option<DateTime<Utc>>, JobError>> {
        self.store.next_due(endpoint)
    }

    fn changed(&self) -> BoxFuture<'static, ()> {
        self.store.changed()
    }

    fn query(&self, query: JobQuery) -> BoxFuture<'_, Result<Vec<SystemJob>, JobError>> {
        self.store.query(query)
    }

    fn count(&self, query: JobQuery) -> BoxFuture<'_, Result<BTreeMap<StatusCode, u64>, JobError>> {
        self.store.count(query)
    }

    fn delete(&self, ids: Vec<Uuid>) -> BoxFuture<'_, Result<Vec<Result<(), JobError>>, JobError>> {
        self.store.delete(ids)
    }
}
