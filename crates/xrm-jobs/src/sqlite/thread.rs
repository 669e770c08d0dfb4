//! The threads that own the connections.
//!
//! A thread has one connection and runs what it is sent in turn, so no caller's thread waits for the
//! disk, and no runtime is needed. It also opens and closes its connection: both read and write the
//! file. The thread that writes runs everything that has come in meanwhile in one transaction
//! (group commit), because a commit costs as much for many changes as for one.

use std::iter;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use event_listener::Event;
use futures_channel::oneshot;
use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::error::{closed, failed, store_error};
use crate::error::Error;
use crate::store_error::{StoreError, StoreErrorKind};

/// How many commands are committed together at most. A caller waits for the commands that share its
/// commit, so a group must not grow with the load without limit.
const MAX_GROUP: usize = 256;

/// Who is woken when a command is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wakes {
    Nobody,
    /// Those who wait for [changes](crate::JobStore::changed).
    Waiters,
}

/// What a thread is sent.
enum Message {
    Run(Box<dyn Command>),
    Close(oneshot::Sender<Result<(), Error>>),
}

/// Something to do on a connection.
trait Command: Send {
    /// Does it, as often as it is called, and remembers the outcome. `false` if the storage failed,
    /// and what was done so far has to be undone.
    ///
    /// Any other refusal is made before the first change, so there is nothing to undo.
    fn run(&mut self, connection: &Connection) -> bool;

    /// Answers the caller with the outcome, or with the failure of the transaction.
    fn answer(self: Box<Self>, committed: Result<(), StoreError>);

    fn wakes(&self) -> Wakes;
}

struct Task<F, T> {
    work: F,
    wakes: Wakes,
    outcome: Option<Result<T, Error>>,
    caller: oneshot::Sender<Result<T, Error>>,
}

impl<F, T> Command for Task<F, T>
where
    F: Fn(&Connection) -> Result<T, Error> + Send,
    T: Send,
{
    fn run(&mut self, connection: &Connection) -> bool {
        // It may be called twice: once with its group, and once more by itself if the group failed.
        let outcome = (self.work)(connection);
        // Any other error is a decision, made before the first change.
        let is_undone = matches!(outcome, Err(Error::Store(_)));
        self.outcome = Some(outcome);
        !is_undone
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        let outcome = match (committed, self.outcome) {
            (Ok(()), Some(outcome)) => outcome,
            (Ok(()), None) => Err(closed()),
            (Err(error), _) => Err(error.into()),
        };
        // The caller may have dropped its future.
        let _ = self.caller.send(outcome);
    }

    fn wakes(&self) -> Wakes {
        self.wakes
    }
}

/// A thread with a connection. When it is dropped, the thread runs what it was sent, closes the
/// connection, and ends; nobody waits for that.
pub(super) struct DatabaseThread {
    queue: Sender<Message>,
}

impl DatabaseThread {
    /// Starts a thread that reads, on the connection that it opens.
    pub(super) async fn reader(
        open: impl FnOnce() -> Result<Connection, Error> + Send + 'static,
    ) -> Result<Self, Error> {
        Self::start("xrm-jobs-sqlite-read", open, read, |_| Ok(())).await
    }

    /// Starts a thread that writes on the connection that it opens. It counts its commits, and
    /// notifies of changes.
    pub(super) async fn writer(
        open: impl FnOnce() -> Result<Connection, Error> + Send + 'static,
        commits: Arc<AtomicU64>,
        changes: Arc<Event>,
    ) -> Result<Self, Error> {
        let writer = Writer { commits, changes };
        let run = move |connection: &Connection, group: Vec<_>| {
            if !group.is_empty() {
                writer.commit(connection, group);
            }
        };
        Self::start("xrm-jobs-sqlite-write", open, run, checkpoint).await
    }

    async fn start(
        name: &str,
        open: impl FnOnce() -> Result<Connection, Error> + Send + 'static,
        run: impl Fn(&Connection, Vec<Box<dyn Command>>) + Send + 'static,
        before_closing: fn(&Connection) -> rusqlite::Result<()>,
    ) -> Result<Self, Error> {
        // Not bounded: what waits in it is held by futures, and those who make them bound themselves.
        let (queue, messages) = mpsc::channel();
        let (caller, opened) = oneshot::channel();
        let work = move || match open() {
            // If the caller is gone, so is the sending end of the queue, and the thread ends at
            // once.
            Ok(connection) => {
                let _ = caller.send(Ok(()));
                serve(connection, &messages, run, before_closing);
            }
            Err(error) => {
                let _ = caller.send(Err(error));
            }
        };
        thread::Builder::new().name(name.to_owned()).spawn(work).map_err(|error| {
            StoreError::new(StoreErrorKind::Unavailable, "no thread could be started")
                .with_source(error)
        })?;
        opened.await.unwrap_or_else(|_| Err(closed()))?;
        Ok(Self { queue })
    }

