//! One hub: what it is, what it holds, who waits for it, and what goes wrong.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use tokio::sync::watch;

use crate::amqp::Failure;
use crate::amqp::message::NewEvent;
use crate::amqp::seats::Seats;
use crate::amqp::selector::Start;
use crate::entity::Entity;
use crate::event::ReceivedEvent;
use crate::fault::{Fault, FaultPlan};
use crate::log::{BeyondTheEnd, EventCounts, Held, Log, PartitionFacts, Retention};
use crate::rule::AuthorizationRule;
use crate::settings::Settings;
use crate::submission::{Destination, partition_id};

/// An event hub, shared by the connections and the owner of the local hub.
pub(crate) struct Hub {
    pub(crate) name: String,
    pub(crate) partitions: u32,
    entity: Mutex<Entity>,
    log: Mutex<Log>,
    arrivals: watch::Sender<Arrivals>,
    seats: Mutex<Seats>,
    faults: Mutex<Faults>,
}

/// The message to listeners that wait.
#[derive(Clone, Copy, Debug)]
struct Arrivals {
    count: u64,
    open: bool,
}

/// What goes wrong with the sends to a hub.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    pub(crate) plan: Option<FaultPlan>,
    /// How many sends were met by one.
    pub(crate) count: u64,
}

impl Hub {
    pub(crate) fn new(
        name: String,
        partitions: u32,
        settings: Settings,
        retention: Retention,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            name,
            partitions,
            entity: Mutex::new(Entity::new(settings, now)),
            log: Mutex::new(Log::new(partitions, retention)),
            arrivals: watch::Sender::new(Arrivals { count: 0, open: true }),
            seats: Mutex::default(),
            faults: Mutex::default(),
        }
    }

    /// What management sees and changes.
    pub(crate) fn entity(&self) -> MutexGuard<'_, Entity> {
        lock(&self.entity)
    }

    /// The hub's own rules.
    pub(crate) fn rules(&self) -> Arc<[AuthorizationRule]> {
        Arc::clone(&self.entity().settings.rules)
    }

    /// Keeps what was sent, all of it or nothing. Returns whether the hub dropped its first event
    /// for it.
    pub(crate) fn keep(
        &self,
        destination: Destination,
        events: Vec<NewEvent>,
        now: DateTime<Utc>,
    ) -> bool {
        // The log is unlocked again before anyone is woken, so that nobody wakes to wait for it.
        let (before, partitions, after) = {
            let mut log = self.log();
            let before = log.counts();
            (before, log.append(destination, events, now), log.counts())
        };
        self.arrivals.send_modify(|it| it.count = after.arrived);
        self.seats().wake(Some(&partitions));
        before.dropped == 0 && after.dropped > 0
    }

    /// Ends the wait of all listeners: nothing more will arrive.
    pub(crate) fn close(&self) {
        self.arrivals.send_modify(|it| it.open = false);
        self.seats().wake(None);
    }

    /// Whether the hub is served: it is neither deleted nor shut down.
    pub(crate) fn is_open(&self) -> bool {
        self.arrivals.borrow().open
    }

    /// The receivers over AMQP.
    pub(crate) fn seats(&self) -> MutexGuard<'_, Seats> {
        lock(&self.seats)
    }

    /// The number of the partition of this id, if there is one.
    pub(crate) fn partition(&self, id: &str) -> Option<u32> {
        partition_id(id, self.partitions).ok()
    }

    /// What is known about a partition.
    pub(crate) fn facts(&self, partition: u32) -> PartitionFacts {
        self.log().facts(partition)
    }

    /// The sequence number of the first event that a receiver gets, or the service's refusal of one
    /// that asks for an event which is not there yet (captured for offsets).
    pub(crate) fn start(&self, partition: u32, start: Start) -> Result<i64, Failure> {
        self.log().start(partition, start).map_err(|BeyondTheEnd { facts }| match start {
            Start::Sequence { sequence, .. } => Failure::beyond(
                "sequence number",
                &sequence.to_string(),
                &facts.last_sequence().to_string(),
            ),
            Start::Offset { offset, .. } => {
                Failure::beyond("offset", &offset.to_string(), &facts.last_offset())
            }
            start => Failure::beyond("position", &format!("{start:?}"), &facts.last_offset()),
        })
    }

    /// The next events of a partition; see [`Log::by_sequence`].
    pub(crate) fn read(
        &self,
        partition: u32,
        sequence: i64,
        count: usize,
        bytes: usize,
    ) -> Vec<Arc<Held>> {
        self.log().by_sequence(partition, sequence, count, bytes)
    }

    pub(crate) fn set_fault_plan(&self, plan: Option<FaultPlan>) {
        lock(&self.faults).plan = plan;
    }

    pub(crate) fn faults(&self) -> Faults {
        lock(&self.faults).clone()
    }

    /// What goes wrong with the send that has come.
    pub(crate) fn next_fault(&self) -> Option<Fault> {
        let mut faults = lock(&self.faults);
        let fault = faults.plan.as_mut()?.draw();
        // Under the same lock as the draw, so that a reader sees both or neither.
        faults.count += u64::from(fault.is_some());
        fault
    }

    /// The events held, in the order in which they came.
    pub(crate) fn events(&self) -> Vec<ReceivedEvent> {
        // The log is locked while pointers are copied, not while events are.
        let held: Vec<_> = self.log().events().cloned().collect();
        held.iter().map(|it| it.event()).collect()
    }

    pub(crate) fn event_counts(&self) -> EventCounts {
        self.log().counts()
    }

    /// Waits until so many events have come in all, or no more will.
    pub(crate) async fn arrived(&self, count: u64) {
        // `wait_for` looks at the present value first, so an event that came before is not missed.
        let mut arrivals = self.arrivals.subscribe();
        // An error would mean that the sender is gone, and it lives as long as `self`.
        let _ = arrivals.wait_for(|it| it.count >= count || !it.open).await;
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

/// A position in the order in which a hub's events arrive, and the events from there on.
#[derive(Debug)]
pub(crate) struct Cursor {
    hub: Arc<Hub>,
    arrivals: watch::Receiver<Arrivals>,
    position: u64,
}

impl Cursor {
    /// Before the first event that is held.
    pub(crate) fn new(hub: Arc<Hub>) -> Self {
        Self { arrivals: hub.arrivals.subscribe(), hub, position: 0 }
    }

    /// Returns the next events that are held: at most `count`, and no more of them once they have
    /// `bytes` together. None if no event is left.
    pub(crate) fn take(&mut self, count: usize, bytes: usize) -> Vec<Arc<Held>> {
        let events = self.hub.log().by_arrival(self.position, count, bytes);
        if let Some(last) = events.last() {
            self.position = last.arrival + 1;
        }
        events
    }

    /// As [`take`](Self::take), and waits for events if none is left; none once the hub is closed
    /// and all were taken. Dropping the future loses no event.
    pub(crate) async fn next(&mut self, count: usize, bytes: usize) -> Vec<Arc<Held>> {
        loop {
            // Seen first and read after, so that what comes in between wakes us up.
            let open = self.arrivals.borrow_and_update().open;
            let events = self.take(count, bytes);
            if !events.is_empty() || !open {
                return events;
            }
            // An error would mean that the sender is gone, and it lives as long as the hub.
            if self.arrivals.changed().await.is_err() {
                return events;
            }
        }
    }
}

/// A reader of a hub's events in the order in which they arrive, from the first that is kept.
///
/// A listener that falls behind by more than the retention
/// ([in events](crate::Builder::max_events_per_partition),
/// [in bytes](crate::Builder::max_bytes_per_hub)) misses events, as a consumer of the service does.
#[derive(Debug)]
pub struct Listener(Cursor);

impl Listener {
    pub(crate) fn new(hub: Arc<Hub>) -> Self {
        Self(Cursor::new(hub))
    }

    /// Returns the next event, and waits for it if necessary; returns `None` once the local hub is
    /// shut down and all events were read. Dropping the future loses no event.
    pub async fn next_event(&mut self) -> Option<ReceivedEvent> {
        let next = self.0.next(1, usize::MAX).await;
        next.first().map(|it| it.event())
    }
}

/// Letters, digits, `.`, `-` and `_`, a letter or digit at both ends, 256 at most
/// ([Event Hubs quotas and limits](https://learn.microsoft.com/azure/event-hubs/event-hubs-quotas)).
pub(crate) fn is_hub_name(name: &str) -> bool {
    let inner = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    let outer = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = name.as_bytes();
    bytes.len() <= 256
        && bytes.iter().copied().all(inner)
        && outer(bytes.first())
        && outer(bytes.last())
}

/// A panic elsewhere leaves no half change behind these locks worth refusing all further use.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
