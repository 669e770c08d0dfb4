//! The errors of this crate.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::error_code::ErrorCode;
use crate::moves::Move;
use crate::revision::Revision;
use crate::status::{StateCode, StatusCode};
use crate::store_error::StoreError;

/// The reason why a job, a schedule or a store refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The move is not legal for a job in this status; the job is unchanged.
    #[error("a job that is {from} has no move `{attempted}`")]
    IllegalMove {
        /// The job's status.
        from: StatusCode,
        /// What was asked of it.
        attempted: Move,
    },
    /// The job waits and its time has not come; resume it to run it sooner.
    #[error("the job waits {}", until(.postpone_until))]
    NotDue {
        /// The time it waits for; `None` when it waits to be resumed.
        postpone_until: Option<DateTime<Utc>>,
    },
    /// The worker of the attempt under way may still be at it.
    #[error("job {id} is leased to a worker until {}", .lease_until.to_rfc3339())]
    LeaseHeld {
        /// The job.
        id: Uuid,
        /// Until when.
        lease_until: DateTime<Utc>,
    },
    /// The worker has no attempt of this job under way, or has it no more.
    #[error("job {id} is not leased to this worker")]
    LeaseLost {
        /// The job.
        id: Uuid,
    },
    /// The number is no `statecode` of a system job.
    #[error("{number} is not a state of a system job")]
    UnknownState {
        /// The number found.
        number: i32,
    },
    /// The number is no `statuscode` of a system job.
    #[error("{number} is not a status of a system job")]
    UnknownStatus {
        /// The number found.
        number: i32,
    },
    /// The status belongs to another state.
    #[error("status {status} ({}) does not belong to state {state} ({})", status.number(), state.number())]
    StatusOutsideState {
        /// The state found.
        state: StateCode,
        /// The status found beside it.
        status: StatusCode,
    },
    /// The text is no cause's id.
    #[error("`{id}` is not a cause of a failed post")]
    UnknownCause {
        /// The text found, cut after 64 characters.
        id: String,
    },
    /// A column of a row holds something else than it should.
    #[error("column `{column}` does not hold {expected}")]
    Column {
        /// The column's name.
        column: &'static str,
        /// What should be there.
        expected: &'static str,
    },
    /// A row lacks a column without which it is no job.
    #[error("the row has no column `{column}`")]
    MissingColumn {
        /// The column's name.
        column: &'static str,
    },
    /// The parts of a stored job contradict each other.
    #[error("stored job {id} contradicts itself: {reason}")]
    Inconsistent {
        /// The job.
        id: Uuid,
        /// The rule that its parts break.
        reason: &'static str,
    },
    /// The retry options make no schedule.
    #[error("retry option `{option}` {reason}")]
    InvalidSchedule {
        /// The field of [`RetryOptions`](crate::RetryOptions).
        option: &'static str,
        /// What is wrong with its value.
        reason: &'static str,
    },
    /// The store has a job with this id already.
    #[error("job {id} is already in the store")]
    AlreadyExists {
        /// The job.
        id: Uuid,
    },
    /// The store has no job with this id.
    #[error("job {id} is not in the store")]
    Missing {
        /// The id asked for.
        id: Uuid,
    },
    /// The stored message of a job is not the one that was stored; the job itself can be read.
    #[error("the message of job {id} is damaged: {reason}")]
    DamagedPayload {
        /// The job.
        id: Uuid,
        /// What shows the damage.
        reason: &'static str,
    },
    /// Somebody else changed the job since it was read; read it again and decide anew.
    #[error("job {id} was changed by somebody else: expected revision {expected}, found {found}")]
    Conflict {
        /// The job.
        id: Uuid,
        /// The revision that the caller had read.
        expected: Revision,
        /// The revision that the store holds.
        found: Revision,
    },
    /// Only a completed job can be deleted; cancel it first.
    #[error("job {id} is {status} and can only be deleted when it is completed")]
    NotCompleted {
        /// The job.
        id: Uuid,
        /// Its status.
        status: StatusCode,
    },
    /// An export of jobs could not be written.
    #[error("the export could not be written")]
    Export(#[source] std::io::Error),
    /// A line of an export can't be imported; those before it are.
    #[error("line {line} of the export can't be imported")]
    Import {
        /// The line; the first is 1.
        line: u64,
        /// Why.
        #[source]
        reason: ImportReason,
    },
    /// The store did not answer for each of the jobs that it was given.
    #[error("the job store answered for {found} jobs instead of {expected}")]
    WrongCount {
        /// How many jobs it was given.
        expected: usize,
        /// For how many of them it answered.
        found: usize,
    },
    /// The storage under a job store failed.
    #[error("the job store failed")]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// The number under which the platform reports the same refusal, where it has one.
    #[must_use]
    pub fn platform_code(&self) -> Option<ErrorCode> {
        match self {
            // The platform knows no leases: to it, a job that is being worked on is in a state that
            // does not allow the change.
            Self::IllegalMove { .. } | Self::NotDue { .. } | Self::LeaseHeld { .. } => {
                Some(ErrorCode::ASYNC_OPERATION_INVALID_STATE_CHANGE)
            }
            Self::Conflict { .. } | Self::LeaseLost { .. } => {
                Some(ErrorCode::ASYNC_OPERATION_INVALID_STATE_CHANGE_UNEXPECTED)
            }
            Self::Missing { .. } => Some(ErrorCode::ASYNC_OPERATION_MISSING_ID),
            Self::NotCompleted { .. } => {
                Some(ErrorCode::ASYNC_OPERATION_CANNOT_DELETE_UNLESS_COMPLETED)
            }
            // The platform has no code for what it can't be asked, such as damage in a store.
            _ => None,
        }
    }

    /// Whether reading the job again and deciding anew may help.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict { .. })
    }

    /// The failure of the storage, if it was that and the store reports it.
    #[must_use]
    pub fn store_error(&self) -> Option<&StoreError> {
        match self {
            // A store of somebody else's may have an error of its own.
            Self::Store(source) => source.downcast_ref(),
            _ => None,
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::Store(Box::new(error))
    }
}

fn until(time: &Option<DateTime<Utc>>) -> String {
    match time {
        Some(time) => format!("until {}", time.to_rfc3339()),
        None => "to be resumed".to_owned(),
    }
}

/// Why a line of an export can't be imported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportReason {
    /// It could not be read.
    #[error("it could not be read")]
    Read(#[source] std::io::Error),
    /// The first line is no header.
    #[error("it is not the header of an export of jobs")]
    NotAnExport,
    /// The header has another version.
    #[error("its version is {version}, expected 1")]
    UnknownVersion {
        /// The version found.
        version: u64,
    },
    /// The line is too long.
    #[error("it has more than {limit} bytes")]
    TooLong {
        /// How long it may be.
        limit: usize,
    },
    /// The line is no JSON, or lacks a part.
    #[error("it is not a job in JSON: unexpected input at byte {column}")]
    NotJson {
        /// Where in the line that was found; the first byte is 1.
        column: usize,
    },
    /// The row is no job.
    #[error(transparent)]
    Job(Box<Error>),
    /// The body of the message is not in Base64.
    #[error("the body of its message is not in Base64")]
    NotBase64,
    /// The job may still be sent elsewhere, or was.
    #[error("its job is {status}, and only Failed and Canceled jobs can be imported")]
    NotDead {
        /// The job's status.
        status: StatusCode,
    },
}

impl ImportReason {
    pub(crate) fn job(error: Error) -> Self {
        Self::Job(Box::new(error))
    }
}
