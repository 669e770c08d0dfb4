//! The events of a hub: its partitions, and the order in which the events arrived.

mod placing;

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};

use crate::amqp::message::{self, NewEvent, Place};
use crate::amqp::selector::Start;
use crate::event::ReceivedEvent;
use crate::log::placing::Placing;
use crate::submission::Destination;

/// How much a hub holds before it drops the oldest events.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Retention {
    pub(crate) events_per_partition: usize,
    /// As [`Held::size`] counts them.
    pub(crate) bytes: usize,
    /// How old an event gets, if that is limited.
    pub(crate) age: Option<TimeDelta>,
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
    /// The oldest events, which were dropped because the hub held as much as it may, or because they were
    /// older than the [retention](crate::Builder::retention).
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
    /// How many events were dropped because the hub was full, since it was started.
    overflow: u64,
}

/// An event in the log. Readers share it: what is dropped lives on only while a reader writes it.
pub(crate) struct Held {
    /// The number of the event among all events of the hub, counted from 0.
    pub(crate) arrival: u64,
    pub(crate) partition: u32,
    pub(crate) place: Place,
    /// The offset of the next event of the partition.
    pub(crate) next_offset: u64,
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

/// Events of one send with their places, and the turn after them.
#[derive(Debug, Default)]
pub(crate) struct Placed {
    pub(crate) events: Vec<Arc<Held>>,
    pub(crate) turn: u32,
}

/// How far a hub has got, which outlives its events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Positions {
    pub(crate) arrived: u64,
    pub(crate) turn: u32,
    pub(crate) partitions: Vec<PartitionPosition>,
}

