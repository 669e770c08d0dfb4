//! The system job and its moves.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{Diagnosis, Error, ErrorCode, Move, Progress, Revision, StatusCode};

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

    /// A worker, named by `host_id`, starts an attempt. The attempt counts from here on.
    ///
    /// # Errors
    ///
    /// [`Error::IllegalMove`] unless the job is ready or waiting, [`Error::NotDue`] while it waits
    /// for a later time or to be resumed.
    pub fn begin(&mut self, host_id: &str, now: DateTime<Utc>) -> Result<(), Error> {
        if self.status() == StatusCode::Waiting && !self.is_due(now) {
            return Err(Error::NotDue { postpone_until: self.progress.postpone_until });
        }
        self.apply(Move::Begin, now)?;
        self.progress.started_on.get_or_insert(now);
        self.progress.retry_count = self.progress.retry_count.saturating_add(1);
        self.progress.host_id = Some(host_id.to_owned());
        Ok(())
    }

    /// The attempt delivered the message. What earlier attempts left behind is cleared.
    ///
    /// # Errors
    ///
    /// [`Error::IllegalMove`] unless an attempt is under way.
    pub fn succeed(&mut self, now: DateTime<Utc>) -> Result<(), Error> {
        self.apply(Move::Succeed, now)?;
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

    /// Lets no attempt follow the one that is under way, until the job is resumed.
    ///
    /// # Errors
    ///
    /// [`Error::IllegalMove`] unless the job is in progress.
    pub fn pause(&mut self, now: DateTime<Utc>) -> Result<(), Error> {
        self.apply(Move::Pause, now)
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
    pub fn id(&self) -> Uuid {
        self.description.id
    }

    /// What the job is about.
    pub fn description(&self) -> &JobDescription {
        &self.description
    }

    /// How far the job has come.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// The status, and with it the state.
    pub fn status(&self) -> StatusCode {
        self.progress.status
    }

    /// The revision at which a store holds this job.
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// When a worker may begin the next attempt; `None` if none may.
    pub fn due_on(&self) -> Option<DateTime<Utc>> {
        match self.status() {
            StatusCode::WaitingForResources => Some(self.description.created_on),
            StatusCode::Waiting => self.progress.postpone_until,
            _ => None,
        }
    }

    /// Whether a worker may begin an attempt now.
    ///
    /// A job that is ready may always be begun, even by a worker whose clock is behind the one
    /// that created it.
    pub fn is_due(&self, now: DateTime<Utc>) -> bool {
        match self.status() {
            StatusCode::WaitingForResources => true,
            StatusCode::Waiting => self.progress.postpone_until.is_some_and(|due| due <= now),
            _ => false,
        }
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
        Ok(())
    }

    fn record(&mut self, diagnosis: &Diagnosis, error_code: ErrorCode) {
        self.progress.error_code = Some(error_code);
        self.progress.message = Some(diagnosis.to_string());
        self.progress.friendly_message = Some(diagnosis.friendly_message());
        self.progress.cause = Some(diagnosis.cause);
    }
}

/// What a job is about. Fixed when the job is made.
///
/// ```
/// use chrono::DateTime;
/// use uuid::Uuid;
/// use xrm_jobs::{JobDescription, Payload};
///
/// let mut description = JobDescription::new(
///     Uuid::from_u128(7),
///     "Accounts: Update of account",
///     DateTime::UNIX_EPOCH,
///     Payload::new("application/json", b"{}".to_vec()),
/// );
/// description.message_name = "Update".to_owned();
/// description.primary_entity_type = "account".to_owned();
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct JobDescription {
    /// The id (`asyncoperationid`).
    pub id: Uuid,
    /// The name that is shown (`name`), usually the step's.
    pub name: String,
    /// The kind of job (`operationtype`). System Event by default.
    pub operation_type: OperationType,
    /// The message that is posted, such as `Update` (`messagename`). Empty by default.
    pub message_name: String,
    /// The logical name of the table (`primaryentitytype`). Empty by default.
    pub primary_entity_type: String,
    /// The correlation of the operation that caused the post (`correlationid`). Nil by default.
    pub correlation_id: Uuid,
    /// The request that caused the post (`requestid`). None by default.
    pub request_id: Option<Uuid>,
    /// The `OperationId` of the execution context that is posted. The platform puts the job's own
    /// id there, and so does the default.
    pub operation_id: Uuid,
    /// The step on whose behalf the job posts (`owningextensionid`). None by default.
    pub owning_extension_id: Option<Uuid>,
    /// How deep in the chain of operations the post was caused (`depth`). 1 by default.
    pub depth: i32,
    /// When the job was created (`createdon`).
    pub created_on: DateTime<Utc>,
    /// What is posted.
    pub payload: Payload,
}

impl JobDescription {
    /// A description with every other field at its default.
    pub fn new(
        id: Uuid,
        name: impl Into<String>,
        created_on: DateTime<Utc>,
        payload: Payload,
    ) -> Self {
        Self {
            id,
            name: name.into(),
            operation_type: OperationType::SYSTEM_EVENT,
            message_name: String::new(),
            primary_entity_type: String::new(),
            correlation_id: Uuid::nil(),
            request_id: None,
            operation_id: id,
            owning_extension_id: None,
            depth: 1,
            created_on,
            payload,
        }
    }
}

/// The kind of a system job, the platform's `operationtype`. Its list is long and open; posts are
/// of the first kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OperationType(pub i32);

impl OperationType {
    /// 1, System Event: the work of an asynchronous step.
    pub const SYSTEM_EVENT: Self = Self(1);
}

/// What is posted: bytes, and the content type to send them with. Cloning it copies no bytes.
///
/// `Debug` shows the length and not the bytes, which are business data.
#[derive(Clone, PartialEq, Eq)]
pub struct Payload {
    content_type: String,
    body: Arc<[u8]>,
}

impl Payload {
    /// Bytes with their content type.
    pub fn new(content_type: impl Into<String>, body: impl Into<Arc<[u8]>>) -> Self {
        Self { content_type: content_type.into(), body: body.into() }
    }

    /// The content type to send the bytes with.
    pub fn content_type(&self) -> &str {
        &self.content_type
    }

    /// The bytes, shared.
    pub fn body(&self) -> &Arc<[u8]> {
        &self.body
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Payload")
            .field("content_type", &self.content_type)
            .field("bytes", &self.body.len())
            .finish()
    }
}
