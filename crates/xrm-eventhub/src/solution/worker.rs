//! The workers of a registration at work.

use futures_util::future::{FutureExt, join, join_all};

use super::EventHubSolution;
use crate::attempt::Posts;
use crate::error::Error;
use xrm_jobs::runner::{WorkerReport, work};

impl EventHubSolution {
    /// Works on the jobs of all endpoints and plug-ins until `shutdown` ends, each by a worker of its
    /// own, so that none gets in another's way; see [`Publisher::run_until`](crate::Publisher::run_until).
    /// The report is that of all of them together.
    ///
    /// # Errors
    ///
    /// [`Error::Jobs`] if the store fails when a worker looks into it for the first time. The others
    /// have ended then.
    pub async fn run_until(
        &self,
        shutdown: impl Future<Output = ()>,
    ) -> Result<WorkerReport, Error> {
        let shutdown = shutdown.shared();
        let publishers: Vec<_> = self.publishers.values().map(Posts).collect();
        let publishers = publishers.iter().map(|it| work(it, shutdown.clone()));
        let plugins = self.plugins.values().map(|it| work(it, shutdown.clone()));
        let (publishers, plugins) = join(join_all(publishers), join_all(plugins)).await;
        let mut reports = publishers.into_iter().chain(plugins);
        reports.try_fold(WorkerReport::default(), |sum, it| Ok(sum.with(it?)))
    }
}
