//! Listeners at work, on a scripted source, in paused time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use xrm_listener::{
    BoxFuture, Checkpoint, CheckpointStore, Checkpointing, Claim, DeadLetter, DeadLetterQuery,
    DeadLetterReason, DeadLetterStore, Error, HandlerError, Listener, MemoryStore, NewDeadLetter,
    Position, ReceivedEvent, Report, RetryPolicy, SourceErrorKind, Stop, StoreError,
};

use crate::scripted::Scripted;

const INTERVAL: Duration = Duration::from_secs(5);

/// What handlers were called with: partition, sequence number and body.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<(String, i64, String)>>>, Arc<Notify>);

impl Log {
    fn add(&self, event: &ReceivedEvent) {
        let body = String::from_utf8_lossy(&event.body).into_owned();
        self.0.lock().unwrap().push((event.partition.clone(), event.sequence_number, body));
        self.1.notify_waiters();
    }

    fn bodies(&self) -> Vec<String> {
        self.0.lock().unwrap().iter().map(|(_, _, body)| body.clone()).collect()
    }

    /// Waits until so many calls were made.
    async fn reached(&self, count: usize) {
        loop {
            let changed = self.1.notified();
            if self.0.lock().unwrap().len() >= count {
                return;
            }
            changed.await;
        }
    }
}

/// A listener that runs in a task of its own.
struct Run {
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<Report, Error>>,
}

