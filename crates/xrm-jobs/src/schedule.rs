//! When a waiting job is retried, and when retrying ends.

use std::time::Duration;

use crate::cause::FailureClass;
use crate::error::Error;
use crate::options::options;

/// The schedule of each class of failure.
#[derive(Clone, Debug, PartialEq)]
pub struct RetryPolicy {
    /// For transient failures. By default [`RetryOptions::default`].
    pub transient: RetrySchedule,
    /// For refused credentials: when a worker probes with one of the suspended jobs, and how
    /// old these may be ([`max_age`](field@RetryOptions::max_age)). The number of probes is not
    /// limited, because they are not attempts of one job. By default [`RetryOptions::authorization`].
    pub authorization: RetrySchedule,
}

impl RetryPolicy {
    /// The schedule of a class of failures, or `None` if those are not retried.
    ///
    /// ```
    /// use xrm_jobs::{Cause, RetryPolicy};
    ///
    /// let policy = RetryPolicy::default();
    /// assert!(policy.schedule(Cause::Throttled.class()).is_some());
    /// assert!(policy.schedule(Cause::MissingHub.class()).is_none());
    /// ```
    #[must_use]
    pub fn schedule(&self, class: FailureClass) -> Option<&RetrySchedule> {
        match class {
            FailureClass::Transient => Some(&self.transient),
            FailureClass::Authorization => Some(&self.authorization),
            FailureClass::Permanent => None,
        }
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            transient: RetrySchedule::default(),
            authorization: RetrySchedule { options: RetryOptions::authorization() },
        }
    }
}

options! {
    /// The numbers of a [`RetrySchedule`].
    ///
    /// The platform documents "an exponential pattern" of attempts at longer and longer intervals until
    /// the job is aborted
    /// ([Azure integration](https://learn.microsoft.com/power-apps/developer/data-platform/azure-integration)),
    /// and publishes no numbers. The defaults are ours.
    ///
    /// ```
    /// use std::time::Duration;
    /// use xrm_jobs::{RetryOptions, RetryPolicy, RetrySchedule};
    ///
    /// let patient = RetryOptions::default()
    ///     .max_attempts(100)
    ///     .max_age(Duration::from_secs(7 * 24 * 60 * 60));
    /// let mut policy = RetryPolicy::default();
    /// policy.transient = RetrySchedule::new(patient)?;
    /// # Ok::<(), xrm_jobs::Error>(())
    /// ```
    #[derive(Clone, Debug, PartialEq)]
    pub struct RetryOptions;

    /// The delay after the first attempt. 10 seconds by default; not zero.
    first_delay: Duration = Duration::from_secs(10);
    /// What each delay is multiplied by to give the next. 2 by default; at least 1.
    factor: f64 = 2.0;
    /// The longest delay. 1 hour by default; not less than the first.
    max_delay: Duration = Duration::from_secs(60 * 60);
    /// The number of attempts in all, including the first. 32 by default; at least 1.
    max_attempts: u32 = 32;
    /// The number of attempts that a job gets whatever its age, so that one failure after a long
    /// pause does not end it. 3 by default. [`max_attempts`](field@Self::max_attempts) wins.
    min_attempts: u32 = 3;
    /// The age up to which an attempt begins, counted from the beginning of the first attempt: a
    /// job does not age while no worker runs. 24 hours by default, which with the other defaults is
    /// reached with the 32nd attempt.
    max_age: Duration = Duration::from_secs(24 * 60 * 60);
    /// The part by which a delay is shortened at random at most, so that jobs which failed together
    /// are not retried together. 0.2 by default; from 0 (not at all) to 1.
    jitter: f64 = 0.2;
}

impl RetryOptions {
    /// For refused credentials: probes from 1 minute apart to 4 hours apart, within a day. Somebody
    /// has to act, and asking often does not help.
    pub const fn authorization() -> Self {
        Self {
            first_delay: Duration::from_secs(60),
            factor: 3.0,
            max_delay: Duration::from_secs(4 * 60 * 60),
            max_attempts: 8,
            min_attempts: 1,
            max_age: Duration::from_secs(24 * 60 * 60),
            jitter: 0.2,
        }
    }
}

/// The delays between attempts: exponential, capped, and ended by a number of attempts or an age.
///
/// ```
/// use std::time::Duration;
/// use xrm_jobs::{RetryOptions, RetrySchedule};
///
/// let options = RetryOptions::default().max_delay(Duration::from_secs(30));
/// let schedule = RetrySchedule::new(options)?;
/// let seconds: Vec<u64> = schedule.preview(4).map(|it| it.delay.as_secs()).collect();
/// assert_eq!(seconds, [10, 20, 30, 30]);
/// # Ok::<(), xrm_jobs::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RetrySchedule {
    options: RetryOptions,
}

/// One line of a schedule's [preview](RetrySchedule::preview).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlannedRetry {
    /// Which attempt this is; the first retry is attempt 2.
    pub attempt: u32,
    /// The delay before it, not shortened by jitter.
    pub delay: Duration,
    /// The time since the first attempt, if attempts took no time.
    pub elapsed: Duration,
}

