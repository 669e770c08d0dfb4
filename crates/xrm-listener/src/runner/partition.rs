//! One partition: received in order, event by event, across lost connections.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;
use tracing::warn;

use super::Shared;
use super::handling::{Failure, Unhandled};
use crate::checkpointing::Progress;
use crate::dead_letter::NewDeadLetter;
use crate::error::{Error, chain};
use crate::event::Event;
use crate::position::Position;
use crate::received::ReceivedEvent;
use crate::retry::Next;
use crate::signals::{self, EventOutcome};
use crate::source::{Batch, EventReceiver, Receive, SourceError, SourceErrorKind};

/// How many events are taken from a receiver at once. They wait in memory, so a stop forgets some of them;
/// they are received again.
const BATCH: usize = 64;

/// How a partition's task ended.
pub(super) enum End {
    /// It was asked to, and recorded its checkpoint.
    Stopped,
    /// The partition is another listener's.
    Lost,
    /// The hub refuses, and trying again does not help.
    Failed(Error),
}

/// The task of a partition.
pub(super) struct PartitionTask {
    shared: Arc<Shared>,
    partition: String,
    /// The sequence number of the last event that was handled, here or before the checkpoint.
    handled: Option<i64>,
    progress: Progress,
    stopped: watch::Receiver<bool>,
    /// Whether something was received ever.
    was_open: bool,
    /// Failures to receive in a row.
    failures: u32,
}

impl PartitionTask {
    pub(super) fn new(
        shared: &Arc<Shared>,
        partition: String,
        handled: Option<i64>,
        stopped: watch::Receiver<bool>,
    ) -> Self {
        Self {
            shared: Arc::clone(shared),
            partition,
            handled,
            progress: Progress::new(shared.options.checkpointing),
            stopped,
            was_open: false,
            failures: 0,
        }
    }

    pub(super) async fn run(mut self) -> End {
        loop {
            let error = match self.receive().await {
                Ok(end) => return end,
                Err(error) => error,
            };
            if error.kind() == SourceErrorKind::Displaced {
                warn!(partition = self.partition, "another receiver has taken the partition over");
                return End::Lost;
            }
            if !error.is_transient() && !self.was_open {
                return End::Failed(error.into());
            }
            self.failures += 1;
            let wait = self.shared.reconnect_after(self.failures);
            let (partition, error) = (&self.partition, chain(&error));
            warn!(partition, error, "the partition can't be received from, and is tried again");
            tokio::select! {
                () = stop(&mut self.stopped) => return self.stop().await,
                () = sleep(wait) => {}
            }
        }
    }

    /// Receives until it is stopped, or the receiver fails.
    async fn receive(&mut self) -> Result<End, SourceError> {
        let open = self.shared.source.receive(self.to_receive());
        let mut receiver = tokio::select! {
            () = stop(&mut self.stopped) => return Ok(self.stop().await),
            receiver = open => receiver?,
        };
        let end = self.handle_all(&mut *receiver).await;
        if !matches!(end, Err(_) | Ok(End::Lost)) {
            receiver.close().await;
        }
        end
    }

    /// Where this task has to go on.
    fn to_receive(&self) -> Receive {
        let options = &self.shared.options;
        Receive {
            partition: self.partition.clone(),
            group: options.group.clone(),
            position: self.handled.map_or(options.start, Position::After),
            owner_level: options.owner_level,
            prefetch: options.prefetch,
        }
    }

    async fn handle_all(&mut self, receiver: &mut dyn EventReceiver) -> Result<End, SourceError> {
        loop {
            let due = self.progress.wait(self.shared.now());
            let batch = tokio::select! {
                biased;
                () = stop(&mut self.stopped) => return Ok(self.stop().await),
                () = sleep(due.unwrap_or(Duration::MAX)), if due.is_some() => {
                    if self.record_due().await { continue }
                    return Ok(End::Lost);
                }
                batch = receiver.next(BATCH) => batch?,
            };
            self.was_open = true;
            self.failures = 0;
            if let Some(end) = self.handle_batch(batch).await {
                return Ok(end);
            }
        }
    }

    async fn handle_batch(&mut self, batch: Batch) -> Option<End> {
        for event in batch.events {
            if *self.stopped.borrow() || !self.shared.take() {
                return Some(self.stop().await);
            }
            // What a source sends again after it was handled is not handled again.
            if self.handled.is_some_and(|it| event.sequence_number <= it) {
                continue;
            }
            self.note_gap(&event);
            let event = Arc::new(event);
            let lag = batch.last_enqueued.map(|it| it.saturating_sub(event.sequence_number));
            let lag = lag.map(|it| u64::try_from(it).unwrap_or(0));
            if !self.handle(&event, lag).await {
                return Some(self.stop().await);
            }
            self.handled = Some(event.sequence_number);
            self.progress.handled(&event, self.shared.now());
            self.shared.done();
            if let Some(lag) = lag {
                signals::lag(&self.shared.options.stream, &self.partition, lag);
            }
            if !self.record_due().await {
                return Some(End::Lost);
            }
        }
        None
    }

