//! A source in memory, whose receivers fail when a test says so.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Notify;
use tokio::time::Instant;
use xrm_listener::{
    Batch, BoxFuture, Event, EventReceiver, EventSource, Listener, ListenerBuilder, Position,
    Receive, SourceError, SourceErrorKind,
};

/// A hub in memory.
#[derive(Clone, Default)]
pub(crate) struct Scripted(Arc<Inner>);

#[derive(Default)]
struct Inner {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    partitions: BTreeMap<String, Vec<Event>>,
    /// What receivers were asked for, in order.
    opened: Vec<Receive>,
    /// The number of the receiver that has each partition.
    holders: BTreeMap<String, usize>,
    /// The failures of the next receivers that are opened.
    failures: Vec<SourceError>,
    /// How many events were handed out.
    taken: usize,
}

impl Scripted {
    /// A hub with so many empty partitions.
    pub(crate) fn new(partitions: usize) -> Self {
        let hub = Self::default();
        let names = (0..partitions).map(|it| (it.to_string(), Vec::new()));
        hub.state().partitions = names.collect();
        hub
    }

    pub(crate) fn listener(&self) -> ListenerBuilder {
        let started = Instant::now();
        let clock = move || at(0) + TimeDelta::from_std(started.elapsed()).unwrap();
        Listener::builder_for(Arc::new(self.clone()), "namespace", "hub")
            .clock(clock)
            .randomness(|| 1.0)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap()
    }

    /// Puts an event at the end of a partition.
    pub(crate) fn send(&self, partition: usize, body: impl Into<String>) {
        self.send_event(partition, |it| it, body.into());
    }

    pub(crate) fn send_event(
        &self,
        partition: usize,
        change: impl FnOnce(Event) -> Event,
        body: String,
    ) {
        let mut state = self.state();
        let partition = partition.to_string();
        let events = state.partitions.get_mut(&partition).unwrap();
        let number = i64::try_from(events.len()).unwrap();
        events.push(change(Event::new(partition, number, at(number), body)));
        drop(state);
        self.0.changed.notify_waiters();
    }

    /// Ends all receivers, as a lost connection does.
    pub(crate) fn cut(&self) {
        self.state().holders.clear();
        self.0.changed.notify_waiters();
    }

    /// Lets the next receiver that is opened fail.
    pub(crate) fn fail_next(&self, kind: SourceErrorKind) {
        self.state().failures.push(SourceError::new(kind, "as the test says"));
    }

    pub(crate) fn opened(&self) -> Vec<(String, Position)> {
        self.state().opened.iter().map(|it| (it.partition.clone(), it.position)).collect()
    }

    pub(crate) fn taken(&self) -> usize {
        self.state().taken
    }
}

pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

impl EventSource for Scripted {
    fn partitions(&self) -> BoxFuture<'_, Result<Vec<String>, SourceError>> {
        Box::pin(async { Ok(self.state().partitions.keys().cloned().collect()) })
    }

    fn receive(
        &self,
        receive: Receive,
    ) -> BoxFuture<'_, Result<Box<dyn EventReceiver>, SourceError>> {
        Box::pin(async move {
            let mut state = self.state();
            if let Some(error) = state.failures.pop() {
                return Err(error);
            }
            let number = state.opened.len() + 1;
            let next = match receive.position {
                Position::From(number) => usize::try_from(number).unwrap(),
                Position::After(number) => usize::try_from(number + 1).unwrap(),
                Position::Latest => state.partitions[&receive.partition].len(),
                _ => 0,
            };
            let displaced = state.holders.insert(receive.partition.clone(), number);
            let receiver =
                Receiver { hub: self.clone(), partition: receive.partition.clone(), number, next };
            state.opened.push(receive);
            drop(state);
            if displaced.is_some() {
                self.0.changed.notify_waiters();
            }
            Ok(Box::new(receiver) as Box<dyn EventReceiver>)
        })
    }
}

struct Receiver {
    hub: Scripted,
    partition: String,
    number: usize,
    next: usize,
}

impl Receiver {
    /// The events that are there, if there are any, or why there will be none.
    fn try_next(&mut self, limit: usize) -> Option<Result<Batch, SourceError>> {
        let mut state = self.hub.state();
        let failed = |kind| Some(Err(SourceError::new(kind, "the receiver ended")));
        match state.holders.get(&self.partition) {
            Some(holder) if *holder == self.number => {}
            Some(_) => return failed(SourceErrorKind::Displaced),
            None => return failed(SourceErrorKind::Transient),
        }
        let all = &state.partitions[&self.partition];
        let events: Vec<_> = all.iter().skip(self.next).take(limit).cloned().collect();
        let last_enqueued = all.last().map(|it| it.sequence_number);
        self.next += events.len();
        state.taken += events.len();
        (!events.is_empty()).then_some(Ok(Batch { events, last_enqueued }))
    }
}

impl EventReceiver for Receiver {
    fn next(&mut self, limit: usize) -> BoxFuture<'_, Result<Batch, SourceError>> {
        Box::pin(async move {
            loop {
                let hub = self.hub.clone();
                // Before looking, so that no change in between is missed.
                let changed = hub.0.changed.notified();
                if let Some(result) = self.try_next(limit) {
                    return result;
                }
                changed.await;
            }
        })
    }

    fn close(self: Box<Self>) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            let mut state = self.hub.state();
            if state.holders.get(&self.partition) == Some(&self.number) {
                state.holders.remove(&self.partition);
            }
        })
    }
}
