use std::sync::atomic::{AtomicU64, Ordering};

/// Bounds retries by successes, over all that share it, so that a service that is down is not met
/// with several times the usual load.
///
/// A retry takes from the budget, and an acceptance gives a part of one back.
///
/// ```
/// let budget = eventhub_rest::ResendBudget::new(1, 2);
/// assert!(budget.withdraw());
/// assert!(!budget.withdraw());
/// budget.deposit();
/// budget.deposit();
/// assert!(budget.withdraw());
/// ```
#[derive(Debug)]
pub struct ResendBudget {
    /// In parts of a retry, so many of which make one.
    // Whole numbers, because an acceptance gives back a fraction of a retry and there is no atomic
    // float.
    left: AtomicU64,
    capacity: u64,
    retry: u64,
}

impl ResendBudget {
    /// A full budget of `retries`, of which `acceptances_per_retry` give one back, at least 1.
    #[must_use]
    pub fn new(retries: u32, acceptances_per_retry: u32) -> Self {
        let retry = u64::from(acceptances_per_retry.max(1));
        let capacity = u64::from(retries) * retry;
        Self { left: AtomicU64::new(capacity), capacity, retry }
    }

    /// Takes a retry; false if there is none left.
    pub fn withdraw(&self) -> bool {
        self.update(|left| left.checked_sub(self.retry))
    }

    /// Takes note of an acceptance.
    pub fn deposit(&self) {
        self.update(|left| (left < self.capacity).then_some(left + 1));
    }

    fn update(&self, change: impl FnMut(u64) -> Option<u64>) -> bool {
        // Relaxed is enough: the number guards no other memory, and no retry is taken twice.
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, change).is_ok()
    }
}

/// 100 retries, of which ten acceptances give one back.
impl Default for ResendBudget {
    fn default() -> Self {
        Self::new(100, 10)
    }
}
