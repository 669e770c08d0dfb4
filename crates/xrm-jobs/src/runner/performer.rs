//! What makes the attempts of the jobs of a queue.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream;

use crate::error::Error;
use crate::job::SystemJob;
use crate::outcome::Outcome;
use crate::payload::Payload;
use crate::runner::queue::{PreparedJob, Queue};
use crate::runner::record::record;
use crate::store::BoxFuture;

/// Makes the attempts of the jobs of a queue: a publisher posts their messages, a plug-in runs on
/// them.
pub trait Performer: Send + Sync {
    /// The jobs.
    fn queue(&self) -> &Queue;

    /// The tasks that attempt these jobs, in the same order. A task may attempt several jobs
    /// together, as a batch does.
    fn tasks(&self, begun: Vec<Begun>) -> Vec<Task<'_>>;
}

/// A job whose attempt has begun, with its message.
#[derive(Clone, Debug)]
pub struct Begun {
    /// The job, in progress.
    pub job: Arc<SystemJob>,
    /// Its message.
    pub payload: Payload,
}

/// A job whose attempt has ended, before that is recorded.
#[derive(Clone, Debug)]
pub struct Ended {
    /// The job, in progress.
    pub job: Arc<SystemJob>,
    /// What the attempt led to.
    pub outcome: Outcome,
}

/// Attempts of jobs that are made together. Nothing is done before it is awaited.
#[must_use]
pub struct Task<'a> {
    pub(super) jobs: Vec<Arc<SystemJob>>,
    pub(super) attempt: BoxFuture<'a, Vec<Ended>>,
}

impl<'a> Task<'a> {
    /// The attempt of these jobs, which ends with the outcome of each.
    pub fn new(
        jobs: Vec<Arc<SystemJob>>,
        attempt: impl Future<Output = Vec<Ended>> + Send + 'a,
    ) -> Self {
        Self { jobs, attempt: Box::pin(attempt) }
    }
}

impl fmt::Debug for Task<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task").field("jobs", &self.jobs).finish_non_exhaustive()
    }
}

/// Makes one attempt of each of the stored jobs that have begun, records the outcomes, and returns
/// all jobs in the same order.
///
/// # Errors
///
/// [`Error::Store`] if the storage fails.
pub async fn attempt<P: Performer>(
    performer: &P,
    stored: Vec<PreparedJob>,
) -> Result<Vec<SystemJob>, Error> {
    let queue = performer.queue();
    let mut jobs = Vec::with_capacity(stored.len());
    let (mut begun, mut ended) = (Vec::new(), Vec::new());
    for PreparedJob { job, payload, refusal } in stored {
        // Shared with the performer: the job is copied once, when its outcome is applied.
        let job = Arc::new(job);
        jobs.push(Arc::clone(&job));
        // A job that was not begun stays with the worker: it waits for another one of its record.
        match refusal {
            Some(it) => ended.push(Ended { job, outcome: Outcome::Failed(it) }),
            None if job.is_held_by(queue.host.id()) => begun.push(Begun { job, payload }),
            None => {}
        }
    }
    // Collected, because a closure that is held while the future waits keeps it from being `Send`.
    let attempts: Vec<_> = performer.tasks(begun).into_iter().map(|it| it.attempt).collect();
    let mut attempts =
        stream::iter(attempts).buffer_unordered(queue.worker_options.requests.max(1));
    while let Some(answers) = attempts.next().await {
        observe(queue, &answers);
        ended.extend(answers);
    }
    let recorded = record(queue, &ended).await?;
    // Attempts end in any order, and jobs that were not attempted are not among them.
    let mut recorded: HashMap<_, _> = recorded.into_iter().map(|it| (it.id(), it)).collect();
    drop(ended);
    let current = |job: Arc<SystemJob>| {
        recorded.remove(&job.id()).unwrap_or_else(|| Arc::unwrap_or_clone(job))
    };
    Ok(jobs.into_iter().map(current).collect())
}

/// Reports ended attempts to the observer.
pub(super) fn observe(queue: &Queue, ended: &[Ended]) {
    for Ended { outcome, .. } in ended {
        queue.observer.attempt_ended(&queue.endpoint, outcome);
    }
}
