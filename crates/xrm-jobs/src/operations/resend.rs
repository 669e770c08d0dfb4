//! Sending the messages of dead jobs again.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::batch::Batch;
use super::report::Report;
use crate::error::Error;
use crate::job::SystemJob;
use crate::store::{JobStore, NewJob};

/// Makes the id of the job that sends another one's message again.
pub(super) type NewId<'a> = &'a mut (dyn FnMut(&SystemJob) -> Uuid + Send);

/// Stores a new job for each that is Failed or Canceled, and returns the others.
pub(super) async fn resend(
    store: &dyn JobStore,
    jobs: Vec<SystemJob>,
    new_id: NewId<'_>,
    now: DateTime<Utc>,
    report: &mut Report,
) -> Result<Vec<SystemJob>, Error> {
    let (dead, other): (Vec<_>, Vec<_>) = jobs.into_iter().partition(|it| it.status().is_dead());
    let mut batch = Batch::default();
    for job in dead {
        match store.payload(job.id()).await {
            Ok(Some(payload)) => {
                let mut description = job.description().clone();
                description.id = new_id(&job);
                description.created_on = now;
                batch.push(NewJob::new(SystemJob::new(description), payload));
            }
            Ok(None) => report.without_message += 1,
            Err(Error::DamagedPayload { .. }) => report.damaged += 1,
            Err(Error::Missing { .. }) => report.gone += 1,
            Err(error) => return Err(error),
        }
        if batch.is_full() {
            batch.store(store, &mut report.sent_again, &mut report.already_there).await?;
        }
    }
    batch.store(store, &mut report.sent_again, &mut report.already_there).await?;
    Ok(other)
}
