//! Recording what attempts came to.

use crate::{Error, Outcome, SystemJob};

use crate::runner::queue::{Ended, Queue};

impl Queue {
    /// Records the outcomes of attempts, and returns the jobs as the store has them then, in the
    /// same order.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the storage fails.
    pub async fn record(&self, ended: Vec<Ended>) -> Result<Vec<SystemJob>, Error> {
        let now = self.now();
        let mut outcomes = Vec::with_capacity(ended.len());
        let mut moved = Vec::with_capacity(ended.len());
        for Ended { mut job, outcome } in ended {
            outcome.apply(&mut job, now)?;
            moved.push(job);
            outcomes.push(outcome);
        }
        let updated = self.job_store.update(moved.clone()).await?;
        let mut recorded = Vec::with_capacity(updated.len());
        for ((updated, job), outcome) in updated.into_iter().zip(moved).zip(&outcomes) {
            recorded.push(match updated {
                Err(error) if error.is_conflict() => self.record_anew(job, outcome).await?,
                // Another worker took it over and completed it, and it was deleted then.
                Err(Error::Missing { .. }) => job,
                updated => updated?,
            });
        }
        Ok(recorded)
    }

    /// Records the outcome of an attempt of a job that was changed meanwhile.
    ///
    /// Where somebody cancelled or paused it, the outcome is that of the job as it is now. Where
    /// another worker took it over, for this one was silent for too long, the outcome is that
    /// worker's to record.
    async fn record_anew(&self, mut job: SystemJob, outcome: &Outcome) -> Result<SystemJob, Error> {
        let attempt = job.progress().retry_count;
        loop {
            job = match self.job_store.get(job.id()).await {
                Err(Error::Missing { .. }) => return Ok(job),
                found => found?,
            };
            let is_ours = job.is_held_by(&self.host_id) && job.progress().retry_count == attempt;
            if !is_ours {
                return Ok(job);
            }
            outcome.apply(&mut job, self.now())?;
            match self.job_store.update(vec![job.clone()]).await?.into_iter().next() {
                Some(Err(error)) if error.is_conflict() => {}
                Some(updated) => return updated,
                None => return Ok(job),
            }
        }
    }
}
