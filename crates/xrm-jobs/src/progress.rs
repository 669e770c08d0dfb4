//! The part of a job that its moves change.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::attempt::AttemptHistory;
use crate::cause::Cause;
use crate::error::Error;
use crate::error_code::ErrorCode;
use crate::status::{StateCode, StatusCode};

/// The part of a job that its moves change.
///
/// A job hands its progress out to read ([`SystemJob::progress`](crate::SystemJob::progress)) and
/// changes it by its moves alone. A store writes these fields and restores them by
/// [`SystemJob::restore`](crate::SystemJob::restore), which refuses what no moves could have led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The status, and with it the state.
    pub status: StatusCode,
    /// The time of the last change (`modifiedon`).
    pub modified_on: DateTime<Utc>,
    /// The time at which the first attempt began (`startedon`).
    pub started_on: Option<DateTime<Utc>>,
    /// The time at which the job was completed (`completedon`).
    pub completed_on: Option<DateTime<Utc>>,
    /// The time at which a waiting job is due (`postponeuntil`); `None` while it waits to be resumed.
    pub postpone_until: Option<DateTime<Utc>>,
    /// The number of attempts begun (`retrycount`).
    pub retry_count: u32,
    /// The platform's error code of the last failure (`errorcode`).
    pub error_code: Option<ErrorCode>,
    /// The technical line about the last failure (`message`).
    pub message: Option<String>,
    /// The text for the user about the last failure (`friendlymessage`).
    pub friendly_message: Option<String>,
    /// The worker that made the last attempt (`hostid`).
    pub host_id: Option<String>,
    /// The cause that stopped the last attempt, or that suspends the job.
    pub cause: Option<Cause>,
    /// The end of the lease of the worker whose attempt is under way.
    pub lease_until: Option<DateTime<Utc>>,
    /// The attempts and their results.
    pub attempts: AttemptHistory,
}

impl Progress {
    pub(crate) fn new(created_on: DateTime<Utc>) -> Self {
        Self {
            status: StatusCode::WaitingForResources,
            modified_on: created_on,
            started_on: None,
            completed_on: None,
            postpone_until: None,
            retry_count: 0,
            error_code: None,
            message: None,
            friendly_message: None,
            host_id: None,
            cause: None,
            lease_until: None,
            attempts: AttemptHistory::default(),
        }
    }

    /// Refuses what no sequence of moves could have led to.
    pub(crate) fn check(&self, id: Uuid) -> Result<(), Error> {
        match self.contradiction() {
            Some(reason) => Err(Error::Inconsistent { id, reason }),
            None => Ok(()),
        }
    }

    fn contradiction(&self) -> Option<&'static str> {
        // What every sequence of moves keeps. A stored job that breaks one was changed by hand, or is
        // damaged; working on it could send a message twice, or never.
        let rules = [
            (
                self.completed_on.is_some() == self.status.state().is_completed(),
                "a job has a completion time exactly when it is completed",
            ),
            (
                self.postpone_until.is_none() || self.may_be_postponed(),
                "only a job that is waiting or pausing is postponed",
            ),
            (
                self.lease_until.is_some() == (self.status.state() == StateCode::Locked),
                "a job is leased exactly while an attempt is under way",
            ),
            (
                self.started_on.is_some() == (self.retry_count > 0),
                "a job has a start time exactly when attempts were made",
            ),
            (
                self.retry_count > 0 || !self.needs_an_attempt(),
                "a job has this status only after an attempt",
            ),
        ];
        rules.into_iter().find(|(holds, _)| !holds).map(|(_, reason)| reason)
    }

    pub(crate) const fn may_be_postponed(&self) -> bool {
        matches!(self.status, StatusCode::Waiting | StatusCode::Pausing)
    }

    pub(crate) const fn needs_an_attempt(&self) -> bool {
        use StatusCode::{Canceling, InProgress, Pausing, Succeeded};
        matches!(self.status, InProgress | Pausing | Canceling | Succeeded)
    }
}
