//! A store that is damaged while a worker runs.
//!
//! Waiting does not mend it. The worker goes on as long as it finds work in what can still be read,
//! reports the damage at a falling rate, and ends when there was none for a while.

use std::time::Duration;

use tokio::time::Instant;

use crate::error::Error;
use crate::store_error::StoreErrorKind;

/// The time between the first two reports; each later one is twice as long after the one before.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest time between two reports.
const LONGEST_PAUSE: Duration = Duration::from_secs(5 * 60);

/// The damage that a worker has met since it last claimed a job.
#[derive(Debug)]
pub(super) struct Damage {
    since: Instant,
    next_report: Instant,
    pause: Duration,
}

impl Damage {
    pub(super) fn met(now: Instant) -> Self {
        Self { since: now, next_report: now, pause: FIRST_PAUSE }
    }

    /// Whether it is to be reported now.
    pub(super) fn is_reported(&mut self, now: Instant) -> bool {
        let is_reported = now >= self.next_report;
        if is_reported {
            self.next_report = now + self.pause;
            self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        }
        is_reported
    }

    /// How long it has lasted.
    pub(super) fn lasts(&self, now: Instant) -> Duration {
        now - self.since
    }

    /// Whether it has lasted for so long that the worker ends.
    pub(super) fn is_over(&self, limit: Duration, now: Instant) -> bool {
        self.lasts(now) >= limit
    }
}

/// Whether an error is about damage, for which nobody has to be waited.
pub(super) fn is_damage(error: &Error) -> bool {
    let kind = error.store_error().map(crate::store_error::StoreError::kind);
    matches!(kind, Some(StoreErrorKind::Corrupt | StoreErrorKind::Replaced))
}

/// Whether what the store would record is lost, so that the worker ends at once.
pub(super) fn is_final(error: &Error) -> bool {
    error.store_error().is_some_and(|it| it.kind() == StoreErrorKind::Replaced)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_is_reported_at_a_falling_rate() {
        let start = Instant::now();
        let mut damage = Damage::met(start);
        let reported: Vec<_> = (0..1200)
            .filter(|second| damage.is_reported(start + Duration::from_secs(*second)))
            .collect();
        assert_eq!(reported, [0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 811, 1111]);
        let limit = Duration::from_secs(60);
        assert!(!damage.is_over(limit, start + Duration::from_secs(59)));
        assert!(damage.is_over(limit, start + limit));
    }
}
