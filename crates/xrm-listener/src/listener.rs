//! A listener, and how it is built.

use std::fmt;
use std::future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

#[cfg(feature = "amqp")]
use azure_sas::ConnectionString;
use chrono::{DateTime, Utc};

#[cfg(feature = "amqp")]
use crate::amqp::{AmqpOptions, AmqpSource};
use crate::checkpointing::Checkpointing;
use crate::dead_letter::DeadLetterStore;
use crate::error::Error;
use crate::machine;
use crate::memory::MemoryStore;
use crate::position::Position;
use crate::received::{ReceivedContext, ReceivedEvent};
use crate::retry::RetryPolicy;
use crate::runner;
use crate::source::{EventSource, StreamName};
use crate::store::CheckpointStore;

/// Why a handler failed: any error.
pub type HandlerError = Box<dyn std::error::Error + Send + Sync>;

/// The error by which a handler ends its listener: the event counts as not handled, and the listener stops as
/// if it was asked to.
///
/// ```
/// use xrm_listener::{HandlerError, ReceivedContext, Stop};
///
/// async fn handle(received: ReceivedContext) -> Result<(), HandlerError> {
///     if received.context.message_name.as_deref() == Some("Delete") {
///         return Err(Stop.into());
///     }
///     Ok(())
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the handler ends the listener")]
pub struct Stop;

/// The clock of a listener.
pub(crate) type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;
/// The randomness of a listener: numbers in 0 to 1.
pub(crate) type Randomness = Arc<dyn Fn() -> f64 + Send + Sync>;

/// Receives the events of a hub, and passes them to a handler.
///
/// ```
/// # #[cfg(feature = "sqlite")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use eventhub_local::LocalEventHub;
/// # let loopback = ([127, 0, 0, 1], 0);
/// # let local = LocalEventHub::builder().hub("accounts", 2).amqp(loopback).serve(loopback).await?;
/// # let connection = local.amqp_connection_string("accounts")?;
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("listener.db");
/// # let shutdown = async {};
/// use std::sync::Arc;
/// use xrm_listener::{Listener, SqliteStore};
///
/// // Any number of processes with this store share the partitions.
/// let store = Arc::new(SqliteStore::open(&path).await?);
/// let listener = Listener::builder(connection).store(store).build()?;
/// listener
///     .run_until(shutdown, |received| async move {
///         let table = received.context.primary_entity_name.as_deref().ok_or("no table")?;
///         println!("event {} is about {table}", received.sequence_number());
///         Ok(())
///     })
///     .await?;
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "sqlite"))]
/// # fn main() {}
/// ```
pub struct Listener {
    pub(crate) source: Arc<dyn EventSource>,
    pub(crate) options: Arc<Options>,
}

/// The settings of a listener, once it is built.
pub(crate) struct Options {
    pub(crate) stream: StreamName,
    /// As the application wrote it.
    pub(crate) group: String,
    pub(crate) name: String,
    pub(crate) checkpoints: Arc<dyn CheckpointStore>,
    pub(crate) dead_letters: Arc<dyn DeadLetterStore>,
    pub(crate) start: Position,
    pub(crate) partitions: Option<Vec<String>>,
    pub(crate) owner_level: Option<i64>,
    pub(crate) retry: RetryPolicy,
    pub(crate) checkpointing: Checkpointing,
    pub(crate) interval: Duration,
    pub(crate) lease: Duration,
    pub(crate) prefetch: u32,
    pub(crate) remembered: usize,
    pub(crate) max_events: Option<u64>,
    pub(crate) clock: Clock,
    pub(crate) randomness: Randomness,
}

/// What a listener has done when it ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The events for which the handler succeeded.
    pub handled: u64,
    /// The events that became dead letters.
    pub dead_lettered: u64,
}

/// Counts what the report says.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) handled: AtomicU64,
    pub(crate) dead_lettered: AtomicU64,
}

impl Counts {
    pub(crate) fn report(&self) -> Report {
        let read = |it: &AtomicU64| it.load(Ordering::Relaxed);
        Report { handled: read(&self.handled), dead_lettered: read(&self.dead_lettered) }
    }
}

