//! The events that an application measures and logs.

use std::fmt;
use std::time::Duration;

use crate::error::Error;
use crate::job::SystemJob;
use crate::outcome::Outcome;
use crate::retention::Retention;
use crate::status::StatusCode;
use chrono::TimeDelta;

/// Observes how jobs are run, for metrics and logs. Its methods do nothing by default.
pub trait Observer: fmt::Debug + Send + Sync {
    /// An attempt of a job of the endpoint has ended.
    fn attempt_ended(&self, endpoint: &str, outcome: &Outcome) {
        // Named all the same, for those who write the method.
        let _ = (endpoint, outcome);
    }

    /// A worker has counted the jobs that are not completed, as it does at its
    /// [interval](crate::runner::WorkerOptions::backlog_interval).
    fn backlog_counted(&self, endpoint: &str, backlog: &Backlog) {
        let _ = (endpoint, backlog);
    }

    /// A worker has begun, and will delete completed jobs that are kept no longer.
    fn worker_began(&self, endpoint: &str, retention: Retention) {
        let _ = (endpoint, retention);
    }

    /// A worker has deleted completed jobs of any endpoint that were kept no longer. The endpoint
    /// is the worker's.
    fn jobs_expired(&self, endpoint: &str, status: StatusCode, count: u64) {
        let _ = (endpoint, status, count);
    }

    /// A call of the store failed. The worker waits and repeats it.
    fn store_failed(&self, what: &'static str, error: &Error) {
        let _ = (what, error);
    }

    /// A call of the store failed because it is damaged, as it has been for so long. The worker reports
    /// this at a falling rate, and ends when it has lasted for the
    /// [limit](field@crate::runner::WorkerOptions::damage_limit).
    fn store_damaged(&self, lasts: Duration, error: &Error) {
        let _ = (lasts, error);
    }

    /// A worker has shortened the leases of jobs that would have ended much later than any worker
    /// lets them: the clock of the worker that claimed the jobs is or was wrong. The jobs are as they
    /// were before.
    fn leases_shortened(&self, endpoint: &str, jobs: &[SystemJob]) {
        let _ = (endpoint, jobs);
    }

    /// The clock of the worker's machine was set by this much, forward or backward, or the machine
    /// slept.
    fn clock_jumped(&self, by: TimeDelta) {
        let _ = by;
    }
}

/// Observes nothing.
impl Observer for () {}

/// The jobs of an endpoint that are not completed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Backlog {
    /// How many jobs are in each of the statuses, 0 included.
    pub jobs: Vec<(StatusCode, u64)>,
    /// The age of the oldest job in seconds; 0 if there is none.
    pub oldest_seconds: f64,
}
