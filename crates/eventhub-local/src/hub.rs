//! One hub: what it is, what it holds, who waits for it, and what goes wrong.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use tokio::sync::watch;

use crate::amqp::Failure;
use crate::amqp::message::NewEvent;
use crate::amqp::seats::Seats;
use crate::amqp::selector::Start;
use crate::entity::Entity;
use crate::error::Error;
use crate::event::ReceivedEvent;
use crate::fault::{Fault, FaultPlan};
use crate::log::{BeyondTheEnd, EventCounts, Held, Log, PartitionFacts, Retention};
use crate::rule::AuthorizationRule;
use crate::settings::Settings;
use crate::store::{EventFiles, Folder};
use crate::submission::{Destination, partition_id};

/// An event hub, shared by the connections and the owner of the local hub.
pub(crate) struct Hub {
    pub(crate) name: String,
    pub(crate) partitions: u32,
    /// The number of the hub's folder, if there are files.
    pub(crate) number: u64,
    entity: Mutex<Entity>,
    /// The files with the events, if there are any. Locked first by who appends, from the places of the
    /// events until they are in the log, so that they are written in their order; who reads waits for
    /// no file.
    files: Mutex<Option<EventFiles>>,
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
    /// A new hub, in memory alone.
    pub(crate) fn new(
        name: String,
        partitions: u32,
        settings: Settings,
        retention: Retention,
        now: DateTime<Utc>,
    ) -> Self {
        Self::of(name, Entity::new(settings, now), Log::new(partitions, retention))
    }

    /// A hub with what it holds already, without files yet.
    pub(crate) fn of(name: String, entity: Entity, log: Log) -> Self {
        let arrived = log.counts().arrived;
        Self {
            name,
            partitions: log.count(),
            number: 0,
            entity: Mutex::new(entity),
            files: Mutex::new(None),
            log: Mutex::new(log),
            arrivals: watch::Sender::new(Arrivals { count: arrived, open: true }),
            seats: Mutex::default(),
            faults: Mutex::default(),
        }
    }

    /// Makes the files of the hub, which is new.
    pub(crate) fn create_files(&self, folder: &Folder, number: u64) -> Result<EventFiles, Error> {
        folder.create_hub(number, &self.log())
    }

    /// The hub with files, to which events are written before they are acknowledged.
    pub(crate) fn with_files(self, number: u64, files: EventFiles) -> Self {
        Self { number, files: Mutex::new(Some(files)), ..self }
    }

    /// What management sees and changes.
    pub(crate) fn entity(&self) -> MutexGuard<'_, Entity> {
        lock(&self.entity)
    }

    /// The hub's own rules.
    pub(crate) fn rules(&self) -> Arc<[AuthorizationRule]> {
        Arc::clone(&self.entity().settings.rules)
    }

    /// Keeps what was sent, all of it or nothing: in the files first, if there are any. Returns whether
    /// the hub was full for the first time, and dropped an event for it, or why nothing was kept.
    pub(crate) fn keep(
        &self,
        destination: Destination,
        events: Vec<NewEvent>,
        now: DateTime<Utc>,
    ) -> io::Result<bool> {
        let mut files = lock(&self.files);
        let placed = self.log().place(destination, events, now);
        if let Some(files) = &mut *files {
            files.append(&placed)?;
        }
        // The log is unlocked again before anyone is woken, so that nobody wakes to wait for it.
        let (before, partitions, (arrived, overflow)) = {
            let mut log = self.log();
            let before = log.overflow();
            (before, log.commit(placed), (log.counts().arrived, log.overflow()))
        };
        if let Some(files) = &mut *files {
            // The events are written, whatever comes of this; it is tried again at the next ones.
            let _ = files.maintain(&self.log);
        }
        drop(files);
        self.arrivals.send_modify(|it| it.count = arrived);
        self.seats().wake(Some(&partitions));
        Ok(before == 0 && overflow > 0)
    }

    /// Drops the events that are older than the retention, also from the files.
    pub(crate) fn expire(&self, now: DateTime<Utc>) {
        let mut files = lock(&self.files);
        if self.log().expire(now) > 0
            && let Some(files) = &mut *files
        {
            // It is tried again when more are dropped.
            let _ = files.expire(&self.log);
        }
    }

    /// Ends the wait of all listeners: nothing more will arrive.
    pub(crate) fn close(&self) {
        self.arrivals.send_modify(|it| it.open = false);
        self.seats().wake(None);
    }

    /// Ends the use of the files, so that another local hub may use them.
    pub(crate) fn close_files(&self) {
        if let Some(files) = &mut *lock(&self.files) {
            files.close();
        }
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
