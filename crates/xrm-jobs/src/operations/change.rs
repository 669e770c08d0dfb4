//! Changing many jobs where they are.

use chrono::{DateTime, Utc};

use super::report::Report;
use super::resend::{NewId, resend};
use super::selection::Selection;
use crate::error::Error;
use crate::job::SystemJob;
use crate::store::{JobStore, counted};

/// How often a job that others keep changing is read again and decided on. Two people who cancel the
/// same jobs need two rounds; whoever needs more competes with a worker, and may try again later.
const ROUNDS: usize = 8;

/// What people can do to many jobs at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BulkChange {
    /// [Cancels](SystemJob::cancel) them.
    Cancel,
    /// [Pauses](SystemJob::pause) them until they are resumed.
    Pause,
    /// [Resumes](SystemJob::resume) them.
    Resume,
    /// [Releases](SystemJob::release) them from their workers.
    Release,
    /// [Postpones](SystemJob::postpone) them.
    Postpone {
        /// The time of the next attempt.
        until: DateTime<Utc>,
    },
}

impl BulkChange {
    /// Makes the move of one job.
    ///
    /// # Errors
    ///
    /// [`Error::IllegalMove`] if the job's status does not allow it.
    pub fn apply(self, job: &mut SystemJob, now: DateTime<Utc>) -> Result<(), Error> {
        match self {
            Self::Cancel => job.cancel(now),
            Self::Pause => job.pause(now),
            Self::Resume => job.resume(now),
            Self::Release => job.release(now),
            Self::Postpone { until } => job.postpone(until, now),
        }
    }
}

/// Changes all selected jobs. Calls `progress` after each group with what was done so far.
///
/// ```
/// # pollster::block_on(async {
/// use chrono::{DateTime, TimeDelta};
/// use uuid::Uuid;
/// use xrm_jobs::operations::{BulkChange, Selection, change};
/// use xrm_jobs::{JobDescription, JobQuery, JobStore, MemoryJobStore, NewJob, Payload, SystemJob};
///
/// let (store, now) = (MemoryJobStore::new(), DateTime::UNIX_EPOCH);
/// let job = SystemJob::new(JobDescription::new(Uuid::from_u128(1), "accounts", now));
/// store.insert(vec![NewJob::new(job, Payload::new("application/json", *b"{}"))]).await?;
///
/// let open = Selection::from(JobQuery::uncompleted());
/// let tonight = BulkChange::Postpone { until: now + TimeDelta::hours(12) };
/// let report = change(&store, &open, tonight, now, |it| println!("{} jobs", it.seen())).await?;
/// assert_eq!((report.changed, report.refused()), (1, 0));
/// # Ok::<(), xrm_jobs::Error>(())
/// # }).unwrap();
/// ```
///
/// # Errors
///
/// [`Error::Store`] if the storage fails, and [`Error::WrongCount`] if the store does not answer for
/// each job.
pub async fn change(
    store: &dyn JobStore,
    selection: &Selection,
    change: BulkChange,
    now: DateTime<Utc>,
    progress: impl FnMut(&Report) + Send,
) -> Result<Report, Error> {
    change_or_resend(store, selection, change, None, now, progress).await
}

/// Changes all selected jobs, except that those that are Failed or Canceled are sent again by new
/// jobs, if there is a way to make ids for these.
pub(super) async fn change_or_resend(
    store: &dyn JobStore,
    selection: &Selection,
    change: BulkChange,
    mut new_id: Option<NewId<'_>>,
    now: DateTime<Utc>,
    mut progress: impl FnMut(&Report) + Send,
) -> Result<Report, Error> {
    let mut report = Report::default();
    let mut groups = selection.groups(store);
    while let Some(group) = groups.next().await? {
        report.gone += group.gone;
        let mut undecided = group.jobs;
        for _ in 0..ROUNDS {
            if let Some(new_id) = &mut new_id {
                undecided = resend(store, undecided, *new_id, now, &mut report).await?;
            }
            let decided = decide(undecided, change, now, &mut report)?;
            undecided = update(store, selection, decided, &mut report).await?;
            if undecided.is_empty() {
                break;
            }
        }
        report.contested += undecided.len() as u64;
        progress(&report);
    }
    Ok(report)
}

/// The jobs after the move, without those for which it is not legal.
fn decide(
    jobs: Vec<SystemJob>,
    change: BulkChange,
    now: DateTime<Utc>,
    report: &mut Report,
) -> Result<Vec<SystemJob>, Error> {
    let mut decided = Vec::with_capacity(jobs.len());
    for mut job in jobs {
        match change.apply(&mut job, now) {
            Ok(()) => decided.push(job),
            Err(Error::IllegalMove { from, .. }) => report.add_not_legal(from),
            Err(error) => return Err(error),
        }
    }
    Ok(decided)
}

/// Writes jobs after their move, and reads those again that others have changed meanwhile.
async fn update(
    store: &dyn JobStore,
    selection: &Selection,
    decided: Vec<SystemJob>,
    report: &mut Report,
) -> Result<Vec<SystemJob>, Error> {
    let mut undecided = Vec::new();
    if decided.is_empty() {
        return Ok(undecided);
    }
    let expected = decided.len();
    for result in counted(store.update(decided).await?, expected)? {
        match result {
            Ok(_) => report.changed += 1,
            // Somebody may have changed the job so that it is not meant any more.
            Err(Error::Conflict { id, .. }) => match store.get(id).await {
                Ok(job) if selection.includes(&job) => undecided.push(job),
                Ok(_) | Err(Error::Missing { .. }) => report.gone += 1,
                Err(error) => return Err(error),
            },
            Err(Error::Missing { .. }) => report.gone += 1,
            Err(error) => return Err(error),
        }
    }
    Ok(undecided)
}
