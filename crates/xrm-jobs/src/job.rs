//! The system job and its moves.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::attempt::Attempt;
use crate::cause::Cause;
use crate::description::JobDescription;
use crate::diagnosis::Diagnosis;
use crate::error::Error;
use crate::error_code::ErrorCode;
use crate::moves::Move;
use crate::progress::Progress;
use crate::revision::Revision;
use crate::status::{StateCode, StatusCode};

/// One post, from the moment it is recorded to its end: a row of the platform's `asyncoperation`
/// table.
///
/// The [description](Self::description) never changes; the [progress](Self::progress) changes by the
/// job's moves alone. Every move takes the time at which it happens, and either succeeds or leaves
/// the job as it was.
///
/// ```
/// use chrono::{DateTime, TimeDelta};
/// use uuid::Uuid;
/// use xrm_jobs::{JobDescription, StatusCode, SystemJob};
///
/// let now = DateTime::UNIX_EPOCH;
/// let mut job = SystemJob::new(JobDescription::new(Uuid::from_u128(1), "Update of account", now));
/// job.pause(now)?;
/// assert_eq!(job.status(), StatusCode::Waiting);
/// job.resume(now + TimeDelta::hours(1))?;
/// assert_eq!(job.status(), StatusCode::WaitingForResources);
/// # Ok::<(), xrm_jobs::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct SystemJob {
    // Both are shared by the copies in a store, in an attempt and in the caller's hands. A move copies
    // the progress that it changes.
    description: Arc<JobDescription>,
    progress: Arc<Progress>,
    revision: Revision,
}

impl SystemJob {
    /// A new job: Ready, Waiting For Resources, in no store yet.
    #[must_use]
    pub fn new(description: JobDescription) -> Self {
        let progress = Progress::new(description.created_on);
        Self::from_parts(description, progress, Revision::default())
    }

    /// A job as a store holds it, with its revision there.
    ///
    /// # Errors
    ///
    /// [`Error::Inconsistent`] when no moves could have led to this progress.
    pub fn restore(
        description: JobDescription,
        progress: Progress,
        revision: Revision,
    ) -> Result<Self, Error> {
        progress.check(description.id)?;
        Ok(Self::from_parts(description, progress, revision))
    }

    /// The same job at another revision. For stores, which alone count revisions.
    #[must_use]
    pub fn at_revision(self, revision: Revision) -> Self {
        Self { revision, ..self }
    }

    /// Starts an attempt by the worker `host_id`. The attempt counts from here on, and no other
    /// worker may start one before `lease_until`.
    ///
    /// ```
    /// # use chrono::{DateTime, TimeDelta};
    /// # use xrm_jobs::{Cause, Diagnosis, JobDescription, StatusCode, SystemJob};
    /// # let now = DateTime::UNIX_EPOCH;
    /// # let mut job = SystemJob::new(JobDescription::new(uuid::Uuid::from_u128(1), "accounts", now));
    /// job.begin("host-1", now + TimeDelta::minutes(2), now)?;
    /// assert_eq!(job.status(), StatusCode::InProgress);
    /// assert!(job.is_held_by("host-1"));
    /// # Ok::<(), xrm_jobs::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::IllegalMove`] unless the job is ready or waiting, [`Error::NotDue`] while it waits
    /// for a later time or to be resumed.
    pub fn begin(
        &mut self,
        host_id: &str,
        lease_until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        // The table of moves knows no times, so this is the one condition beside it.
        if self.status() == StatusCode::Waiting && !self.is_due(now) {
            return Err(Error::NotDue { postpone_until: self.progress.postpone_until });
        }
        self.apply(Move::Begin, now)?;
        // The first attempt's: the time from here to the completion is the job's execution time.
        let progress = self.progress_mut();
        progress.started_on.get_or_insert(now);
        progress.retry_count = progress.retry_count.saturating_add(1);
        progress.host_id = Some(host_id.to_owned());
        progress.lease_until = Some(lease_until);
        progress.attempts.push(Attempt::begin(progress.retry_count, host_id, now));
        Ok(())
    }

