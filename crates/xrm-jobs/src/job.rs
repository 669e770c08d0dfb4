//! The system job and its moves.

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

/// One post, followed from its promise to its end: a row of the platform's `asyncoperation` table.
///
/// What the job is about never changes ([`description`](Self::description)); how far it has come
/// changes by its moves alone ([`progress`](Self::progress)). Every move takes the time at which
/// it happens, and either succeeds or leaves the job as it was.
#[derive(Clone, Debug, PartialEq)]
pub struct SystemJob {
    description: JobDescription,
    progress: Progress,
    revision: Revision,
}

impl SystemJob {
    /// A new job: Ready, Waiting For Resources, in no store yet.
    #[must_use]
    pub fn new(description: JobDescription) -> Self {
        let progress = Progress::new(description.created_on);
        Self { description, progress, revision: Revision::default() }
    }

    /// A job read back from a store, at the revision that the store holds.
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
        Ok(Self { description, progress, revision })
    }

    /// The same job at another revision. For stores, which alone count revisions.
    #[must_use]
    pub fn at_revision(self, revision: Revision) -> Self {
        Self { revision, ..self }
    }

    /// A worker, named by `host_id`, starts an attempt. The attempt counts from here on, and nobody
    /// else may begin one before `lease_until`.
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
        if self.status() == StatusCode::Waiting && !self.is_due(now) {
            return Err(Error::NotDue { postpone_until: self.progress.postpone_until });
        }
        self.apply(Move::Begin, now)?;
        self.progress.started_on.get_or_insert(now);
        self.progress.retry_count = self.progress.retry_count.saturating_add(1);
        self.progress.host_id = Some(host_id.to_owned());
        self.progress.lease_until = Some(lease_until);
        let attempt = Attempt::begin(self.progress.retry_count, host_id, now);
        self.progress.attempts.push(attempt);
        Ok(())
    }

    /// The lease of the attempt under way is extended, as long as its worker holds it. This is no
    /// move: neither the status nor the revision changes.
    ///
    /// # Errors
    ///
    /// [`Error::LeaseLost`] if no attempt of this worker's is under way.
    pub fn renew(&mut self, host_id: &str, lease_until: DateTime<Utc>) -> Result<(), Error> {
        let held = self.progress.lease_until.filter(|_| self.is_held_by(host_id));
        let held = held.ok_or(Error::LeaseLost { id: self.id() })?;
        self.progress.lease_until = Some(held.max(lease_until));
        Ok(())
    }

    /// The worker of the attempt is gone, for its lease has run out. Nobody knows whether the
    /// message arrived; the job is ready for the next attempt, unless somebody wished otherwise
    /// meanwhile.
    ///
    /// # Errors
    ///
    /// [`Error::IllegalMove`] unless an attempt is under way, [`Error::LeaseHeld`] while the lease
    /// lasts.
    pub fn abandon(&mut self, now: DateTime<Utc>) -> Result<(), Error> {
        if let Some(lease_until) = self.progress.lease_until.filter(|until| *until > now) {
            return Err(Error::LeaseHeld { id: self.id(), lease_until });
        }
        self.apply(Move::Abandon, now)?;
        let mut diagnosis = Diagnosis::new(Cause::WorkerLost);
        if let Some(host_id) = &self.progress.host_id {
            diagnosis = diagnosis.with_evidence("host_id", host_id);
        }
        self.end_attempt(&diagnosis, now);
        self.record(&diagnosis, ErrorCode::SERVICE_BUS_POST_POSTPONED);
        Ok(())
    }

    /// The attempt delivered the message. What earlier attempts left behind is cleared, but for the
    /// [history](Progress::attempts) of them.
    ///
    /// # Errors
    ///
    /// [`Error::IllegalMove`] unless an attempt is under way.
    pub fn succeed(&mut self, now: DateTime<Utc>) -> Result<(), Error> {
        self.apply(Move::Succeed, now)?;
        self.progress.attempts.end(None, now);
        self.progress.error_code = None;
        self.progress.message = None;
        self.progress.friendly_message = None;
        self.progress.cause = None;
        Ok(())
    }

    /// The attempt failed, and no other will be made.
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

    /// The attempt failed, and the next one is due at `until`.
    ///
    /// A wish that came meanwhile is honoured: a job that is pausing waits to be resumed, or for
    /// the later of `until` and the time it was postponed to; one that is canceling is canceled.
    /// The error code is `ServiceBusPostPostponed`: its text fits, and the platform does not say
    /// which one it uses.
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
        self.progress.postpone_until = match from {
            StatusCode::InProgress => Some(until),
            _ => self.progress.postpone_until.map(|asked| asked.max(until)),
        };
        self.end_attempt(diagnosis, now);
        self.record(diagnosis, ErrorCode::SERVICE_BUS_POST_POSTPONED);
        Ok(())
    }

    /// The attempt failed, and the next one waits until somebody [resumes](Self::resume) the job.
    /// One that is canceling is canceled.
    ///
    /// # Errors
    ///
    /// [`Error::IllegalMove`] unless an attempt is under way.
    pub fn suspend(&mut self, diagnosis: &Diagnosis, now: DateTime<Utc>) -> Result<(), Error> {
        self.apply(Move::Suspend, now)?;
        self.progress.postpone_until = None;
        self.end_attempt(diagnosis, now);
        self.record(diagnosis, diagnosis.cause.error_code());
        Ok(())
    }

    /// Ends the attempt under way, which has called the job off: it is Canceled.
    ///
    /// # Errors
    ///
    /// [`Error::IllegalMove`] unless an attempt is under way.
    pub fn call_off(&mut self, diagnosis: &Diagnosis, now: DateTime<Utc>) -> Result<(), Error> {
        let from = self.status();
        if from.state() != StateCode::Locked {
            return Err(Error::IllegalMove { from, attempted: Move::Cancel });
        }
        if from != StatusCode::Canceling {
            self.apply(Move::Cancel, now)?;
        }
        self.suspend(diagnosis, now)
    }

    /// Holds the job back without an attempt, for one would fail like that of another job: it
    /// waits until somebody [resumes](Self::resume) it, and its cause tells why.
    ///
    /// # Errors
    ///
    /// [`Error::IllegalMove`] unless the job is ready or waiting.
    pub fn hold(&mut self, diagnosis: &Diagnosis, now: DateTime<Utc>) -> Result<(), Error> {
        self.apply(Move::Hold, now)?;
        self.progress.postpone_until = None;
        self.record(diagnosis, diagnosis.cause.error_code());
        Ok(())
    }

    /// Gives the job up without another attempt: it has waited too long.
    ///
    /// # Errors
    ///
    /// [`Error::IllegalMove`] unless the job is ready or waiting.
    pub fn give_up(&mut self, diagnosis: &Diagnosis, now: DateTime<Utc>) -> Result<(), Error> {
        self.apply(Move::GiveUp, now)?;
        self.record(diagnosis, diagnosis.cause.error_code());
        Ok(())
    }

    /// Calls the job off: at once or, while an attempt is under way, after it.
    ///
    /// # Errors
    ///
    /// [`Error::IllegalMove`] when the job is completed or being canceled already.
    pub fn cancel(&mut self, now: DateTime<Utc>) -> Result<(), Error> {
        self.apply(Move::Cancel, now)
    }

    /// Holds the job back until it is resumed: at once or, while an attempt is under way, after it.
    ///
    /// # Errors
    ///
    /// [`Error::IllegalMove`] when the job is completed or being canceled.
    pub fn pause(&mut self, now: DateTime<Utc>) -> Result<(), Error> {
        self.apply(Move::Pause, now)?;
        self.progress.postpone_until = None;
        Ok(())
    }

    /// Lets a waiting job run as soon as a worker is free.
    ///
    /// # Errors
    ///
    /// [`Error::IllegalMove`] unless the job is waiting.
    pub fn resume(&mut self, now: DateTime<Utc>) -> Result<(), Error> {
        self.apply(Move::Resume, now)
    }

    /// Puts the next attempt off until a given time.
    ///
    /// # Errors
    ///
    /// [`Error::IllegalMove`] when the job is completed or being canceled.
    pub fn postpone(&mut self, until: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), Error> {
        self.apply(Move::Postpone, now)?;
        self.progress.postpone_until = Some(until);
        Ok(())
    }

    /// The id, the platform's `asyncoperationid`.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.description.id
    }

    /// What the job is about.
    #[must_use]
    pub fn description(&self) -> &JobDescription {
        &self.description
    }

    /// How far the job has come.
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

    /// Whether the job is completed and its step asked for it to be deleted then. A store that
    /// takes such a job over drops it instead.
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

    /// When a worker has to look at the job: to begin an attempt or, where one is under way, to
    /// take it over from a worker that is gone. `None` if nothing is to be done by itself.
    #[must_use]
    pub fn due_on(&self) -> Option<DateTime<Utc>> {
        match self.status().state() {
            StateCode::Ready => Some(self.description.created_on),
            StateCode::Suspended => self.progress.postpone_until,
            StateCode::Locked => self.progress.lease_until,
            StateCode::Completed => None,
        }
    }

    /// Whether a worker has to look at the job now.
    ///
    /// A job that is ready always is due, also for a worker whose clock is behind the one that
    /// created it.
    #[must_use]
    pub fn is_due(&self, now: DateTime<Utc>) -> bool {
        let is_ready = self.status().state() == StateCode::Ready;
        is_ready || self.due_on().is_some_and(|due| due <= now)
    }

    /// The only place where a status changes.
    fn apply(&mut self, attempted: Move, now: DateTime<Utc>) -> Result<(), Error> {
        let from = self.status();
        let to = attempted.target(from).ok_or(Error::IllegalMove { from, attempted })?;
        self.progress.status = to;
        self.progress.modified_on = now;
        self.progress.completed_on = to.state().is_completed().then_some(now);
        if !self.progress.may_be_postponed() {
            self.progress.postpone_until = None;
        }
        if to.state() != StateCode::Locked {
            self.progress.lease_until = None;
        }
        Ok(())
    }

    fn end_attempt(&mut self, diagnosis: &Diagnosis, now: DateTime<Utc>) {
        self.progress.attempts.end(Some(diagnosis), now);
    }

    fn record(&mut self, diagnosis: &Diagnosis, error_code: ErrorCode) {
        self.progress.error_code = Some(error_code);
        self.progress.message = Some(diagnosis.to_string());
        self.progress.friendly_message = Some(diagnosis.friendly_message());
        self.progress.cause = Some(diagnosis.cause);
    }
}