impl Run {
    fn start<F>(
        listener: Listener,
        handler: impl Fn(ReceivedEvent) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<(), HandlerError>> + Send + 'static,
    {
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(async move {
            let stopped = async { drop(stopped.await) };
            listener.run_events_until(stopped, handler).await
        });
        Self { stop, task }
    }

    /// A listener that notes what it is given.
    fn log(listener: Listener, log: &Log) -> Self {
        let log = log.clone();
        Self::start(listener, move |event| {
            log.add(&event);
            async { Ok(()) }
        })
    }

    async fn stop(self) -> Report {
        drop(self.stop);
        self.task.await.unwrap().unwrap()
    }

    /// Ends it as a crash does.
    fn crash(self) {
        self.task.abort();
        // Otherwise, it would be asked to stop.
        std::mem::forget(self.stop);
    }
}

async fn checkpoint(store: &dyn CheckpointStore, listener: &Listener) -> Vec<(String, i64)> {
    let found = store.checkpoints(listener.stream()).await.unwrap();
    found.into_iter().map(|it| (it.partition, it.sequence_number)).collect()
}

async fn letters(store: &dyn DeadLetterStore) -> Vec<DeadLetter> {
    store.dead_letters(DeadLetterQuery::default()).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn events_are_handled_in_order_and_the_next_run_goes_on_behind_them() {
    let (hub, store, log) = (Scripted::new(2), Arc::new(MemoryStore::new()), Log::default());
    let listener = || hub.listener().store(Arc::clone(&store)).build().unwrap();
    for number in 0..200 {
        hub.send(0, format!("a{number}"));
        hub.send(1, format!("b{number}"));
    }
    let run = Run::log(listener(), &log);
    log.reached(400).await;
    let report = run.stop().await;
    assert_eq!((report.handled, report.dead_lettered), (400, 0));
    for partition in ["a", "b"] {
        let handled: Vec<_> =
            log.bodies().into_iter().filter(|it| it.starts_with(partition)).collect();
        let sent: Vec<_> = (0..200).map(|it| format!("{partition}{it}")).collect();
        assert_eq!(handled, sent);
    }
    let expected = [("0".to_owned(), 199), ("1".to_owned(), 199)];
    assert_eq!(checkpoint(&*store, &listener()).await, expected);

    hub.send(0, "next");
    let run = Run::log(listener(), &log);
    log.reached(401).await;
    assert_eq!(run.stop().await.handled, 1);
    assert_eq!(log.bodies().pop().unwrap(), "next");
}

#[tokio::test(start_paused = true)]
async fn a_crash_repeats_what_is_behind_the_last_checkpoint_and_nothing_else() {
    let (hub, store, log) = (Scripted::new(1), Arc::new(MemoryStore::new()), Log::default());
    let listener = || {
        let each_ten = Checkpointing::new(10, Duration::from_secs(3600));
        hub.listener().store(Arc::clone(&store)).checkpointing(each_ten).build().unwrap()
    };
    (0..25).for_each(|it| hub.send(0, it.to_string()));
    let run = Run::log(listener(), &log);
    log.reached(25).await;
    run.crash();
    let run = Run::log(listener(), &log);
    log.reached(30).await;
    run.stop().await;
    let repeated: Vec<_> = log.bodies().split_off(25);
    assert_eq!(repeated, ["20", "21", "22", "23", "24"]);
}

#[tokio::test(start_paused = true)]
async fn a_checkpoint_is_recorded_after_a_second_without_another_event() {
    let (hub, store, log) = (Scripted::new(1), Arc::new(MemoryStore::new()), Log::default());
    let listener = || hub.listener().store(Arc::clone(&store)).build().unwrap();
    hub.send(0, "only");
    let run = Run::log(listener(), &log);
    log.reached(1).await;
    assert_eq!(checkpoint(&*store, &listener()).await, []);
    sleep(Duration::from_millis(1_001)).await;
    assert_eq!(checkpoint(&*store, &listener()).await, [("0".to_owned(), 0)]);
    run.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_fails_three_times_leaves_a_dead_letter_and_the_partition_goes_on() {
    let (hub, store, log) = (Scripted::new(1), Arc::new(MemoryStore::new()), Log::default());
    let listener = hub.listener().store(Arc::clone(&store)).build().unwrap();
    ["one", "bad", "two"].into_iter().for_each(|it| hub.send(0, it));
    let (calls, started) = (log.clone(), Instant::now());
    let run = Run::start(listener, move |event| {
        calls.add(&event);
        async move {
            match &*event.body {
                b"bad" => Err(format!("attempt {} failed", event.attempt).into()),
                _ => Ok(()),
            }
        }
    });
    log.reached(5).await;
    assert_eq!(started.elapsed(), Duration::from_secs(1 + 2), "the waits double");
    let report = run.stop().await;
    assert_eq!((report.handled, report.dead_lettered), (2, 1));
    assert_eq!(log.bodies(), ["one", "bad", "bad", "bad", "two"]);
    let letter = letters(&*store).await.remove(0).letter;
    assert_eq!((letter.reason, letter.attempts), (DeadLetterReason::HandlerFailed, 3));
    assert_eq!((&*letter.error, &*letter.event.body), ("attempt 3 failed", &b"bad"[..]));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_no_context_is_a_dead_letter_with_its_bytes() {
    let (hub, store) = (Scripted::new(1), Arc::new(MemoryStore::new()));
    let listener = hub.listener().store(Arc::clone(&store)).max_events(3).build().unwrap();
    let bodies = [r#"{"MessageName":"Create"}"#, "\0not a context", r#"{"MessageName":"Update"}"#];
    bodies.into_iter().for_each(|it| hub.send(0, it));
    let names = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&names);
    let report = listener
        .run(move |received| {
            noted.lock().unwrap().push(received.context.message_name.clone().unwrap());
            async { Ok(()) }
        })
        .await
        .unwrap();
    assert_eq!(*names.lock().unwrap(), ["Create", "Update"]);
    assert_eq!((report.handled, report.dead_lettered), (2, 1));
    let letter = letters(&*store).await.remove(0).letter;
    assert_eq!((letter.reason, letter.attempts), (DeadLetterReason::NoContext, 1));
    assert_eq!(&*letter.event.body, b"\0not a context");
    assert_eq!(letter.error, "the body is neither JSON nor XML");
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_panics_has_failed() {
    let (hub, store) = (Scripted::new(1), Arc::new(MemoryStore::new()));
    let once = RetryPolicy::new(1);
    let listener =
        hub.listener().store(Arc::clone(&store)).retry(once).max_events(2).build().unwrap();
    hub.send(0, "bad");
    hub.send(0, "good");
    let handler = |event: ReceivedEvent| async move {
        assert_ne!(&*event.body, b"bad", "this is bad");
        Ok(())
    };
    let report = listener.run_events_until(std::future::pending(), handler).await.unwrap();
    assert_eq!((report.handled, report.dead_lettered), (1, 1));
    let error = letters(&*store).await.remove(0).letter.error;
    assert!(
        error.starts_with("the handler panicked: ") && error.contains("this is bad"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_lost_connection_resumes_behind_the_last_event() {
    let (hub, log) = (Scripted::new(1), Log::default());
    let run = Run::log(hub.listener().build().unwrap(), &log);
    (0..3).for_each(|it| hub.send(0, it.to_string()));
    log.reached(3).await;
    hub.fail_next(SourceErrorKind::Transient);
    // Once the hub was reached, no refusal ends the listener.
    hub.fail_next(SourceErrorKind::Unauthorized);
    hub.cut();
    (3..6).for_each(|it| hub.send(0, it.to_string()));
    log.reached(6).await;
    run.stop().await;
    assert_eq!(log.bodies(), ["0", "1", "2", "3", "4", "5"]);
    let position = hub.opened().pop().unwrap().1;
    assert_eq!(position, Position::After(2), "and not from the start");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_before_the_first_event_ends_the_listener() {
    let hub = Scripted::new(1);
    hub.fail_next(SourceErrorKind::NotFound);
    let run = Run::log(hub.listener().build().unwrap(), &Log::default());
    let error = run.task.await.unwrap().unwrap_err();
    assert!(matches!(error, Error::Source(it) if it.kind() == SourceErrorKind::NotFound));

    let listener = hub.listener().partitions(["7"]).build().unwrap();
    let error = Run::log(listener, &Log::default()).task.await.unwrap().unwrap_err();
    assert_eq!(error.to_string(), "the hub has no partition \"7\"; its partitions are 0");
}

#[tokio::test(start_paused = true)]
async fn a_stop_finishes_the_event_at_hand_and_begins_no_other() {
    let (hub, store, log) = (Scripted::new(1), Arc::new(MemoryStore::new()), Log::default());
    let listener = || hub.listener().store(Arc::clone(&store)).build().unwrap();
    (0..9).for_each(|it| hub.send(0, it.to_string()));
    let (calls, proceed) = (log.clone(), Arc::new(Notify::new()));
    let gate = Arc::clone(&proceed);
    let run = Run::start(listener(), move |event| {
        let (calls, gate) = (calls.clone(), Arc::clone(&gate));
        async move {
            calls.add(&event);
            gate.notified().await;
            Ok(())
        }
    });
    log.reached(1).await;
    let stopping = tokio::spawn(run.stop());
    sleep(Duration::from_secs(60)).await;
    assert!(!stopping.is_finished(), "the handler is still at work");
    proceed.notify_one();
    assert_eq!(stopping.await.unwrap().handled, 1);
    assert_eq!(checkpoint(&*store, &listener()).await, [("0".to_owned(), 0)]);
    assert_eq!(log.bodies(), ["0"]);
}

#[tokio::test(start_paused = true)]
async fn a_slow_handler_holds_up_the_source() {
    let hub = Scripted::new(1);
    (0..1_000).for_each(|it| hub.send(0, it.to_string()));
    let run = Run::start(hub.listener().build().unwrap(), |_| std::future::pending());
    sleep(Duration::from_secs(3_600)).await;
    assert!((1..=64).contains(&hub.taken()), "{}", hub.taken());
    run.crash();
}

/// The partitions of each owner in a store.
async fn division(store: &MemoryStore, listener: &Listener) -> BTreeMap<String, BTreeSet<String>> {
    let mut division: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for ownership in store.ownerships(listener.stream(), DateTime::UNIX_EPOCH).await.unwrap() {
        let owner = ownership.owner.unwrap_or_else(|| "nobody".to_owned());
        division.entry(owner).or_default().insert(ownership.partition);
    }
    division
}

fn sizes(division: &BTreeMap<String, BTreeSet<String>>) -> Vec<(&str, usize)> {
    division.iter().map(|(owner, partitions)| (&**owner, partitions.len())).collect()
}

#[tokio::test(start_paused = true)]
async fn listeners_divide_the_partitions_within_three_intervals_and_then_rest() {
    let (hub, store, log) = (Scripted::new(8), Arc::new(MemoryStore::new()), Log::default());
    let listener = |name: &str| {
        hub.listener().store(Arc::clone(&store)).name(name).interval(INTERVAL).build().unwrap()
    };
    let observer = listener("observer");
    let a = Run::log(listener("a"), &log);
    sleep(Duration::from_millis(1)).await;
    assert_eq!(sizes(&division(&store, &observer).await), [("a", 8)], "at once");
    let b = Run::log(listener("b"), &log);
    let c = Run::log(listener("c"), &log);
    sleep(3 * INTERVAL).await;
    assert_eq!(sizes(&division(&store, &observer).await), [("a", 3), ("b", 3), ("c", 2)]);

    let (opened, divided) = (hub.opened().len(), division(&store, &observer).await);
    sleep(Duration::from_secs(600)).await;
    assert_eq!(hub.opened().len(), opened, "no receiver is opened at rest");
    assert_eq!(division(&store, &observer).await, divided);

    c.stop().await;
    sleep(3 * INTERVAL).await;
    assert_eq!(sizes(&division(&store, &observer).await), [("a", 4), ("b", 4)]);
    b.crash();
    sleep(3 * INTERVAL + 3 * INTERVAL).await;
    assert_eq!(sizes(&division(&store, &observer).await), [("a", 8)], "after the lease");
    (0..8).for_each(|it| hub.send(it, "x"));
    log.reached(8).await;
    assert_eq!(a.stop().await.handled, 8);
    assert_eq!(sizes(&division(&store, &observer).await), [("nobody", 8)]);
}

#[tokio::test(start_paused = true)]
async fn a_lost_partition_stops_its_own_handler_alone() {
    let (hub, store, log) = (Scripted::new(2), Arc::new(MemoryStore::new()), Log::default());
    let listener = hub.listener().store(Arc::clone(&store)).interval(INTERVAL).build().unwrap();
    let stream = listener.stream().clone();
    hub.send(0, "hangs");
    let calls = log.clone();
    let dropped = Arc::new(Mutex::new(false));
    let drops = Arc::clone(&dropped);
    let run = Run::start(listener, move |event| {
        let (calls, drops) = (calls.clone(), Arc::clone(&drops));
        async move {
            let guard = NoteDrop(drops);
            calls.add(&event);
            if event.partition == "0" {
                std::future::pending::<()>().await;
            }
            std::mem::forget(guard);
            Ok(())
        }
    });
    log.reached(1).await;
    // Another listener claims the partition.
    let owned = store.ownerships(&stream, DateTime::UNIX_EPOCH).await.unwrap();
    let version = Some(owned.iter().find(|it| it.partition == "0").unwrap().version.clone());
    let claims = [Claim { partition: "0".to_owned(), version }];
    let won = store.claim(&stream, "other", &claims, crate::scripted::at(0)).await.unwrap();
    assert_eq!(won.len(), 1);
    sleep(INTERVAL).await;
    sleep(Duration::from_millis(1)).await;
    assert!(*dropped.lock().unwrap(), "the handler of partition 0 is gone");
    hub.send(1, "goes on");
    log.reached(2).await;
    assert_eq!(run.stop().await.handled, 1);
}

struct NoteDrop(Arc<Mutex<bool>>);

impl Drop for NoteDrop {
    fn drop(&mut self) {
        *self.0.lock().unwrap() = true;
    }
}

#[tokio::test(start_paused = true)]
async fn a_copy_of_a_message_is_marked_and_the_same_event_is_not() {
    let (hub, log) = (Scripted::new(2), Log::default());
    let (seen, calls) = (Arc::new(Mutex::new(Vec::new())), log.clone());
    let noted = Arc::clone(&seen);
    let run = Run::start(hub.listener().build().unwrap(), move |event| {
        noted.lock().unwrap().push(event.seen_before);
        calls.add(&event);
        let fails = event.attempt == 1;
        async move { if fails { Err("once".into()) } else { Ok(()) } }
    });
    let with_id = |partition| {
        hub.send_event(partition, |it| it.with_property("xrm-message-id", "1"), String::new());
    };
    with_id(0);
    log.reached(2).await;
    with_id(1);
    log.reached(4).await;
    run.stop().await;
    assert_eq!(*seen.lock().unwrap(), [false, false, true, true]);
}

/// Stores that fail as long as a test says so.
#[derive(Debug, Default)]
struct Failing {
    store: MemoryStore,
    fails: Mutex<bool>,
}

impl Failing {
    fn check(&self) -> Result<(), StoreError> {
        if *self.fails.lock().unwrap() { Err(StoreError::new("the disk is full")) } else { Ok(()) }
    }
}

impl CheckpointStore for Failing {
    fn announce<'a>(
        &'a self,
        stream: &'a xrm_listener::StreamName,
        listener: &'a str,
        lease: Duration,
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Vec<String>, StoreError>> {
        Box::pin(async move {
            self.check()?;
            self.store.announce(stream, listener, lease, now).await
        })
    }

    fn withdraw<'a>(
        &'a self,
        stream: &'a xrm_listener::StreamName,
        listener: &'a str,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.store.withdraw(stream, listener)
    }

    fn ownerships<'a>(
        &'a self,
        stream: &'a xrm_listener::StreamName,
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Vec<xrm_listener::Ownership>, StoreError>> {
        self.store.ownerships(stream, now)
    }

    fn claim<'a>(
        &'a self,
        stream: &'a xrm_listener::StreamName,
        listener: &'a str,
        claims: &'a [Claim],
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Vec<xrm_listener::Ownership>, StoreError>> {
        self.store.claim(stream, listener, claims, now)
    }

    fn release<'a>(
        &'a self,
        stream: &'a xrm_listener::StreamName,
        listener: &'a str,
        partitions: &'a [String],
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.store.release(stream, listener, partitions)
    }

    fn checkpoints<'a>(
        &'a self,
        stream: &'a xrm_listener::StreamName,
    ) -> BoxFuture<'a, Result<Vec<Checkpoint>, StoreError>> {
        self.store.checkpoints(stream)
    }

    fn set_checkpoint<'a>(
        &'a self,
        stream: &'a xrm_listener::StreamName,
        listener: Option<&'a str>,
        checkpoint: &'a Checkpoint,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move {
            self.check()?;
            self.store.set_checkpoint(stream, listener, checkpoint).await
        })
    }
}

impl DeadLetterStore for Failing {
    fn put_dead_letter<'a>(
        &'a self,
        stream: &'a xrm_listener::StreamName,
        letter: NewDeadLetter,
    ) -> BoxFuture<'a, Result<i64, StoreError>> {
        Box::pin(async move {
            self.check()?;
            self.store.put_dead_letter(stream, letter).await
        })
    }

