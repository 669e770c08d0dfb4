//! What an update does to the rows of a job.

use crate::job::SystemJob;
use crate::payload::PayloadRetention;

/// What an update does to the rows of a job and of its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowChange {
    /// Writes the progress.
    Write,
    /// Writes the progress and deletes the message, which is kept no longer.
    WriteAndDropPayload,
    /// Deletes the job with its message: its step asked for it to be deleted when it succeeds.
    Delete,
}

impl RowChange {
    /// The change that stores this job.
    pub(crate) fn to(job: &SystemJob, retention: PayloadRetention) -> Self {
        if job.is_deleted_when_stored() {
            Self::Delete
        } else if retention.keeps(job.status()) {
            Self::Write
        } else {
            Self::WriteAndDropPayload
        }
    }
}
