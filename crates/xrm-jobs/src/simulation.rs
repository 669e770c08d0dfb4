//! A simulation of a job from its start to its end, without a clock.

use chrono::{DateTime, TimeDelta, Utc};

use crate::error::Error;
use crate::job::SystemJob;
use crate::outcome::{Failure, Outcome};
use crate::schedule::RetryPolicy;
use crate::status::StateCode;

impl RetryPolicy {
    /// Runs a job from the time `now` to its end, without waiting: `attempt` is called for each attempt,
    /// with the job in progress, and returns how it failed, or `None` if it succeeded. Attempts take
    /// no time, and each begins when it is due.
    ///
    /// A job that is suspended is resumed by the probes of a worker, on the schedule of
    /// [`authorization`](Self::authorization), and given up when it is too old.
    ///
    /// ```
    /// use chrono::{DateTime, TimeDelta};
    /// use std::time::Duration;
    /// use uuid::Uuid;
    /// use xrm_jobs::{Cause, Diagnosis, Failure, JobDescription, RetryPolicy, StatusCode, SystemJob};
    ///
    /// // The hub is throttled for the first quarter of an hour.
    /// let created = DateTime::UNIX_EPOCH;
    /// let job = SystemJob::new(JobDescription::new(Uuid::from_u128(1), "job", created));
    /// let job = RetryPolicy::default().simulate(job, created, |_, now| {
    ///     let diagnosis = Diagnosis::new(Cause::Throttled);
    ///     let failure = Failure { diagnosis, minimum_wait: Duration::ZERO, random: 0 };
    ///     (now < created + TimeDelta::minutes(15)).then_some(failure)
    /// })?;
    /// assert_eq!(job.status(), StatusCode::Succeeded);
    /// assert_eq!(job.progress().retry_count, 8);
    /// assert_eq!(job.progress().completed_on, Some(created + TimeDelta::seconds(1270)));
    /// # Ok::<(), xrm_jobs::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::IllegalMove`] for a job that is under way or completed.
    pub fn simulate(
        &self,
        mut job: SystemJob,
        mut now: DateTime<Utc>,
        mut attempt: impl FnMut(&SystemJob, DateTime<Utc>) -> Option<Failure>,
    ) -> Result<SystemJob, Error> {
        let mut probes = 0;
        while !job.status().state().is_completed() {
            if job.status().state() == StateCode::Suspended {
                now = now.max(job.due_on().unwrap_or(now));
            }
            // The lease does not matter: nobody else works on the job.
            job.begin("simulation", now, now)?;
            let outcome = match attempt(&job, now) {
                None => Outcome::Succeeded,
                Some(failure) => self.outcome(&job, failure, now),
            };
            outcome.apply(&mut job, now)?;
            if let Outcome::Suspended(diagnosis) = outcome {
                probes += 1;
                now = later(now, self.authorization.delay(probes, 0));
                if self.is_too_old(&job, now) {
                    job.give_up(&diagnosis, now)?;
                } else {
                    job.resume(now)?;
                }
            }
        }
        Ok(job)
    }
}

fn later(now: DateTime<Utc>, delay: std::time::Duration) -> DateTime<Utc> {
    let delay = TimeDelta::from_std(delay).unwrap_or(TimeDelta::MAX);
    now.checked_add_signed(delay).unwrap_or(DateTime::<Utc>::MAX_UTC)
}