impl Listener {
    /// A listener to the hub that a connection string names, over AMQP. The policy of the connection string
    /// needs the right Listen.
    #[cfg(feature = "amqp")]
    pub fn builder(connection: ConnectionString) -> ListenerBuilder {
        let namespace = connection.endpoint().host().to_owned();
        let hub = connection.entity_path().unwrap_or_default().to_owned();
        ListenerBuilder::new(From::Amqp(Box::new(AmqpOptions::new(connection))), namespace, hub)
    }

    /// A listener to another source. The names of the namespace and the hub are those by which checkpoints
    /// are kept.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use xrm_listener::{EventSource, Listener};
    /// # fn example(source: Arc<dyn EventSource>) -> Result<(), xrm_listener::Error> {
    /// let listener = Listener::builder_for(source, "kafka.example", "accounts").build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder_for(
        source: Arc<dyn EventSource>,
        namespace: impl Into<String>,
        hub: impl Into<String>,
    ) -> ListenerBuilder {
        ListenerBuilder::new(From::Source(source), namespace.into(), hub.into())
    }

    /// Passes execution contexts to a handler, until the process ends or the hub refuses.
    ///
    /// # Errors
    ///
    /// As [`run_until`](Self::run_until).
    pub async fn run<H, F>(&self, handler: H) -> Result<Report, Error>
    where
        H: Fn(ReceivedContext) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), HandlerError>> + Send + 'static,
    {
        self.run_until(future::pending(), handler).await
    }

    /// Passes execution contexts to a handler, until a future completes. Then the handlers at work finish
    /// their events, checkpoints are recorded, and the partitions are released.
    ///
    /// A body that is no context becomes a dead letter without a call of the handler. A handler that panics
    /// has failed. When another listener takes a partition over, the handler's future for it is dropped.
    ///
    /// # Errors
    ///
    /// [`Error::Source`] if the hub refuses before the first event, [`Error::Store`] if the store fails then,
    /// [`Error::NoPartition`]. What fails later is tried again, with warnings.
    pub async fn run_until<H, F>(
        &self,
        shutdown: impl Future<Output = ()> + Send,
        handler: H,
    ) -> Result<Report, Error>
    where
        H: Fn(ReceivedContext) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), HandlerError>> + Send + 'static,
    {
        runner::run(self, runner::contexts(handler), shutdown).await
    }

    /// Passes events to a handler, whatever their bodies are, until a future completes; else as
    /// [`run_until`](Self::run_until).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use eventhub_local::LocalEventHub;
    /// # let loopback = ([127, 0, 0, 1], 0);
    /// # let local = LocalEventHub::builder().hub("accounts", 2).amqp(loopback).serve(loopback).await?;
    /// # let connection = local.amqp_connection_string("accounts")?;
    /// # let shutdown = async {};
    /// let listener = xrm_listener::Listener::builder(connection).build()?;
    /// let print = |event: xrm_listener::ReceivedEvent| async move {
    ///     match event.decode() {
    ///         Ok(received) => println!("{:?}", received.context.message_name),
    ///         Err(error) => println!("{} bytes: {error}", event.body.len()),
    ///     }
    ///     Ok(())
    /// };
    /// listener.run_events_until(shutdown, print).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`run_until`](Self::run_until).
    pub async fn run_events_until<H, F>(
        &self,
        shutdown: impl Future<Output = ()> + Send,
        handler: H,
    ) -> Result<Report, Error>
    where
        H: Fn(ReceivedEvent) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), HandlerError>> + Send + 'static,
    {
        runner::run(self, runner::events(handler), shutdown).await
    }

    /// What is listened to: the name by which checkpoints and dead letters are kept.
    #[must_use]
    pub fn stream(&self) -> &StreamName {
        &self.options.stream
    }

    /// The name of this listener, by which it owns partitions.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.options.name
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener")
            .field("stream", &self.options.stream)
            .field("name", &self.options.name)
            .field("checkpoints", &self.options.checkpoints)
            .finish_non_exhaustive()
    }
}

