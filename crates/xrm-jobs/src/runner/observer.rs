//! What is told to the metrics and the log of an application.

use std::fmt;

use crate::error::Error;

/// Observes how jobs are run, for metrics and logs. Its methods do nothing by default.
pub trait Observer: fmt::Debug + Send + Sync {
    /// The jobs of an endpoint that are not completed: how many there are in each status, and the
    /// age of the oldest in seconds. A worker reports it at its
    /// [interval](crate::runner::WorkerOptions::backlog_interval).
    fn backlog(&self, endpoint: &str, jobs: &[(&'static str, u64)], oldest_seconds: f64) {
        let _ = (endpoint, jobs, oldest_seconds);
    }

    /// A failure of the store that a worker waits out.
    fn store_failed(&self, what: &'static str, error: &Error) {
        let _ = (what, error);
    }
}

/// Observes nothing.
impl Observer for () {}
