//! Recording the outcomes of attempts.

use chrono::{DateTime, Utc};

use crate::error::Error;
use crate::job::SystemJob;
use crate::runner::performer::Ended;
use crate::runner::queue::Queue;
use crate::store::counted;

/// Records the outcomes of attempts, and returns the jobs as the store has them then, in the same
/// order.
///
/// # Errors
///
/// [`Error::Store`] if the storage fails, and [`Error::WrongCount`] if it does not answer for each
/// job.
pub async fn record(queue: &Queue, ended: &[Ended]) -> Result<Vec<SystemJob>, Error> {
    if ended.is_empty() {
        return Ok(Vec::new());
    }
    // One call of the store for all of them: a store commits many as fast as one.
    let now = queue.host.now();
    let jobs = ended.iter().map(|it| moved(it, now)).collect::<Result<_, _>>()?;
    let updated = counted(queue.job_store.update(jobs).await?, ended.len())?;
    let mut recorded = Vec::with_capacity(ended.len());
    for (updated, ended) in updated.into_iter().zip(ended) {
        recorded.push(match updated {
            Err(error) if error.is_conflict() => record_change(queue, ended).await?,
            // Another worker took the job over and completed it, and it was deleted then.
            Err(Error::Missing { .. }) => moved(ended, now)?,
            updated => updated?,
        });
    }
    Ok(recorded)
}

/// Records the outcome of an attempt of a job that was changed meanwhile.
///
/// If someone canceled or paused the job, the outcome is applied to the job as it is now. If another
/// worker took it over because this one was silent for too long, that worker records an outcome.
async fn record_change(queue: &Queue, ended: &Ended) -> Result<SystemJob, Error> {
    let attempt = ended.job.progress().retry_count;
    // Each round loses only against a change that someone else made, so it ends.
    loop {
        let mut job = match queue.job_store.get(ended.job.id()).await {
            Err(Error::Missing { .. }) => return moved(ended, queue.host.now()),
            found => found?,
        };
        // The name alone would not do: this worker may have claimed the job again meanwhile.
        let is_ours = job.is_held_by(queue.host.id()) && job.progress().retry_count == attempt;
        if !is_ours {
            return Ok(job);
        }
        ended.outcome.apply(&mut job, queue.host.now())?;
        for updated in counted(queue.job_store.update(vec![job]).await?, 1)? {
            match updated {
                Err(error) if error.is_conflict() => {}
                updated => return updated,
            }
        }
    }
}

/// The job after the move that the outcome is.
fn moved(ended: &Ended, now: DateTime<Utc>) -> Result<SystemJob, Error> {
    let mut job = ended.job.clone();
    ended.outcome.apply(&mut job, now)?;
    Ok(job)
}
