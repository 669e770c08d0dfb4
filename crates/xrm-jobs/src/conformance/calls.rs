//! What the rules ask of a store, one job at a time.

use std::task::Poll;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::fixtures::{claim_at, id, with_payload};
use crate::error::Error;
use crate::job::SystemJob;
use crate::payload::Payload;
use crate::query::JobQuery;
use crate::store::{BoxFuture, Claim, ClaimedJob, Expiry, JobStore, LeaseRenewal};

pub(super) async fn insert(store: &dyn JobStore, job: SystemJob) -> SystemJob {
    let mut inserted = store.insert(vec![with_payload(job)]).await.expect("a new id is accepted");
    assert_eq!(inserted.len(), 1, "one job was inserted");
    inserted.remove(0)
}

/// Inserts jobs one after another.
pub(super) async fn insert_all(
    store: &dyn JobStore,
    jobs: impl IntoIterator<Item = SystemJob, IntoIter: Send>,
) -> Vec<SystemJob> {
    let mut inserted = Vec::new();
    for job in jobs {
        inserted.push(insert(store, job).await);
    }
    inserted
}

pub(super) async fn read(store: &dyn JobStore, id: Uuid) -> SystemJob {
    store.get(id).await.expect("the job is stored")
}

pub(super) async fn payload_of(store: &dyn JobStore, number: u128) -> Option<Payload> {
    store.payload(id(number)).await.expect("the job is stored")
}

pub(super) async fn update(store: &dyn JobStore, job: SystemJob) -> Result<SystemJob, Error> {
    let mut updated = store.update(vec![job]).await.expect("the store works");
    assert_eq!(updated.len(), 1, "one job was updated");
    updated.remove(0)
}

/// Completes a job a second after its last change.
pub(super) async fn finish(
    store: &dyn JobStore,
    mut job: SystemJob,
    end: impl FnOnce(&mut SystemJob, DateTime<Utc>) -> Result<(), Error>,
) -> SystemJob {
    let now = job.progress().modified_on + TimeDelta::seconds(1);
    end(&mut job, now).expect("an attempt is under way");
    update(store, job).await.expect("nobody else changed the job")
}

pub(super) async fn delete(store: &dyn JobStore, id: Uuid) -> Result<(), Error> {
    let mut deleted = store.delete(vec![id]).await.expect("the store works");
    assert_eq!(deleted.len(), 1, "one job was asked for");
    deleted.remove(0)
}

pub(super) async fn expire(store: &dyn JobStore, expiry: Expiry) -> u64 {
    store.expire(expiry).await.expect("the store works")
}

pub(super) async fn claim(
    store: &dyn JobStore,
    host_id: &str,
    limit: usize,
    now: DateTime<Utc>,
) -> Vec<ClaimedJob> {
    let claim = Claim { host_id: host_id.to_owned(), ..claim_at(limit, now) };
    store.claim(claim).await.expect("the store works")
}

pub(super) async fn renew(
    store: &dyn JobStore,
    host_id: &str,
    ids: &[Uuid],
    lease_until: DateTime<Utc>,
) -> Vec<Uuid> {
    let renewal = LeaseRenewal {
        host_id: host_id.to_owned(),
        ids: ids.to_vec(),
        lease: Duration::ZERO,
        now: lease_until,
    };
    store.renew(renewal).await.expect("the store works")
}

pub(super) async fn next_due(store: &dyn JobStore) -> Option<DateTime<Utc>> {
    store.next_due("").await.expect("the store works")
}

pub(super) async fn find(store: &dyn JobStore, query: JobQuery) -> Vec<SystemJob> {
    store.query(query).await.expect("the store works")
}

/// Runs futures side by side in this task, so that the suite needs no runtime.
pub(super) async fn all<T>(futures: impl Iterator<Item = BoxFuture<'_, T>>) -> Vec<T> {
    let mut pending: Vec<_> = futures.collect();
    let mut done = Vec::new();
    // Polled again whenever any of them wakes the task: there are few of them.
    std::future::poll_fn(|context| {
        pending.retain_mut(|future| match future.as_mut().poll(context) {
            Poll::Ready(it) => {
                done.push(it);
                false
            }
            Poll::Pending => true,
        });
        if pending.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    done
}
