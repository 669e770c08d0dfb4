//! What happens after a handler failed.

use std::time::Duration;

/// How often the handler is called for an event, and how long a partition waits between the calls.
///
/// The waits double: by default 3 attempts, after 1 and 2 seconds. Half of each wait is random, so that
/// listeners that failed together do not try again together.
///
/// ```
/// use std::time::Duration;
/// use xrm_listener::{Next, RetryPolicy};
///
/// let policy = RetryPolicy::new(3);
/// assert_eq!(policy.after(1, 1.0), Next::Retry(Duration::from_secs(1)));
/// assert_eq!(policy.after(2, 0.0), Next::Retry(Duration::from_secs(1)));
/// assert_eq!(policy.after(3, 0.5), Next::DeadLetter);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    attempts: u32,
    first: Duration,
    longest: Duration,
}

/// What happens next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The handler is called again after this time.
    Retry(Duration),
    /// The event becomes a dead letter.
    DeadLetter,
}

impl RetryPolicy {
    /// So many attempts, at least 1.
    #[must_use]
    pub const fn new(attempts: u32) -> Self {
        let attempts = if attempts == 0 { 1 } else { attempts };
        Self { attempts, first: Duration::from_secs(1), longest: Duration::from_secs(60) }
    }

    /// Attempts without an end: the partition waits until the handler succeeds. No event becomes a dead
    /// letter because of its handler.
    #[must_use]
    pub const fn forever() -> Self {
        Self::new(u32::MAX)
    }

    /// The wait after the first attempt, by default 1 second, and the longest one, by default 60 seconds.
    #[must_use]
    pub const fn waits(mut self, first: Duration, longest: Duration) -> Self {
        self.first = first;
        self.longest = longest;
        self
    }

    /// What happens after the attempt of this number failed; the first is 1. `random` is in 0 to 1.
    #[must_use]
    pub fn after(&self, attempt: u32, random: f64) -> Next {
        if self.attempts != u32::MAX && attempt >= self.attempts {
            return Next::DeadLetter;
        }
        let doublings = attempt.saturating_sub(1).min(31);
        let wait = self.first.saturating_mul(1 << doublings).min(self.longest);
        // "Equal jitter": https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
        Next::Retry(wait.mul_f64(0.5 + 0.5 * random.clamp(0.0, 1.0)))
    }
}

/// Three attempts.
impl Default for RetryPolicy {
    fn default() -> Self {
        Self::new(3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_the_longest() {
        let policy = RetryPolicy::forever();
        let wait = |attempt| policy.after(attempt, 1.0);
        for (attempt, seconds) in [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (u32::MAX, 60)] {
            assert_eq!(wait(attempt), Next::Retry(Duration::from_secs(seconds)), "{attempt}");
        }
    }

    #[test]
    fn a_policy_has_one_attempt_at_least() {
        assert_eq!(RetryPolicy::new(0).after(1, 0.0), Next::DeadLetter);
        let huge = RetryPolicy::new(9).waits(Duration::MAX, Duration::MAX);
        assert!(matches!(huge.after(8, 0.0), Next::Retry(_)), "no overflow");
    }
}
