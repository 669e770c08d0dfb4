//! Events that could not be handled.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::error::StoreError;
use crate::event::Event;
use crate::source::StreamName;
use crate::store::BoxFuture;

/// Why an event is a dead letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DeadLetterReason {
    /// The handler failed as often as the retry policy allows.
    HandlerFailed,
    /// The body is no execution context.
    NoContext,
}

impl DeadLetterReason {
    /// The name of the reason, for stores and output: `handler-failed`, `no-context`.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::HandlerFailed => "handler-failed",
            Self::NoContext => "no-context",
        }
    }

    /// The reason with this name.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        [Self::HandlerFailed, Self::NoContext].into_iter().find(|it| it.id() == id)
    }
}

impl fmt::Display for DeadLetterReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HandlerFailed => "the handler failed",
            Self::NoContext => "the body is no execution context",
        })
    }
}

/// An event that becomes a dead letter.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct NewDeadLetter {
    /// The event as it was received, body and properties included.
    pub event: Event,
    /// Why it is a dead letter.
    pub reason: DeadLetterReason,
    /// The last failure, with its causes.
    pub error: String,
    /// How many times the handler was called for it.
    pub attempts: u32,
    /// When it became a dead letter.
    pub created_on: DateTime<Utc>,
}

impl NewDeadLetter {
    /// An event that becomes a dead letter after so many attempts.
    #[must_use]
    pub fn new(
        event: Event,
        reason: DeadLetterReason,
        error: impl Into<String>,
        attempts: u32,
        created_on: DateTime<Utc>,
    ) -> Self {
        Self { event, reason, error: error.into(), attempts, created_on }
    }
}

/// A dead letter in a store.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct DeadLetter {
    /// The number by which the store knows it.
    pub id: i64,
    /// What was listened to.
    pub stream: StreamName,
    /// The event, and what went wrong.
    pub letter: NewDeadLetter,
}

impl DeadLetter {
    /// A dead letter, as a store returns it.
    #[must_use]
    pub fn new(id: i64, stream: StreamName, letter: NewDeadLetter) -> Self {
        Self { id, stream, letter }
    }
}

/// Which dead letters are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeadLetterQuery {
    /// Those of one stream; of all by default.
    pub stream: Option<StreamName>,
    /// Those with a higher number than this; from the first by default.
    pub after: Option<i64>,
    /// How many at most; all by default.
    pub limit: Option<usize>,
}

/// Keeps dead letters.
///
/// To handle them again after the cause was removed, read them, handle their events, and delete those that
/// succeeded:
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use xrm_listener::{DeadLetterQuery, DeadLetterStore, MemoryStore};
/// # let store = MemoryStore::new();
/// for dead in store.dead_letters(DeadLetterQuery::default()).await? {
///     let received = dead.letter.event.decode()?;
///     println!("again: {:?}", received.context.message_name);
///     store.delete_dead_letters(&[dead.id]).await?;
/// }
/// # Ok(())
/// # }
/// ```
pub trait DeadLetterStore: fmt::Debug + Send + Sync {
    /// Stores a dead letter, and returns its number. An event that is stored already, because it was
    /// received again after a crash, keeps its number and gets the new error.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the storage fails; so for all methods.
    fn put_dead_letter<'a>(
        &'a self,
        stream: &'a StreamName,
        letter: NewDeadLetter,
    ) -> BoxFuture<'a, Result<i64, StoreError>>;

    /// The dead letters that a query selects, by their numbers.
    fn dead_letters(
        &self,
        query: DeadLetterQuery,
    ) -> BoxFuture<'_, Result<Vec<DeadLetter>, StoreError>>;

    /// One dead letter, if the store has it.
    fn dead_letter(&self, id: i64) -> BoxFuture<'_, Result<Option<DeadLetter>, StoreError>>;

    /// Deletes dead letters, and returns how many there were.
    fn delete_dead_letters<'a>(
        &'a self,
        ids: &'a [i64],
    ) -> BoxFuture<'a, Result<usize, StoreError>>;
}
