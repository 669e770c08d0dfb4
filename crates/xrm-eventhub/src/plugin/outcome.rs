//! How plug-ins end.

use std::fmt;

use xrm_jobs::runner::Queue;
use xrm_jobs::{Cause, Diagnosis, Failure, FailureClass, Outcome, SystemJob};

use crate::plugin::NotificationError;

/// The result of the system job of a plug-in that does not simply return: the SDK's
/// `OperationStatus`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OperationStatus {
    /// 0: it has failed for good.
    Failed,
    /// 1: it is canceled.
    Canceled,
    /// 2: it waits, and the plug-in runs again by the retry policy.
    Retry,
    /// 3: it waits until someone resumes it.
    Suspended,
    /// 4: it has succeeded all the same.
    Succeeded,
}

/// Why a plug-in ends otherwise than by returning: the SDK's `InvalidPluginExecutionException`.
///
/// A plug-in that fails to [post](crate::NotificationService::execute) may pass the failure on by
/// `?`: the job fares as if the step had posted itself then, and shows the same cause.
///
/// ```
/// use xrm_eventhub::{InvalidPluginExecution, OperationStatus};
///
/// let failed = InvalidPluginExecution::failed("the name is empty");
/// assert_eq!(failed.status(), OperationStatus::Failed);
/// assert_eq!(failed.to_string(), "the name is empty");
///
/// let canceled = InvalidPluginExecution::new(OperationStatus::Canceled, "the account is a test");
/// assert_eq!(canceled.status(), OperationStatus::Canceled);
/// ```
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct InvalidPluginExecution {
    status: OperationStatus,
    message: String,
    failure: Option<Box<Failure>>,
}

impl InvalidPluginExecution {
    /// This status, for the reason that the message gives. The job shows the message as evidence, of
    /// which [512 characters](xrm_jobs::Evidence::MAX_VALUE_CHARS) are kept: it should hold no
    /// secret.
    #[must_use]
    pub fn new(status: OperationStatus, message: impl fmt::Display) -> Self {
        Self { status, message: message.to_string(), failure: None }
    }

    /// The job has failed for good, as it has on the platform when an exception says nothing else.
    #[must_use]
    pub fn failed(message: impl fmt::Display) -> Self {
        Self::new(OperationStatus::Failed, message)
    }

    /// The job waits, and the plug-in runs again.
    #[must_use]
    pub fn retry(message: impl fmt::Display) -> Self {
        Self::new(OperationStatus::Retry, message)
    }

    /// The result of the job.
    #[must_use]
    pub fn status(&self) -> OperationStatus {
        self.status
    }

    fn cause(&self) -> Cause {
        match self.status {
            OperationStatus::Failed | OperationStatus::Succeeded => Cause::PluginFailed,
            OperationStatus::Canceled => Cause::PluginCanceled,
            OperationStatus::Retry => Cause::PluginRetry,
            OperationStatus::Suspended => Cause::PluginSuspended,
        }
    }

    fn into_diagnosis(self) -> Diagnosis {
        let cause = self.cause();
        match self.failure {
            Some(failure) => failure.diagnosis,
            None => Diagnosis::new(cause).with_evidence("reason", self.message),
        }
    }

    /// The move of a job whose attempt ends like this.
    pub(crate) fn outcome(self, job: &SystemJob, queue: &Queue) -> Outcome {
        match self.status {
            OperationStatus::Succeeded => Outcome::Succeeded,
            OperationStatus::Canceled => Outcome::Canceled(self.into_diagnosis()),
            OperationStatus::Failed => Outcome::Failed(self.into_diagnosis()),
            // The plug-in asks for it, so nobody is needed who would resume the job by itself.
            OperationStatus::Suspended if self.failure.is_none() => {
                Outcome::Suspended(self.into_diagnosis())
            }
            // A failed post that the plug-in passed on follows the rules of posts, with its wait.
            OperationStatus::Retry | OperationStatus::Suspended => {
                let minimum_wait = self.failure.as_ref().map(|it| it.minimum_wait);
                let failure = Failure {
                    minimum_wait: minimum_wait.unwrap_or_default(),
                    random: queue.host().jitter(),
                    diagnosis: self.into_diagnosis(),
                };
                queue.outcome(job, failure)
            }
        }
    }
}

impl From<NotificationError> for InvalidPluginExecution {
    fn from(error: NotificationError) -> Self {
        let message = error.to_string();
        let Some(failure) = error.into_failure() else { return Self::failed(message) };
        let status = match failure.diagnosis.cause.class() {
            FailureClass::Transient => OperationStatus::Retry,
            FailureClass::Authorization => OperationStatus::Suspended,
            _ => OperationStatus::Failed,
        };
        Self { status, message, failure: Some(Box::new(failure)) }
    }
}
