//! The contract of a job store.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::error::Error;
use crate::job::SystemJob;
use crate::payload::Payload;
use crate::query::JobQuery;
use crate::retention::Retention;
use crate::status::StatusCode;

/// The future of a store's answer.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A store of system jobs.
///
/// Workers in any number of tasks, and of processes where the storage allows it, share one store
/// without any other lock. Three rules make that safe: an update names the
/// [revision](crate::Revision) that it was decided on; [`claim`](Self::claim) gives a job to one
/// worker alone; and a worker has a job only until its lease ends. The feature `conformance` of this
/// crate tests a store for them.
///
/// Each method is atomic, except where it says otherwise: it is done as a whole or not at all, also
/// when its future is dropped. What it reported as done lasts, if the store is
/// [durable](Self::is_durable). Methods take many jobs at once because a storage commits many as
/// fast as one.
pub trait JobStore: fmt::Debug + Send + Sync {
    /// Whether jobs survive the process.
    fn is_durable(&self) -> bool;

    /// Whether the store has a clock, which decides when jobs are due and leases end; the times of
    /// claims and renewals are then ignored. By default the workers' clocks decide.
    fn has_clock(&self) -> bool {
        false
    }

    /// Stores new jobs, in any status, with the messages they post, and returns them at their first
    /// revision, in the same order. Either all are stored or none.
    ///
    /// A job that is [deleted when stored](SystemJob::is_deleted_when_stored) is not stored, nor is a
    /// message that the store's [retention](crate::PayloadRetention) does not keep.
    ///
    /// ```
    /// # pollster::block_on(async {
    /// # use chrono::{DateTime, TimeDelta};
    /// # use std::time::Duration;
    /// # use uuid::Uuid;
    /// # use xrm_jobs::*;
    /// # let (id, now) = (Uuid::from_u128(1), DateTime::UNIX_EPOCH);
    /// # let new = SystemJob::new(JobDescription::new(id, "accounts", now));
    /// # let store = MemoryJobStore::new();
    /// let payload = Payload::new("application/json", *b"{}");
    /// let jobs = store.insert(vec![NewJob::new(new, payload)]).await?;
    /// assert_eq!(jobs[0].revision(), Revision(1));
    /// # Ok::<(), Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::AlreadyExists`] for an id that the store has, or that is given twice.
    fn insert(&self, jobs: Vec<NewJob>) -> BoxFuture<'_, Result<Vec<SystemJob>, Error>>;

    /// The job with this id.
    ///
    /// ```
    /// # pollster::block_on(async {
    /// # use chrono::{DateTime, TimeDelta};
    /// # use std::time::Duration;
    /// # use uuid::Uuid;
    /// # use xrm_jobs::*;
    /// # let (id, now) = (Uuid::from_u128(1), DateTime::UNIX_EPOCH);
    /// # let new = SystemJob::new(JobDescription::new(id, "accounts", now));
    /// # let store = MemoryJobStore::new();
    /// # store.insert(vec![NewJob::new(new, Payload::new("application/json", *b"{}"))]).await?;
    /// assert_eq!(store.get(id).await?.status(), StatusCode::WaitingForResources);
    /// # Ok::<(), Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] for an id that the store does not have.
    fn get(&self, id: Uuid) -> BoxFuture<'_, Result<SystemJob, Error>>;

    /// The message that a job posts, or `None` if it was dropped when the job was completed.
    ///
    /// ```
    /// # pollster::block_on(async {
    /// # use chrono::{DateTime, TimeDelta};
    /// # use std::time::Duration;
    /// # use uuid::Uuid;
    /// # use xrm_jobs::*;
    /// # let (id, now) = (Uuid::from_u128(1), DateTime::UNIX_EPOCH);
    /// # let new = SystemJob::new(JobDescription::new(id, "accounts", now));
    /// # let store = MemoryJobStore::new();
    /// # store.insert(vec![NewJob::new(new, Payload::new("application/json", *b"{}"))]).await?;
    /// let payload = store.payload(id).await?.expect("the job is not completed");
    /// assert_eq!(**payload.body(), *b"{}");
    /// # Ok::<(), Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] for an id that the store does not have, [`Error::DamagedPayload`] if the
    /// stored message is not the one that was inserted.
    fn payload(&self, id: Uuid) -> BoxFuture<'_, Result<Option<Payload>, Error>>;

