//! The contract of a store of checkpoints and ownerships.

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::error::StoreError;
use crate::source::StreamName;

/// The future of a store's or a source's answer.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Keeps how far the events of each partition are handled, and which listener owns which partition.
///
/// Listeners in any number of processes share a store without any other lock. An ownership has a
/// *version*, which changes with each claim; a claim names the version that it was decided on, and of
/// several that name the same, one wins. The feature `conformance` of this crate tests a store for what it
/// must keep to.
pub trait CheckpointStore: fmt::Debug + Send + Sync {
    /// Announces a listener, and returns the names of all listeners of the stream, itself included, whose
    /// last announcement is not older than `lease`.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the storage fails; so for all methods.
    fn announce<'a>(
        &'a self,
        stream: &'a StreamName,
        listener: &'a str,
        lease: Duration,
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Vec<String>, StoreError>>;

    /// Forgets a listener that ends.
    fn withdraw<'a>(
        &'a self,
        stream: &'a StreamName,
        listener: &'a str,
    ) -> BoxFuture<'a, Result<(), StoreError>>;

    /// All ownerships of a stream that were ever claimed, released ones too.
    fn ownerships<'a>(
        &'a self,
        stream: &'a StreamName,
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Vec<Ownership>, StoreError>>;

    /// Claims partitions for a listener, or renews its claims, and returns the ownerships that it has now.
    /// A claim is left out if its partition has another version than expected.
    fn claim<'a>(
        &'a self,
        stream: &'a StreamName,
        listener: &'a str,
        claims: &'a [Claim],
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Vec<Ownership>, StoreError>>;

    /// Gives up partitions that a listener owns. Those that another one has claimed meanwhile stay with it.
    fn release<'a>(
        &'a self,
        stream: &'a StreamName,
        listener: &'a str,
        partitions: &'a [String],
    ) -> BoxFuture<'a, Result<(), StoreError>>;

    /// The checkpoints of a stream.
    fn checkpoints<'a>(
        &'a self,
        stream: &'a StreamName,
    ) -> BoxFuture<'a, Result<Vec<Checkpoint>, StoreError>>;

    /// Records a checkpoint on behalf of a listener, and returns whether the partition is the listener's. If
    /// it is not, nothing is recorded: the next owner may be further along. Nor does a listener's checkpoint
    /// take the place of one that is further along. Without a listener, a checkpoint is recorded in any case,
    /// which is how positions are set by hand.
    fn set_checkpoint<'a>(
        &'a self,
        stream: &'a StreamName,
        listener: Option<&'a str>,
        checkpoint: &'a Checkpoint,
    ) -> BoxFuture<'a, Result<bool, StoreError>>;
}

/// Who owns a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ownership {
    /// The partition.
    pub partition: String,
    /// The listener that owns it; none if it was released.
    pub owner: Option<String>,
    /// What changes with each claim.
    pub version: String,
    /// The time since the last claim.
    pub age: Duration,
}

impl Ownership {
    /// An ownership.
    #[must_use]
    pub fn new(
        partition: impl Into<String>,
        owner: Option<String>,
        version: impl Into<String>,
        age: Duration,
    ) -> Self {
        Self { partition: partition.into(), owner, version: version.into(), age }
    }
}

/// A claim of a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The partition.
    pub partition: String,
    /// The version of the ownership that the claim was decided on; none if the partition was never claimed.
    pub version: Option<String>,
}

/// How far the events of a partition are handled.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Checkpoint {
    /// The partition.
    pub partition: String,
    /// The sequence number of the last event that was handled.
    pub sequence_number: i64,
    /// The offset of that event.
    pub offset: String,
}

impl Checkpoint {
    /// A checkpoint at an event.
    #[must_use]
    pub fn new(
        partition: impl Into<String>,
        sequence_number: i64,
        offset: impl Into<String>,
    ) -> Self {
        Self { partition: partition.into(), sequence_number, offset: offset.into() }
    }
}
