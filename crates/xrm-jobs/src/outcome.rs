//! The outcome of an attempt, and the move that the job makes then.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::cause::FailureClass;
use crate::diagnosis::Diagnosis;
use crate::error::Error;
use crate::job::SystemJob;
use crate::schedule::RetryPolicy;

/// The outcome of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The hub accepted the message.
    Succeeded,
    /// The next attempt is due at this time.
    Waiting(DateTime<Utc>, Diagnosis),
    /// The next attempt is made when somebody resumes the job.
    Suspended(Diagnosis),
    /// There will be no other attempt.
    Failed(Diagnosis),
    /// The attempt asked for the job to be canceled.
    Canceled(Diagnosis),
}

impl Outcome {
    /// Makes the move of the job.
    ///
    /// ```
    /// use chrono::{DateTime, TimeDelta};
    /// use uuid::Uuid;
    /// use xrm_jobs::{JobDescription, Outcome, StatusCode, SystemJob};
    ///
    /// let now = DateTime::UNIX_EPOCH;
    /// let mut job = SystemJob::new(JobDescription::new(Uuid::from_u128(1), "accounts", now));
    /// job.begin("host-1", now + TimeDelta::minutes(2), now)?;
    /// Outcome::Succeeded.apply(&mut job, now)?;
    /// assert_eq!(job.status(), StatusCode::Succeeded);
    /// # Ok::<(), xrm_jobs::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::IllegalMove`] unless an attempt is under way.
    pub fn apply(&self, job: &mut SystemJob, now: DateTime<Utc>) -> Result<(), Error> {
        match self {
            Self::Succeeded => job.succeed(now),
            Self::Waiting(until, diagnosis) => job.wait_until(*until, diagnosis, now),
            Self::Suspended(diagnosis) => job.suspend(diagnosis, now),
            Self::Failed(diagnosis) => job.fail(diagnosis, now),
            Self::Canceled(diagnosis) => job.call_off(diagnosis, now),
        }
    }

    /// The same, where nobody would resume a job: it has failed instead.
    #[must_use]
    pub fn unless_suspended(self) -> Self {
        match self {
            Self::Suspended(diagnosis) => Self::Failed(diagnosis),
            other => other,
        }
    }

    /// The same, where there will be no other attempt: what would wait has failed instead.
    #[must_use]
    pub fn unless_waiting(self) -> Self {
        match self {
            Self::Waiting(_, diagnosis) | Self::Suspended(diagnosis) => Self::Failed(diagnosis),
            other => other,
        }
    }

    /// Why the attempt failed, if it did.
    #[must_use]
    pub fn diagnosis(&self) -> Option<&Diagnosis> {
        match self {
            Self::Succeeded => None,
            Self::Waiting(_, diagnosis)
            | Self::Suspended(diagnosis)
            | Self::Failed(diagnosis)
            | Self::Canceled(diagnosis) => Some(diagnosis),
        }
    }
}

/// An attempt that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Why it failed.
    pub diagnosis: Diagnosis,
    /// The wait that the service asked for (`Retry-After`); zero if it did not.
    pub minimum_wait: Duration,
    /// Any random number, evenly distributed over all of `u64`, for the jitter.
    pub random: u64,
}

