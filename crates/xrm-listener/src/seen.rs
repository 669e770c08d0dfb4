//! Messages that arrived before.

use std::collections::{HashMap, VecDeque};

/// Remembers the ids of the last messages.
#[derive(Debug)]
pub(crate) struct Seen {
    capacity: usize,
    // The map answers, the queue knows which id is the oldest. Both hold the same ids. The place tells a copy
    // from the same event that is received again.
    places: HashMap<String, (String, i64)>,
    order: VecDeque<String>,
}

impl Seen {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity, places: HashMap::new(), order: VecDeque::new() }
    }

    /// Remembers the message of an event, and returns whether another event brought it before.
    pub(crate) fn before(&mut self, id: &str, partition: &str, sequence_number: i64) -> bool {
        if let Some((seen_in, seen_at)) = self.places.get(id) {
            return (&**seen_in, *seen_at) != (partition, sequence_number);
        }
        self.places.insert(id.to_owned(), (partition.to_owned(), sequence_number));
        self.order.push_back(id.to_owned());
        if self.order.len() > self.capacity
            && let Some(oldest) = self.order.pop_front()
        {
            self.places.remove(&oldest);
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_are_forgotten() {
        let mut seen = Seen::new(2);
        let mut number = 0;
        let mut before = |id| {
            number += 1;
            seen.before(id, "0", number)
        };
        assert!(!before("a") && !before("b") && before("a") && !before("c"));
        assert!(!before("a"), "it was the oldest");
        assert!(before("c"));
        assert!(!Seen::new(0).before("a", "0", 1));
    }

    #[test]
    fn an_event_that_is_received_again_is_no_copy() {
        let mut seen = Seen::new(2);
        assert!(!seen.before("a", "0", 1));
        assert!(!seen.before("a", "0", 1));
        assert!(seen.before("a", "1", 1));
    }
}