    /// Extends the lease of the attempt under way, if the worker `host_id` holds it. This is not a
    /// move: neither the status nor the revision changes.
    ///
    /// ```
    /// # use chrono::{DateTime, TimeDelta};
    /// # use xrm_jobs::{Cause, Diagnosis, JobDescription, StatusCode, SystemJob};
    /// # let now = DateTime::UNIX_EPOCH;
    /// # let mut job = SystemJob::new(JobDescription::new(uuid::Uuid::from_u128(1), "accounts", now));
    /// # job.begin("host-1", now + TimeDelta::minutes(2), now)?;
    /// job.renew("host-1", now + TimeDelta::minutes(4))?;
    /// assert!(job.renew("host-2", now + TimeDelta::minutes(9)).is_err());
    /// # Ok::<(), xrm_jobs::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::LeaseLost`] if no attempt of this worker's is under way.
    pub fn renew(&mut self, host_id: &str, lease_until: DateTime<Utc>) -> Result<(), Error> {
        let held = self.progress.lease_until.filter(|_| self.is_held_by(host_id));
        let held = held.ok_or(Error::LeaseLost { id: self.id() })?;
        // Never shortened: a worker whose clock was set back would give its own jobs away.
        self.progress_mut().lease_until = Some(held.max(lease_until));
        Ok(())
    }

    /// Ends an attempt whose lease has run out, because its worker crashed. Whether the message
    /// arrived is not known. The job is ready for the next attempt, unless it was canceled, paused or
    /// postponed meanwhile.
    ///
    /// ```
    /// # use chrono::{DateTime, TimeDelta};
    /// # use xrm_jobs::{Cause, Diagnosis, JobDescription, StatusCode, SystemJob};
    /// # let now = DateTime::UNIX_EPOCH;
    /// # let mut job = SystemJob::new(JobDescription::new(uuid::Uuid::from_u128(1), "accounts", now));
    /// # job.begin("host-1", now + TimeDelta::minutes(2), now)?;
    /// assert!(job.abandon(now).is_err(), "the lease lasts for two minutes");
    /// job.abandon(now + TimeDelta::minutes(2))?;
    /// assert_eq!(job.progress().cause, Some(Cause::WorkerLost));
    /// # Ok::<(), xrm_jobs::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::IllegalMove`] unless an attempt is under way, [`Error::LeaseHeld`] while the lease
    /// lasts.
    pub fn abandon(&mut self, now: DateTime<Utc>) -> Result<(), Error> {
        // The worker may only be slow. Before the lease ends, it can still record an outcome; after
        // it, whoever takes the job over changes the revision, and the slow worker's update fails.
        if let Some(lease_until) = self.progress.lease_until.filter(|until| *until > now) {
            return Err(Error::LeaseHeld { id: self.id(), lease_until });
        }
        self.lose_worker(Diagnosis::new(Cause::WorkerLost), now)
    }

    /// Takes the job from its worker before the lease ends, as [`abandon`](Self::abandon) does after
    /// it: for a person who knows that the worker is gone. If it is not, the message may be sent
    /// twice.
    ///
    /// ```
    /// # use chrono::{DateTime, TimeDelta};
    /// # use xrm_jobs::{Cause, Diagnosis, JobDescription, StatusCode, SystemJob};
    /// # let now = DateTime::UNIX_EPOCH;
    /// # let mut job = SystemJob::new(JobDescription::new(uuid::Uuid::from_u128(1), "accounts", now));
    /// // Its clock was a day ahead, and so is the end of the lease.
    /// job.begin("host-1", now + TimeDelta::days(1), now)?;
    /// job.release(now)?;
    /// assert_eq!(job.status(), StatusCode::WaitingForResources);
    /// # Ok::<(), xrm_jobs::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::IllegalMove`] unless an attempt is under way.
    pub fn release(&mut self, now: DateTime<Utc>) -> Result<(), Error> {
        let diagnosis = Diagnosis::new(Cause::WorkerLost).with_evidence("released", "by hand");
        self.lose_worker(diagnosis, now)
    }

    /// Lets the lease of the attempt under way end earlier, because it ends later than any worker
    /// would let it: the clock that it was taken from was wrong. This is not a move. Nothing
    /// happens to a job that is not leased, or whose lease ends before `until`.
    pub fn shorten_lease(&mut self, until: DateTime<Utc>) {
        let progress = self.progress_mut();
        progress.lease_until = progress.lease_until.map(|it| it.min(until));
    }

    fn lose_worker(&mut self, mut diagnosis: Diagnosis, now: DateTime<Utc>) -> Result<(), Error> {
        self.apply(Move::Abandon, now)?;
        if let Some(host_id) = &self.progress.host_id {
            diagnosis = diagnosis.with_evidence("host_id", host_id);
        }
        self.end_attempt(&diagnosis, now);
        // Not the cause's own code, which is for jobs that are given up: this one goes on.
        self.record(&diagnosis, ErrorCode::SERVICE_BUS_POST_POSTPONED);
        Ok(())
    }

