//! Recognising messages that came before.

use std::collections::{HashSet, VecDeque};

use uuid::Uuid;

/// Recognises the messages that a listener has seen before.
///
/// A message is sent at least once. It is sent again when nobody can know whether it arrived: the
/// connection was lost before the answer came, or the worker was gone before it recorded it. Each
/// copy carries the same [message id](crate::property::MESSAGE_ID), and an
/// [attempt](crate::property::ATTEMPT) of its own.
///
/// It remembers as many messages as it is told to, the last ones. A copy comes as late as the retry
/// policy allows, a day by default; a listener that must never handle a message twice keeps the ids
/// with what it makes of the messages, in one transaction.
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
    pub fn new(capacity: usize) -> Self {
        Self { capacity, ..Self::default() }
    }

    /// Whether no message of this id is remembered; it is from now on.
    pub fn is_first(&mut self, message_id: Uuid) -> bool {
        if !self.ids.insert(message_id) {
            return false;
        }
        self.order.push_back(message_id);
        if self.order.len() > self.capacity
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
        true
    }

    /// How many messages are remembered.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether none is remembered.
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
