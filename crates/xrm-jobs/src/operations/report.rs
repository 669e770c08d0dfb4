//! The result of a change of many jobs.

use std::collections::BTreeMap;

use crate::status::StatusCode;

/// The numbers of jobs that were changed and of those that were not, by the reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Those that were changed.
    pub changed: u64,
    /// Those whose message is sent again by a new job.
    pub sent_again: u64,
    /// Those for which the change is not legal, by their status.
    pub not_legal: BTreeMap<StatusCode, u64>,
    /// Those whose message the store has dropped, so that it can't be sent again.
    pub without_message: u64,
    /// Those whose message is [damaged](crate::Error::DamagedPayload), so that it can't be sent again.
    pub damaged: u64,
    /// Those whose message was not sent again because the store has a job of the new job's id
    /// already.
    pub already_there: u64,
    /// Those that the store does not have, or that somebody else changed meanwhile so that they are
    /// no longer selected.
    pub gone: u64,
    /// Those that others changed again each time before they could be written.
    pub contested: u64,
}

impl Report {
    /// The number of jobs that were read.
    #[must_use]
    pub fn seen(&self) -> u64 {
        self.done() + self.refused() + self.gone
    }

    /// The number of jobs that were changed or sent again.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.changed + self.sent_again
    }

    /// The number of jobs that exist and were not changed.
    #[must_use]
    pub fn refused(&self) -> u64 {
        let not_legal: u64 = self.not_legal.values().sum();
        not_legal + self.without_message + self.damaged + self.already_there + self.contested
    }

    pub(super) fn add_not_legal(&mut self, status: StatusCode) {
        *self.not_legal.entry(status).or_default() += 1;
    }
}