/// How far a partition has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PartitionPosition {
    /// The sequence number of the first event that is held, or of the next that arrives.
    pub(crate) begin: i64,
    pub(crate) next_sequence: i64,
    pub(crate) next_offset: u64,
    pub(crate) last: Option<Place>,
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
            overflow: 0,
        }
    }

    /// Gives what was sent its place, without keeping it yet: a hub writes events to its files before
    /// anyone can read them.
    ///
    /// Nothing else may be placed before this is [committed](Self::commit).
    pub(crate) fn place(
        &self,
        destination: Destination,
        events: Vec<NewEvent>,
        now: DateTime<Utc>,
    ) -> Placed {
        let mut placing = Placing::new(self);
        let shared = match destination {
            Destination::Partition(partition) => Some(partition),
            Destination::Any => Some(placing.take_turn()),
            Destination::ByKey => None,
        };
        // A batch without keys goes into one partition as a whole, so its turn is taken once.
        let mut placed = Vec::with_capacity(events.len());
        for (event, arrival) in events.into_iter().zip(self.arrived..) {
            let partition = shared.unwrap_or_else(|| placing.partition_for(&event));
            placed.push(placing.held(arrival, partition, &event, now));
        }
        Placed { events: placed, turn: placing.turn }
    }

    /// Keeps what was placed, and returns the partitions that got something.
    pub(crate) fn commit(&mut self, placed: Placed) -> Vec<u32> {
        let mut partitions = Vec::new();
        self.turn = placed.turn;
        for held in placed.events {
            if !partitions.contains(&held.partition) {
                partitions.push(held.partition);
            }
            self.push(held);
        }
        partitions
    }

    /// The positions at which the next events go on.
    pub(crate) fn positions(&self) -> Positions {
        let partitions = self.partitions.iter().map(|it| PartitionPosition {
            begin: it.begin(),
            next_sequence: it.next_sequence,
            next_offset: it.next_offset,
            last: it.last,
        });
        Positions { arrived: self.arrived, turn: self.turn, partitions: partitions.collect() }
    }

    /// Continues from stored positions, and drops the events that were dropped before they were stored.
    /// Positions come between events, in the order of arrivals. Positions without partitions contain
    /// only the next arrival.
    pub(crate) fn resume(&mut self, positions: &Positions) {
        self.arrived = positions.arrived;
        self.turn = positions.turn;
        for (id, position) in positions.partitions.iter().enumerate().take(self.partitions.len()) {
            self.drop_before(id, position.begin);
            self.partitions[id].next_sequence = position.next_sequence;
            self.partitions[id].next_offset = position.next_offset;
            self.partitions[id].last = position.last;
            self.drop_before_gap(id, position.next_sequence);
        }
    }

    /// Puts back events that were written down, and the turn after them.
    pub(crate) fn restore(&mut self, placed: Placed) {
        self.turn = placed.turn;
        for held in placed.events {
            self.drop_before_gap(held.partition as usize, held.place.sequence);
            self.push(held);
        }
    }

    /// Whether positions or events can follow what is here: what was written down comes from a file.
    pub(crate) fn can_resume(&self, positions: &Positions) -> bool {
        let follows = |(id, it): (usize, &PartitionPosition)| {
            let here = &self.partitions[id];
            it.begin <= it.next_sequence && here.next_sequence <= it.next_sequence
        };
        let count = positions.partitions.len();
        positions.arrived >= self.arrived
            && positions.turn < self.count()
            && (count == 0 || count == self.partitions.len())
            && positions.partitions.iter().enumerate().all(follows)
    }

    /// As [`can_resume`](Self::can_resume), for events.
    pub(crate) fn can_restore(&self, placed: &Placed) -> bool {
        let mut arrived = self.arrived;
        placed.turn < self.count()
            && placed.events.iter().all(|it| {
                let partition = self.partitions.get(it.partition as usize);
                let follows = it.arrival >= arrived && it.arrival < u64::MAX;
                arrived = it.arrival.saturating_add(1);
                follows && partition.is_some_and(|at| it.place.sequence >= at.next_sequence)
            })
    }

    /// The events that are held of these arrivals.
    pub(crate) fn range(&self, arrivals: Range<u64>) -> impl Iterator<Item = &Arc<Held>> {
        self.events.range(arrivals).map(|(_, held)| held)
    }

    /// Drops the events that are older than the retention, and returns how many those were.
    ///
    /// The oldest of a partition is the first that goes. A fault may have set the clock back, and then an
    /// event waits until those before it are too old, too: sequence numbers have no gaps.
    pub(crate) fn expire(&mut self, now: DateTime<Utc>) -> usize {
        let before = self.events.len();
        // A retention that reaches back before the calendar keeps all.
        let Some(limit) = self.retention.age.and_then(|it| now.checked_sub_signed(it)) else {
            return 0;
        };
        for id in 0..self.count() {
            let is_old = |it: &Arc<Held>| it.place.enqueued_time <= limit;
            while self.partitions[id as usize].held.front().is_some_and(is_old) {
                self.drop_oldest(id);
            }
        }
        before - self.events.len()
    }

    /// How many events were dropped because the hub was full.
    pub(crate) fn overflow(&self) -> u64 {
        self.overflow
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

    pub(crate) fn count(&self) -> u32 {
        u32::try_from(self.partitions.len()).expect("a hub has 1024 partitions at most")
    }

    fn push(&mut self, held: Arc<Held>) {
        let partition = &mut self.partitions[held.partition as usize];
        // Arrivals number the events of all partitions: listeners read across partitions, and go on
        // by number where they were, whatever was dropped meanwhile.
        self.arrived = held.arrival + 1;
        partition.next_sequence = held.place.sequence + 1;
        partition.next_offset = held.next_offset;
        partition.last = Some(held.place);
        self.bytes += held.size();
        partition.held.push_back(Arc::clone(&held));
        let id = held.partition;
        self.events.insert(held.arrival, held);
        self.trim(id);
    }

    fn drop_before(&mut self, id: usize, sequence: i64) {
        while self.partitions[id].held.front().is_some_and(|it| it.place.sequence < sequence) {
            self.drop_oldest(id as u32);
        }
    }

    /// Drops all events of a partition unless the last is the one before `next`. What is missing in
    /// between was dropped, and the oldest go first.
    fn drop_before_gap(&mut self, id: usize, next: i64) {
        let last = self.partitions[id].held.back().map(|it| it.place.sequence);
        if last.is_some_and(|it| it + 1 != next) {
            self.drop_before(id, i64::MAX);
        }
    }

    /// Drops what is over the retention after an event came into a partition; never that event.
    fn trim(&mut self, id: u32) {
        // One event came in, so at most one is over in its partition; the bytes it brought may
        // outweigh many old events of any partition.
        if self.partitions[id as usize].held.len() > self.retention.events_per_partition {
            self.drop_oldest(id);
            self.overflow += 1;
        }
        while self.bytes > self.retention.bytes && self.events.len() > 1 {
            let Some(oldest) = self.events.values().next() else { return };
            let partition = oldest.partition;
            self.drop_oldest(partition);
            self.overflow += 1;
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
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::{BeyondTheEnd, Log, Retention};
    use crate::amqp::peer::start;
    use crate::amqp::selector::Start;
    use crate::event::EventData;
    use crate::submission::Destination;

    #[test]
    fn events_expire_in_the_order_of_their_partition() {
        let age = Some(TimeDelta::seconds(10));
        let mut log = Log::new(2, Retention { events_per_partition: 100, bytes: 1 << 20, age });
        let at = |seconds: i64| start() + TimeDelta::seconds(seconds);
        for (partition, seconds) in [(0, 0), (0, 5), (1, 3), (1, 1), (0, 9)] {
            let event = EventData::default().into();
            let placed = log.place(Destination::Partition(partition), vec![event], at(seconds));
            log.commit(placed);
        }
        let held = |log: &Log| log.events().map(|it| it.arrival).collect::<Vec<_>>();
        for (seconds, dropped, expected) in [
            (9, 0, &[0, 1, 2, 3, 4][..]),
            (10, 1, &[1, 2, 3, 4]),
            // The event of second 1 came after that of second 3.
            (12, 0, &[1, 2, 3, 4]),
            (13, 2, &[1, 4]),
            (15, 1, &[4]),
            (100, 1, &[]),
        ] {
            assert_eq!(log.expire(at(seconds)), dropped, "{seconds}");
            assert_eq!(held(&log), expected, "{seconds}");
        }
        let counts = log.counts();
        assert_eq!((counts.arrived, counts.held, counts.dropped), (5, 0, 5));
        assert_eq!(log.overflow(), 0, "the hub was not full");
        assert_eq!((log.facts(0).begin, log.facts(0).last_sequence()), (3, 2));
    }
    #[test]
    fn a_checkpoint_is_compared_with_the_last_event_although_it_was_dropped() {
        let retention = Retention { events_per_partition: 100, bytes: 1 << 20, age: None };
        let mut log = Log::new(1, retention);
        let placed = log.place(Destination::Any, vec![EventData::default().into()], start());
        log.commit(placed);
        let mut positions = log.positions();
        positions.partitions[0].begin = 1;
        let mut again = Log::new(1, retention);
        again.resume(&positions);
        assert_eq!(again.counts().held, 0);
        let sequence = |sequence| Start::Sequence { sequence, inclusive: false };
        let offset = |offset| Start::Offset { offset, inclusive: false };
        for (start, expected) in [
            (sequence(0), Some(1)),
            (offset(0), Some(1)),
            (Start::Latest, Some(1)),
            (sequence(1), None),
            (offset(32), None),
        ] {
            let beyond = BeyondTheEnd { facts: again.facts(0) };
            assert_eq!(again.start(0, start), expected.ok_or(beyond), "{start:?}");
        }
    }
}
