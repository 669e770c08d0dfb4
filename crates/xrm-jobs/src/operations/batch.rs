//! New jobs that are stored together.

use std::collections::BTreeSet;

use crate::error::Error;
use crate::store::{JobStore, NewJob};

/// New jobs that are stored together.
#[derive(Default)]
pub(crate) struct Batch {
    jobs: Vec<NewJob>,
    bytes: usize,
}

impl Batch {
    /// More jobs would hardly make a commit cheaper for each.
    const MAX_JOBS: usize = 256;
    /// Eight messages of the largest size; the batch is in memory twice.
    const MAX_BYTES: usize = 8 * 1024 * 1024;

    pub(crate) fn push(&mut self, job: NewJob) {
        self.bytes = self.bytes.saturating_add(job.payload.body().len());
        self.jobs.push(job);
    }

    pub(crate) fn is_full(&self) -> bool {
        self.jobs.len() >= Self::MAX_JOBS || self.bytes >= Self::MAX_BYTES
    }

    /// Stores the jobs, except those whose ids the store has already, counts both, and empties the
    /// batch.
    pub(crate) async fn store(
        &mut self,
        store: &dyn JobStore,
        inserted: &mut u64,
        already_there: &mut u64,
    ) -> Result<(), Error> {
        let mut jobs = std::mem::take(self).jobs;
        let all = jobs.len();
        // Of two jobs with one id the first counts.
        let mut ids = BTreeSet::new();
        jobs.retain(|it| ids.insert(it.job.id()));
        while !jobs.is_empty() {
            match store.insert(jobs.clone()).await {
                Ok(_) => break,
                // An insert names the first id that is taken. The others are looked up, instead of
                // inserting once for each: an export that is imported again has all of them.
                Err(Error::AlreadyExists { id }) => {
                    jobs.retain(|it| it.job.id() != id);
                    jobs = missing(store, jobs).await?;
                }
                Err(error) => return Err(error),
            }
        }
        *inserted += jobs.len() as u64;
        *already_there += (all - jobs.len()) as u64;
        Ok(())
    }
}

/// Those of the jobs that the store does not have.
async fn missing(store: &dyn JobStore, jobs: Vec<NewJob>) -> Result<Vec<NewJob>, Error> {
    let mut missing = Vec::with_capacity(jobs.len());
    for job in jobs {
        match store.get(job.job.id()).await {
            Ok(_) => {}
            Err(Error::Missing { .. }) => missing.push(job),
            Err(error) => return Err(error),
        }
    }
    Ok(missing)
}