    /// Replaces the progress of jobs whose stored revision is still the given one, and returns each
    /// at its next revision, or why not, in the same order: a refusal for one job does not affect
    /// the others. A job's description never changes and is not written again.
    ///
    /// ```
    /// # pollster::block_on(async {
    /// # use chrono::{DateTime, TimeDelta};
    /// # use std::time::Duration;
    /// # use uuid::Uuid;
    /// # use xrm_jobs::*;
    /// # let (id, now) = (Uuid::from_u128(1), DateTime::UNIX_EPOCH);
    /// # let new = SystemJob::new(JobDescription::new(id, "accounts", now));
    /// # let store = MemoryJobStore::new();
    /// # store.insert(vec![NewJob::new(new, Payload::new("application/json", *b"{}"))]).await?;
    /// let mut job = store.get(id).await?;
    /// job.cancel(now)?;
    /// for updated in store.update(vec![job]).await? {
    ///     match updated {
    ///         Ok(job) => assert_eq!(job.status(), StatusCode::Canceled),
    ///         Err(error) if error.is_conflict() => println!("read the job again, and decide again"),
    ///         Err(error) => return Err(error),
    ///     }
    /// }
    /// # Ok::<(), Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// For a job, [`Error::Missing`] if the store does not have its id and [`Error::Conflict`] if
    /// it was changed since; for all, [`Error::Store`] if the storage fails.
    fn update(
        &self,
        jobs: Vec<SystemJob>,
    ) -> BoxFuture<'_, Result<Vec<Result<SystemJob, Error>>, Error>>;

    /// [Begins](SystemJob::begin) up to `limit` of the [due](SystemJob::is_due) jobs of an
    /// endpoint on behalf of a worker, and returns them in progress with their messages. Those
    /// that have been due longest come first ([`due_on`](SystemJob::due_on), then in the order in
    /// which they were stored). No job is given to two workers, and none whose
    /// [partition key](crate::JobDescription::partition_key) another job of the endpoint has that
    /// was stored before it and is not completed.
    ///
    /// A job of a worker whose lease has run out is due too. It is [abandoned](SystemJob::abandon)
    /// first, which is a change of its own, and begun if it is ready then.
    ///
    /// ```
    /// # pollster::block_on(async {
    /// # use chrono::{DateTime, TimeDelta};
    /// # use std::time::Duration;
    /// # use uuid::Uuid;
    /// # use xrm_jobs::*;
    /// # let (id, now) = (Uuid::from_u128(1), DateTime::UNIX_EPOCH);
    /// # let new = SystemJob::new(JobDescription::new(id, "accounts", now));
    /// # let store = MemoryJobStore::new();
    /// # store.insert(vec![NewJob::new(new, Payload::new("application/json", *b"{}"))]).await?;
    /// let claim = Claim {
    ///     host_id: "host-1".to_owned(),
    ///     endpoint: String::new(),
    ///     limit: 10,
    ///     lease: Duration::from_secs(120),
    ///     now,
    /// };
    /// let claimed = store.claim(claim).await?;
    /// assert_eq!(claimed[0].job.status(), StatusCode::InProgress);
    /// # Ok::<(), Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the storage fails.
    fn claim(&self, claim: Claim) -> BoxFuture<'_, Result<Vec<ClaimedJob>, Error>>;

