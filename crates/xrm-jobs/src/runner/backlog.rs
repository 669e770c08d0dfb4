//! The metrics of the jobs that are not completed.

use crate::error::Error;
use crate::runner::observer::Backlog;
use crate::runner::queue::Queue;

/// Counts the jobs that are not completed, and reports them to the observer.
pub(super) async fn count_backlog(queue: &Queue) -> Result<(), Error> {
    let query = queue.uncompleted();
    let counts = queue.job_store.count(query.clone()).await?;
    let oldest = queue.job_store.query(query.clone()).await?;
    let now = queue.host.now();
    let age = oldest.first().and_then(|it| (now - it.description().created_on).to_std().ok());
    let count = |status| (status, counts.get(&status).copied().unwrap_or_default());
    let backlog = Backlog {
        jobs: query.statuses.into_iter().map(count).collect(),
        oldest_seconds: age.unwrap_or_default().as_secs_f64(),
    };
    queue.observer.backlog_counted(&queue.endpoint, &backlog);
    Ok(())
}