    /// Runs something on the thread, also when the future is dropped after it was polled.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        wakes: Wakes,
        work: impl Fn(&Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (caller, answer) = oneshot::channel();
        let task = Task { work, wakes, outcome: None, caller };
        self.queue.send(Message::Run(Box::new(task))).map_err(|_| closed())?;
        answer.await.unwrap_or_else(|_| Err(closed()))
    }

    /// Runs what was sent before, and closes the connection. What is sent afterwards is refused as
    /// closed.
    pub(super) async fn close(&self) -> Result<(), Error> {
        let (caller, answer) = oneshot::channel();
        if self.queue.send(Message::Close(caller)).is_err() {
            return Ok(());
        }
        // No answer means that another call closed the connection.
        answer.await.unwrap_or(Ok(()))
    }
}

/// Runs what comes in until the store is closed, or dropped.
fn serve(
    connection: Connection,
    messages: &Receiver<Message>,
    run: impl Fn(&Connection, Vec<Box<dyn Command>>),
    before_closing: fn(&Connection) -> rusqlite::Result<()>,
) {
    while let Ok(first) = messages.recv() {
        let (mut group, mut closing) = (Vec::new(), None);
        for message in iter::once(first).chain(messages.try_iter()).take(MAX_GROUP) {
            match message {
                Message::Run(command) => group.push(command),
                Message::Close(caller) => {
                    closing = Some(caller);
                    break;
                }
            }
        }
        run(&connection, group);
        // What was sent after the request to close is dropped with the queue, and answered by that:
        // its callers see a closed store.
        if let Some(caller) = closing {
            let closed = before_closing(&connection)
                .and_then(|()| connection.close().map_err(|(_, error)| error));
            let _ = caller.send(closed.map_err(failed));
            return;
        }
    }
}

fn read(connection: &Connection, group: Vec<Box<dyn Command>>) {
    for mut command in group {
        // In a transaction, all that a command reads is of one moment.
        let snapshot = connection.unchecked_transaction().map_err(store_error);
        let read = snapshot.map(|snapshot| {
            command.run(&snapshot);
        });
        command.answer(read);
    }
}

/// Writes the log of changes to the disk, which `synchronous=NORMAL` leaves to checkpoints. Closing
/// alone does so only if no other process has the file open.
fn checkpoint(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
}

struct Writer {
    commits: Arc<AtomicU64>,
    changes: Arc<Event>,
}

impl Writer {
    /// Runs everything in one transaction. If the storage fails it, each command gets a transaction
    /// of its own, so a change that is too large for a full disk takes no other with it.
    fn commit(&self, connection: &Connection, mut group: Vec<Box<dyn Command>>) {
        let committed = match self.try_commit(connection, &mut group) {
            // Which of the commands was too much is not known, and a failed commit may be the sum of
            // all of them.
            Err(GroupError::Command | GroupError::Commit(_)) if group.len() > 1 => {
                group.into_iter().for_each(|command| self.commit(connection, vec![command]));
                return;
            }
            Ok(()) => {
                // Only now: whoever is woken earlier would not see the changes.
                if group.iter().any(|it| it.wakes() == Wakes::Waiters) {
                    self.changes.notify(usize::MAX);
                }
                Ok(())
            }
            // The outcome of the command itself says more.
            Err(GroupError::Command) => Ok(()),
            Err(GroupError::Begin(error) | GroupError::Commit(error)) => Err(error),
        };
        group.into_iter().for_each(|command| command.answer(committed.clone()));
    }

    fn try_commit(
        &self,
        connection: &Connection,
        group: &mut [Box<dyn Command>],
    ) -> Result<(), GroupError> {
        // Immediate: a transaction that began by reading could not wait for the lock to write, but
        // would fail as busy.
        let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)
            .map_err(|error| GroupError::Begin(store_error(error)))?;
        // A transaction that is dropped is rolled back.
        if !group.iter_mut().all(|command| command.run(&transaction)) {
            return Err(GroupError::Command);
        }
        transaction.commit().map_err(|error| GroupError::Commit(store_error(error)))?;
        self.commits.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// Why a group was not committed.
enum GroupError {
    /// No transaction could begin. Trying again would not help: the busy timeout has passed.
    Begin(StoreError),
    /// The storage failed one of the commands.
    Command,
    /// The transaction could not be committed.
    Commit(StoreError),
}
