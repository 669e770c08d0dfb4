//! Deleting completed jobs that the store keeps no longer.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::error::Error;
use crate::runner::queue::Queue;

/// How many jobs are deleted in one step. A claim may have to wait for a step, which takes a few
/// milliseconds; smaller ones would not keep up with a worker at full speed.
const STEP: usize = 200;

/// The shortest pause between two steps.
const SHORTEST: Duration = Duration::from_millis(10);

/// Deletes what the store keeps no longer, step by step until nothing is left.
pub(super) async fn delete_expired(queue: &Queue) -> Result<(), Error> {
    let store = &queue.job_store;
    for expiry in store.retention().expiries(queue.host.now(), STEP) {
        loop {
            let began = Instant::now();
            let deleted = store.expire(expiry).await?;
            if deleted > 0 {
                queue.observer.jobs_expired(&queue.endpoint, expiry.status, deleted);
            }
            if deleted < STEP as u64 {
                break;
            }
            // As long as the step took: the store has at least half of its time for the others,
            // however slow it is.
            sleep(began.elapsed().max(SHORTEST)).await;
        }
    }
    Ok(())
}
