//! New jobs that are stored together.

use std::collections::BTreeSet;

use crate::error::Error;
use crate::store::{JobStore, NewJob};

/// New jobs that are stored together, as many as are worth one commit and no more than memory has
/// room for.
#[derive(Default)]
pub(crate) struct Batch {
    jobs: Vec<NewJob>,
    bytes: usize,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Inserted {
    pub(crate) inserted: u64,
    pub(crate) already_there: u64,
}

impl Batch {
    const MAX_JOBS: usize = 256;
    const MAX_BYTES: usize = 8 * 1024 * 1024;

    pub(crate) fn push(&mut self, job: NewJob) {
        self.bytes = self.bytes.saturating_add(job.payload.body().len());
        self.jobs.push(job);
    }

    pub(crate) fn is_full(&self) -> bool {
        self.jobs.len() >= Self::MAX_JOBS || self.bytes >= Self::MAX_BYTES
    }

    /// Stores the jobs, those left out whose ids the store has already, and is empty then.
    pub(crate) async fn store(&mut self, store: &dyn JobStore) -> Result<Inserted, Error> {
        let mut jobs = std::mem::take(self).jobs;
        let all = jobs.len();
        // Of two jobs with one id the first counts.
        let mut ids = BTreeSet::new();
        jobs.retain(|it| ids.insert(it.job.id()));
        while !jobs.is_empty() {
            match store.insert(jobs.clone()).await {
                Ok(_) => break,
                // There are often more of them.
                Err(Error::AlreadyExists { id }) => {
                    jobs.retain(|it| it.job.id() != id);
                    jobs = missing(store, jobs).await?;
                }
                Err(error) => return Err(error),
            }
        }
        let inserted = jobs.len();
        Ok(Inserted { inserted: inserted as u64, already_there: (all - inserted) as u64 })
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