    /// [Renews](SystemJob::renew) the leases of a worker's jobs, and returns the ids of those that
    /// it still holds, each once and in any order. Revisions do not change.
    ///
    /// ```
    /// # pollster::block_on(async {
    /// # use chrono::{DateTime, TimeDelta};
    /// # use std::time::Duration;
    /// # use uuid::Uuid;
    /// # use xrm_jobs::*;
    /// # let (id, now) = (Uuid::from_u128(1), DateTime::UNIX_EPOCH);
    /// # let new = SystemJob::new(JobDescription::new(id, "accounts", now));
    /// # let store = MemoryJobStore::new();
    /// # store.insert(vec![NewJob::new(new, Payload::new("application/json", *b"{}"))]).await?;
    /// # let claim = Claim {
    /// #     host_id: "host-1".to_owned(),
    /// #     endpoint: String::new(),
    /// #     limit: 10,
    /// #     lease: Duration::from_secs(120),
    /// #     now,
    /// # };
    /// # store.claim(claim).await?;
    /// let lease = Duration::from_secs(240);
    /// let renewal = LeaseRenewal { host_id: "host-1".to_owned(), ids: vec![id], lease, now };
    /// assert_eq!(store.renew(renewal).await?, [id]);
    /// # Ok::<(), Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the storage fails.
    fn renew(&self, renewal: LeaseRenewal) -> BoxFuture<'_, Result<Vec<Uuid>, Error>>;

