//! The events that an application measures and logs.

use std::fmt;

use crate::error::Error;
use crate::outcome::Outcome;
use crate::retention::Retention;
use crate::status::StatusCode;

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
