//! A store in memory.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::dead_letter::{DeadLetter, DeadLetterQuery, DeadLetterStore, NewDeadLetter};
use crate::error::StoreError;
use crate::source::StreamName;
use crate::store::{BoxFuture, Checkpoint, CheckpointStore, Claim, Ownership};

/// Keeps checkpoints, ownerships and dead letters in memory: for tests, and for listeners that start over
/// with each process.
///
/// ```
/// use std::sync::Arc;
/// use xrm_listener::MemoryStore;
///
/// let shared = Arc::new(MemoryStore::new());
/// # drop(shared);
/// ```
#[derive(Default)]
pub struct MemoryStore(Mutex<State>);

#[derive(Default)]
struct State {
    listeners: BTreeMap<(StreamName, String), DateTime<Utc>>,
    ownerships: BTreeMap<(StreamName, String), Owned>,
    checkpoints: BTreeMap<(StreamName, String), Checkpoint>,
    dead_letters: BTreeMap<i64, DeadLetter>,
    next_dead_letter: i64,
}

struct Owned {
    owner: Option<String>,
    version: u64,
    claimed_on: DateTime<Utc>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    // A panic leaves no change half made: each is one call of a collection.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}

/// The time between two times, 0 if the clock was set back.
pub(crate) fn age(since: DateTime<Utc>, now: DateTime<Utc>) -> Duration {
    (now - since).to_std().unwrap_or_default()
}

/// An answer that is there at once.
fn ready<'a, T: Send + 'a>(answer: T) -> BoxFuture<'a, Result<T, StoreError>> {
    Box::pin(async { Ok(answer) })
}

impl Owned {
    fn ownership(&self, partition: &str, now: DateTime<Utc>) -> Ownership {
        let version = self.version.to_string();
        Ownership::new(partition, self.owner.clone(), version, age(self.claimed_on, now))
    }
}

impl State {
    fn claim(
        &mut self,
        stream: &StreamName,
        listener: &str,
        claim: &Claim,
        now: DateTime<Utc>,
    ) -> Option<Ownership> {
        let key = (stream.clone(), claim.partition.clone());
        let current = self.ownerships.get(&key);
        if current.map(|it| it.version.to_string()) != claim.version {
            return None;
        }
        let version = current.map_or(0, |it| it.version) + 1;
        let owned = Owned { owner: Some(listener.to_owned()), version, claimed_on: now };
        let ownership = owned.ownership(&claim.partition, now);
        self.ownerships.insert(key, owned);
        Some(ownership)
    }
}

impl CheckpointStore for MemoryStore {
    fn announce<'a>(
        &'a self,
        stream: &'a StreamName,
        listener: &'a str,
        lease: Duration,
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Vec<String>, StoreError>> {
        let mut state = self.state();
        state.listeners.insert((stream.clone(), listener.to_owned()), now);
        state.listeners.retain(|_, announced| age(*announced, now) <= lease);
        let of_stream = state.listeners.keys().filter(|(it, _)| it == stream);
        ready(of_stream.map(|(_, name)| name.clone()).collect())
    }

    fn withdraw<'a>(
        &'a self,
        stream: &'a StreamName,
        listener: &'a str,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.state().listeners.remove(&(stream.clone(), listener.to_owned()));
        ready(())
    }

    fn ownerships<'a>(
        &'a self,
        stream: &'a StreamName,
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Vec<Ownership>, StoreError>> {
        let state = self.state();
        let of_stream = state.ownerships.iter().filter(|((it, _), _)| it == stream);
        ready(of_stream.map(|((_, partition), it)| it.ownership(partition, now)).collect())
    }

    fn claim<'a>(
        &'a self,
        stream: &'a StreamName,
        listener: &'a str,
        claims: &'a [Claim],
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Vec<Ownership>, StoreError>> {
        let mut state = self.state();
        let claimed = claims.iter().filter_map(|it| state.claim(stream, listener, it, now));
        ready(claimed.collect())
    }

    fn release<'a>(
        &'a self,
        stream: &'a StreamName,
        listener: &'a str,
        partitions: &'a [String],
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        let mut state = self.state();
        for partition in partitions {
            let owned = state.ownerships.get_mut(&(stream.clone(), partition.clone()));
            if let Some(owned) = owned.filter(|it| it.owner.as_deref() == Some(listener)) {
                owned.owner = None;
                owned.version += 1;
            }
        }
        ready(())
    }

    fn checkpoints<'a>(
        &'a self,
        stream: &'a StreamName,
    ) -> BoxFuture<'a, Result<Vec<Checkpoint>, StoreError>> {
        let state = self.state();
        let of_stream = state.checkpoints.iter().filter(|((it, _), _)| it == stream);
        ready(of_stream.map(|(_, it)| it.clone()).collect())
    }

    fn set_checkpoint<'a>(
        &'a self,
        stream: &'a StreamName,
        listener: Option<&'a str>,
        checkpoint: &'a Checkpoint,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        let mut state = self.state();
        let key = (stream.clone(), checkpoint.partition.clone());
        let owner = state.ownerships.get(&key).and_then(|it| it.owner.as_deref());
        let may = listener.is_none_or(|it| owner == Some(it));
        let stored = state.checkpoints.get(&key).map(|it| it.sequence_number);
        let goes_back = stored.is_some_and(|it| it > checkpoint.sequence_number);
        if may && !(listener.is_some() && goes_back) {
            state.checkpoints.insert(key, checkpoint.clone());
        }
        ready(may)
    }
}

impl DeadLetterStore for MemoryStore {
    fn put_dead_letter<'a>(
        &'a self,
        stream: &'a StreamName,
        letter: NewDeadLetter,
    ) -> BoxFuture<'a, Result<i64, StoreError>> {
        let mut state = self.state();
        let is_same = |it: &&DeadLetter| {
            let (one, other) = (&it.letter.event, &letter.event);
            it.stream == *stream
                && (&one.partition, one.sequence_number, one.enqueued_time)
                    == (&other.partition, other.sequence_number, other.enqueued_time)
        };
        let id = state.dead_letters.values().find(is_same).map(|it| it.id);
        let id = id.unwrap_or_else(|| {
            state.next_dead_letter += 1;
            state.next_dead_letter
        });
        state.dead_letters.insert(id, DeadLetter::new(id, stream.clone(), letter));
        ready(id)
    }

    fn dead_letters(
        &self,
        query: DeadLetterQuery,
    ) -> BoxFuture<'_, Result<Vec<DeadLetter>, StoreError>> {
        let state = self.state();
        let is_wanted = |it: &&DeadLetter| {
            query.after.is_none_or(|after| it.id > after)
                && query.stream.as_ref().is_none_or(|stream| it.stream == *stream)
        };
        let wanted = state.dead_letters.values().filter(is_wanted);
        ready(wanted.take(query.limit.unwrap_or(usize::MAX)).cloned().collect())
    }

    fn dead_letter(&self, id: i64) -> BoxFuture<'_, Result<Option<DeadLetter>, StoreError>> {
        ready(self.state().dead_letters.get(&id).cloned())
    }

    fn delete_dead_letters<'a>(
        &'a self,
        ids: &'a [i64],
    ) -> BoxFuture<'a, Result<usize, StoreError>> {
        let mut state = self.state();
        ready(ids.iter().filter(|id| state.dead_letters.remove(id).is_some()).count())
    }
}
