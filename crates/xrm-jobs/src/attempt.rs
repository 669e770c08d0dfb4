//! The attempts of a job.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::cause::Cause;
use crate::diagnosis::Diagnosis;

/// One attempt to post a job's message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Attempt {
    /// The number of the attempt; the first is 1.
    pub number: u32,
    /// The worker that made it.
    pub host_id: String,
    /// The time at which it began.
    pub started_on: DateTime<Utc>,
    /// The time at which it ended; `None` while it is under way.
    pub ended_on: Option<DateTime<Utc>>,
    /// What stopped it; `None` if it delivered the message, or is under way.
    pub cause: Option<Cause>,
    /// The technical line about its failure.
    pub message: Option<String>,
}

impl Attempt {
    pub(crate) fn begin(number: u32, host_id: &str, now: DateTime<Utc>) -> Self {
        let host_id = host_id.to_owned();
        Self { number, host_id, started_on: now, ended_on: None, cause: None, message: None }
    }
}

/// The attempts of a job, oldest first: the first one, and as many of the last as are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AttemptHistory(Vec<Attempt>);

impl AttemptHistory {
    /// The number of attempts that are kept. Beyond it, the second oldest is dropped.
    pub const MAX_ATTEMPTS: usize = 16;

    /// The attempts that are kept, oldest first.
    #[must_use]
    pub fn attempts(&self) -> &[Attempt] {
        &self.0
    }

    pub(crate) fn push(&mut self, attempt: Attempt) {
        self.0.push(attempt);
        // The first attempt shows how the failures began, the last ones how things are now. A store's
        // history may be longer than this version keeps, so more than one may go.
        if let Some(surplus) = self.0.len().checked_sub(Self::MAX_ATTEMPTS) {
            self.0.drain(1..1 + surplus);
        }
    }

    /// Ends the attempt that is under way.
    pub(crate) fn end(&mut self, failure: Option<&Diagnosis>, now: DateTime<Utc>) {
        if let Some(attempt) = self.0.last_mut().filter(|it| it.ended_on.is_none()) {
            attempt.ended_on = Some(now);
            attempt.cause = failure.map(|it| it.cause);
            attempt.message = failure.map(ToString::to_string);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_attempt_and_the_last_ones_are_kept() {
        let mut history = AttemptHistory::default();
        for number in 1..=40 {
            history.push(Attempt::begin(number, "host-1", DateTime::UNIX_EPOCH));
        }
        let numbers: Vec<_> = history.attempts().iter().map(|it| it.number).collect();
        let expected: Vec<_> = std::iter::once(1).chain(26..=40).collect();
        assert_eq!(numbers, expected);
    }
}
