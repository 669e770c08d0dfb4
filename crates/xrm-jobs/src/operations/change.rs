//! The operations that change jobs where they are.

use chrono::{DateTime, Utc};

use super::report::Report;
use super::selection::Selection;
use crate::error::Error;
use crate::job::SystemJob;
use crate::store::JobStore;

/// How often a job is decided on that others keep changing.
pub(super) const ROUNDS: usize = 8;

/// What people can do to a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BulkChange {
    /// [Calls it off](SystemJob::cancel).
    Cancel,
    /// [Holds it back](SystemJob::pause) until it is resumed.
    Pause,
    /// [Lets it run](SystemJob::resume).
    Resume,
    /// [Puts it off](SystemJob::postpone).
    Postpone {
        /// Until when.
        until: DateTime<Utc>,
    },
}

impl BulkChange {
    /// Makes the operation's move.
    ///
    /// # Errors
    ///
    /// [`Error::IllegalMove`] if the job's status does not allow it.
    pub fn apply(self, job: &mut SystemJob, now: DateTime<Utc>) -> Result<(), Error> {
        match self {
            Self::Cancel => job.cancel(now),
            Self::Pause => job.pause(now),
            Self::Resume => job.resume(now),
            Self::Postpone { until } => job.postpone(until, now),
        }
    }
}

/// Does an operation for all selected jobs. `progress` is told what became of them so far.
///
/// # Errors
///
/// [`Error::Store`] if the storage fails.
pub async fn change(
    store: &dyn JobStore,
    selection: &Selection,
    change: BulkChange,
    now: DateTime<Utc>,
    mut progress: impl FnMut(&Report) + Send,
) -> Result<Report, Error> {
    let mut report = Report::default();
    let mut groups = selection.groups(store);
    while let Some(group) = groups.next().await? {
        report.gone += group.gone;
        let mut undecided = group.jobs;
        for _ in 0..ROUNDS {
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

/// The jobs after the operation's move, those left out for which it is not legal.
pub(super) fn decide(
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

/// Writes jobs that were decided on, and reads those again that others have changed meanwhile.
pub(super) async fn update(
    store: &dyn JobStore,
    selection: &Selection,
    decided: Vec<SystemJob>,
    report: &mut Report,
) -> Result<Vec<SystemJob>, Error> {
    let mut undecided = Vec::new();
    if decided.is_empty() {
        return Ok(undecided);
    }
    for result in store.update(decided).await? {
        match result {
            Ok(_) => report.changed += 1,
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