    /// Ends the attempt that delivered the message. The error of earlier attempts is cleared, except
    /// in the [history](Progress::attempts).
    ///
    /// ```
    /// # use chrono::{DateTime, TimeDelta};
    /// # use xrm_jobs::{Cause, Diagnosis, JobDescription, StatusCode, SystemJob};
    /// # let now = DateTime::UNIX_EPOCH;
    /// # let mut job = SystemJob::new(JobDescription::new(uuid::Uuid::from_u128(1), "accounts", now));
    /// # job.begin("host-1", now + TimeDelta::minutes(2), now)?;
    /// job.succeed(now + TimeDelta::seconds(1))?;
    /// assert_eq!(job.status(), StatusCode::Succeeded);
    /// # Ok::<(), xrm_jobs::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::IllegalMove`] unless an attempt is under way.
    pub fn succeed(&mut self, now: DateTime<Utc>) -> Result<(), Error> {
        self.apply(Move::Succeed, now)?;
        // A job that succeeded shows no error; the history keeps what went before.
        let progress = self.progress_mut();
        progress.attempts.end(None, now);
        progress.error_code = None;
        progress.message = None;
        progress.friendly_message = None;
        progress.cause = None;
        Ok(())
    }

    /// Ends the attempt that failed, and the job with it.
    ///
    /// ```
    /// # use chrono::{DateTime, TimeDelta};
    /// # use xrm_jobs::{Cause, Diagnosis, JobDescription, StatusCode, SystemJob};
    /// # let now = DateTime::UNIX_EPOCH;
    /// # let mut job = SystemJob::new(JobDescription::new(uuid::Uuid::from_u128(1), "accounts", now));
    /// # job.begin("host-1", now + TimeDelta::minutes(2), now)?;
    /// job.fail(&Diagnosis::new(Cause::MissingHub), now)?;
    /// assert_eq!(job.status(), StatusCode::Failed);
    /// # Ok::<(), xrm_jobs::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::IllegalMove`] unless an attempt is under way.
    pub fn fail(&mut self, diagnosis: &Diagnosis, now: DateTime<Utc>) -> Result<(), Error> {
        self.apply(Move::Fail, now)?;
        self.end_attempt(diagnosis, now);
        self.record(diagnosis, diagnosis.cause.error_code());
        Ok(())
    }

    /// Ends the attempt that failed. The next one is due at `until`.
    ///
    /// A request that was made meanwhile takes effect: a job that is pausing waits to be resumed, or
    /// for the later of `until` and the time it was postponed to; one that is canceling is canceled.
    /// The error code is `ServiceBusPostPostponed`: its text fits, and the platform does not say
    /// which one it uses.
    ///
    /// ```
    /// # use chrono::{DateTime, TimeDelta};
    /// # use xrm_jobs::{Cause, Diagnosis, JobDescription, StatusCode, SystemJob};
    /// # let now = DateTime::UNIX_EPOCH;
    /// # let mut job = SystemJob::new(JobDescription::new(uuid::Uuid::from_u128(1), "accounts", now));
    /// # job.begin("host-1", now + TimeDelta::minutes(2), now)?;
    /// let later = now + TimeDelta::seconds(10);
    /// job.wait_until(later, &Diagnosis::new(Cause::Throttled), now)?;
    /// assert_eq!((job.status(), job.due_on()), (StatusCode::Waiting, Some(later)));
    /// # Ok::<(), xrm_jobs::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::IllegalMove`] unless an attempt is under way.
    pub fn wait_until(
        &mut self,
        until: DateTime<Utc>,
        diagnosis: &Diagnosis,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let from = self.status();
        self.apply(Move::WaitUntil, now)?;
        self.progress_mut().postpone_until = match from {
            // Pausing keeps what was asked for: a time, or none until somebody resumes the job.
            StatusCode::InProgress => Some(until),
            _ => self.progress.postpone_until.map(|asked| asked.max(until)),
        };
        self.end_attempt(diagnosis, now);
        self.record(diagnosis, ErrorCode::SERVICE_BUS_POST_POSTPONED);
        Ok(())
    }

    /// Ends the attempt that failed. The next one is made when somebody [resumes](Self::resume) the
    /// job. One that is canceling is canceled.
    ///
    /// ```
    /// # use chrono::{DateTime, TimeDelta};
    /// # use xrm_jobs::{Cause, Diagnosis, JobDescription, StatusCode, SystemJob};
    /// # let now = DateTime::UNIX_EPOCH;
    /// # let mut job = SystemJob::new(JobDescription::new(uuid::Uuid::from_u128(1), "accounts", now));
    /// # job.begin("host-1", now + TimeDelta::minutes(2), now)?;
    /// job.suspend(&Diagnosis::new(Cause::WrongKey), now)?;
    /// assert_eq!((job.status(), job.due_on()), (StatusCode::Waiting, None));
    /// # Ok::<(), xrm_jobs::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::IllegalMove`] unless an attempt is under way.
    pub fn suspend(&mut self, diagnosis: &Diagnosis, now: DateTime<Utc>) -> Result<(), Error> {
        self.apply(Move::Suspend, now)?;
        self.progress_mut().postpone_until = None;
        self.end_attempt(diagnosis, now);
        self.record(diagnosis, diagnosis.cause.error_code());
        Ok(())
    }

