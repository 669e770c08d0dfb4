//! Looking for damage in what a store holds.

use uuid::Uuid;

use super::job_pages::JobPages;
use crate::cause::Cause;
use crate::error::Error;
use crate::query::JobQuery;
use crate::store::JobStore;

/// How many damaged jobs are named; all are counted.
const MAX_NAMED: usize = 100;

/// What a check has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Checked {
    /// The number of jobs that were read, the following among them.
    pub jobs: u64,
    /// The number of jobs whose rows can't be read.
    pub unreadable: u64,
    /// The number of jobs whose messages are damaged.
    pub damaged_messages: u64,
    /// The ids of the first of both, 100 at most.
    pub damaged: Vec<Uuid>,
}

impl Checked {
    /// Whether nothing is damaged.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        self.unreadable == 0 && self.damaged_messages == 0
    }

    fn name(&mut self, id: Uuid) {
        if self.damaged.len() < MAX_NAMED {
            self.damaged.push(id);
        }
    }
}

/// Reads every job and every message, and reports those that are damaged. Calls `progress` after each
/// page with what was found so far.
///
/// ```
/// # pollster::block_on(async {
/// # use chrono::DateTime;
/// # use uuid::Uuid;
/// # use xrm_jobs::*;
/// # let (store, now) = (MemoryJobStore::new(), DateTime::UNIX_EPOCH);
/// # let job = SystemJob::new(JobDescription::new(Uuid::from_u128(1), "accounts", now));
/// # store.insert(vec![NewJob::new(job, Payload::new("application/json", *b"{}"))]).await?;
/// let checked = xrm_jobs::operations::check(&store, |_| ()).await?;
/// assert!(checked.is_intact() && checked.jobs == 1);
/// # Ok::<(), Error>(())
/// # }).unwrap();
/// ```
///
/// # Errors
///
/// [`Error::Store`] if the storage fails, as a file does with a damaged page.
pub async fn check(
    store: &dyn JobStore,
    mut progress: impl FnMut(&Checked) + Send,
) -> Result<Checked, Error> {
    let mut checked = Checked::default();
    let mut pages = JobPages::new(store, JobQuery::default());
    while let Some(page) = pages.next().await? {
        for job in page {
            checked.jobs += 1;
            if job.progress().cause == Some(Cause::UnreadableRow) {
                checked.unreadable += 1;
                checked.name(job.id());
            }
            match store.payload(job.id()).await {
                Err(Error::DamagedPayload { id, .. }) => {
                    checked.damaged_messages += 1;
                    checked.name(id);
                }
                // Somebody deleted the job meanwhile.
                Ok(_) | Err(Error::Missing { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        progress(&checked);
    }
    Ok(checked)
}
