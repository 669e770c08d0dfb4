//! A store in a file of SQLite.

mod connection;
mod dead_letters;
mod once;
mod ownership;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use rusqlite::{Transaction, TransactionBehavior};
use tokio::task::spawn_blocking;

use crate::dead_letter::{DeadLetter, DeadLetterQuery, DeadLetterStore, NewDeadLetter};
use crate::error::StoreError;
use crate::event::Event;
use crate::source::StreamName;
use crate::store::{BoxFuture, Checkpoint, CheckpointStore, Claim, Ownership};

/// Keeps checkpoints, ownerships and dead letters in a file of SQLite.
///
/// Any number of processes of one machine may share the file; a network file system does not lock it
/// reliably. The tables have names that begin with `xrm_listener_`, so an application can keep its own
/// tables in the same file. A change lasts once it is reported as done, also if the process crashes; a loss of
/// power may undo the last ones, and their events are handled again.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use xrm_listener::{CheckpointStore, SqliteStore, StreamName};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("listener.db");
/// let store = SqliteStore::open(&path).await?;
/// let stream = StreamName::new("contoso.servicebus.windows.net", "accounts", "$Default");
/// assert!(store.checkpoints(&stream).await?.is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SqliteStore {
    path: PathBuf,
    connection: Arc<Mutex<rusqlite::Connection>>,
}

impl SqliteStore {
    /// Opens the store in this file, and creates the file, for its owner alone, if it does not exist.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the file is no database, or its tables are of a newer release.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref().to_owned();
        let opening = path.clone();
        let opened = spawn_blocking(move || connection::open(&opening));
        let connection = Arc::new(Mutex::new(opened.await.map_err(panicked)??));
        Ok(Self { path, connection })
    }

    /// Records in a transaction of the application that an event is handled, and returns whether it was not
    /// handled before. The transaction is of a connection to the store's file, in which the application has
    /// its tables too. So the effect of an event happens exactly once: if the process crashes before the
    /// commit, neither is there; after it, the event is recognized when it is received again.
    ///
    /// An event is recognized by its place in the partition, and a copy of it, which the sender sent again, by
    /// its [message id](Event::sender_message_id), for seven days. What is recorded is the checkpoint, so
    /// events must be recorded in the order in which they are received.
    ///
    /// SQLite has one writer at a time: the transaction should be immediate, and short.
    ///
    /// ```no_run
    /// # use xrm_listener::{HandlerError, ReceivedContext, SqliteStore, StreamName};
    /// use rusqlite::{Connection, TransactionBehavior};
    ///
    /// fn handle(
    ///     store: &SqliteStore,
    ///     stream: &StreamName,
    ///     connection: &mut Connection,
    ///     received: &ReceivedContext,
    /// ) -> Result<(), HandlerError> {
    ///     let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    ///     if store.record_in(&transaction, stream, received.event())? {
    ///         transaction.execute("UPDATE counter SET changes = changes + 1", [])?;
    ///     }
    ///     transaction.commit()?;
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the transaction is of another file, or the storage fails.
    pub fn record_in(
        &self,
        transaction: &Transaction<'_>,
        stream: &StreamName,
        event: &Event,
    ) -> Result<bool, StoreError> {
        if !connection::is_of(transaction, &self.path) {
            return Err(StoreError::new("the transaction is of another file than the store"));
        }
        once::record(transaction, stream, event).map_err(failed)
    }

    /// Runs something in a transaction, on a thread that may block.
    fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> BoxFuture<'static, Result<T, StoreError>> {
        let connection = Arc::clone(&self.connection);
        let run = move || {
            // A panic rolled its transaction back.
            let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            // Immediate: a transaction that began by reading could not wait for the lock to write, but
            // would fail as busy.
            let transaction =
                Transaction::new_unchecked(&connection, TransactionBehavior::Immediate)
                    .map_err(failed)?;
            let answer = work(&transaction)?;
            transaction.commit().map_err(failed)?;
            Ok(answer)
        };
        Box::pin(async { spawn_blocking(run).await.map_err(panicked)? })
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").field("path", &self.path).finish_non_exhaustive()
    }
}