impl RetrySchedule {
    /// A schedule of these numbers.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidSchedule`] names the option that is outside its range.
    pub fn new(options: RetryOptions) -> Result<Self, Error> {
        let invalid = |option, reason| Err(Error::InvalidSchedule { option, reason });
        if options.first_delay.is_zero() {
            return invalid("first_delay", "must not be zero");
        }
        if !(options.factor.is_finite() && options.factor >= 1.0) {
            return invalid("factor", "must be a number of at least 1");
        }
        if options.max_delay < options.first_delay {
            return invalid("max_delay", "must not be less than `first_delay`");
        }
        if options.max_attempts == 0 {
            return invalid("max_attempts", "must be at least 1");
        }
        if !(0.0..=1.0).contains(&options.jitter) {
            return invalid("jitter", "must be between 0 and 1");
        }
        Ok(Self { options })
    }

    /// The numbers.
    pub fn options(&self) -> &RetryOptions {
        &self.options
    }

    /// The delay after a number of attempts, at least one.
    ///
    /// `random` is any random number, evenly distributed over all of `u64`; 0 gives the full delay.
    ///
    /// ```
    /// use std::time::Duration;
    /// use xrm_jobs::RetrySchedule;
    ///
    /// let schedule = RetrySchedule::default();
    /// assert_eq!(schedule.delay(1, 0), Duration::from_secs(10));
    /// assert_eq!(schedule.delay(3, 0), Duration::from_secs(40));
    /// assert!(schedule.delay(3, u64::MAX) >= Duration::from_secs(32), "a fifth is jitter");
    /// ```
    #[must_use]
    pub fn delay(&self, attempts: u32, random: u64) -> Duration {
        self.shortened(self.full_delay(attempts), random)
    }

    /// The delay after a number of attempts, or `None` if there is no other: the attempts are used
    /// up, or the first of them began so long ago (`age`) that the next would be too late. It is
    /// never too late for the [first few](field@RetryOptions::min_attempts).
    ///
    /// ```
    /// use std::time::Duration;
    /// use xrm_jobs::RetrySchedule;
    ///
    /// let schedule = RetrySchedule::default();
    /// assert!(schedule.next_delay(31, Duration::ZERO, 0).is_some());
    /// assert!(schedule.next_delay(32, Duration::ZERO, 0).is_none(), "32 attempts are made in all");
    /// ```
    #[must_use]
    pub fn next_delay(&self, attempts: u32, age: Duration, random: u64) -> Option<Duration> {
        let delay = self.delay(attempts, random);
        let is_in_time = self.is_in_time(age, delay) || attempts < self.options.min_attempts;
        (attempts < self.options.max_attempts && is_in_time).then_some(delay)
    }

    /// The first `count` retries, fewer if the schedule ends before.
    ///
    /// ```
    /// use xrm_jobs::RetrySchedule;
    ///
    /// let attempts: Vec<_> = RetrySchedule::default().preview(2).map(|it| it.attempt).collect();
    /// assert_eq!(attempts, [2, 3]);
    /// ```
    pub fn preview(&self, count: usize) -> impl Iterator<Item = PlannedRetry> + '_ {
        let mut elapsed = Duration::ZERO;
        (1..=u32::MAX)
            .map_while(move |attempts| {
                let delay = self.next_delay(attempts, elapsed, 0)?;
                elapsed = elapsed.saturating_add(delay);
                Some(PlannedRetry { attempt: attempts.saturating_add(1), delay, elapsed })
            })
            .take(count)
    }

    /// Whether an attempt that begins after `delay` is within the age.
    pub(crate) fn is_in_time(&self, age: Duration, delay: Duration) -> bool {
        age.saturating_add(delay) <= self.options.max_age
    }

    fn full_delay(&self, attempts: u32) -> Duration {
        // In floating point: the factor is a fraction, and the power may be beyond all bounds.
        let exponent = i32::try_from(attempts.saturating_sub(1)).unwrap_or(i32::MAX);
        let seconds = self.options.first_delay.as_secs_f64() * self.options.factor.powi(exponent);
        // The power may exceed a `Duration`, or be infinite: then it exceeds the cap as well.
        Duration::try_from_secs_f64(seconds)
            .map_or(self.options.max_delay, |delay| delay.min(self.options.max_delay))
    }

    fn shortened(&self, delay: Duration, random: u64) -> Duration {
        // The upper 53 bits make every `f64` in [0, 1) that is a multiple of 2^-53, each as likely.
        let unit = (random >> 11) as f64 / (1_u64 << 53) as f64;
        // Shortened and never lengthened, so `max_delay` and what the service asked for hold.
        let kept = delay.as_secs_f64() * (1.0 - self.options.jitter * unit);
        Duration::try_from_secs_f64(kept).map_or(delay, |kept| kept.min(delay))
    }
}
