//! One attempt of each of the jobs of a queue.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream;

use crate::error::Error;
use crate::job::SystemJob;
use crate::outcome::Outcome;
use crate::runner::performer::{Begun, Ended, Performer};
use crate::runner::queue::{PreparedJob, Queue};
use crate::runner::record::record;

/// Makes one attempt of each of the stored jobs that have begun, records the outcomes, and returns
/// all jobs in the same order.
///
/// # Errors
///
/// [`Error::Store`] if the storage fails.
pub async fn attempt<P: Performer>(
    performer: &P,
    stored: Vec<PreparedJob>,
) -> Result<Vec<SystemJob>, Error> {
    let queue = performer.queue();
    let mut jobs = Vec::with_capacity(stored.len());
    let (mut begun, mut ended) = (Vec::new(), Vec::new());
    for PreparedJob { job, payload, refusal } in stored {
        // Shared with the performer: the job is copied once, when its outcome is applied.
        let job = Arc::new(job);
        jobs.push(Arc::clone(&job));
        // A job that was not begun stays with the worker: it waits for another one of its record.
        match refusal {
            Some(it) => ended.push(Ended { job, outcome: Outcome::Failed(it) }),
            None if job.is_held_by(queue.host.id()) => begun.push(Begun { job, payload }),
            None => {}
        }
    }
    // Collected, because a closure that is held while the future waits keeps it from being `Send`.
    let attempts: Vec<_> = performer.tasks(begun).into_iter().map(|it| it.attempt).collect();
    let mut attempts =
        stream::iter(attempts).buffer_unordered(queue.worker_options.requests.max(1));
    while let Some(answers) = attempts.next().await {
        observe(queue, &answers);
        ended.extend(answers);
    }
    let recorded = record(queue, &ended).await?;
    // Attempts end in any order, and jobs that were not attempted are not among them.
    let mut recorded: HashMap<_, _> = recorded.into_iter().map(|it| (it.id(), it)).collect();
    drop(ended);
    let current = |job: Arc<SystemJob>| {
        recorded.remove(&job.id()).unwrap_or_else(|| Arc::unwrap_or_clone(job))
    };
    Ok(jobs.into_iter().map(current).collect())
}

/// Reports ended attempts to the observer.
pub(super) fn observe(queue: &Queue, ended: &[Ended]) {
    for Ended { outcome, .. } in ended {
        queue.observer.attempt_ended(&queue.endpoint, outcome);
    }
}