fn panicked(error: tokio::task::JoinError) -> StoreError {
    StoreError::new("the database thread ended").with_source(error)
}

/// A failure of SQLite, whose texts name tables and not values.
fn failed(error: rusqlite::Error) -> StoreError {
    StoreError::new("the SQLite file failed").with_source(error)
}

fn microseconds(time: DateTime<Utc>) -> i64 {
    time.timestamp_micros()
}

fn time(microseconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(microseconds).unwrap_or_default()
}

impl CheckpointStore for SqliteStore {
    fn announce<'a>(
        &'a self,
        stream: &'a StreamName,
        listener: &'a str,
        lease: Duration,
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Vec<String>, StoreError>> {
        let (stream, listener) = (stream.clone(), listener.to_owned());
        self.run(move |it| ownership::announce(it, &stream, &listener, lease, now).map_err(failed))
    }

    fn withdraw<'a>(
        &'a self,
        stream: &'a StreamName,
        listener: &'a str,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        let (stream, listener) = (stream.clone(), listener.to_owned());
        self.run(move |it| ownership::withdraw(it, &stream, &listener).map_err(failed))
    }

    fn ownerships<'a>(
        &'a self,
        stream: &'a StreamName,
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Vec<Ownership>, StoreError>> {
        let stream = stream.clone();
        self.run(move |it| ownership::list(it, &stream, now).map_err(failed))
    }

    fn claim<'a>(
        &'a self,
        stream: &'a StreamName,
        listener: &'a str,
        claims: &'a [Claim],
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Vec<Ownership>, StoreError>> {
        let (stream, listener, claims) = (stream.clone(), listener.to_owned(), claims.to_vec());
        self.run(move |it| ownership::claim(it, &stream, &listener, &claims, now).map_err(failed))
    }

    fn release<'a>(
        &'a self,
        stream: &'a StreamName,
        listener: &'a str,
        partitions: &'a [String],
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        let (stream, listener) = (stream.clone(), listener.to_owned());
        let partitions = partitions.to_vec();
        self.run(move |it| ownership::release(it, &stream, &listener, &partitions).map_err(failed))
    }

    fn checkpoints<'a>(
        &'a self,
        stream: &'a StreamName,
    ) -> BoxFuture<'a, Result<Vec<Checkpoint>, StoreError>> {
        let stream = stream.clone();
        self.run(move |it| ownership::checkpoints(it, &stream).map_err(failed))
    }

    fn set_checkpoint<'a>(
        &'a self,
        stream: &'a StreamName,
        listener: Option<&'a str>,
        checkpoint: &'a Checkpoint,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        let (stream, checkpoint) = (stream.clone(), checkpoint.clone());
        let listener = listener.map(str::to_owned);
        self.run(move |it| {
            ownership::set_checkpoint(it, &stream, listener.as_deref(), &checkpoint).map_err(failed)
        })
    }
}

impl DeadLetterStore for SqliteStore {
    fn put_dead_letter<'a>(
        &'a self,
        stream: &'a StreamName,
        letter: NewDeadLetter,
    ) -> BoxFuture<'a, Result<i64, StoreError>> {
        let stream = stream.clone();
        self.run(move |it| dead_letters::put(it, &stream, &letter))
    }

    fn dead_letters(
        &self,
        query: DeadLetterQuery,
    ) -> BoxFuture<'_, Result<Vec<DeadLetter>, StoreError>> {
        self.run(move |it| dead_letters::list(it, &query))
    }

    fn dead_letter(&self, id: i64) -> BoxFuture<'_, Result<Option<DeadLetter>, StoreError>> {
        self.run(move |it| dead_letters::get(it, id))
    }

    fn delete_dead_letters<'a>(
        &'a self,
        ids: &'a [i64],
    ) -> BoxFuture<'a, Result<usize, StoreError>> {
        let ids = ids.to_vec();
        self.run(move |it| dead_letters::delete(it, &ids).map_err(failed))
    }
}
