//! Deleting completed jobs.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::job_pages::JobPages;
use crate::error::Error;
use crate::job::SystemJob;
use crate::query::JobQuery;
use crate::retention::Retention;
use crate::status::StatusCode;
use crate::store::{JobStore, counted};

/// The numbers of jobs that were deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Purged {
    /// Those that were deleted, by the status they had.
    pub deleted: BTreeMap<StatusCode, u64>,
    /// Those that somebody else had deleted.
    pub gone: u64,
}

impl Purged {
    /// The number of jobs that were deleted.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.deleted.values().sum()
    }
}

/// Deletes the completed jobs that a query asks for and whose [retention](Retention) is over. Calls
/// `progress` after each page with what was deleted so far.
///
/// ```
/// # pollster::block_on(async {
/// # use chrono::DateTime;
/// # use uuid::Uuid;
/// # use xrm_jobs::*;
/// # let (store, now) = (MemoryJobStore::new(), DateTime::UNIX_EPOCH);
/// # let mut job = SystemJob::new(JobDescription::new(Uuid::from_u128(1), "accounts", now));
/// # job.cancel(now)?;
/// # store.insert(vec![NewJob::new(job, Payload::new("application/json", *b"{}"))]).await?;
/// use std::time::Duration;
/// use xrm_jobs::operations::{Retention, purge};
///
/// let day = Duration::from_secs(24 * 60 * 60);
/// let retention = Retention::default().succeeded(day).canceled(7 * day);
/// let later = now + chrono::TimeDelta::days(8);
/// let purged = purge(&store, &JobQuery::default(), retention, later, |_| ()).await?;
/// assert_eq!(purged.total(), 1);
/// # Ok::<(), Error>(())
/// # }).unwrap();
/// ```
///
/// # Errors
///
/// [`Error::Store`] if the storage fails, and [`Error::WrongCount`] if the store does not answer for
/// each job.
pub async fn purge(
    store: &dyn JobStore,
    query: &JobQuery,
    retention: Retention,
    now: DateTime<Utc>,
    mut progress: impl FnMut(&Purged) + Send,
) -> Result<Purged, Error> {
    let mut purged = Purged::default();
    for query in queries(query, retention, now) {
        let mut pages = JobPages::new(store, query);
        while let Some(mut page) = pages.next().await? {
            page.retain(|job| retention.is_over(job, now));
            delete(store, &page, &mut purged).await?;
            progress(&purged);
        }
    }
    Ok(purged)
}

/// One query for each status of which jobs are to be deleted.
fn queries(query: &JobQuery, retention: Retention, now: DateTime<Utc>) -> Vec<JobQuery> {
    let statuses = StatusCode::ALL.iter().copied().filter(|it| query.includes(*it));
    // One for each status, because each has a retention and so a limit of its own.
    let queries = statuses.filter_map(|status| {
        // A completed job never changes, so it was last changed when it was completed: the store
        // finds the old ones by that time, and the rule only decides about the rest.
        let completed_before = retention.completed_before(status, now)?;
        let modified_before = query.modified_before.unwrap_or(completed_before);
        Some(JobQuery {
            statuses: vec![status],
            modified_before: Some(modified_before.min(completed_before)),
            ..query.clone()
        })
    });
    queries.collect()
}

async fn delete(
    store: &dyn JobStore,
    jobs: &[SystemJob],
    purged: &mut Purged,
) -> Result<(), Error> {
    if jobs.is_empty() {
        return Ok(());
    }
    let answers = store.delete(jobs.iter().map(SystemJob::id).collect()).await?;
    for (job, result) in jobs.iter().zip(counted(answers, jobs.len())?) {
        match result {
            Ok(()) => *purged.deleted.entry(job.status()).or_default() += 1,
            Err(Error::Missing { .. }) => purged.gone += 1,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
