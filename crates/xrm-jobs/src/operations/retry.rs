//! Retrying jobs that wait, failed or were canceled.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::change::{BulkChange, change_or_resend};
use super::report::Report;
use super::selection::Selection;
use crate::error::Error;
use crate::job::SystemJob;
use crate::store::JobStore;

/// Retries all selected jobs. Calls `progress` after each group with what was done so far.
///
/// A waiting job is [resumed](SystemJob::resume). A completed job never changes, so the message of
/// one that is Failed or Canceled is sent by a new job: with the id that `new_id` gives it, created
/// `now`, and otherwise with the same description. Its
/// [`message_id`](crate::JobDescription::message_id) is that of the old one, so listeners that
/// recognize the message by it take it for the same. Jobs in other statuses are counted as not
/// legal, and those without their message apart.
///
/// A query finds only what was created before `now`; otherwise it would find the new jobs too.
///
/// An id that depends on the old job alone makes this idempotent: a message that was sent again once
/// is [already there](Report::already_there) the next time, until the new job is deleted.
///
/// ```
/// # pollster::block_on(async {
/// use chrono::{DateTime, TimeDelta};
/// use uuid::Uuid;
/// use xrm_jobs::operations::{Selection, retry};
/// use xrm_jobs::{JobDescription, JobQuery, JobStore, MemoryJobStore, NewJob, Payload, SystemJob};
///
/// let (store, created) = (MemoryJobStore::new(), DateTime::UNIX_EPOCH);
/// let mut job = SystemJob::new(JobDescription::new(Uuid::from_u128(1), "accounts", created));
/// job.cancel(created)?;
/// store.insert(vec![NewJob::new(job, Payload::new("application/json", *b"{}"))]).await?;
///
/// let all = Selection::from(JobQuery::default());
/// let new_id = |old: &SystemJob| Uuid::from_u128(old.id().as_u128() + 1);
/// let now = created + TimeDelta::hours(1);
/// let report = retry(&store, &all, new_id, now, |_| ()).await?;
/// assert_eq!(report.sent_again, 1);
/// assert_eq!(store.get(Uuid::from_u128(2)).await?.description().message_id, Uuid::from_u128(1));
/// # Ok::<(), xrm_jobs::Error>(())
/// # }).unwrap();
/// ```
///
/// # Errors
///
/// [`Error::Store`] if the storage fails, and [`Error::WrongCount`] if the store does not answer for
/// each job.
pub async fn retry(
    store: &dyn JobStore,
    selection: &Selection,
    mut new_id: impl FnMut(&SystemJob) -> Uuid + Send,
    now: DateTime<Utc>,
    progress: impl FnMut(&Report) + Send,
) -> Result<Report, Error> {
    let selection = before(selection, now);
    let resume = BulkChange::Resume;
    change_or_resend(store, &selection, resume, Some(&mut new_id), now, progress).await
}

fn before(selection: &Selection, now: DateTime<Utc>) -> Selection {
    let mut selection = selection.clone();
    if let Selection::All(query) = &mut selection {
        // The pages are in the order of creation, so a new job would be on a later page.
        query.created_before = Some(query.created_before.map_or(now, |time| time.min(now)));
    }
    selection
}
