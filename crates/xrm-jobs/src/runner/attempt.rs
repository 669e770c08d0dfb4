//! One attempt of each of the jobs of a queue.

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
        jobs.push(job.clone());
        // A job that was not begun stays with the worker: it waits for another one of its record.
        match refusal {
            Some(it) => ended.push(Ended { job, outcome: Outcome::Failed(it) }),
            None if job.is_held_by(queue.host.id()) => begun.push(Begun { job, payload }),
            None => {}
        }
    }
    ended.extend(make_attempts(performer, begun).await);
    let mut recorded = record(queue, &ended).await?;
    // Attempts end in any order, and jobs that were not attempted are not among them.
    recorded.sort_unstable_by_key(SystemJob::id);
    for job in &mut jobs {
        if let Ok(place) = recorded.binary_search_by_key(&job.id(), SystemJob::id) {
            job.clone_from(&recorded[place]);
        }
    }
    Ok(jobs)
}

/// Makes the attempts side by side, as many at a time as the options allow.
async fn make_attempts<P: Performer>(performer: &P, begun: Vec<Begun>) -> Vec<Ended> {
    let queue = performer.queue();
    // Collected, because a closure that is held while the future waits keeps it from being `Send`.
    let mut attempts: Vec<_> = performer.tasks(begun).into_iter().map(|it| it.attempt).collect();
    // The usual case, without the cost of a set of futures.
    if attempts.len() == 1
        && let Some(only) = attempts.pop()
    {
        let answers = only.await;
        observe(queue, &answers);
        return answers;
    }
    let mut ended = Vec::new();
    let mut attempts =
        stream::iter(attempts).buffer_unordered(queue.worker_options.requests.max(1));
    while let Some(answers) = attempts.next().await {
        observe(queue, &answers);
        ended.extend(answers);
    }
    ended
}

/// Reports ended attempts to the observer.
pub(super) fn observe(queue: &Queue, ended: &[Ended]) {
    for Ended { outcome, .. } in ended {
        queue.observer.attempt_ended(&queue.endpoint, outcome);
    }
}
