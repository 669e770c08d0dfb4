//! Sending again what was not sent.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::batch::Batch;
use super::change::{BulkChange, ROUNDS, decide, update};
use super::report::Report;
use super::selection::Selection;
use crate::error::Error;
use crate::job::SystemJob;
use crate::status::StatusCode;
use crate::store::{JobStore, NewJob};

/// Has all selected jobs tried again. `progress` is told what became of them so far.
///
/// A waiting job is [resumed](SystemJob::resume). A completed job never changes, so the message of
/// one that is Failed or Canceled is sent by a new job: of the id that `new_id` gives it, created
/// `now`, and otherwise described alike. Its [`message_id`](crate::JobDescription::message_id) is
/// that of the old one, so listeners that know the message by it take it for the same. For a job in
/// any other status this is not legal, and without its message it can't be done.
///
/// Of a query only what was created before `now` is found, or the new jobs would be too.
///
/// An id that depends on the old job alone makes this idempotent: what was sent again once is
/// [already there](Report::already_there) the next time, until the new job is deleted.
///
/// # Errors
///
/// [`Error::Store`] if the storage fails.
pub async fn retry(
    store: &dyn JobStore,
    selection: &Selection,
    mut new_id: impl FnMut(&SystemJob) -> Uuid + Send,
    now: DateTime<Utc>,
    mut progress: impl FnMut(&Report) + Send,
) -> Result<Report, Error> {
    let selection = &before(selection, now);
    let mut report = Report::default();
    let mut groups = selection.groups(store);
    while let Some(group) = groups.next().await? {
        report.gone += group.gone;
        let mut undecided = group.jobs;
        for _ in 0..ROUNDS {
            let (dead, other): (Vec<_>, Vec<_>) = undecided.into_iter().partition(is_dead);
            send_again(store, dead, &mut new_id, now, &mut report).await?;
            let resumed = decide(other, BulkChange::Resume, now, &mut report)?;
            undecided = update(store, selection, resumed, &mut report).await?;
            if undecided.is_empty() {
                break;
            }
        }
        report.contested += undecided.len() as u64;
        progress(&report);
    }
    Ok(report)
}

fn before(selection: &Selection, now: DateTime<Utc>) -> Selection {
    let mut selection = selection.clone();
    if let Selection::All(query) = &mut selection {
        query.created_before = Some(query.created_before.map_or(now, |time| time.min(now)));
    }
    selection
}

fn is_dead(job: &SystemJob) -> bool {
    matches!(job.status(), StatusCode::Failed | StatusCode::Canceled)
}

async fn send_again(
    store: &dyn JobStore,
    jobs: Vec<SystemJob>,
    new_id: &mut (impl FnMut(&SystemJob) -> Uuid + Send),
    now: DateTime<Utc>,
    report: &mut Report,
) -> Result<(), Error> {
    let mut batch = Batch::default();
    for job in jobs {
        match store.payload(job.id()).await {
            Ok(Some(payload)) => {
                let mut description = job.description().clone();
                description.id = new_id(&job);
                description.created_on = now;
                batch.push(NewJob::new(SystemJob::new(description), payload));
            }
            Ok(None) => report.without_message += 1,
            Err(Error::Missing { .. }) => report.gone += 1,
            Err(error) => return Err(error),
        }
        if batch.is_full() {
            store_batch(store, &mut batch, report).await?;
        }
    }
    store_batch(store, &mut batch, report).await
}

async fn store_batch(
    store: &dyn JobStore,
    batch: &mut Batch,
    report: &mut Report,
) -> Result<(), Error> {
    let stored = batch.store(store).await?;
    report.sent_again += stored.inserted;
    report.already_there += stored.already_there;
    Ok(())
}
