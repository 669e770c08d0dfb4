//! The jobs of one endpoint, and how they are prepared.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, Utc};

use crate::diagnosis::Diagnosis;
use crate::error::Error;
use crate::job::SystemJob;
use crate::outcome::{Failure, Outcome};
use crate::payload::Payload;
use crate::query::JobQuery;
use crate::runner::host::Host;
use crate::runner::observer::Observer;
use crate::runner::options::WorkerOptions;
use crate::schedule::RetryPolicy;
use crate::store::{JobStore, NewJob, counted};

/// The jobs of one endpoint, and the options they are run with.
pub struct Queue {
    pub(super) endpoint: String,
    pub(super) job_store: Arc<dyn JobStore>,
    pub(super) host: Host,
    pub(super) retry_policy: RetryPolicy,
    pub(super) worker_options: WorkerOptions,
    pub(super) observer: Box<dyn Observer>,
    /// How many workers of this queue run in this process.
    pub(super) workers: AtomicUsize,
}

/// A job before its first attempt, with its message.
#[derive(Debug)]
pub struct PreparedJob {
    /// The job.
    pub job: SystemJob,
    /// The message that it posts; empty if there is none to attempt.
    pub payload: Payload,
    /// Why the job fails without an attempt, if it does.
    pub refusal: Option<Diagnosis>,
}

impl PreparedJob {
    /// A job with its message of this content type, or why the message cannot be made.
    #[must_use]
    pub fn new(
        job: SystemJob,
        content_type: &'static str,
        payload: Result<Payload, Diagnosis>,
    ) -> Self {
        match payload {
            Ok(payload) => Self { job, payload, refusal: None },
            Err(refusal) => {
                let payload = Payload::new(content_type, Vec::new());
                Self { job, payload, refusal: Some(refusal) }
            }
        }
    }
}

/// The job and its message, to be stored for a worker. A job that cannot be attempted is Failed.
impl From<PreparedJob> for NewJob {
    fn from(prepared: PreparedJob) -> Self {
        let PreparedJob { mut job, payload, refusal } = prepared;
        if let Some(diagnosis) = &refusal {
            let now = job.progress().modified_on;
            // One of the two is legal for a job that is not completed, and others are left as they are.
            let _ = job.give_up(diagnosis, now).or_else(|_| job.fail(diagnosis, now));
        }
        Self { job, payload }
    }
}

impl Queue {
    /// The jobs of this endpoint, by whose name the store distinguishes them, run by this host
    /// with default options.
    #[must_use]
    pub fn new(endpoint: impl Into<String>, job_store: Arc<dyn JobStore>, host: Host) -> Self {
        Self {
            endpoint: endpoint.into(),
            job_store,
            host,
            retry_policy: RetryPolicy::default(),
            worker_options: WorkerOptions::default(),
            observer: Box::new(()),
            workers: AtomicUsize::new(0),
        }
    }

    /// When failed attempts are retried. By default, this is [`RetryPolicy::default`].
    #[must_use]
    pub fn retry_policy(self, retry_policy: RetryPolicy) -> Self {
        Self { retry_policy, ..self }
    }

    /// The limits within which jobs are run. By default, this is [`WorkerOptions::default`].
    #[must_use]
    pub fn worker_options(self, worker_options: WorkerOptions) -> Self {
        Self { worker_options, ..self }
    }

    /// What metrics and logs are made by. By default, there are none.
    #[must_use]
    pub fn observer(self, observer: impl Observer + 'static) -> Self {
        Self { observer: Box::new(observer), ..self }
    }

    /// The name of the endpoint.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The store that keeps the jobs.
    #[must_use]
    pub fn job_store(&self) -> &Arc<dyn JobStore> {
        &self.job_store
    }

