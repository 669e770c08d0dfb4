//! The events of one partition key, on their way.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::select;
use tokio::sync::{Notify, OwnedSemaphorePermit, oneshot};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::Shared;
use crate::batch::{Batch, BatchBuilder};
use crate::event::Event;
use crate::sender::{SendReport, Sender};
use crate::verdict::Verdict;

/// Where others put what a lane's task is to send. It is in the map of lanes as long as the task
/// runs.
#[derive(Default)]
pub(super) struct Inbox {
    entries: Vec<Entry>,
    filled: Arc<Notify>,
}

pub(super) enum Entry {
    Item(Box<Item>),
    /// Told when all before it is sent.
    Barrier(oneshot::Sender<()>),
}

/// An event, and who waits for it.
pub(super) struct Item {
    pub(super) event: Event,
    pub(super) arrived: Instant,
    pub(super) sent: oneshot::Sender<SendReport>,
    /// Given back with the item.
    pub(super) _memory: OwnedSemaphorePermit,
}

impl Inbox {
    pub(super) fn push(&mut self, entry: Entry) {
        if self.entries.is_empty() {
            self.filled.notify_one();
        }
        self.entries.push(entry);
    }

    pub(super) fn filled(&self) -> Arc<Notify> {
        Arc::clone(&self.filled)
    }
}

/// Sends what comes into the lane of `key`, until nothing is left.
pub(super) async fn run(shared: Arc<Shared>, key: Option<String>, filled: Arc<Notify>) {
    let mut lane = Lane::new(shared, key);
    loop {
        lane.empty_inbox();
        match lane.step() {
            Step::Send(items, batch) => lane.send(items, batch).await,
            Step::Pass(barrier) => lane.pass(barrier).await,
            Step::WaitUntil(ready) => select! {
                () = sleep_until(ready) => {}
                () = filled.notified() => {}
            },
            Step::Idle if lane.under_way.is_empty() => {
                if lane.retire() {
                    return;
                }
            }
            Step::Idle => select! {
                _ = lane.under_way.join_next() => {}
                () = filled.notified() => {}
            },
        }
    }
}

/// What a lane's task holds.
struct Lane {
    shared: Arc<Shared>,
    key: Option<String>,
    waiting: VecDeque<Entry>,
    /// About how many bytes the waiting events make.
    weight: usize,
    barriers: usize,
    under_way: JoinSet<()>,
}

/// What a lane does next.
enum Step {
    Send(Vec<Item>, Batch),
    Pass(oneshot::Sender<()>),
    WaitUntil(Instant),
    /// There is nothing to send.
    Idle,
}

impl Lane {
    fn new(shared: Arc<Shared>, key: Option<String>) -> Self {
        let (waiting, under_way) = (VecDeque::new(), JoinSet::new());
        Self { shared, key, waiting, weight: 0, barriers: 0, under_way }
    }

    fn empty_inbox(&mut self) {
        let entries = match self.shared.lanes().get_mut(&self.key) {
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

    fn step(&mut self) -> Step {
        match self.waiting.pop_front() {
            None => Step::Idle,
            Some(Entry::Barrier(barrier)) => {
                self.barriers -= 1;
                Step::Pass(barrier)
            }
            Some(Entry::Item(first)) => {
                let ready = first.arrived + self.shared.linger;
                if self.is_urgent() || ready <= Instant::now() {
                    self.fill(*first)
                } else {
                    self.waiting.push_front(Entry::Item(first));
                    Step::WaitUntil(ready)
                }
            }
        }
    }

    /// Whether there is no reason to wait for more: what waits fills a batch, or is waited for.
    fn is_urgent(&self) -> bool {
        self.barriers > 0 || self.weight >= self.shared.batch_limit
    }

    /// As many events as fit into a batch. The first is always taken: one that is too large for any
    /// batch goes alone, for the service to judge.
    fn fill(&mut self, first: Item) -> Step {
        let mut batch = BatchBuilder::new(self.shared.batch_limit);
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
        batch.map_or(Step::Idle, |batch| Step::Send(items, batch))
    }

    /// Events of a key keep their order, so their batch is waited for.
    async fn send(&mut self, items: Vec<Item>, batch: Batch) {
        let sender = self.shared.sender.clone();
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

    /// Takes the lane away, if nothing came into it meanwhile.
    fn retire(&self) -> bool {
        let mut lanes = self.shared.lanes();
        let is_empty = lanes.get(&self.key).is_none_or(|inbox| inbox.entries.is_empty());
        if is_empty {
            lanes.remove(&self.key);
        }
        is_empty
    }
}

/// Sends a batch, or its halves if the service takes exception to what is in it, and tells each
/// event what became of it.
async fn deliver(sender: &Sender, mut items: Vec<Item>, batch: Batch) {
    let outcome = sender.send_batch(&batch).await;
    let in_parts = matches!(&outcome.verdict, Verdict::Refused(it) if it.may_succeed_in_parts());
    if items.len() > 1 && in_parts {
        let second = items.split_off(items.len() / 2);
        for half in [items, second] {
            if let Some(batch) = batch_of(&half) {
                Box::pin(deliver(sender, half, batch)).await;
            }
        }
        return;
    }
    for item in items {
        // Whoever enqueued it need not wait for it.
        let _ = item.sent.send(outcome.clone());
    }
}

/// `None` for no events.
fn batch_of(items: &[Item]) -> Option<Batch> {
    let mut batch = BatchBuilder::new(usize::MAX);
    for item in items {
        batch.try_add(&item.event).expect("the events of a lane have one key");
    }
    batch.take()
}
