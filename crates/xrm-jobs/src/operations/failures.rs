//! Jobs that failed for the same reason.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::job_pages::JobPages;
use super::message_pattern::message_pattern;
use crate::cause::Cause;
use crate::error::Error;
use crate::job::SystemJob;
use crate::query::JobQuery;
use crate::status::StatusCode;
use crate::store::JobStore;

/// The number of groups with a message of their own; memory is bounded by it. Further messages are
/// counted together, for each cause and endpoint.
const MAX_GROUPS: usize = 1000;

/// The message of those.
const OTHER: &str = "(other messages)";

/// Jobs that failed, or that a failure suspends, for the same reason.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FailureGroup {
    /// The cause. `None` for jobs of which only a message is known.
    pub cause: Option<Cause>,
    /// The service endpoint that was posted to.
    pub endpoint: String,
    /// The [pattern](message_pattern()) of their messages.
    pub message: String,
    /// How many jobs there are, by their status: Failed or Waiting.
    pub jobs: BTreeMap<StatusCode, u64>,
    /// When the first of them was last changed.
    pub first: DateTime<Utc>,
    /// When the last of them was last changed.
    pub last: DateTime<Utc>,
    /// The job that was changed last.
    pub example: Uuid,
}

impl FailureGroup {
    /// How many jobs there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.jobs.values().sum()
    }
}

/// Groups the Failed and the Waiting jobs of a query by cause, endpoint and
/// [pattern](message_pattern()) of the message, the largest group first. A job that waits without a
/// failure is in no group. Calls `progress` after each page with the number of jobs read so far.
///
/// ```
/// # pollster::block_on(async {
/// # use chrono::DateTime;
/// # use uuid::Uuid;
/// # use xrm_jobs::*;
/// # let (store, now) = (MemoryJobStore::new(), DateTime::UNIX_EPOCH);
/// # let mut job = SystemJob::new(JobDescription::new(Uuid::from_u128(1), "accounts", now));
/// # job.begin("host-1", now + chrono::TimeDelta::minutes(2), now)?;
/// # job.fail(&Diagnosis::new(Cause::MissingHub).with_evidence("status", "404"), now)?;
/// # store.insert(vec![NewJob::new(job, Payload::new("application/json", *b"{}"))]).await?;
/// use xrm_jobs::operations::failure_groups;
///
/// for group in failure_groups(&store, &JobQuery::default(), |_| ()).await? {
///     println!("{} jobs: {}", group.count(), group.message);
///     assert_eq!(group.cause, Some(Cause::MissingHub));
/// }
/// # Ok::<(), Error>(())
/// # }).unwrap();
/// ```
///
/// # Errors
///
/// [`Error::Store`] if the storage fails.
pub async fn failure_groups(
    store: &dyn JobStore,
    query: &JobQuery,
    mut progress: impl FnMut(u64) + Send,
) -> Result<Vec<FailureGroup>, Error> {
    let mut groups = Groups::default();
    let mut seen = 0;
    let statuses: Vec<_> = [StatusCode::Waiting, StatusCode::Failed]
        .into_iter()
        .filter(|it| query.includes(*it))
        .collect();
    if statuses.is_empty() {
        return Ok(Vec::new());
    }
    let mut pages = JobPages::new(store, JobQuery { statuses, ..query.clone() });
    while let Some(page) = pages.next().await? {
        page.iter().for_each(|job| groups.add(job));
        seen += page.len() as u64;
        progress(seen);
    }
    Ok(groups.into_sorted())
}

type Key = (String, Option<String>, String);

#[derive(Default)]
struct Groups(BTreeMap<Key, FailureGroup>);

impl Groups {
    fn add(&mut self, job: &SystemJob) {
        let progress = job.progress();
        if progress.cause.is_none() && progress.message.is_none() {
            return;
        }
        let message = progress.message.as_deref().map(message_pattern).unwrap_or_default();
        let endpoint = job.description().endpoint.clone();
        let mut key = (endpoint, progress.cause.map(|it| it.id().to_owned()), message);
        if self.0.len() >= MAX_GROUPS && !self.0.contains_key(&key) {
            key.2 = OTHER.to_owned();
        }
        let group = self.0.entry(key).or_insert_with_key(|(endpoint, _, message)| FailureGroup {
            cause: progress.cause,
            endpoint: endpoint.clone(),
            message: message.clone(),
            jobs: BTreeMap::new(),
            first: progress.modified_on,
            last: progress.modified_on,
            example: job.id(),
        });
        *group.jobs.entry(job.status()).or_default() += 1;
        group.first = group.first.min(progress.modified_on);
        // Pages come by creation, so the last change may be anywhere.
        if group.last <= progress.modified_on {
            (group.last, group.example) = (progress.modified_on, job.id());
        }
    }

    fn into_sorted(self) -> Vec<FailureGroup> {
        let mut groups: Vec<_> = self.0.into_values().collect();
        groups.sort_by_key(|it| std::cmp::Reverse((it.count(), it.last)));
        groups
    }
}
