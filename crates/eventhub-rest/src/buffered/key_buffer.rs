//! The events of one partition key, on their way.

use std::collections::hash_map::Entry as Slot;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::select;
use tokio::sync::{Notify, OwnedSemaphorePermit, oneshot};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::batch::{Batch, BatchBuilder};
use crate::event::Event;
use crate::sender::{SendReport, Sender};
use crate::verdict::Verdict;

/// The buffers of all partition keys, each with a task that empties it.
pub(super) struct Buffers {
    pub(super) sender: Sender,
    pub(super) linger: Duration,
    pub(super) batch_limit: usize,
    inboxes: Mutex<HashMap<Option<String>, Inbox>>,
}

/// What a buffer's task is to take over next. It is in the map as long as the task runs.
#[derive(Default)]
struct Inbox {
    entries: Vec<Entry>,
    filled: Arc<Notify>,
}

enum Entry {
    Item(Box<Item>),
    /// Notified when everything before it is sent.
    Barrier(oneshot::Sender<()>),
}

/// An event, and who waits for it.
struct Item {
    event: Event,
    arrived: Instant,
    report: oneshot::Sender<SendReport>,
    /// Given back with the item.
    _memory: OwnedSemaphorePermit,
}

impl Buffers {
    pub(super) fn new(sender: Sender, linger: Duration, batch_limit: usize) -> Self {
        Self { sender, linger, batch_limit, inboxes: Mutex::default() }
    }

    /// Puts an event into the buffer of its key, and returns where its report will be. A buffer
    /// that is not there is made, and lives until it is empty.
    pub(super) fn push(
        buffers: &Arc<Self>,
        event: Event,
        memory: OwnedSemaphorePermit,
    ) -> oneshot::Receiver<SendReport> {
        let key = event.partition_key().map(str::to_owned);
        let (report, reported) = oneshot::channel();
        let item = Item { event, arrived: Instant::now(), report, _memory: memory };
        let entry = Entry::Item(Box::new(item));
        match buffers.inboxes().entry(key) {
            Slot::Occupied(mut inbox) => inbox.get_mut().push(entry),
            Slot::Vacant(slot) => {
                let key = slot.key().clone();
                let inbox = slot.insert(Inbox::default());
                inbox.push(entry);
                tokio::spawn(run(Arc::clone(buffers), key, Arc::clone(&inbox.filled)));
            }
        }
        reported
    }

    /// Adds to each buffer a mark that is passed when everything before it is sent.
    pub(super) fn push_barriers(&self) -> Vec<oneshot::Receiver<()>> {
        let barrier = |inbox: &mut Inbox| {
            let (pass, passed) = oneshot::channel();
            inbox.push(Entry::Barrier(pass));
            passed
        };
        self.inboxes().values_mut().map(barrier).collect()
    }

    fn inboxes(&self) -> MutexGuard<'_, HashMap<Option<String>, Inbox>> {
        // No code that holds the lock can leave an inbox half changed.
        self.inboxes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inbox {
    fn push(&mut self, entry: Entry) {
        // Once for a filled inbox is enough: `Notify` keeps the permit for a task that is busy now,
        // and the task takes all entries when it wakes.
        if self.entries.is_empty() {
            self.filled.notify_one();
        }
        self.entries.push(entry);
    }
}

/// Sends what comes into the buffer of `key`, until nothing is left.
async fn run(buffers: Arc<Buffers>, key: Option<String>, filled: Arc<Notify>) {
    let mut buffer = KeyBuffer::new(buffers, key);
    loop {
        // In each round: what arrived during a send may fill the next batch.
        buffer.empty_inbox();
        match buffer.next_action() {
            Action::Send(items, batch) => buffer.send(items, batch).await,
            Action::Pass(barrier) => buffer.pass(barrier).await,
            Action::WaitUntil(ready) => select! {
                () = sleep_until(ready) => {}
                () = filled.notified() => {}
            },
            // A buffer with batches under way stays, because a barrier has to wait for them.
            Action::Idle if buffer.under_way.is_empty() => {
                if buffer.retire() {
                    return;
                }
            }
            Action::Idle => select! {
                _ = buffer.under_way.join_next() => {}
                () = filled.notified() => {}
            },
        }
    }
}

/// What a buffer's task holds.
struct KeyBuffer {
    buffers: Arc<Buffers>,
    key: Option<String>,
    waiting: VecDeque<Entry>,
    /// About how many bytes the waiting events make.
    weight: usize,
    barriers: usize,
    under_way: JoinSet<()>,
}

/// What a buffer's task does next.
enum Action {
    Send(Vec<Item>, Batch),
    Pass(oneshot::Sender<()>),
    WaitUntil(Instant),
    /// There is nothing to send.
    Idle,
}

impl KeyBuffer {
    fn new(buffers: Arc<Buffers>, key: Option<String>) -> Self {
        let (waiting, under_way) = (VecDeque::new(), JoinSet::new());
        Self { buffers, key, waiting, weight: 0, barriers: 0, under_way }
    }

