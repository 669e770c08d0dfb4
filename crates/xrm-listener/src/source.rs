//! Where events come from.

use std::error::Error as StdError;
use std::fmt;

use crate::event::Event;
use crate::position::Position;
use crate::store::BoxFuture;

/// What is listened to: a hub of a namespace, for a consumer group. Checkpoints and ownerships are kept by
/// it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub struct StreamName {
    /// The host of the namespace, in lower case.
    pub namespace: String,
    /// The hub, in lower case: names of hubs have no case.
    pub hub: String,
    /// The consumer group, in lower case.
    pub group: String,
}

impl StreamName {
    /// A hub of a namespace, for a consumer group.
    #[must_use]
    pub fn new(namespace: &str, hub: &str, group: &str) -> Self {
        let [namespace, hub, group] = [namespace, hub, group].map(str::to_lowercase);
        Self { namespace, hub, group }
    }
}

/// Writes `hub/group`.
impl fmt::Display for StreamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.hub, self.group)
    }
}

/// A source of events in partitions: an event hub, or anything that is like one.
///
/// `AmqpSource` is the one that receives from Azure and local hubs. A source for another client or
/// protocol implements this trait, and [`Listener::builder_for`](crate::Listener::builder_for) takes it.
pub trait EventSource: Send + Sync {
    /// The names of all partitions.
    ///
    /// # Errors
    ///
    /// [`SourceError`], whose kind says whether trying again may help.
    fn partitions(&self) -> BoxFuture<'_, Result<Vec<String>, SourceError>>;

    /// Opens a receiver of one partition.
    ///
    /// # Errors
    ///
    /// As [`partitions`](Self::partitions).
    fn receive(
        &self,
        receive: Receive,
    ) -> BoxFuture<'_, Result<Box<dyn EventReceiver>, SourceError>>;

    /// Closes what the source holds open. By default, nothing.
    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }
}

/// What is to be received.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Receive {
    /// The partition.
    pub partition: String,
    /// The consumer group.
    pub group: String,
    /// Where to start.
    pub position: Position,
    /// The owner level, by which a receiver displaces those with a lower or the same one; none to
    /// share the partition with others.
    pub owner_level: Option<i64>,
    /// The number of events that may wait in memory, for this partition.
    pub prefetch: u32,
}

impl Receive {
    /// All of a partition's events, for the default consumer group, without an owner level.
    #[must_use]
    pub fn new(partition: impl Into<String>) -> Self {
        Self {
            partition: partition.into(),
            group: "$Default".to_owned(),
            position: Position::Start,
            owner_level: None,
            prefetch: 300,
        }
    }
}

/// A receiver of one partition.
pub trait EventReceiver: Send {
    /// Waits for events, and returns those that are there, up to a number: one at least, in order.
    ///
    /// Dropping the future loses no event.
    ///
    /// # Errors
    ///
    /// [`SourceError`]; the receiver is of no more use then.
    fn next(&mut self, limit: usize) -> BoxFuture<'_, Result<Batch, SourceError>>;

    /// Closes the receiver, so that the partition is free for another one.
    fn close(self: Box<Self>) -> BoxFuture<'static, ()>;
}

/// Events of one partition that were received together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    /// The events, in order.
    pub events: Vec<Event>,
    /// The sequence number of the last event of the partition when these were sent, if the source knows it.
    pub last_enqueued: Option<i64>,
}

/// Why a source failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SourceErrorKind {
    /// The connection failed, or the service is busy: trying again may help.
    Transient,
    /// Another receiver has the partition now.
    Displaced,
    /// The credentials were refused.
    Unauthorized,
    /// There is no such host, hub, consumer group or partition.
    NotFound,
    /// The start is behind the last event of the partition: the hub was probably recreated since the
    /// checkpoint.
    PositionBeyondEnd,
    /// The service refused for another reason; trying again does not help.
    Refused,
}

/// A failure of an event source.
#[derive(Debug)]
pub struct SourceError {
    kind: SourceErrorKind,
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl SourceError {
    /// A failure, in words for the log. They must not contain a secret.
    ///
    /// ```
    /// use xrm_listener::{SourceError, SourceErrorKind};
    ///
    /// let error = SourceError::new(SourceErrorKind::Transient, "the connection was reset");
    /// assert!(error.is_transient());
    /// ```
    #[must_use]
    pub fn new(kind: SourceErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    /// The same, with what caused it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The kind of failure.
    #[must_use]
    pub fn kind(&self) -> SourceErrorKind {
        self.kind
    }

    /// Whether trying again may help.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.kind == SourceErrorKind::Transient
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for SourceError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|it| &**it as _)
    }
}
