//! Recognizing messages that arrived before.

use std::collections::{HashSet, VecDeque};

use uuid::Uuid;

/// Recognizes the messages that a listener has seen before.
///
/// A message is sent at least once. It is sent again if it may not have arrived: the connection was
/// lost before the answer came, or the worker crashed before it recorded the answer. Each copy
/// has the same [message id](crate::property::MESSAGE_ID), and its own
/// [attempt](crate::property::ATTEMPT).
///
/// The last messages are remembered, up to the capacity. A copy can come as late as the retry policy
/// allows, a day by default. A listener that must never handle a message twice stores the ids
/// together with its own data, in one transaction.
///
/// ```
/// use xrm_eventhub::Dedupe;
///
/// let id = |text: &str| text.parse().expect("a GUID");
/// let mut seen = Dedupe::new(10_000);
/// assert!(seen.is_first(id("00000000-0000-0000-0000-000000000001")));
/// assert!(!seen.is_first(id("00000000-0000-0000-0000-000000000001")));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Dedupe {
    capacity: usize,
    // The set answers, the queue knows which id is the oldest. Both hold the same ids.
    ids: HashSet<Uuid>,
    order: VecDeque<Uuid>,
}

impl Dedupe {
    /// One that remembers the last `capacity` messages, at about 60 bytes each.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { capacity, ..Self::default() }
    }

    /// Remembers a message, and returns whether it was not remembered before.
    pub fn is_first(&mut self, message_id: Uuid) -> bool {
        if !self.ids.insert(message_id) {
            return false;
        }
        // Added before the oldest is removed, so that a capacity of 0 needs no special case.
        self.order.push_back(message_id);
        if self.order.len() > self.capacity
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
        true
    }

    /// How many messages are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether none is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_are_forgotten() {
        let mut seen = Dedupe::new(2);
        let mut is_first = |id| seen.is_first(Uuid::from_u128(id));
        assert!(is_first(1) && is_first(2) && !is_first(1) && is_first(3));
        assert!(is_first(1), "it was the oldest");
        assert!(!is_first(3));
        assert_eq!(seen.len(), 2);
        assert!(Dedupe::new(0).is_first(Uuid::nil()));
    }
}