    /// Warns of events that the hub removed before they were received.
    fn note_gap(&self, event: &Event) {
        if let Some(handled) = self.handled {
            let missing = event.sequence_number.saturating_sub(handled).saturating_sub(1);
            if missing > 0 {
                let partition = &self.partition;
                warn!(
                    partition,
                    missing, "events are missing: the hub removed them by its retention"
                );
            }
        }
    }

    /// Handles an event, and returns whether it is done with: handled, or a dead letter. It is not if the
    /// task was stopped between two attempts, or the handler ends the listener.
    async fn handle(&mut self, event: &Arc<Event>, lag: Option<u64>) -> bool {
        let options = Arc::clone(&self.shared.options);
        let seen_before = event.sender_message_id().is_some_and(|id| {
            // A panic leaves the memory of ids whole, or one id short.
            let mut seen = self.shared.seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.before(id, &self.partition, event.sequence_number)
        });
        for attempt in 1.. {
            let received = ReceivedEvent { event: Arc::clone(event), attempt, seen_before, lag };
            let Err(failure) = (self.shared.handle)(received).await else {
                self.shared.counts.handled.fetch_add(1, Ordering::Relaxed);
                signals::event(&options.stream, EventOutcome::Handled);
                return true;
            };
            let failure = match failure {
                Unhandled::Failed(failure) => failure,
                Unhandled::Stopped => {
                    self.shared.enough.notify_one();
                    return false;
                }
            };
            let next = if failure.can_be_retried() {
                options.retry.after(attempt, (options.randomness)())
            } else {
                Next::DeadLetter
            };
            let (partition, sequence_number) = (&self.partition, event.sequence_number);
            match next {
                Next::Retry(wait) => {
                    let error = failure.error;
                    warn!(
                        partition,
                        sequence_number, attempt, error, "the handler failed, and is called again"
                    );
                    signals::event(&options.stream, EventOutcome::Retried);
                    tokio::select! {
                        () = stop(&mut self.stopped) => return false,
                        () = sleep(wait) => {}
                    }
                }
                Next::DeadLetter => {
                    let error = &failure.error;
                    warn!(partition, sequence_number, error, "the event becomes a dead letter");
                    return self.put_dead_letter(event, failure, attempt).await;
                }
            }
        }
        false
    }

    /// Stores a dead letter, however long that takes, because the event would be lost otherwise. Returns
    /// whether it is stored; it is not if the task was stopped.
    async fn put_dead_letter(&mut self, event: &Event, failure: Failure, attempts: u32) -> bool {
        let options = Arc::clone(&self.shared.options);
        let Failure { reason, error } = failure;
        let letter = NewDeadLetter::new(event.clone(), reason, error, attempts, self.shared.now());
        let mut failures = 0;
        loop {
            let put = options.dead_letters.put_dead_letter(&options.stream, letter.clone()).await;
            let Err(error) = put else {
                self.shared.counts.dead_lettered.fetch_add(1, Ordering::Relaxed);
                signals::event(&options.stream, EventOutcome::DeadLettered);
                return true;
            };
            failures += 1;
            let (partition, error) = (&self.partition, chain(&error));
            warn!(partition, error, "a dead letter could not be stored, which is tried again");
            tokio::select! {
                () = stop(&mut self.stopped) => return false,
                () = sleep(self.shared.reconnect_after(failures)) => {}
            }
        }
    }

    /// Records the checkpoint if one is due. Returns whether the partition is still this listener's.
    async fn record_due(&mut self) -> bool {
        if self.progress.due(self.shared.now()).is_some() { self.record().await } else { true }
    }

    /// Records what was handled. Returns whether the partition is still this listener's.
    async fn record(&mut self) -> bool {
        let Some(checkpoint) = self.progress.unrecorded() else { return true };
        let options = &self.shared.options;
        let name = Some(&*options.name);
        match options.checkpoints.set_checkpoint(&options.stream, name, checkpoint).await {
            Ok(true) => self.progress.recorded(),
            Ok(false) => return false,
            Err(error) => {
                let (partition, error) = (&self.partition, chain(&error));
                warn!(partition, error, "a checkpoint could not be recorded, which is tried again");
                self.progress.postpone(self.shared.now());
            }
        }
        true
    }

    /// Records the last checkpoint.
    async fn stop(&mut self) -> End {
        if self.record().await { End::Stopped } else { End::Lost }
    }
}

/// Waits until the task is asked to stop.
async fn stop(stopped: &mut watch::Receiver<bool>) {
    // An error means that nobody can ask any more, because the crew is gone with its tasks.
    let _ = stopped.wait_for(|it| *it).await;
}
