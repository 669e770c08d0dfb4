//! What works on the jobs of a queue: a publisher posts their messages, a plug-in runs on them.

use std::collections::HashMap;

use futures_util::StreamExt;
use futures_util::stream;
use xrm_jobs::{BoxFuture, Error, SystemJob};

use crate::queue::{Begun, Ended, Queue};

/// What works on the jobs of a queue.
pub(crate) trait Performer: Send + Sync {
    /// Jobs that are worked on in one go.
    type Task: Send;

    /// The queue.
    fn queue(&self) -> &Queue;

    /// The tasks that jobs make, in their order.
    fn tasks(&self, begun: Vec<Begun>) -> Vec<Self::Task>;

    /// The jobs of a task that is not performed.
    #[cfg(feature = "worker")]
    fn jobs(task: Self::Task) -> Vec<SystemJob>;

    /// Performs a task, and tells what each of its jobs comes to.
    fn perform(&self, task: Self::Task) -> BoxFuture<'_, Vec<Ended>>;
}

/// Makes one attempt of each job that has begun, and records the outcomes with those of jobs that
/// have ended without one. The jobs are then in any order.
pub(crate) async fn attempt<P: Performer>(
    performer: &P,
    begun: Vec<Begun>,
    mut ended: Vec<Ended>,
) -> Result<HashMap<uuid::Uuid, SystemJob>, Error> {
    let queue = performer.queue();
    let tasks = performer.tasks(begun).into_iter().map(|it| performer.perform(it));
    let mut answers = stream::iter(tasks).buffer_unordered(queue.worker_options.requests.max(1));
    while let Some(answer) = answers.next().await {
        ended.extend(answer);
    }
    drop(answers);
    Ok(queue.record(ended).await?.into_iter().map(|it| (it.id(), it)).collect())
}