    /// The earliest time at which a job of an endpoint is due, or has been due since; `None` if there
    /// is none. A job that waits for another one of its partition key does not count.
    ///
    /// ```
    /// # pollster::block_on(async {
    /// # use chrono::{DateTime, TimeDelta};
    /// # use std::time::Duration;
    /// # use uuid::Uuid;
    /// # use xrm_jobs::*;
    /// # let (id, now) = (Uuid::from_u128(1), DateTime::UNIX_EPOCH);
    /// # let new = SystemJob::new(JobDescription::new(id, "accounts", now));
    /// # let store = MemoryJobStore::new();
    /// # store.insert(vec![NewJob::new(new, Payload::new("application/json", *b"{}"))]).await?;
    /// assert_eq!(store.next_due("").await?, Some(now));
    /// assert_eq!(store.next_due("contacts").await?, None);
    /// # Ok::<(), Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the storage fails.
    fn next_due<'a>(
        &'a self,
        endpoint: &'a str,
    ) -> BoxFuture<'a, Result<Option<DateTime<Utc>>, Error>>;

    /// Ends when a job that was stored or changed since the call may be due: at the latest when this
    /// process makes the next such change, or any process if the storage reports it. It may end for
    /// no reason. Workers therefore poll as well.
    ///
    /// ```
    /// # pollster::block_on(async {
    /// # use chrono::{DateTime, TimeDelta};
    /// # use std::time::Duration;
    /// # use uuid::Uuid;
    /// # use xrm_jobs::*;
    /// # let (id, now) = (Uuid::from_u128(1), DateTime::UNIX_EPOCH);
    /// # let new = SystemJob::new(JobDescription::new(id, "accounts", now));
    /// # let store = MemoryJobStore::new();
    /// let changed = store.changed();
    /// store.insert(vec![NewJob::new(new, Payload::new("application/json", *b"{}"))]).await?;
    /// changed.await;
    /// # Ok::<(), Error>(())
    /// # }).unwrap();
    /// ```
    fn changed(&self) -> BoxFuture<'static, ()>;

    /// The jobs that a query asks for, oldest creation first, then by id.
    ///
    /// ```
    /// # pollster::block_on(async {
    /// # use chrono::{DateTime, TimeDelta};
    /// # use std::time::Duration;
    /// # use uuid::Uuid;
    /// # use xrm_jobs::*;
    /// # let (id, now) = (Uuid::from_u128(1), DateTime::UNIX_EPOCH);
    /// # let new = SystemJob::new(JobDescription::new(id, "accounts", now));
    /// # let store = MemoryJobStore::new();
    /// # store.insert(vec![NewJob::new(new, Payload::new("application/json", *b"{}"))]).await?;
    /// let open = store.query(JobQuery::uncompleted().limit(10)).await?;
    /// assert_eq!(open.len(), 1);
    /// # Ok::<(), Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the storage fails.
    fn query(&self, query: JobQuery) -> BoxFuture<'_, Result<Vec<SystemJob>, Error>>;

    /// The number of jobs that match a query, whatever its limit, for each status in which there are
    /// any.
    ///
    /// ```
    /// # pollster::block_on(async {
    /// # use chrono::{DateTime, TimeDelta};
    /// # use std::time::Duration;
    /// # use uuid::Uuid;
    /// # use xrm_jobs::*;
    /// # let (id, now) = (Uuid::from_u128(1), DateTime::UNIX_EPOCH);
    /// # let new = SystemJob::new(JobDescription::new(id, "accounts", now));
    /// # let store = MemoryJobStore::new();
    /// # store.insert(vec![NewJob::new(new, Payload::new("application/json", *b"{}"))]).await?;
    /// let counts = store.count(JobQuery::default()).await?;
    /// assert_eq!(counts[&StatusCode::WaitingForResources], 1);
    /// # Ok::<(), Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the storage fails.
    fn count(&self, query: JobQuery) -> BoxFuture<'_, Result<BTreeMap<StatusCode, u64>, Error>>;

    /// Deletes completed jobs and their messages, and reports the result for each, in the same order.
    ///
    /// Microsoft's pages disagree on which jobs can be deleted: any, says the page on the
    /// asynchronous service; only completed ones, says the error `0x8004416A`. A store follows the
    /// latter, because the message of an unfinished job would be lost with it.
    ///
    /// ```
    /// # pollster::block_on(async {
    /// # use chrono::{DateTime, TimeDelta};
    /// # use std::time::Duration;
    /// # use uuid::Uuid;
    /// # use xrm_jobs::*;
    /// # let (id, now) = (Uuid::from_u128(1), DateTime::UNIX_EPOCH);
    /// # let new = SystemJob::new(JobDescription::new(id, "accounts", now));
    /// # let store = MemoryJobStore::new();
    /// # store.insert(vec![NewJob::new(new, Payload::new("application/json", *b"{}"))]).await?;
    /// for deleted in store.delete(vec![id]).await? {
    ///     assert!(matches!(deleted, Err(Error::NotCompleted { .. })));
    /// }
    /// # Ok::<(), Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// For a job, [`Error::Missing`] if the store does not have its id and
    /// [`Error::NotCompleted`] if it is not completed; for all, [`Error::Store`] if the
    /// storage fails.
    fn delete(&self, ids: Vec<Uuid>) -> BoxFuture<'_, Result<Vec<Result<(), Error>>, Error>>;

    /// How long completed jobs are kept. A worker deletes older ones. By default, all are kept for
    /// ever.
    ///
    /// ```
    /// use xrm_jobs::{JobStore, MemoryJobStore, Retention};
    ///
    /// assert_eq!(MemoryJobStore::new().retention(), Retention::default());
    /// ```
    fn retention(&self) -> Retention {
        Retention::default()
    }

    /// Deletes completed jobs with their messages: any of those of a status that were completed before
    /// a time, up to a limit. Returns how many were deleted.
    ///
    /// A worker calls it again and again while others claim, so it takes as long as the limit says,
    /// however many jobs there are. By default, it is a [query](Self::query) and a
    /// [deletion](Self::delete).
    ///
    /// ```
    /// # pollster::block_on(async {
    /// # use chrono::{DateTime, TimeDelta};
    /// # use uuid::Uuid;
    /// # use xrm_jobs::*;
    /// # let (id, now) = (Uuid::from_u128(1), DateTime::UNIX_EPOCH);
    /// # let mut job = SystemJob::new(JobDescription::new(id, "accounts", now));
    /// # job.cancel(now)?;
    /// # let store = MemoryJobStore::new();
    /// # store.insert(vec![NewJob::new(job, Payload::new("application/json", *b"{}"))]).await?;
    /// let completed_before = now + TimeDelta::days(60);
    /// let expiry = Expiry { status: StatusCode::Canceled, completed_before, limit: 100 };
    /// assert_eq!(store.expire(expiry).await?, 1);
    /// # Ok::<(), Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the storage fails.
    fn expire(&self, expiry: Expiry) -> BoxFuture<'_, Result<u64, Error>> {
        Box::pin(async move {
            if !expiry.status.state().is_completed() {
                return Ok(0);
            }
            // A completed job never changes, so it was last changed when it was completed.
            let query = JobQuery::default()
                .statuses([expiry.status])
                .modified_before(expiry.completed_before)
                .limit(expiry.limit);
            let ids = self.query(query).await?.iter().map(SystemJob::id).collect();
            // What another worker has deleted meanwhile is not counted.
            let deleted = self.delete(ids).await?;
            Ok(deleted.iter().filter(|it| it.is_ok()).count() as u64)
        })
    }

    /// Finishes the changes that are under way, writes them to the storage for good, and closes the
    /// store. Every later call fails as
    /// [closed](crate::StoreErrorKind::Closed). Closing it again does nothing.
    ///
    /// A store that is dropped without it keeps what it reported as done. By default there is
    /// nothing to close.
    ///
    /// ```
    /// # pollster::block_on(async {
    /// # use chrono::{DateTime, TimeDelta};
    /// # use std::time::Duration;
    /// # use uuid::Uuid;
    /// # use xrm_jobs::*;
    /// # let (id, now) = (Uuid::from_u128(1), DateTime::UNIX_EPOCH);
    /// # let new = SystemJob::new(JobDescription::new(id, "accounts", now));
    /// # let store = MemoryJobStore::new();
    /// # store.insert(vec![NewJob::new(new, Payload::new("application/json", *b"{}"))]).await?;
    /// store.close().await?;
    /// # Ok::<(), Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the storage fails.
    fn close(&self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// A store that several own, such as publishers and the code that shows the jobs.
impl<T: JobStore + ?Sized> JobStore for Arc<T> {
    fn is_durable(&self) -> bool {
        (**self).is_durable()
    }

    fn has_clock(&self) -> bool {
        (**self).has_clock()
    }

    fn insert(&self, jobs: Vec<NewJob>) -> BoxFuture<'_, Result<Vec<SystemJob>, Error>> {
        (**self).insert(jobs)
    }

    fn get(&self, id: Uuid) -> BoxFuture<'_, Result<SystemJob, Error>> {
        (**self).get(id)
    }

    fn payload(&self, id: Uuid) -> BoxFuture<'_, Result<Option<Payload>, Error>> {
        (**self).payload(id)
    }

    fn update(
        &self,
        jobs: Vec<SystemJob>,
    ) -> BoxFuture<'_, Result<Vec<Result<SystemJob, Error>>, Error>> {
        (**self).update(jobs)
    }

    fn claim(&self, claim: Claim) -> BoxFuture<'_, Result<Vec<ClaimedJob>, Error>> {
        (**self).claim(claim)
    }

    fn renew(&self, renewal: LeaseRenewal) -> BoxFuture<'_, Result<Vec<Uuid>, Error>> {
        (**self).renew(renewal)
    }

    fn next_due<'a>(
        &'a self,
        endpoint: &'a str,
    ) -> BoxFuture<'a, Result<Option<DateTime<Utc>>, Error>> {
        (**self).next_due(endpoint)
    }

    fn changed(&self) -> BoxFuture<'static, ()> {
        (**self).changed()
    }

    fn query(&self, query: JobQuery) -> BoxFuture<'_, Result<Vec<SystemJob>, Error>> {
        (**self).query(query)
    }

    fn count(&self, query: JobQuery) -> BoxFuture<'_, Result<BTreeMap<StatusCode, u64>, Error>> {
        (**self).count(query)
    }

    fn delete(&self, ids: Vec<Uuid>) -> BoxFuture<'_, Result<Vec<Result<(), Error>>, Error>> {
        (**self).delete(ids)
    }

    fn retention(&self) -> Retention {
        (**self).retention()
    }

    fn expire(&self, expiry: Expiry) -> BoxFuture<'_, Result<u64, Error>> {
        (**self).expire(expiry)
    }

    fn close(&self) -> BoxFuture<'_, Result<(), Error>> {
        (**self).close()
    }
}

