//! The threads that own the connections.
//!
//! A thread has one connection and does what is asked of it in turn, so no caller's thread ever
//! waits for the disk, and no runtime is needed. The one that writes does everything that has come
//! in meanwhile in one transaction: a commit costs as much for many changes as for one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::{io, iter};

use event_listener::Event;
use futures_channel::oneshot;
use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::error::{closed, store_error};
use crate::error::Error;
use crate::store_error::{StoreError, StoreErrorKind};

/// How many commands are committed together at most.
const MAX_GROUP: usize = 256;

/// What a thread is asked to do.
trait Command: Send {
    /// Does it, as often as it is called, and remembers the outcome. `false` if the storage failed,
    /// and what was done so far has to be undone.
    ///
    /// Any other refusal is made before the first change, so there is nothing to undo.
    fn run(&mut self, connection: &Connection) -> bool;

    /// Tells the caller the outcome, or why it was not to be.
    fn answer(self: Box<Self>, committed: Result<(), StoreError>);

    /// Whether there may be something to do when this is done.
    fn makes_work(&self) -> bool;
}

struct Task<F, T> {
    work: F,
    makes_work: bool,
    outcome: Option<Result<T, Error>>,
    caller: oneshot::Sender<Result<T, Error>>,
}

impl<F, T> Command for Task<F, T>
where
    F: Fn(&Connection) -> Result<T, Error> + Send,
    T: Send,
{
    fn run(&mut self, connection: &Connection) -> bool {
        let outcome = (self.work)(connection);
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
        // A caller that is gone does not want to know.
        let _ = self.caller.send(outcome);
    }

    fn makes_work(&self) -> bool {
        self.makes_work
    }
}

/// A thread with a connection. Dropping it waits until all that was asked of it is done.
pub(super) struct Worker {
    queue: Option<Sender<Box<dyn Command>>>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// A thread that reads.
    pub(super) fn reader(connection: Connection) -> Result<Self, Error> {
        Self::spawn("xrm-jobs-sqlite-read", move |queue| {
            for mut command in queue {
                // All that a command reads is of one moment.
                let snapshot = connection.unchecked_transaction().map_err(store_error);
                let begun = snapshot.map(|snapshot| {
                    command.run(&snapshot);
                });
                command.answer(begun);
            }
        })
    }

    /// A thread that writes, counts its commits, and tells of work that they made.
    pub(super) fn writer(
        connection: Connection,
        commits: Arc<AtomicU64>,
        changes: Arc<Event>,
    ) -> Result<Self, Error> {
        let writer = Writer { connection, commits, changes };
        Self::spawn("xrm-jobs-sqlite-write", move |queue| {
            while let Ok(first) = queue.recv() {
                let group = iter::once(first).chain(queue.try_iter()).take(MAX_GROUP).collect();
                writer.commit(group);
            }
        })
    }

    fn spawn(
        name: &str,
        run: impl FnOnce(Receiver<Box<dyn Command>>) + Send + 'static,
    ) -> Result<Self, Error> {
        let (queue, receiver) = mpsc::channel();
        let thread = thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || run(receiver))
            .map_err(no_thread)?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Asks the thread to do something, which it does also when nobody waits for the answer.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        makes_work: bool,
        work: impl Fn(&Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (caller, answer) = oneshot::channel();
        let task = Task { work, makes_work, outcome: None, caller };
        let queue = self.queue.as_ref().ok_or_else(closed)?;
        queue.send(Box::new(task)).map_err(|_| closed())?;
        answer.await.unwrap_or_else(|_| Err(closed()))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Without a sender, the thread ends when its queue is empty.
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // An answer may wake a task that holds the last of a store. Then this is the thread
            // itself, and ends next.
            if thread.thread().id() != thread::current().id() {
                let _ = thread.join();
            }
        }
    }
}

struct Writer {
    connection: Connection,
    commits: Arc<AtomicU64>,
    changes: Arc<Event>,
}

impl Writer {
    /// Does everything in one transaction. If the storage fails it, each command has a transaction
    /// of its own: what is too much for a full disk, say, then takes nothing else with it.
    fn commit(&self, mut group: Vec<Box<dyn Command>>) {
        let committed = match self.try_commit(&mut group) {
            Err(Failure::Command | Failure::Commit(_)) if group.len() > 1 => {
                group.into_iter().for_each(|command| self.commit(vec![command]));
                return;
            }
            Ok(()) => {
                if group.iter().any(|it| it.makes_work()) {
                    self.changes.notify(usize::MAX);
                }
                Ok(())
            }
            Err(Failure::Command) => Ok(()), // The command itself knows more.
            Err(Failure::Begin(error) | Failure::Commit(error)) => Err(error),
        };
        group.into_iter().for_each(|command| command.answer(committed.clone()));
    }

    fn try_commit(&self, group: &mut [Box<dyn Command>]) -> Result<(), Failure> {
        let transaction =
            Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)
                .map_err(|error| Failure::Begin(store_error(error)))?;
        // A transaction that is dropped is rolled back.
        if !group.iter_mut().all(|command| command.run(&transaction)) {
            return Err(Failure::Command);
        }
        transaction.commit().map_err(|error| Failure::Commit(store_error(error)))?;
        self.commits.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// Why a group was not committed.
enum Failure {
    /// No transaction could be begun. Nor could a second one: who holds the lock was waited for.
    Begin(StoreError),
    /// The storage failed one of the commands.
    Command,
    /// The transaction could not be committed.
    Commit(StoreError),
}

fn no_thread(error: io::Error) -> Error {
    StoreError::new(StoreErrorKind::Unavailable, "no thread could be started")
        .with_source(error)
        .into()
}
