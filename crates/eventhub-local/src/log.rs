//! The events of a hub: its partitions, and the order in which the events arrived.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};

use crate::amqp::message::{self, NewEvent, Place};
use crate::amqp::selector::Start;
use crate::event::ReceivedEvent;
use crate::partition_key::partition_of;
use crate::submission::Destination;

/// How much a hub holds before it drops the oldest events.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Retention {
    pub(crate) events_per_partition: usize,
    /// As [`Held::size`] counts them.
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
    pub(crate) place: Place,
    /// The message that receivers get over AMQP, and the only form in which an event is kept.
    pub(crate) encoded: Bytes,
}

impl Held {
    /// The event as it is shown.
    pub(crate) fn event(&self) -> ReceivedEvent {
        message::received(self.partition, &self.place, &self.encoded)
    }

    /// About how many bytes of memory the event takes.
    fn size(&self) -> usize {
        /// What an event takes besides its message, in this struct and in the maps that lead to it.
        const ENVELOPE: usize = 400;

        ENVELOPE + self.encoded.len()
    }
}

/// Without the event, which is business data.
impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held")
            .field("partition", &self.partition)
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

/// What is known about a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PartitionFacts {
    /// The sequence number of the first event that is held, or of the next that arrives.
    pub(crate) begin: i64,
    pub(crate) is_empty: bool,
    /// The place of the last event that arrived, if one has.
    last: Option<Place>,
}

impl PartitionFacts {
    /// -1 if no event has arrived.
    pub(crate) fn last_sequence(&self) -> i64 {
        self.last.map_or(-1, |it| it.sequence)
    }

    /// `-1` if no event has arrived.
    pub(crate) fn last_offset(&self) -> String {
        self.last.map_or_else(|| "-1".to_owned(), |it| it.offset.to_string())
    }

    /// The first second of the year 1 if no event has arrived: .NET's least time, which the service
    /// reports.
    pub(crate) fn last_time(&self) -> DateTime<Utc> {
        const YEAR_1: i64 = -62_135_596_800;

        let never = || DateTime::from_timestamp(YEAR_1, 0).unwrap_or_default();
        self.last.map_or_else(never, |it| it.enqueued_time)
    }
}

/// A start that is after the last event of a partition. A client that kept a checkpoint of an earlier
/// local hub asks for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BeyondTheEnd {
    pub(crate) facts: PartitionFacts,
}

#[derive(Default)]
struct Partition {
    /// The events that are held, oldest first; their sequence numbers have no gaps.
    held: VecDeque<Arc<Held>>,
    last: Option<Place>,
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

    /// Appends what was sent, and returns the partitions that got something.
    pub(crate) fn append(
        &mut self,
        destination: Destination,
        events: Vec<NewEvent>,
        now: DateTime<Utc>,
    ) -> Vec<u32> {
        let mut partitions = Vec::new();
        let shared = match destination {
            Destination::Partition(partition) => Some(partition),
            Destination::Any => Some(self.take_turn()),
            Destination::ByKey => None,
        };
        // A batch without keys goes into one partition as a whole, so its turn is taken once.
        for event in events {
            let partition = shared.unwrap_or_else(|| self.partition_for(&event));
            self.append_to(partition, &event, now);
            if !partitions.contains(&partition) {
                partitions.push(partition);
            }
        }
        partitions
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
            taken += held.size();
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

    /// The next events of a partition from a sequence number on, as
    /// [`by_arrival`](Self::by_arrival) has those of all. One that was dropped is passed over.
    pub(crate) fn by_sequence(
        &self,
        partition: u32,
        sequence: i64,
        count: usize,
        bytes: usize,
    ) -> Vec<Arc<Held>> {
        let Some(partition) = self.partitions.get(partition as usize) else { return Vec::new() };
        let skipped = usize::try_from(sequence - partition.begin()).unwrap_or(0);
        let mut taken = 0;
        let has_room = |held: &&Arc<Held>| {
            let room = taken < bytes;
            taken += held.size();
            room
        };
        let held = partition.held.range(skipped.min(partition.held.len())..);
        held.take(count).take_while(has_room).cloned().collect()
    }

    pub(crate) fn facts(&self, partition: u32) -> PartitionFacts {
        let partition = &self.partitions[partition as usize];
        PartitionFacts {
            begin: partition.begin(),
            is_empty: partition.held.is_empty(),
            last: partition.last,
        }
    }

    /// The sequence number of the first event that a receiver gets.
    pub(crate) fn start(&self, partition: u32, start: Start) -> Result<i64, BeyondTheEnd> {
        let facts = self.facts(partition);
        let partition = &self.partitions[partition as usize];
        let from = |index: usize| facts.begin + i64::try_from(index).unwrap_or(i64::MAX);
        let beyond = BeyondTheEnd { facts };
        match start {
            Start::Earliest => Ok(facts.begin),
            Start::Latest => Ok(partition.next_sequence),
            Start::Offset { offset, .. } if partition.last.is_none_or(|it| offset > it.offset) => {
                Err(beyond)
            }
            Start::Offset { offset, inclusive } => Ok(from(partition.held.partition_point(|it| {
                it.place.offset < offset || (!inclusive && it.place.offset == offset)
            }))),
            Start::Sequence { sequence, .. } if sequence > facts.last_sequence() => Err(beyond),
            Start::Sequence { sequence, inclusive } => Ok(sequence + i64::from(!inclusive)),
            // Not by bisection: a fault may have set the clock back.
            Start::Time { time, inclusive } => {
                let is_first = |it: &Arc<Held>| {
                    let enqueued = it.place.enqueued_time;
                    enqueued > time || (inclusive && enqueued == time)
                };
                let index = partition.held.iter().position(is_first);
                Ok(index.map_or(partition.next_sequence, from))
            }
        }
    }

    fn partition_for(&mut self, event: &NewEvent) -> u32 {
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

    fn append_to(&mut self, id: u32, event: &NewEvent, now: DateTime<Utc>) {
        let partition = &mut self.partitions[id as usize];
        // Arrivals number the events of all partitions: listeners read across partitions, and go on
        // by number where they were, whatever was dropped meanwhile.
        let arrival = self.arrived;
        self.arrived += 1;
        let place = partition.next_place(event.body_length, now);
        let encoded = event.encode(&place);
        let held = Arc::new(Held { arrival, partition: id, place, encoded });
        self.bytes += held.size();
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
            self.bytes -= oldest.size();
        }
    }
}

impl Partition {
    /// The sequence number of the first event that is held.
    fn begin(&self) -> i64 {
        self.held.front().map_or(self.next_sequence, |it| it.place.sequence)
    }

    /// The place of the next event, whose body has so many bytes.
    fn next_place(&mut self, body_length: usize, now: DateTime<Utc>) -> Place {
        /// What an event takes up besides its body, so that an empty one has a place of its own.
        const ENVELOPE: u64 = 32;

        let place =
            Place { sequence: self.next_sequence, offset: self.next_offset, enqueued_time: now };
        self.next_sequence += 1;
        self.next_offset += ENVELOPE + body_length as u64;
        self.last = Some(place);
        place
    }
}