/// Where events come from.
enum From {
    #[cfg(feature = "amqp")]
    Amqp(Box<AmqpOptions>),
    Source(Arc<dyn EventSource>),
}

/// The settings of a [`Listener`].
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let text = "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=listen;\
/// #     SharedAccessKey=c2VjcmV0;EntityPath=accounts";
/// use std::time::Duration;
/// use xrm_listener::{Checkpointing, Listener, Position, RetryPolicy};
///
/// let listener = Listener::builder(text.parse()?)
///     .consumer_group("billing")
///     .start(Position::Latest)
///     .retry(RetryPolicy::new(5).waits(Duration::from_millis(200), Duration::from_secs(10)))
///     .checkpointing(Checkpointing::new(1_000, Duration::from_secs(5)))
///     .build()?;
/// assert_eq!(listener.stream().to_string(), "accounts/billing");
/// # Ok(())
/// # }
/// ```
#[must_use]
pub struct ListenerBuilder {
    from: From,
    namespace: String,
    hub: String,
    group: String,
    name: Option<String>,
    checkpoints: Option<Arc<dyn CheckpointStore>>,
    dead_letters: Option<Arc<dyn DeadLetterStore>>,
    start: Position,
    partitions: Option<Vec<String>>,
    owner_level: Option<i64>,
    retry: RetryPolicy,
    checkpointing: Checkpointing,
    interval: Duration,
    lease: Option<Duration>,
    prefetch: u32,
    remembered: usize,
    max_events: Option<u64>,
    clock: Clock,
    randomness: Randomness,
}

impl ListenerBuilder {
    fn new(from: From, namespace: String, hub: String) -> Self {
        Self {
            from,
            namespace,
            hub,
            group: "$Default".to_owned(),
            name: None,
            checkpoints: None,
            dead_letters: None,
            start: Position::Start,
            partitions: None,
            // As Microsoft's processors: of two that believe to own a partition, the later one has it.
            owner_level: Some(0),
            retry: RetryPolicy::default(),
            checkpointing: Checkpointing::default(),
            interval: Duration::from_secs(5),
            lease: None,
            // As Microsoft's clients.
            prefetch: 300,
            remembered: 10_000,
            max_events: None,
            clock: Arc::new(machine::now),
            randomness: Arc::new(machine::random),
        }
    }

    /// The hub, for a connection string of a namespace, or instead of the one in it.
    pub fn hub(mut self, hub: impl Into<String>) -> Self {
        self.hub = hub.into();
        self
    }

    /// The consumer group. By default, this is `$Default`.
    pub fn consumer_group(mut self, group: impl Into<String>) -> Self {
        self.group = group.into();
        self
    }

