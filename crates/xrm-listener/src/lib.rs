//! Receives Dynamics 365 / Dataverse execution contexts from Azure Event Hubs: typed contexts, checkpoints,
//! partitions balanced between processes, and dead letters for what can't be handled.
//!
//! ```
//! # #[cfg(feature = "amqp")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use eventhub_local::LocalEventHub;
//! # let loopback = ([127, 0, 0, 1], 0);
//! # let local = LocalEventHub::builder().hub("accounts", 2).amqp(loopback).serve(loopback).await?;
//! # let connection = local.amqp_connection_string("accounts")?;
//! use xrm_listener::{Listener, ReceivedContext};
//!
//! let listener = Listener::builder(connection).consumer_group("$Default").build()?;
//! # let shutdown = async {};
//! let report = listener
//!     .run_until(shutdown, |received: ReceivedContext| async move {
//!         println!("{:?} of {:?}", received.context.message_name, received.context.primary_entity_name);
//!         Ok(())
//!     })
//!     .await?;
//! println!("{} events were handled", report.handled);
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "amqp"))]
//! # fn main() {}
//! ```
//!
//! # What a listener does
//!
//! - It receives from the partitions that it *owns*. Listeners of one consumer group that share a
//!   [`CheckpointStore`] divide the partitions evenly, and take over from each other.
//! - It passes each event of a partition to the handler in order, one at a time. Different partitions run
//!   concurrently.
//! - It records *checkpoints*: how far the events of a partition are handled. After a crash, the next owner
//!   starts behind the last checkpoint, so an event is handled *at least* once.
//! - If the handler fails, it calls the handler again, as the [`RetryPolicy`] says. Then the event becomes a
//!   [`DeadLetter`], and the partition goes on. An event whose body is no context becomes one at once.
//! - If the connection breaks, it connects again, and resumes behind the last event that it received.
//!
//! # Where to go next
//!
//! | to | see |
//! |---|---|
//! | set any option | [`ListenerBuilder`] |
//! | read what the handler receives | [`ReceivedContext`], [`Event`] |
//! | keep checkpoints and dead letters in a file | `SqliteStore` |
//! | act exactly once, in the application's own transaction | `SqliteStore::record_in` |
//! | keep them elsewhere | [`CheckpointStore`], [`DeadLetterStore`] |
//! | handle dead letters again | [`DeadLetterStore`], [`Event::decode`] |
//! | receive from something else than AMQP | [`EventSource`] |
//! | know how partitions are divided | [`balance`] |
//!
//! # Features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `amqp` | on | `AmqpSource`: receives from Azure or a local hub, over TLS or in plain text |
//! | `sqlite` | off | `SqliteStore`: a file, with SQLite built from source |
//! | `conformance` | off | the rules that every store must keep, for the tests of your own |
//!
//! # Signals
//!
//! The crate reports these metrics through the `metrics` facade, labeled with `hub` and `group`. Warnings go
//! to `tracing`. Neither contains secrets, bodies or properties.
//!
//! | metric | type | more labels |
//! |---|---|---|
//! | `xrm_listener_events_total` | counter | `outcome`: handled, retried, dead_lettered |
//! | `xrm_listener_lag_events` | gauge: events of a partition behind the last one that was handled | `partition` |
//! | `xrm_listener_partitions` | gauge: partitions that this listener owns | |
//!
//! # What is deliberately absent
//!
//! AMQP over WebSockets; sending (see `xrm-eventhub` and `eventhub-rest`).

#[cfg(feature = "amqp")]
mod amqp;
pub mod balance;
mod checkpointing;
#[cfg(feature = "conformance")]
pub mod conformance;
mod dead_letter;
mod error;
mod event;
mod listener;
mod machine;
mod memory;
mod position;
mod received;
mod retry;
mod runner;
mod seen;
mod signals;
mod source;
#[cfg(feature = "sqlite")]
mod sqlite;
mod store;

#[cfg(feature = "amqp")]
pub use amqp::{AmqpOptions, AmqpSource};
pub use checkpointing::Checkpointing;
pub use dead_letter::{
    DeadLetter, DeadLetterQuery, DeadLetterReason, DeadLetterStore, NewDeadLetter,
};
pub use error::{Error, StoreError};
pub use event::{Event, PropertyValue};
pub use listener::{HandlerError, Listener, ListenerBuilder, Report, Stop};
pub use memory::MemoryStore;
pub use position::{ParsePositionError, Position};
pub use received::{NoContext, ReceivedContext, ReceivedEvent};
pub use retry::{Next, RetryPolicy};
pub use source::{
    Batch, EventReceiver, EventSource, Receive, SourceError, SourceErrorKind, StreamName,
};
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteStore;
pub use store::{BoxFuture, Checkpoint, CheckpointStore, Claim, Ownership};

#[cfg(all(doctest, feature = "amqp", feature = "sqlite"))]
mod pages {
    #[doc = include_str!("../README.md")]
    mod readme {}

    #[doc = include_str!("../../../docs/src/listener.md")]
    mod listener {}
}