    fn empty_inbox(&mut self) {
        let entries = match self.buffers.inboxes().get_mut(&self.key) {
            Some(inbox) => std::mem::take(&mut inbox.entries),
            None => return,
        };
        for entry in entries {
            match &entry {
                Entry::Item(item) => self.weight += item.event.weight(),
                Entry::Barrier(_) => self.barriers += 1,
            }
            self.waiting.push_back(entry);
        }
    }

    fn next_action(&mut self) -> Action {
        match self.waiting.pop_front() {
            None => Action::Idle,
            Some(Entry::Barrier(barrier)) => {
                self.barriers -= 1;
                Action::Pass(barrier)
            }
            Some(Entry::Item(first)) => {
                // The first came earliest, so no other is ready before it.
                let ready = first.arrived + self.buffers.linger;
                if self.is_urgent() || ready <= Instant::now() {
                    self.fill(*first)
                } else {
                    self.waiting.push_front(Entry::Item(first));
                    Action::WaitUntil(ready)
                }
            }
        }
    }

    /// Whether there is no reason to wait for more: what waits fills a batch, or is waited for.
    fn is_urgent(&self) -> bool {
        // The weight leaves out the JSON around the texts and their escapes. A batch is therefore
        // never sent early, with room left in it.
        self.barriers > 0 || self.weight >= self.buffers.batch_limit
    }

    /// As many events as fit into a batch. The first is always taken: one that is too large for any
    /// batch goes alone, for the service to judge.
    fn fill(&mut self, first: Item) -> Action {
        let mut batch = BatchBuilder::new(self.buffers.batch_limit);
        let fits = batch.try_add(&first.event).is_ok();
        let mut items = vec![first];
        while let Some(Entry::Item(next)) = self.waiting.front()
            && fits
            && batch.try_add(&next.event).is_ok()
        {
            if let Some(Entry::Item(next)) = self.waiting.pop_front() {
                items.push(*next);
            }
        }
        self.weight -= items.iter().map(|item| item.event.weight()).sum::<usize>();
        let batch =
            batch.take().or_else(|| items.first().map(|item| Batch::from_event(&item.event)));
        batch.map_or(Action::Idle, |batch| Action::Send(items, batch))
    }

    /// Events of a key keep their order, so their batch is waited for.
    async fn send(&mut self, items: Vec<Item>, batch: Batch) {
        let sender = self.buffers.sender.clone();
        if self.key.is_some() {
            deliver(&sender, items, batch).await;
        } else {
            while self.under_way.try_join_next().is_some() {} // A set keeps what has ended, too.
            self.under_way.spawn(async move { deliver(&sender, items, batch).await });
        }
    }

    async fn pass(&mut self, barrier: oneshot::Sender<()>) {
        while self.under_way.join_next().await.is_some() {}
        // Whoever waited for it may have gone.
        let _ = barrier.send(());
    }

    /// Removes the buffer unless something came into it meanwhile.
    fn retire(&self) -> bool {
        let mut inboxes = self.buffers.inboxes();
        // Under the lock of `push`, which therefore finds either this inbox, whose entries the task
        // will still see, or none, and starts a new task.
        let is_empty = inboxes.get(&self.key).is_none_or(|inbox| inbox.entries.is_empty());
        if is_empty {
            inboxes.remove(&self.key);
        }
        is_empty
    }
}

/// Sends a batch and reports to each event. A batch that is refused for what is in it is sent again
/// in halves, which finds one event at fault among `n` with about `2 log n` requests, where sending
/// each alone would take `n`.
async fn deliver(sender: &Sender, mut items: Vec<Item>, batch: Batch) {
    let report = sender.send_batch(&batch).await;
    let in_parts = matches!(&report.verdict, Verdict::Refused(it) if it.may_succeed_in_parts());
    if items.len() > 1 && in_parts {
        let second = items.split_off(items.len() / 2);
        // One after the other, which keeps the order of the key. Boxed, because a future can't
        // contain itself; the recursion is as deep as the batch can be halved.
        for half in [items, second] {
            if let Some(batch) = batch_of(&half) {
                Box::pin(deliver(sender, half, batch)).await;
            }
        }
        return;
    }
    for item in items {
        // Whoever enqueued it need not wait for it.
        let _ = item.report.send(report.clone());
    }
}

/// `None` for no events.
fn batch_of(items: &[Item]) -> Option<Batch> {
    // Without a limit: each half is smaller than the batch that the service has just judged.
    let mut batch = BatchBuilder::new(usize::MAX);
    for item in items {
        batch.try_add(&item.event).expect("the events of a buffer have one key");
    }
    batch.take()
}
