//! The jobs of one endpoint, and how they are worked on.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::{
    Diagnosis, Error, JobQuery, JobStore, NewJob, Outcome, Payload, RetryPolicy, SystemJob,
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::runner::observer::Observer;
use crate::runner::options::WorkerOptions;

/// The source of the time.
pub type Clock = Box<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// The source of 128 random bits.
pub type Randomness = Box<dyn Fn() -> u128 + Send + Sync>;

/// The jobs of one endpoint, and how they are worked on: by a publisher, or by a plug-in.
pub struct Queue {
    /// By this name the store knows whose jobs are whose.
    pub endpoint: String,
    /// The store that keeps the jobs.
    pub job_store: Arc<dyn JobStore>,
    /// When failed attempts are retried.
    pub retry_policy: RetryPolicy,
    /// How jobs are worked on.
    pub worker_options: WorkerOptions,
    /// The name of the worker.
    pub host_id: String,
    /// The source of the time.
    pub clock: Clock,
    /// The source of ids and jitter.
    pub randomness: Randomness,
    /// How many workers of this queue run.
    pub workers: AtomicUsize,
    /// What is told what happens.
    pub observer: Box<dyn Observer>,
}

/// A job that is about to be stored, and why it fails if it does before anything is attempted.
#[derive(Debug)]
pub struct Prepared {
    /// The job and its message.
    pub new: NewJob,
    /// Why nothing can be attempted, if so.
    pub refusal: Option<Diagnosis>,
}

/// A job that the store has taken, with what was [prepared](Prepared) with it.
#[derive(Debug)]
pub struct Stored {
    /// The job.
    pub job: SystemJob,
    /// Its message.
    pub payload: Payload,
    /// Why nothing can be attempted, if so.
    pub refusal: Option<Diagnosis>,
}

/// A job whose attempt has begun, and its message.
#[derive(Debug)]
pub struct Begun {
    /// The job, in progress.
    pub job: SystemJob,
    /// Its message.
    pub payload: Payload,
}

/// A job whose attempt is over, but for recording it.
#[derive(Clone, Debug)]
pub struct Ended {
    /// The job, in progress.
    pub job: SystemJob,
    /// What the attempt led to.
    pub outcome: Outcome,
}

impl Prepared {
    /// The same when the store has taken the job.
    #[must_use]
    pub fn stored_as(self, job: SystemJob) -> Stored {
        Stored { job, payload: self.new.payload, refusal: self.refusal }
    }

    /// The same for a worker to attempt: Failed already if nothing can be attempted.
    ///
    /// # Errors
    ///
    /// [`Error::IllegalMove`] unless the job is new.
    pub fn left_to_a_worker(mut self, now: DateTime<Utc>) -> Result<NewJob, Error> {
        if let Some(diagnosis) = &self.refusal {
            self.new.job.give_up(diagnosis, now)?;
        }
        Ok(self.new)
    }
}

impl Queue {
    /// The time.
    pub fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }

    /// A random id.
    pub fn new_id(&self) -> Uuid {
        uuid::Builder::from_random_bytes((self.randomness)().to_be_bytes()).into_uuid()
    }

    /// 64 bits of 128. The halves of a random UUID have their fixed bits in different places, so
    /// that all bits of the result are random.
    pub fn random(&self) -> u64 {
        let random = (self.randomness)();
        (random >> 64) as u64 ^ random as u64
    }

    /// Begins the attempts of jobs that may be begun: of those with one partition key the first,
    /// and that only if the store holds no earlier one that is not completed.
    ///
    /// They enter the store In Progress: what is Ready could be claimed by a worker first.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the storage fails.
    pub async fn begin(&self, prepared: &mut [Prepared], now: DateTime<Utc>) -> Result<(), Error> {
        let mut keys = HashSet::new();
        let lease_until = self.worker_options.lease_until(now);
        for it in prepared {
            let job = &mut it.new.job;
            if let Some(key) = job.description().partition_key.clone()
                && (!keys.insert(key.clone()) || self.is_waited_for(key).await?)
            {
                continue;
            }
            job.begin(&self.host_id, lease_until, now)?;
        }
        Ok(())
    }

    /// Whether the store has a job of this partition key that is not completed.
    async fn is_waited_for(&self, partition_key: String) -> Result<bool, Error> {
        let query =
            JobQuery::uncompleted().endpoint(&self.endpoint).partition_key(partition_key).limit(1);
        Ok(!self.job_store.query(query).await?.is_empty())
    }

    /// A job waits for somebody to resume it where a worker will: one that runs, or one that finds
    /// the job in a store that lasts. Elsewhere, it has failed.
    pub fn that_can_be_resumed(&self, outcome: Outcome) -> Outcome {
        let is_resumed = self.workers.load(Ordering::Relaxed) > 0 || self.job_store.is_durable();
        if is_resumed { outcome } else { outcome.unless_suspended() }
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue")
            .field("endpoint", &self.endpoint)
            .field("job_store", &self.job_store)
            .field("retry_policy", &self.retry_policy)
            .field("worker_options", &self.worker_options)
            .field("host_id", &self.host_id)
            .finish_non_exhaustive()
    }
}