    /// The name by which the listener owns partitions, which no other may have. By default, it is made of
    /// the number of the process and a random number.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The store of checkpoints, ownerships and dead letters. By default, they are in memory, and lost with
    /// the process.
    pub fn store<S: CheckpointStore + DeadLetterStore + 'static>(self, store: Arc<S>) -> Self {
        self.checkpoint_store(Arc::clone(&store) as Arc<dyn CheckpointStore>)
            .dead_letter_store(store)
    }

    /// The store of checkpoints and ownerships.
    pub fn checkpoint_store(mut self, store: Arc<dyn CheckpointStore>) -> Self {
        self.checkpoints = Some(store);
        self
    }

    /// The store of dead letters.
    pub fn dead_letter_store(mut self, store: Arc<dyn DeadLetterStore>) -> Self {
        self.dead_letters = Some(store);
        self
    }

    /// Where to start in a partition that has no checkpoint. By default, this is [`Position::Start`].
    pub fn start(mut self, start: Position) -> Self {
        self.start = start;
        self
    }

    /// Receives from these partitions alone. By default, from all. Listeners that share a store should be
    /// given the same partitions.
    pub fn partitions(mut self, partitions: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.partitions = Some(partitions.into_iter().map(Into::into).collect());
        self
    }

    /// Receives without an owner level: others may receive from the same partitions, for the same consumer
    /// group, at the same time. By default, a receiver displaces others.
    pub fn shared(mut self) -> Self {
        self.owner_level = None;
        self
    }

    /// What happens after the handler failed. By default, there are three attempts.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// How often checkpoints are recorded. By default, after 100 events or 1 second.
    pub fn checkpointing(mut self, checkpointing: Checkpointing) -> Self {
        self.checkpointing = checkpointing;
        self
    }

    /// The interval in which the listener renews its ownerships and looks for others. By default, this is
    /// 5 seconds.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// The time after which the partitions of a listener that crashed are taken over. It must be longer than
    /// the interval; by default, it is three intervals.
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = Some(lease);
        self
    }

    /// The number of events of a partition that wait in memory while the handler works. By default, this is
    /// 300.
    pub fn prefetch(mut self, events: u32) -> Self {
        self.prefetch = events;
        self
    }

    /// The number of message ids that are remembered for
    /// [`seen_before`](ReceivedEvent::seen_before), at about 150 bytes each. By default, this is 10,000.
    pub fn remember(mut self, messages: usize) -> Self {
        self.remembered = messages;
        self
    }

    /// Ends the listener after so many events. By default, it goes on.
    pub fn max_events(mut self, events: u64) -> Self {
        self.max_events = Some(events);
        self
    }

    /// The clock by which leases end. By default, this is the system's. The clocks of processes that share a
    /// store must not differ by more than a part of the lease.
    pub fn clock(mut self, clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The randomness of waits: numbers in 0 to 1. By default, this is the system's.
    pub fn randomness(mut self, random: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        self.randomness = Arc::new(random);
        self
    }

    /// The settings of the connection.
    #[cfg(feature = "amqp")]
    pub fn amqp(mut self, change: impl FnOnce(AmqpOptions) -> AmqpOptions) -> Self {
        self.from = match self.from {
            From::Amqp(options) => From::Amqp(Box::new(change(*options))),
            other => other,
        };
        self
    }

    /// Makes the listener. It connects when it runs.
    ///
    /// # Errors
    ///
    /// [`Error::Options`] if there is no hub, or a setting is wrong.
    pub fn build(self) -> Result<Listener, Error> {
        let wrong = |what: &str| Err(Error::Options(what.to_owned()));
        if self.hub.is_empty() {
            return wrong("the connection string names no hub; add EntityPath, or call `hub`");
        }
        let lease = self.lease.unwrap_or(self.interval * 3);
        if self.interval.is_zero() || lease <= self.interval {
            return wrong("the lease must be longer than the interval, and that longer than 0");
        }
        if self.prefetch == 0 {
            return wrong("one event at least has to be prefetched");
        }
        let memory = Arc::new(MemoryStore::new());
        let options = Options {
            stream: StreamName::new(&self.namespace, &self.hub, &self.group),
            group: self.group,
            name: self.name.unwrap_or_else(machine::listener_name),
            checkpoints: self.checkpoints.unwrap_or_else(|| Arc::clone(&memory) as _),
            dead_letters: self.dead_letters.unwrap_or(memory),
            start: self.start,
            partitions: self.partitions,
            owner_level: self.owner_level,
            retry: self.retry,
            checkpointing: self.checkpointing,
            interval: self.interval,
            lease,
            prefetch: self.prefetch,
            remembered: self.remembered,
            max_events: self.max_events,
            clock: self.clock,
            randomness: self.randomness,
        };
        let source = match self.from {
            #[cfg(feature = "amqp")]
            From::Amqp(amqp) => {
                let clock = Arc::clone(&options.clock);
                Arc::new(AmqpSource::with_clock(amqp.hub(self.hub), clock)?)
            }
            From::Source(source) => source,
        };
        Ok(Listener { source, options: Arc::new(options) })
    }
}

impl fmt::Debug for ListenerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListenerBuilder")
            .field("namespace", &self.namespace)
            .field("hub", &self.hub)
            .field("group", &self.group)
            .finish_non_exhaustive()
    }
}