    /// Ends the attempt under way, which asked for the job to be canceled.
    ///
    /// # Errors
    ///
    /// [`Error::IllegalMove`] unless an attempt is under way.
    pub fn call_off(&mut self, diagnosis: &Diagnosis, now: DateTime<Utc>) -> Result<(), Error> {
        let from = self.status();
        if from.state() != StateCode::Locked {
            return Err(Error::IllegalMove { from, attempted: Move::Cancel });
        }
        // Two moves of the table: to Canceling, and from there to Canceled by the end of the attempt.
        if from != StatusCode::Canceling {
            self.apply(Move::Cancel, now)?;
        }
        self.suspend(diagnosis, now)
    }

    /// Suspends the job without an attempt, because it would fail like that of another job. It waits
    /// until somebody [resumes](Self::resume) it, and its cause says why.
    ///
    /// # Errors
    ///
    /// [`Error::IllegalMove`] unless the job is ready or waiting.
    pub fn hold(&mut self, diagnosis: &Diagnosis, now: DateTime<Utc>) -> Result<(), Error> {
        self.apply(Move::Hold, now)?;
        self.progress_mut().postpone_until = None;
        self.record(diagnosis, diagnosis.cause.error_code());
        Ok(())
    }

    /// Fails the job without another attempt, because it has waited too long.
    ///
    /// # Errors
    ///
    /// [`Error::IllegalMove`] unless the job is ready or waiting.
    pub fn give_up(&mut self, diagnosis: &Diagnosis, now: DateTime<Utc>) -> Result<(), Error> {
        self.apply(Move::GiveUp, now)?;
        self.record(diagnosis, diagnosis.cause.error_code());
        Ok(())
    }

    /// Cancels the job: at once or, while an attempt is under way, after it.
    ///
    /// ```
    /// # use chrono::{DateTime, TimeDelta};
    /// # use xrm_jobs::{Cause, Diagnosis, JobDescription, StatusCode, SystemJob};
    /// # let now = DateTime::UNIX_EPOCH;
    /// # let mut job = SystemJob::new(JobDescription::new(uuid::Uuid::from_u128(1), "accounts", now));
    /// # job.begin("host-1", now + TimeDelta::minutes(2), now)?;
    /// job.cancel(now)?;
    /// assert_eq!(job.status(), StatusCode::Canceling);
    /// job.succeed(now)?;
    /// assert_eq!(job.status(), StatusCode::Succeeded, "the message had been sent already");
    /// # Ok::<(), xrm_jobs::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::IllegalMove`] when the job is completed or being canceled already.
    pub fn cancel(&mut self, now: DateTime<Utc>) -> Result<(), Error> {
        self.apply(Move::Cancel, now)
    }

    /// Suspends the job until it is resumed: at once or, while an attempt is under way, after it.
    ///
    /// ```
    /// # use chrono::{DateTime, TimeDelta};
    /// # use xrm_jobs::{Cause, Diagnosis, JobDescription, StatusCode, SystemJob};
    /// # let now = DateTime::UNIX_EPOCH;
    /// # let mut job = SystemJob::new(JobDescription::new(uuid::Uuid::from_u128(1), "accounts", now));
    /// job.pause(now)?;
    /// assert_eq!((job.status(), job.due_on()), (StatusCode::Waiting, None));
    /// # Ok::<(), xrm_jobs::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::IllegalMove`] when the job is completed or being canceled.
    pub fn pause(&mut self, now: DateTime<Utc>) -> Result<(), Error> {
        self.apply(Move::Pause, now)?;
        self.progress_mut().postpone_until = None;
        Ok(())
    }