impl RetryPolicy {
    /// The outcome of a failed attempt of a job at the time `now`.
    ///
    /// After a transient failure the job waits for the next attempt of its schedule, and fails when
    /// there is none. If the service asks for a wait that ends after
    /// [the age limit](field@crate::RetryOptions::max_age), the job waits for the schedule's longest
    /// delay instead, and the evidence says so (`retry_after`). Refused credentials suspend the job
    /// until it is resumed, and fail it when it is [too old](Self::is_too_old). Anything else fails
    /// it.
    ///
    /// ```
    /// use chrono::{DateTime, TimeDelta};
    /// use std::time::Duration;
    /// use uuid::Uuid;
    /// use xrm_jobs::{Cause, Diagnosis, Failure, JobDescription, Outcome, RetryPolicy, SystemJob};
    ///
    /// let now = DateTime::UNIX_EPOCH;
    /// let mut job = SystemJob::new(JobDescription::new(Uuid::from_u128(1), "job", now));
    /// job.begin("host-1", now + TimeDelta::seconds(90), now)?;
    /// let diagnosis = Diagnosis::new(Cause::Throttled);
    /// let failure = Failure { diagnosis, minimum_wait: Duration::from_secs(15), random: 0 };
    /// let outcome = RetryPolicy::default().outcome(&job, failure, now);
    /// assert!(matches!(outcome, Outcome::Waiting(until, _) if until == now + TimeDelta::seconds(15)));
    /// # Ok::<(), xrm_jobs::Error>(())
    /// ```
    #[must_use]
    pub fn outcome(&self, job: &SystemJob, failure: Failure, now: DateTime<Utc>) -> Outcome {
        let Failure { diagnosis, minimum_wait, random } = failure;
        match diagnosis.cause.class() {
            FailureClass::Transient => match self.next_attempt(job, minimum_wait, random, now) {
                Some(next) => Outcome::Waiting(next.due_on, next.explained(diagnosis)),
                None => Outcome::Failed(last_attempt(diagnosis, job)),
            },
            // Not by attempts: one job probes for all that are suspended, so a job is given up when it
            // is too old, however few attempts it had.
            FailureClass::Authorization if !self.is_too_old(job, now) => {
                Outcome::Suspended(diagnosis)
            }
            FailureClass::Authorization | FailureClass::Permanent => Outcome::Failed(diagnosis),
        }
    }

    /// Whether a job that waits for its endpoint's credentials to be corrected has waited too long:
    /// since its first attempt or, if it was suspended before it had one, since then.
    ///
    /// ```
    /// use chrono::{DateTime, TimeDelta};
    /// use uuid::Uuid;
    /// use xrm_jobs::{JobDescription, RetryPolicy, SystemJob};
    ///
    /// let created = DateTime::UNIX_EPOCH;
    /// let job = SystemJob::new(JobDescription::new(Uuid::from_u128(1), "accounts", created));
    /// let policy = RetryPolicy::default();
    /// assert!(!policy.is_too_old(&job, created + TimeDelta::hours(23)));
    /// assert!(policy.is_too_old(&job, created + TimeDelta::hours(24)));
    /// ```
    #[must_use]
    pub fn is_too_old(&self, job: &SystemJob, now: DateTime<Utc>) -> bool {
        age(job, now) >= self.authorization.options().max_age
    }

    /// The next attempt, after the wait that the service asked for; `None` if there is to be none.
    fn next_attempt(
        &self,
        job: &SystemJob,
        asked: Duration,
        random: u64,
        now: DateTime<Utc>,
    ) -> Option<NextAttempt> {
        let (schedule, age) = (&self.transient, age(job, now));
        let delay = schedule.next_delay(job.progress().retry_count, age, random)?;
        // What the service asked for wins, unless it would end the job: a service that asks for a
        // day would fail every job by it.
        let wait = match schedule.is_in_time(age, asked) {
            true => asked,
            false => asked.min(schedule.options().max_delay),
        };
        let delay = TimeDelta::from_std(delay.max(wait)).ok()?;
        let cut = (wait < asked).then_some((asked, wait));
        Some(NextAttempt { due_on: now.checked_add_signed(delay)?, cut })
    }
}

/// The next attempt of a job.
struct NextAttempt {
    due_on: DateTime<Utc>,
    /// The wait that the service asked for and the one that it was cut to.
    cut: Option<(Duration, Duration)>,
}

impl NextAttempt {
    /// The diagnosis of the failure, with the wait that was cut.
    fn explained(&self, diagnosis: Diagnosis) -> Diagnosis {
        match self.cut {
            None => diagnosis,
            Some((asked, wait)) => {
                let text = format!("{} s, cut to {} s", asked.as_secs(), wait.as_secs());
                diagnosis.with_evidence("retry_after", text)
            }
        }
    }
}

/// The time since the first attempt or, before it, since the last change. A clock that was set back
/// makes a job younger than new.
fn age(job: &SystemJob, now: DateTime<Utc>) -> Duration {
    let progress = job.progress();
    (now - progress.started_on.unwrap_or(progress.modified_on)).to_std().unwrap_or_default()
}

/// Adds that a transient failure has lasted too long.
fn last_attempt(diagnosis: Diagnosis, job: &SystemJob) -> Diagnosis {
    let attempts = job.progress().retry_count;
    let what = format!("{} Attempt {attempts} was the last.", diagnosis.what);
    diagnosis.with_what(what)
}
