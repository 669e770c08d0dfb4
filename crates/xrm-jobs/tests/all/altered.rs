//! A store in memory that does some things differently.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use uuid::Uuid;
use xrm_jobs::{
    BoxFuture, Claim, ClaimedJob, Error, JobQuery, JobStore, LeaseRenewal, MemoryJobStore, NewJob,
    Payload, StatusCode, SystemJob,
};

/// The methods of a store that a test replaces. By default, they are those of the store in memory.
pub(crate) trait Alteration: fmt::Debug + Send + Sync {
    fn store(&self) -> &MemoryJobStore;

    fn insert(&self, jobs: Vec<NewJob>) -> BoxFuture<'_, Result<Vec<SystemJob>, Error>> {
        self.store().insert(jobs)
    }

    fn update(
        &self,
        jobs: Vec<SystemJob>,
    ) -> BoxFuture<'_, Result<Vec<Result<SystemJob, Error>>, Error>> {
        self.store().update(jobs)
    }

    fn delete(&self, ids: Vec<Uuid>) -> BoxFuture<'_, Result<Vec<Result<(), Error>>, Error>> {
        self.store().delete(ids)
    }
}

/// A store with an alteration. A type of its own, because a foreign trait cannot be implemented for
/// every `Alteration`.
#[derive(Debug)]
pub(crate) struct Altered<A>(pub(crate) A);

impl<A: Alteration> JobStore for Altered<A> {
    fn is_durable(&self) -> bool {
        self.0.store().is_durable()
    }

    fn insert(&self, jobs: Vec<NewJob>) -> BoxFuture<'_, Result<Vec<SystemJob>, Error>> {
        self.0.insert(jobs)
    }

    fn get(&self, id: Uuid) -> BoxFuture<'_, Result<SystemJob, Error>> {
        self.0.store().get(id)
    }

    fn payload(&self, id: Uuid) -> BoxFuture<'_, Result<Option<Payload>, Error>> {
        self.0.store().payload(id)
    }

    fn update(
        &self,
        jobs: Vec<SystemJob>,
    ) -> BoxFuture<'_, Result<Vec<Result<SystemJob, Error>>, Error>> {
        self.0.update(jobs)
    }

    fn claim(&self, claim: Claim) -> BoxFuture<'_, Result<Vec<ClaimedJob>, Error>> {
        self.0.store().claim(claim)
    }

    fn renew(&self, renewal: LeaseRenewal) -> BoxFuture<'_, Result<Vec<Uuid>, Error>> {
        self.0.store().renew(renewal)
    }

    fn next_due<'a>(
        &'a self,
        endpoint: &'a str,
    ) -> BoxFuture<'a, Result<Option<DateTime<Utc>>, Error>> {
        self.0.store().next_due(endpoint)
    }

    fn changed(&self) -> BoxFuture<'static, ()> {
        self.0.store().changed()
    }

    fn query(&self, query: JobQuery) -> BoxFuture<'_, Result<Vec<SystemJob>, Error>> {
        self.0.store().query(query)
    }

    fn count(&self, query: JobQuery) -> BoxFuture<'_, Result<BTreeMap<StatusCode, u64>, Error>> {
        self.0.store().count(query)
    }

    fn delete(&self, ids: Vec<Uuid>) -> BoxFuture<'_, Result<Vec<Result<(), Error>>, Error>> {
        self.0.delete(ids)
    }
}
