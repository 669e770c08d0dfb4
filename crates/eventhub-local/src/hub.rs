//! One hub: its partitions, what they hold, and who waits for it.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use tokio::sync::watch;

use crate::event::{EventData, ReceivedEvent};
use crate::fault::Fault;
use crate::partition_key::partition_of;
use crate::submission::{Destination, Submission};

/// A hub, shared by the server's connections and the owner of the endpoint.
pub(crate) struct Hub {
    pub(crate) name: String,
    pub(crate) partitions: u32,
    log: Mutex<Log>,
    arrivals: watch::Sender<Arrivals>,
    fault: Mutex<Option<Fault>>,
}

/// What those who wait are told.
#[derive(Clone, Copy, Debug)]
struct Arrivals {
    count: u64,
    open: bool,
}

impl Hub {
    pub(crate) fn new(name: String, partitions: u32, retention: usize) -> Self {
        Self {
            name,
            partitions,
            log: Mutex::new(Log::new(partitions, retention)),
            arrivals: watch::Sender::new(Arrivals { count: 0, open: true }),
            fault: Mutex::new(None),
        }
    }

    /// Keeps what was sent, all of it or nothing.
    pub(crate) fn keep(&self, submission: Submission, now: DateTime<Utc>) {
        let count = self.log().keep(submission, now);
        self.arrivals.send_modify(|it| it.count = count);
    }

    /// Tells those who wait that nothing more will come.
    pub(crate) fn close(&self) {
        self.arrivals.send_modify(|it| it.open = false);
    }

    pub(crate) fn set_fault(&self, fault: Option<Fault>) {
        *lock(&self.fault) = fault;
    }

    pub(crate) fn fault(&self) -> Option<Fault> {
        *lock(&self.fault)
    }

    /// The events held, in the order in which they came.
    pub(crate) fn events(&self) -> Vec<ReceivedEvent> {
        self.log().events.values().cloned().collect()
    }

    pub(crate) fn event_count(&self) -> usize {
        self.log().events.len()
    }

    /// Waits until so many events have come in all.
    pub(crate) async fn arrived(&self, count: u64) {
        let mut arrivals = self.arrivals.subscribe();
        // An error would mean that the sender is gone, and it lives as long as `self`.
        let _ = arrivals.wait_for(|it| it.count >= count).await;
    }

    fn first_from(&self, arrival: u64) -> Option<(u64, ReceivedEvent)> {
        self.log().events.range(arrival..).next().map(|(at, event)| (*at, event.clone()))
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        lock(&self.log)
    }
}

/// Without the events: they may be many, and are business data.
impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub")
            .field("name", &self.name)
            .field("partitions", &self.partitions)
            .finish_non_exhaustive()
    }
}

/// Reads a hub's events in the order in which they come, from the first that it still holds.
///
/// A listener that falls behind by more than the
/// [retention](crate::Builder::max_events_per_partition) misses events, as a consumer of the
/// service does.
#[derive(Debug)]
pub struct Listener {
    hub: Arc<Hub>,
    arrivals: watch::Receiver<Arrivals>,
    position: u64,
}

impl Listener {
    pub(crate) fn new(hub: Arc<Hub>) -> Self {
        Self { arrivals: hub.arrivals.subscribe(), hub, position: 0 }
    }

    /// The next event, waiting for it if need be; `None` once the endpoint is shut down and all
    /// events were read. Dropping the future loses no event.
    pub async fn next_event(&mut self) -> Option<ReceivedEvent> {
        loop {
            // Seen first and read after, so that what comes in between wakes us up.
            let open = self.arrivals.borrow_and_update().open;
            if let Some((arrival, event)) = self.hub.first_from(self.position) {
                self.position = arrival + 1;
                return Some(event);
            }
            if !open {
                return None;
            }
            self.arrivals.changed().await.ok()?;
        }
    }
}

/// The events of a hub by their arrival, and where each partition has got to.
struct Log {
    events: BTreeMap<u64, ReceivedEvent>,
    partitions: Vec<Partition>,
    arrived: u64,
    turn: u32,
    retention: usize,
}

#[derive(Default)]
struct Partition {
    /// The arrivals of the events that are held, oldest first.
    held: VecDeque<u64>,
    next_sequence: i64,
    next_offset: u64,
}

impl Log {
    fn new(partitions: u32, retention: usize) -> Self {
        Self {
            events: BTreeMap::new(),
            partitions: (0..partitions).map(|_| Partition::default()).collect(),
            arrived: 0,
            turn: 0,
            retention,
        }
    }

    fn keep(&mut self, submission: Submission, now: DateTime<Utc>) -> u64 {
        let shared = match submission.destination {
            Destination::Partition(partition) => Some(partition),
            Destination::Any => Some(self.take_turn()),
            Destination::ByKey => None,
        };
        for event in submission.events {
            let partition = shared.unwrap_or_else(|| self.partition_for(&event));
            self.append(partition, event, now);
        }
        self.arrived
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
        let arrival = self.arrived;
        self.arrived += 1;
        let (sequence, offset) = partition.next_position(event.body.len());
        partition.held.push_back(arrival);
        if partition.held.len() > self.retention
            && let Some(oldest) = partition.held.pop_front()
        {
            self.events.remove(&oldest);
        }
        let event = ReceivedEvent {
            partition: id.to_string(),
            sequence,
            offset: offset.to_string(),
            enqueued_time: now,
            content_type: event.content_type,
            partition_key: event.partition_key,
            properties: event.properties,
            body: event.body,
        };
        self.events.insert(arrival, event);
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

/// A panic elsewhere leaves no half change behind these locks worth refusing all further use.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