    /// Lets a waiting job run as soon as a worker is free.
    ///
    /// ```
    /// # use chrono::{DateTime, TimeDelta};
    /// # use xrm_jobs::{Cause, Diagnosis, JobDescription, StatusCode, SystemJob};
    /// # let now = DateTime::UNIX_EPOCH;
    /// # let mut job = SystemJob::new(JobDescription::new(uuid::Uuid::from_u128(1), "accounts", now));
    /// job.postpone(now + TimeDelta::hours(1), now)?;
    /// job.resume(now)?;
    /// assert!(job.is_due(now));
    /// # Ok::<(), xrm_jobs::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::IllegalMove`] unless the job is waiting.
    pub fn resume(&mut self, now: DateTime<Utc>) -> Result<(), Error> {
        self.apply(Move::Resume, now)
    }

    /// Postpones the next attempt to a given time.
    ///
    /// ```
    /// # use chrono::{DateTime, TimeDelta};
    /// # use xrm_jobs::{Cause, Diagnosis, JobDescription, StatusCode, SystemJob};
    /// # let now = DateTime::UNIX_EPOCH;
    /// # let mut job = SystemJob::new(JobDescription::new(uuid::Uuid::from_u128(1), "accounts", now));
    /// let tonight = now + TimeDelta::hours(12);
    /// job.postpone(tonight, now)?;
    /// assert!(!job.is_due(now) && job.is_due(tonight));
    /// # Ok::<(), xrm_jobs::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::IllegalMove`] when the job is completed or being canceled.
    pub fn postpone(&mut self, until: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), Error> {
        self.apply(Move::Postpone, now)?;
        self.progress_mut().postpone_until = Some(until);
        Ok(())
    }

    /// The id, the platform's `asyncoperationid`.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.description.id
    }

    /// The part of the job that never changes.
    #[must_use]
    pub fn description(&self) -> &JobDescription {
        &self.description
    }

    /// The part of the job that its moves change.
    #[must_use]
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// The status, and with it the state.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.progress.status
    }

    /// The revision at which a store holds this job.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// Whether the job has succeeded and its step asked for it to be deleted then. A store deletes
    /// such a job instead of storing it.
    #[must_use]
    pub fn is_deleted_when_stored(&self) -> bool {
        self.description.auto_delete && self.status() == StatusCode::Succeeded
    }

    /// Whether an attempt of this worker's is under way.
    #[must_use]
    pub fn is_held_by(&self, host_id: &str) -> bool {
        let is_locked = self.status().state() == StateCode::Locked;
        is_locked && self.progress.host_id.as_deref() == Some(host_id)
    }

    /// The time at which a worker has something to do: to begin an attempt or, if one is under way,
    /// to take it over from a crashed worker. `None` if the job waits for somebody, or is completed.
    #[must_use]
    pub fn due_on(&self) -> Option<DateTime<Utc>> {
        match self.status().state() {
            StateCode::Ready => Some(self.description.created_on),
            StateCode::Suspended => self.progress.postpone_until,
            StateCode::Locked => self.progress.lease_until,
            StateCode::Completed => None,
        }
    }

    /// Whether a worker has something to do now.
    ///
    /// A job that is ready is always due, also for a worker whose clock is behind the clock of the
    /// process that created it.
    #[must_use]
    pub fn is_due(&self, now: DateTime<Utc>) -> bool {
        let is_ready = self.status().state() == StateCode::Ready;
        is_ready || self.due_on().is_some_and(|due| due <= now)
    }

    /// The only place where a status changes.
    fn apply(&mut self, attempted: Move, now: DateTime<Utc>) -> Result<(), Error> {
        let from = self.status();
        let to = attempted.target(from).ok_or(Error::IllegalMove { from, attempted })?;
        let progress = self.progress_mut();
        progress.status = to;
        progress.modified_on = now;
        progress.completed_on = to.state().is_completed().then_some(now);
        // These two hold in some statuses only, so that a stored job can be checked against them
        // (`Progress::check`).
        if !progress.may_be_postponed() {
            progress.postpone_until = None;
        }
        if to.state() != StateCode::Locked {
            progress.lease_until = None;
        }
        Ok(())
    }

    fn end_attempt(&mut self, diagnosis: &Diagnosis, now: DateTime<Utc>) {
        self.progress_mut().attempts.end(Some(diagnosis), now);
    }

    fn record(&mut self, diagnosis: &Diagnosis, error_code: ErrorCode) {
        let progress = self.progress_mut();
        progress.error_code = Some(error_code);
        progress.message = Some(diagnosis.to_string());
        progress.friendly_message = Some(diagnosis.friendly_message());
        progress.cause = Some(diagnosis.cause);
    }

    fn from_parts(description: JobDescription, progress: Progress, revision: Revision) -> Self {
        Self { description: Arc::new(description), progress: Arc::new(progress), revision }
    }

    fn progress_mut(&mut self) -> &mut Progress {
        Arc::make_mut(&mut self.progress)
    }
}
