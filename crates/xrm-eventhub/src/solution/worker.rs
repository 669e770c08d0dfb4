//! The workers of a registration at work.

use futures_util::future::{FutureExt, join_all};
use xrm_jobs::BoxFuture;

use super::EventHubSolution;
use crate::error::Error;
use crate::worker::{WorkerReport, work};

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
        shutdown: impl Future<Output = ()> + Send,
    ) -> Result<WorkerReport, Error> {
        let shutdown = shutdown.shared();
        let mut workers: Vec<BoxFuture<'_, Result<WorkerReport, Error>>> = Vec::new();
        for publisher in self.publishers.values() {
            workers.push(Box::pin(work(publisher, shutdown.clone())));
        }
        for host in self.plugins.values() {
            workers.push(Box::pin(work(host, shutdown.clone())));
        }
        let reports = join_all(workers).await;
        reports.into_iter().try_fold(WorkerReport::default(), |sum, it| Ok(sum.with(it?)))
    }
}
