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

/// A store of which every third call fails.
#[derive(Debug)]
pub(super) struct Flaky(pub(super) Arc<MemoryJobStore>, pub(super) AtomicU32);

impl Flaky {
    fn fails(&self) -> Result<(), JobError> {
        match self.1.fetch_add(1, Ordering::Relaxed) % 3 {
            2 => Err(JobError::Store("the disk is away".into())),
            _ => Ok(()),
        }
    }
}

impl JobStore for Flaky {
    fn is_durable(&self) -> bool {
        self.0.is_durable()
    }

    fn insert(&self, jobs: Vec<NewJob>) -> BoxFuture<'_, Result<Vec<SystemJob>, JobError>> {
        self.0.insert(jobs)
    }

    fn get(&self, id: Uuid) -> BoxFuture<'_, Result<SystemJob, JobError>> {
        self.0.get(id)
    }

    fn payload(&self, id: Uuid) -> BoxFuture<'_, Result<Option<Payload>, JobError>> {
        self.0.payload(id)
    }

    fn update(
        &self,
        jobs: Vec<SystemJob>,
    ) -> BoxFuture<'_, Result<Vec<Result<SystemJob, JobError>>, JobError>> {
        Box::pin(async move {
            self.fails()?;
            self.0.update(jobs).await
        })
    }

    fn claim(&self, claim: Claim) -> BoxFuture<'_, Result<Vec<ClaimedJob>, JobError>> {
        Box::pin(async move {
            self.fails()?;
            self.0.claim(claim).await
        })
    }

    fn renew(&self, renewal: LeaseRenewal) -> BoxFuture<'_, Result<Vec<Uuid>, JobError>> {
        self.0.renew(renewal)
    }

    fn next_due<'a>(
        &'a self,
        endpoint: &'a str,
    ) -> BoxFuture<'a, Result<Option<DateTime<Utc>>, JobError>> {
        self.0.next_due(endpoint)
    }

    fn changed(&self) -> BoxFuture<'static, ()> {
        self.0.changed()
    }

    fn query(&self, query: JobQuery) -> BoxFuture<'_, Result<Vec<SystemJob>, JobError>> {
        self.0.query(query)
    }

    fn count(&self, query: JobQuery) -> BoxFuture<'_, Result<BTreeMap<StatusCode, u64>, JobError>> {
        self.0.count(query)
    }

    fn delete(&self, ids: Vec<Uuid>) -> BoxFuture<'_, Result<Vec<Result<(), JobError>>, JobError>> {
        self.0.delete(ids)
    }
}
