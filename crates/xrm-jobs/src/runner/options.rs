use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::store::lease_until;

/// How a worker works on jobs.
///
/// ```
/// use xrm_jobs::runner::WorkerOptions;
///
/// let one_by_one = WorkerOptions { requests: 1, ..WorkerOptions::default() };
/// assert_eq!(one_by_one.jobs, 256);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerOptions {
    /// How many jobs are under way at once. 256 by default; at least 1.
    pub jobs: usize,
    /// How many requests are under way at once. 16 by default; at least 1.
    pub requests: usize,
    /// For how long a job is a worker's own unless the worker, which renews it, is gone: after so
    /// much time another one takes it over. Longer than an attempt may last, for
    /// `publish_context` does not renew it. 2 minutes by default.
    pub lease: Duration,
    /// How often a worker looks for jobs that it was not told of. 1 second by default.
    pub poll_interval: Duration,
    /// How long a worker that is told to end waits for the attempts under way. 30 seconds by
    /// default. What is under way still is recorded as maybe delivered, and left to another worker.
    pub shutdown_deadline: Duration,
    /// How often the metrics of the backlog are taken; `None` for never. 15 seconds by default.
    pub backlog_interval: Option<Duration>,
}

impl WorkerOptions {
    /// When a lease ends that begins or is renewed now.
    #[must_use]
    pub fn lease_until(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        lease_until(now, self.lease)
    }
}

impl Default for WorkerOptions {
    fn default() -> Self {
        Self {
            jobs: 256,
            requests: 16,
            lease: Duration::from_secs(120),
            poll_interval: Duration::from_secs(1),
            shutdown_deadline: Duration::from_secs(30),
            backlog_interval: Some(Duration::from_secs(15)),
        }
    }
}
