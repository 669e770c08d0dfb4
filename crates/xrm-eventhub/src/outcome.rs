//! What an attempt leads to: the move that its job makes.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use eventhub_rest::Verdict;
use xrm_jobs::{Diagnosis, FailureClass, RetryPolicy, SystemJob};

use crate::credentials::unix_seconds;
use crate::diagnosis::{self, Facts};

/// What an attempt leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The hub took the message.
    Succeeded,
    /// The next attempt is due at this time.
    Waiting(DateTime<Utc>, Diagnosis),
    /// There will be no other attempt.
    Failed(Diagnosis),
}

/// When a job may be tried again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Retry<'a> {
    pub(crate) policy: &'a RetryPolicy,
    /// How many attempts were made.
    pub(crate) attempts: u32,
    pub(crate) created_on: DateTime<Utc>,
    pub(crate) now: DateTime<Utc>,
    /// 64 random bits, for the jitter.
    pub(crate) random: u64,
}

impl Outcome {
    pub(crate) fn of(verdict: &Verdict, facts: &Facts<'_>, retry: Retry<'_>) -> Self {
        let Some(diagnosis) = diagnosis::of(verdict, facts) else {
            return Self::Succeeded;
        };
        let class = diagnosis.cause.class();
        match retry.next_attempt(class, minimum_wait(verdict, retry.now)) {
            Some(until) => Self::Waiting(until, diagnosis),
            None => Self::Failed(retry.given_up(class, diagnosis)),
        }
    }

    /// Makes the move.
    pub(crate) fn apply(
        &self,
        job: &mut SystemJob,
        now: DateTime<Utc>,
    ) -> Result<(), xrm_jobs::Error> {
        match self {
            Self::Succeeded => job.succeed(now),
            Self::Waiting(until, diagnosis) => job.wait_until(*until, diagnosis, now),
            Self::Failed(diagnosis) => job.fail(diagnosis, now),
        }
    }
}

impl Retry<'_> {
    /// The time of the next attempt, at least `wait` from now; `None` if there is to be none.
    fn next_attempt(&self, class: FailureClass, wait: Duration) -> Option<DateTime<Utc>> {
        let schedule = self.policy.schedule(class)?;
        // A clock that was set back makes a job younger than new.
        let age = (self.now - self.created_on).to_std().unwrap_or_default();
        let delay = schedule.next_delay(self.attempts, age, self.random)?.max(wait);
        if age.saturating_add(delay) > schedule.options().max_age {
            return None;
        }
        self.now.checked_add_signed(TimeDelta::from_std(delay).ok()?)
    }

    /// Says that a failure which usually passes has lasted too long.
    fn given_up(&self, class: FailureClass, diagnosis: Diagnosis) -> Diagnosis {
        if class != FailureClass::Transient {
            return diagnosis;
        }
        let what = format!("{} Attempt {} was the last.", diagnosis.what, self.attempts);
        diagnosis.with_what(what)
    }
}

/// How long the service asks to be left alone.
fn minimum_wait(verdict: &Verdict, now: DateTime<Utc>) -> Duration {
    match verdict {
        Verdict::Refused(refusal) => refusal.minimum_wait(unix_seconds(now)),
        Verdict::Accepted | Verdict::NoAnswer(_) => Duration::ZERO,
    }
}
