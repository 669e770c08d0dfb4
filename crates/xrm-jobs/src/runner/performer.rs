//! What works on the jobs of a queue: a publisher posts their messages, a plug-in runs on them.

use std::collections::HashMap;

use crate::{BoxFuture, Error, Outcome, SystemJob};
use futures_util::StreamExt;
use futures_util::stream;

use crate::runner::queue::{Begun, Ended, Queue, Stored};

/// What works on the jobs of a queue.
pub trait Performer: Send + Sync {
    /// Jobs that are worked on in one go.
    type Task: Send;

    /// The queue.
    fn queue(&self) -> &Queue;

    /// The tasks that jobs make, in their order.
    fn tasks(&self, begun: Vec<Begun>) -> Vec<Self::Task>;

    /// The jobs of a task that is not performed.
    fn jobs(task: Self::Task) -> Vec<SystemJob>;

    /// Performs a task, and tells what each of its jobs comes to.
    fn perform(&self, task: Self::Task) -> BoxFuture<'_, Vec<Ended>>;
}

/// Makes one attempt of each job that has begun, records the outcomes, and returns all jobs in the
/// same order.
///
/// # Errors
///
/// [`Error::Store`] if the storage fails.
pub async fn attempt<P: Performer>(
    performer: &P,
    stored: Vec<Stored>,
) -> Result<Vec<SystemJob>, Error> {
    let queue = performer.queue();
    let mut jobs: Vec<_> = stored.iter().map(|it| it.job.clone()).collect();
    let (mut begun, mut ended) = (Vec::new(), Vec::new());
    for Stored { job, payload, refusal } in stored {
        match refusal {
            Some(it) => ended.push(Ended { job, outcome: Outcome::Failed(it) }),
            None if job.is_held_by(&queue.host_id) => begun.push(Begun { job, payload }),
            None => {}
        }
    }
    let tasks = performer.tasks(begun).into_iter().map(|it| performer.perform(it));
    let mut answers = stream::iter(tasks).buffer_unordered(queue.worker_options.requests.max(1));
    while let Some(answer) = answers.next().await {
        ended.extend(answer);
    }
    drop(answers);
    let recorded = queue.record(ended).await?;
    let mut recorded: HashMap<_, _> = recorded.into_iter().map(|it| (it.id(), it)).collect();
    for job in &mut jobs {
        if let Some(recorded) = recorded.remove(&job.id()) {
            *job = recorded;
        }
    }
    Ok(jobs)
}
