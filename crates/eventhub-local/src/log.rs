//! The events of a hub: its partitions, and the order in which the events arrived.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::event::{EventData, ReceivedEvent};
use crate::partition_key::partition_of;
use crate::submission::{Destination, Submission};

/// How much a hub holds before it drops the oldest events.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Retention {
    pub(crate) events_per_partition: usize,
    /// As [`ReceivedEvent::size`] counts them.
    pub(crate) bytes: usize,
}

/// The numbers of events of a hub since it was created.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), eventhub_local::Error> {
/// # use eventhub_local::*;
/// # let local = LocalEventHub::builder().hub("accounts", 1).serve(([127, 0, 0, 1], 0)).await?;
/// let counts = local.event_counts("accounts")?;
/// assert_eq!((counts.arrived, counts.held, counts.dropped), (0, 0, 0));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventCounts {
    /// The events that the hub accepted.
    pub arrived: u64,
    /// The events that can still be read.
    pub held: u64,
    /// The oldest events, which were dropped because the hub held as much as it may.
    pub dropped: u64,
}

/// The events that a hub holds, and the next position of each partition.
pub(crate) struct Log {
    /// By arrival. Dropping the oldest event of one partition leaves a hole among those of others.
    events: BTreeMap<u64, Arc<Held>>,
    partitions: Vec<Partition>,
    arrived: u64,
    turn: u32,
    bytes: usize,
    retention: Retention,
}

/// An event in the log. Readers share it: what is dropped lives on only while a reader writes it.
pub(crate) struct Held {
    /// The number of the event among all events of the hub, counted from 0.
    pub(crate) arrival: u64,
    pub(crate) partition: u32,
    pub(crate) event: ReceivedEvent,
    size: usize,
}

#[derive(Default)]
struct Partition {
    /// The events that are held, oldest first; their sequence numbers have no gaps.
    held: VecDeque<Arc<Held>>,
    next_sequence: i64,
    next_offset: u64,
}

impl Log {
    pub(crate) fn new(partitions: u32, retention: Retention) -> Self {
        Self {
            events: BTreeMap::new(),
            partitions: (0..partitions).map(|_| Partition::default()).collect(),
            arrived: 0,
            turn: 0,
            bytes: 0,
            retention,
        }
    }

    /// Appends what was sent.
    pub(crate) fn append(&mut self, submission: Submission, now: DateTime<Utc>) {
        let shared = match submission.destination {
            Destination::Partition(partition) => Some(partition),
            Destination::Any => Some(self.take_turn()),
            Destination::ByKey => None,
        };
        // A batch without keys goes into one partition as a whole, so its turn is taken once.
        for event in submission.events {
            let partition = shared.unwrap_or_else(|| self.partition_for(&event));
            self.append_to(partition, event, now);
        }
    }

    pub(crate) fn counts(&self) -> EventCounts {
        let held = self.events.len() as u64;
        EventCounts { arrived: self.arrived, held, dropped: self.arrived - held }
    }

    /// The events held, in the order in which they arrived.
    pub(crate) fn events(&self) -> impl ExactSizeIterator<Item = &Arc<Held>> {
        self.events.values()
    }

    /// The next events from an arrival on: at most `count`, and no more of them once they have
    /// `bytes` together.
    ///
    /// A reader takes few at a time, because a send waits while the log is locked.
    pub(crate) fn by_arrival(&self, arrival: u64, count: usize, bytes: usize) -> Vec<Arc<Held>> {
        let mut taken = 0;
        let has_room = |held: &&Arc<Held>| {
            let room = taken < bytes;
            taken += held.size;
            room
        };
        self.events
            .range(arrival..)
            .map(|(_, held)| held)
            .take(count)
            .take_while(has_room)
            .cloned()
            .collect()
    }

    fn partition_for(&mut self, event: &EventData) -> u32 {
        match &event.partition_key {
            Some(key) => partition_of(key, self.count()),
            None => self.take_turn(),
        }
    }

    fn take_turn(&mut self) -> u32 {
        let turn = self.turn;
        self.turn = (turn + 1) % self.count();
        turn
    }

    fn count(&self) -> u32 {
        u32::try_from(self.partitions.len()).expect("a hub has 1024 partitions at most")
    }

    fn append_to(&mut self, id: u32, event: EventData, now: DateTime<Utc>) {
        let partition = &mut self.partitions[id as usize];
        // Arrivals number the events of all partitions: listeners read across partitions, and go on
        // by number where they were, whatever was dropped meanwhile.
        let arrival = self.arrived;
        self.arrived += 1;
        let (sequence, offset) = partition.next_position(event.body.len());
        let event = ReceivedEvent {
            partition: id.to_string(),
            sequence,
            offset: offset.to_string(),
            enqueued_time: now,
            content_type: event.content_type,
            partition_key: event.partition_key,
            publisher: event.publisher,
            properties: event.properties,
            body: event.body,
        };
        let held = Arc::new(Held { arrival, partition: id, size: event.size(), event });
        self.bytes += held.size;
        partition.held.push_back(Arc::clone(&held));
        self.events.insert(arrival, held);
        self.trim(id);
    }

    /// Drops what is over the retention after an event came into a partition; never that event.
    fn trim(&mut self, id: u32) {
        // One event came in, so at most one is over in its partition; the bytes it brought may
        // outweigh many old events of any partition.
        if self.partitions[id as usize].held.len() > self.retention.events_per_partition {
            self.drop_oldest(id);
        }
        while self.bytes > self.retention.bytes && self.events.len() > 1 {
            let Some(oldest) = self.events.values().next() else { return };
            let partition = oldest.partition;
            self.drop_oldest(partition);
        }
    }

    fn drop_oldest(&mut self, id: u32) {
        if let Some(oldest) = self.partitions[id as usize].held.pop_front() {
            self.events.remove(&oldest.arrival);
            self.bytes -= oldest.size;
        }
    }
}

impl Partition {
    /// The sequence number and offset of an event with a body of so many bytes.
    fn next_position(&mut self, body_length: usize) -> (i64, u64) {
        /// What an event takes up besides its body, so that an empty one has a place of its own.
        const ENVELOPE: u64 = 32;

        let position = (self.next_sequence, self.next_offset);
        self.next_sequence += 1;
        self.next_offset += ENVELOPE + body_length as u64;
        position
    }
}