/// A job for a store, with the message it posts.
#[derive(Clone, Debug, PartialEq)]
pub struct NewJob {
    /// The job.
    pub job: SystemJob,
    /// Its message.
    pub payload: Payload,
}

impl NewJob {
    /// A job with its message.
    #[must_use]
    pub fn new(job: SystemJob, payload: Payload) -> Self {
        Self { job, payload }
    }
}

/// A job that a worker has claimed, with the message it posts.
#[derive(Clone, Debug, PartialEq)]
pub struct ClaimedJob {
    /// The job, in progress.
    pub job: SystemJob,
    /// Its message, or why the store does not have it.
    pub payload: Result<Payload, PayloadLoss>,
}

/// Why a claimed job comes without its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PayloadLoss {
    /// The store has not kept it.
    NotKept,
    /// It is no longer what was stored, for this reason.
    Damaged(&'static str),
}

impl PayloadLoss {
    /// The loss as the error of a call that is about the job of this id, unless the message was
    /// simply not kept.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn or_none(self, id: Uuid) -> Result<Option<Payload>, Error> {
        match self {
            Self::NotKept => Ok(None),
            Self::Damaged(reason) => Err(Error::DamagedPayload { id, reason }),
        }
    }
}

/// A worker's request for jobs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The worker's name.
    pub host_id: String,
    /// The service endpoint whose jobs it asks for.
    pub endpoint: String,
    /// How many jobs at most.
    pub limit: usize,
    /// How long the worker has them to itself, unless it renews the lease.
    pub lease: Duration,
    /// The worker's time.
    pub now: DateTime<Utc>,
}

