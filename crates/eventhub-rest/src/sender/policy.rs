use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::verdict::Verdict;

/// When to send again, and when to stop.
///
/// Use it if this crate alone sends the events. An application that stores events durably has its
/// own schedule, and retries belong in one place.
///
/// Before the retry number *n* it waits for a random time between nothing and
/// `min(max_delay, base_delay * 2^(n - 1))`, and on top for what the service asks for:
/// [`Refusal::minimum_wait`](crate::Refusal::minimum_wait). This is exponential backoff with
/// [full jitter][jitter], which spreads the retries of many clients best.
///
/// [jitter]: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
///
/// ```
/// use std::time::Duration;
///
/// use chrono::DateTime;
/// use eventhub_rest::{
///     Decision, NoAnswer, NoAnswerKind, ResendPolicy, ResendState, Verdict,
/// };
///
/// let policy = ResendPolicy::default().base_delay(Duration::from_secs(1));
/// let verdict = Verdict::NoAnswer(NoAnswer::new(NoAnswerKind::ConnectionRefused, ""));
/// let state = ResendState::new(3, Duration::from_secs(2), DateTime::UNIX_EPOCH);
/// let halfway = u64::MAX / 2 + 1;
/// assert_eq!(
///     policy.decide(&verdict, &state, halfway),
///     Decision::Resend { after: Duration::from_secs(2) }
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResendPolicy {
    max_attempts: u32,
    base_delay: Duration,
    max_delay: Duration,
    pub(super) deadline: Option<Duration>,
    at_most_once: bool,
}

impl ResendPolicy {
    /// One attempt and no retry.
    #[must_use]
    pub fn never() -> Self {
        Self::default().max_attempts(1)
    }

    /// How many attempts there may be in all, the first included; 0 counts as 1. By default, this
    /// is 4, as in Microsoft's clients for .NET, Python, JavaScript and Go.
    #[must_use]
    pub fn max_attempts(self, max_attempts: u32) -> Self {
        Self { max_attempts, ..self }
    }

    /// The longest wait before the first retry, doubled for each that follows. By default, this is
    /// 0.8 seconds, as in Microsoft's clients for .NET and Python.
    #[must_use]
    pub fn base_delay(self, base_delay: Duration) -> Self {
        Self { base_delay, ..self }
    }

    /// The longest wait before any retry, save for what the service asks for. By default, this is
    /// 60 seconds, as in Microsoft's client for .NET.
    #[must_use]
    pub fn max_delay(self, max_delay: Duration) -> Self {
        Self { max_delay, ..self }
    }

    /// How long all attempts and waits may take together; `None` for as long as they take. By
    /// default, this is 5 minutes.
    #[must_use]
    pub fn deadline(self, deadline: impl Into<Option<Duration>>) -> Self {
        Self { deadline: deadline.into(), ..self }
    }

    /// The same policy, but what [may be delivered](Verdict::may_be_delivered) is not sent again. By
    /// default, it is, which may make a duplicate because the REST interface has no idempotence: an
    /// event arrives at least once, or the report says that it may not have.
    #[must_use]
    pub fn at_most_once(self) -> Self {
        Self { at_most_once: true, ..self }
    }

    /// What to do after an attempt that ended with `verdict`. `random` is uniform over all its
    /// values.
    #[must_use]
    pub fn decide(&self, verdict: &Verdict, state: &ResendState, random: u64) -> Decision {
        let stop = match verdict {
            Verdict::Accepted => Some(StopReason::Accepted),
            _ if !verdict.is_transient() => Some(StopReason::Lasting),
            _ if verdict.may_be_delivered() && self.at_most_once => {
                Some(StopReason::MaybeDelivered)
            }
            _ if state.attempts >= self.max_attempts => Some(StopReason::Attempts),
            _ => None,
        };
        // The reasons above come first: a report should say "lasting" of what would fail again, even
        // if the deadline has passed as well.
        let after = self.wait(verdict, state, random);
        let in_time =
            // An attempt that would begin at the deadline has no time left, hence `<`.
            self.deadline.is_none_or(|deadline| state.elapsed.saturating_add(after) < deadline);
        match stop {
            Some(reason) => Decision::Stop(reason),
            None if in_time => Decision::Resend { after },
            None => Decision::Stop(StopReason::Deadline),
        }
    }

    fn wait(&self, verdict: &Verdict, state: &ResendState, random: u64) -> Duration {
        // Of a `u32`, 31 doublings are the most; the longest wait is reached long before.
        let doublings = state.attempts.saturating_sub(1).min(31);
        let longest = self.base_delay.saturating_mul(1 << doublings).min(self.max_delay);
        let asked = match verdict {
            Verdict::Refused(refusal) => refusal.minimum_wait(state.now),
            _ => Duration::ZERO,
        };
        asked.saturating_add(fraction(longest, random))
    }
}

impl Default for ResendPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 4,
            base_delay: Duration::from_millis(800),
            max_delay: Duration::from_secs(60),
            deadline: Some(Duration::from_secs(300)),
            at_most_once: false,
        }
    }
}

/// The state of a send after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ResendState {
    /// How many attempts were made, the one just ended included.
    pub attempts: u32,
    /// How long it is since the first began.
    pub elapsed: Duration,
    /// The time: a `Retry-After` may name a date.
    pub now: DateTime<Utc>,
}

impl ResendState {
    /// The state after `attempts`, `elapsed` after the first began, at `now`.
    #[must_use]
    pub fn new(attempts: u32, elapsed: Duration, now: DateTime<Utc>) -> Self {
        Self { attempts, elapsed, now }
    }
}

/// What to do after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Try again after a wait.
    Resend {
        /// How long to wait.
        after: Duration,
    },
    /// Leave it at that.
    Stop(StopReason),
}

/// Why there is no further attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StopReason {
    /// The service took it.
    Accepted,
    /// The same request would fail again.
    Lasting,
    /// It may be delivered, and is not to be sent twice.
    MaybeDelivered,
    /// As many attempts were made as may be.
    Attempts,
    /// The next attempt would begin after the deadline, or the last was cut off by it.
    Deadline,
    /// The [budget](crate::ResendBudget) for retries is used up.
    Budget,
    /// The runtime ended first.
    Abandoned,
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Accepted => "it was accepted",
            Self::Lasting => "a retry would fail again",
            Self::MaybeDelivered => "it may be delivered and is not to be sent twice",
            Self::Attempts => "all attempts were used",
            Self::Deadline => "the deadline passed",
            Self::Budget => "the budget for retries is used up",
            Self::Abandoned => "the runtime ended first",
        })
    }
}

/// `longest * random / 2^64`: a multiplication and a shift in place of a division, which make
/// `random` uniform over the range ([Lemire, 2018](https://arxiv.org/abs/1805.10941)).
fn fraction(longest: Duration, random: u64) -> Duration {
    let nanos = u64::try_from(longest.as_nanos()).unwrap_or(u64::MAX);
    let scaled = (u128::from(nanos) * u128::from(random)) >> 64;
    Duration::from_nanos(u64::try_from(scaled).expect("a fraction of 64 bits has 64 bits"))
}
