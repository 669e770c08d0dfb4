//! The limits of a worker.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::options::options;
use crate::store::lease_until;

options! {
    /// The limits within which jobs are run.
    ///
    /// ```
    /// use xrm_jobs::runner::WorkerOptions;
    ///
    /// let one_by_one = WorkerOptions::default().requests(1);
    /// assert_eq!((one_by_one.requests, one_by_one.jobs), (1, 256));
    /// ```
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct WorkerOptions;

    /// How many jobs are under way at once. 256 by default; at least 1.
    jobs: usize = 256;
    /// How many requests are under way at once. 16 by default; at least 1.
    requests: usize = 16;
    /// For how long a claimed job belongs to its worker, which renews the lease as long as it runs.
    /// 2 minutes by default. After that time, another worker takes the job over. It has to be
    /// longer than an attempt may last, because `publish_context` does not renew it.
    lease: Duration = Duration::from_secs(120);
    /// How often a worker polls the store for jobs that it was not notified of. 1 second by
    /// default.
    poll_interval: Duration = Duration::from_secs(1);
    /// How long a worker waits for the attempts under way when it has to end. 30 seconds by
    /// default. An attempt that has not ended by then is recorded as possibly delivered, and its
    /// job is left to another worker.
    shutdown_deadline: Duration = Duration::from_secs(30);
    /// How long a worker goes on with a damaged store in which it finds nothing to do, before it ends
    /// with the error. 1 minute by default.
    damage_limit: Duration = Duration::from_secs(60);
    /// How often the metrics of the backlog are taken; `None` for never. 15 seconds by default.
    backlog_interval: Option<Duration> = Some(Duration::from_secs(15));
    /// How often a worker looks for completed jobs that the store [keeps no
    /// longer](crate::JobStore::retention), and deletes them; `None` for never. 1 minute by default.
    retention_interval: Option<Duration> = Some(Duration::from_secs(60));
}

impl WorkerOptions {
    /// The end of a lease that begins or is renewed now.
    #[must_use]
    pub fn lease_until(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        lease_until(now, self.lease)
    }
}