/// The end of a lease that begins now. One that is too long for the calendar ends with it.
pub(crate) fn lease_until(now: DateTime<Utc>, lease: Duration) -> DateTime<Utc> {
    // chrono's span of time is shorter than the standard library's, and the calendar ends too.
    let end = TimeDelta::from_std(lease).ok().and_then(|it| now.checked_add_signed(it));
    end.unwrap_or(DateTime::<Utc>::MAX_UTC)
}

impl Claim {
    /// The end of the leases.
    #[must_use]
    pub fn lease_until(&self) -> DateTime<Utc> {
        lease_until(self.now, self.lease)
    }

    /// Gives a due job to the worker: abandons the attempt of a crashed worker, and begins the
    /// worker's own. `false` if there is nothing to begin, because the job was to be canceled or
    /// paused after the attempt; it is changed then as well.
    ///
    /// # Errors
    ///
    /// As [`SystemJob::abandon`] and [`SystemJob::begin`].
    pub fn take(&self, job: &mut SystemJob) -> Result<bool, Error> {
        // A store finds due jobs by a column that may be damaged; the job itself decides.
        if !job.is_due(self.now) {
            return Ok(false);
        }
        // A due job that is locked has a lease that has run out.
        if job.status().state() == crate::status::StateCode::Locked {
            job.abandon(self.now)?;
        }
        // Abandoning it may have completed the job, or left it to wait.
        if !job.is_due(self.now) {
            return Ok(false);
        }
        job.begin(&self.host_id, self.lease_until(), self.now)?;
        Ok(true)
    }
}

/// A worker's renewal of its leases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseRenewal {
    /// The worker's name.
    pub host_id: String,
    /// The jobs that it works on.
    pub ids: Vec<Uuid>,
    /// How long the leases last from now on, if they then end later than they do.
    pub lease: Duration,
    /// The worker's time.
    pub now: DateTime<Utc>,
}

impl LeaseRenewal {
    /// The end of the leases.
    #[must_use]
    pub fn lease_until(&self) -> DateTime<Utc> {
        lease_until(self.now, self.lease)
    }
}

/// Completed jobs that a store is to delete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expiry {
    /// Their status. None are deleted if it is not of a completed job.
    pub status: StatusCode,
    /// They were completed before this time.
    pub completed_before: DateTime<Utc>,
    /// How many at most.
    pub limit: usize,
}

/// The answers of a store, if there is one for each of the jobs that it was given. Nothing can be
/// concluded from any other number of them: which jobs they are about is unknown.
pub(crate) fn counted<T>(returned: Vec<T>, expected: usize) -> Result<Vec<T>, Error> {
    let found = returned.len();
    if found == expected { Ok(returned) } else { Err(Error::WrongCount { expected, found }) }
}