    fn dead_letters(
        &self,
        query: DeadLetterQuery,
    ) -> BoxFuture<'_, Result<Vec<DeadLetter>, StoreError>> {
        self.store.dead_letters(query)
    }

    fn dead_letter(&self, id: i64) -> BoxFuture<'_, Result<Option<DeadLetter>, StoreError>> {
        self.store.dead_letter(id)
    }

    fn delete_dead_letters<'a>(
        &'a self,
        ids: &'a [i64],
    ) -> BoxFuture<'a, Result<usize, StoreError>> {
        self.store.delete_dead_letters(ids)
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_from_the_start_is_an_error_and_one_that_fails_later_is_not() {
    let (hub, store, log) = (Scripted::new(1), Arc::new(Failing::default()), Log::default());
    let listener = || hub.listener().store(Arc::clone(&store)).interval(INTERVAL).build().unwrap();
    *store.fails.lock().unwrap() = true;
    let error = Run::log(listener(), &log).task.await.unwrap().unwrap_err();
    assert!(matches!(error, Error::Store(_)));

    *store.fails.lock().unwrap() = false;
    let run = Run::log(listener(), &log);
    hub.send(0, "0");
    log.reached(1).await;
    *store.fails.lock().unwrap() = true;
    hub.send(0, "1");
    log.reached(2).await;
    sleep(2 * INTERVAL).await;
    assert_eq!(checkpoint(&*store, &listener()).await, []);
    *store.fails.lock().unwrap() = false;
    sleep(Duration::from_millis(1_001)).await;
    assert_eq!(checkpoint(&*store, &listener()).await, [("0".to_owned(), 1)]);
    run.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_listener_whose_store_is_gone_for_longer_than_its_lease_handles_nothing() {
    let (hub, store, log) = (Scripted::new(1), Arc::new(Failing::default()), Log::default());
    let listener = hub.listener().store(Arc::clone(&store)).interval(INTERVAL).build().unwrap();
    let run = Run::log(listener, &log);
    hub.send(0, "0");
    log.reached(1).await;
    *store.fails.lock().unwrap() = true;
    sleep(5 * INTERVAL).await;
    hub.send(0, "1");
    sleep(Duration::from_secs(3_600)).await;
    assert_eq!(log.bodies(), ["0"], "others may own the partition");
    *store.fails.lock().unwrap() = false;
    log.reached(3).await;
    assert_eq!(log.bodies(), ["0", "0", "1"], "from the last checkpoint");
    run.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_event_waits_for_the_store_of_its_dead_letter() {
    let (hub, store, log) = (Scripted::new(1), Arc::new(Failing::default()), Log::default());
    let listener = hub
        .listener()
        .checkpoint_store(Arc::new(MemoryStore::new()))
        .dead_letter_store(Arc::clone(&store) as Arc<dyn DeadLetterStore>)
        .retry(RetryPolicy::new(1))
        .build()
        .unwrap();
    let calls = log.clone();
    let run = Run::start(listener, move |event| {
        calls.add(&event);
        async { Err("always".into()) }
    });
    *store.fails.lock().unwrap() = true;
    hub.send(0, "0");
    hub.send(0, "1");
    sleep(Duration::from_secs(3_600)).await;
    assert_eq!(log.bodies(), ["0"], "the second waits for the first");
    *store.fails.lock().unwrap() = false;
    log.reached(2).await;
    assert_eq!(run.stop().await.dead_lettered, 2);
    assert_eq!(letters(&*store).await.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_listener_ends_after_so_many_events() {
    let (hub, store) = (Scripted::new(3), Arc::new(MemoryStore::new()));
    (0..30).for_each(|it| hub.send(it % 3, it.to_string()));
    let listener = hub.listener().store(Arc::clone(&store)).max_events(7).build().unwrap();
    let report = listener.run_events_until(std::future::pending(), |_| async { Ok(()) }).await;
    assert_eq!(report.unwrap().handled, 7);
    let recorded: i64 = checkpoint(&*store, &listener).await.iter().map(|(_, it)| it + 1).sum();
    assert_eq!(recorded, 7, "what was not handled is not recorded");
}

#[tokio::test(start_paused = true)]
async fn a_handler_ends_its_listener_and_its_event_is_not_handled() {
    let (hub, store) = (Scripted::new(1), Arc::new(MemoryStore::new()));
    (0..9).for_each(|it| hub.send(0, it.to_string()));
    let listener = hub.listener().store(Arc::clone(&store)).build().unwrap();
    let handler = |event: ReceivedEvent| async move {
        assert_eq!(event.lag, Some(8 - u64::try_from(event.sequence_number).unwrap()));
        if event.sequence_number == 4 { Err(Stop.into()) } else { Ok(()) }
    };
    let report = listener.run_events_until(std::future::pending(), handler).await.unwrap();
    assert_eq!((report.handled, report.dead_lettered), (4, 0));
    assert_eq!(checkpoint(&*store, &listener).await, [("0".to_owned(), 3)]);
}
