//! What makes the attempts of the jobs of a queue.

use std::fmt;

use crate::job::SystemJob;
use crate::outcome::Outcome;
use crate::payload::Payload;
use crate::runner::queue::Queue;
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
    pub job: SystemJob,
    /// Its message.
    pub payload: Payload,
}

/// A job whose attempt has ended, before that is recorded.
#[derive(Clone, Debug)]
pub struct Ended {
    /// The job, in progress.
    pub job: SystemJob,
    /// What the attempt led to.
    pub outcome: Outcome,
}

/// Attempts of jobs that are made together. Nothing is done before it is awaited.
#[must_use]
pub struct Task<'a> {
    pub(super) jobs: Vec<SystemJob>,
    pub(super) attempt: BoxFuture<'a, Vec<Ended>>,
}

impl<'a> Task<'a> {
    /// The attempt of these jobs, which ends with the outcome of each.
    pub fn new(
        jobs: Vec<SystemJob>,
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
