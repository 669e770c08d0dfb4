//! What a hub holds: its partitions and their events.

use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, Utc};

use crate::event::{EventData, ReceivedEvent};
use crate::partition_key::partition_of;
use crate::submission::{Destination, Submission};

/// How much a hub holds before it drops the oldest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Retention {
    pub(crate) events_per_partition: usize,
    /// As [`ReceivedEvent::size`] counts them.
    pub(crate) bytes: usize,
}

/// The events of a hub by their arrival, and where each partition has got to.
pub(crate) struct Log {
    events: BTreeMap<u64, Held>,
    partitions: Vec<Partition>,
    arrived: u64,
    turn: u32,
    bytes: usize,
    retention: Retention,
}

/// An event and where it belongs.
struct Held {
    partition: u32,
    event: ReceivedEvent,
}

#[derive(Default)]
struct Partition {
    /// The arrivals of the events that are held, oldest first.
    held: VecDeque<u64>,
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

    /// Keeps what was sent, and says how many events have come in all.
    pub(crate) fn keep(&mut self, submission: Submission, now: DateTime<Utc>) -> u64 {
        let shared = match submission.destination {
            Destination::Partition(partition) => Some(partition),
            Destination::Any => Some(self.take_turn()),
            Destination::ByKey => None,
        };
        // A batch without keys goes into one partition as a whole, so its turn is taken once.
        for event in submission.events {
            let partition = shared.unwrap_or_else(|| self.partition_for(&event));
            self.append(partition, event, now);
        }
        self.arrived
    }

    /// The events held, in the order in which they came.
    pub(crate) fn events(&self) -> impl ExactSizeIterator<Item = &ReceivedEvent> {
        self.events.values().map(|it| &it.event)
    }

    /// The first event that came at this place in that order or later, and its place.
    pub(crate) fn first_from(&self, arrival: u64) -> Option<(u64, ReceivedEvent)> {
        self.events.range(arrival..).next().map(|(at, held)| (*at, held.event.clone()))
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

    fn append(&mut self, id: u32, event: EventData, now: DateTime<Utc>) {
        let partition = &mut self.partitions[id as usize];
        // Arrivals number the events of all partitions: listeners read across partitions, and go on
        // by number where they were, whatever was dropped meanwhile.
        let arrival = self.arrived;
        self.arrived += 1;
        let (sequence, offset) = partition.next_position(event.body.len());
        partition.held.push_back(arrival);
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
        self.bytes += event.size();
        self.events.insert(arrival, Held { partition: id, event });
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
        let oldest = self.partitions[id as usize].held.pop_front();
        if let Some(dropped) = oldest.and_then(|it| self.events.remove(&it)) {
            self.bytes -= dropped.event.size();
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