    /// The process that runs the jobs.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// What a failed attempt leads to now.
    ///
    /// A job is suspended only if someone will resume it: a worker that runs in this process, or
    /// one that finds the job in a durable store. Otherwise, it has failed.
    #[must_use]
    pub fn outcome(&self, job: &SystemJob, failure: Failure) -> Outcome {
        let outcome = self.retry_policy.outcome(job, failure, self.host.now());
        // Relaxed, because nothing else is published by the number: a worker that begins just now
        // finds the job in its store, or the job has failed as if it had come later.
        let is_resumed = self.workers.load(Ordering::Relaxed) > 0 || self.job_store.is_durable();
        if is_resumed { outcome } else { outcome.unless_suspended() }
    }

    /// Begins the attempt of a job that no store has yet, with a lease for this host.
    ///
    /// A job is stored In Progress before its first attempt. If it were Ready, a worker could claim
    /// it first, and the message would be sent twice.
    ///
    /// # Errors
    ///
    /// [`Error::IllegalMove`] unless the job is new.
    pub fn begin(&self, job: &mut SystemJob, now: DateTime<Utc>) -> Result<(), Error> {
        job.begin(self.host.id(), self.worker_options.lease_until(now), now)
    }

    /// [Begins](Self::begin) the attempts that may be made now: of the jobs of one partition key
    /// the first, and only if the store has no earlier one that is not completed. The others stay
    /// Ready, for a worker.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the storage fails.
    pub async fn begin_in_order(
        &self,
        prepared: &mut [PreparedJob],
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let mut keys = HashSet::new();
        for PreparedJob { job, refusal, .. } in prepared {
            // A job without a message fails at once: it waits for none, and none waits for it.
            if refusal.is_none()
                && let Some(key) = job.description().partition_key.clone()
                && (!keys.insert(key.clone()) || self.has_uncompleted(key).await?)
            {
                continue;
            }
            self.begin(job, now)?;
        }
        Ok(())
    }

    /// The oldest of the jobs that are not completed.
    pub(super) fn uncompleted(&self) -> JobQuery {
        JobQuery::uncompleted().endpoint(&self.endpoint).limit(1)
    }

    async fn has_uncompleted(&self, partition_key: String) -> Result<bool, Error> {
        let query = self.uncompleted().partition_key(partition_key);
        Ok(!self.job_store.query(query).await?.is_empty())
    }
}

/// Stores prepared jobs, of one queue or of several, all or none, and returns them as the store has
/// them, in the same order.
///
/// # Errors
///
/// As [`JobStore::insert`], and [`Error::WrongCount`] if the store does not return each job.
pub async fn insert(
    job_store: &dyn JobStore,
    prepared: Vec<PreparedJob>,
) -> Result<Vec<PreparedJob>, Error> {
    let mut new = Vec::with_capacity(prepared.len());
    let mut kept = Vec::with_capacity(prepared.len());
    for PreparedJob { job, payload, refusal } in prepared {
        // The store takes the job and gives it back at its revision; only the payload is kept, whose
        // bytes are shared.
        new.push(NewJob::new(job, payload.clone()));
        kept.push((payload, refusal));
    }
    let jobs = counted(job_store.insert(new).await?, kept.len())?;
    let stored = jobs.into_iter().zip(kept);
    Ok(stored.map(|(job, (payload, refusal))| PreparedJob { job, payload, refusal }).collect())
}

/// Stores prepared jobs for a worker to attempt, all or none, and returns them in the same order.
/// Those that cannot be attempted are Failed.
///
/// # Errors
///
/// As [`insert`].
pub async fn enqueue(
    job_store: &dyn JobStore,
    mut prepared: Vec<PreparedJob>,
    now: DateTime<Utc>,
) -> Result<Vec<SystemJob>, Error> {
    for PreparedJob { job, refusal, .. } in &mut prepared {
        if let Some(diagnosis) = refusal {
            job.give_up(diagnosis, now)?;
        }
    }
    Ok(insert(job_store, prepared).await?.into_iter().map(|it| it.job).collect())
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue")
            .field("endpoint", &self.endpoint)
            .field("job_store", &self.job_store)
            .field("host", &self.host)
            .field("retry_policy", &self.retry_policy)
            .field("worker_options", &self.worker_options)
            .finish_non_exhaustive()
    }
}
