//! A time, a store and an endpoint by rule.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use azure_sas::Token;
use chrono::{DateTime, TimeDelta, Utc};
use eventhub_rest::{Attempt, Batch, Event, Hub, Transport, Verdict};
use tokio::time::{Instant, sleep};
use xrm_context::RemoteExecutionContext;
use xrm_eventhub::jobs::{JobQuery, MemoryJobStore};
use xrm_eventhub::{
    Cause, JobStore, Publisher, PublisherBuilder, StatusCode, SystemJob, WorkerReport, property,
    system_host,
};

use crate::fixture::{NOW, at, connection, id};

/// An event that the transport was given.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sent {
    pub(super) after: Duration,
    pub(super) message_id: String,
    pub(super) attempt: String,
    /// How many events went with it.
    pub(super) together: usize,
}

/// Answers by a rule of the time since the test began and of the number of events, after a delay.
pub(super) struct Rule {
    pub(super) start: Instant,
    pub(super) delay: Duration,
    pub(super) verdict: Box<dyn Fn(Duration, usize) -> Verdict + Send + Sync>,
    pub(super) sent: Arc<Mutex<Vec<Sent>>>,
}

impl Rule {
    async fn answer(&self, events: Vec<(String, String)>) -> Verdict {
        let (after, together) = (self.start.elapsed(), events.len());
        let sent = events.into_iter().map(|(message_id, attempt)| Sent {
            after,
            message_id,
            attempt,
            together,
        });
        self.sent.lock().expect("no test panics with it").extend(sent);
        sleep(self.delay).await;
        (self.verdict)(after, together)
    }
}

impl Transport for Rule {
    fn send<'a>(&'a self, _: &'a Hub, event: &'a Event, _: &'a Token) -> Attempt<'a> {
        let value = |name| event.properties()[name].to_str().expect("text").to_owned();
        let event = (value(property::MESSAGE_ID), value(property::ATTEMPT));
        Box::pin(self.answer(vec![event]))
    }

    fn send_batch<'a>(&'a self, _: &'a Hub, batch: &'a Batch, _: &'a Token) -> Attempt<'a> {
        let members: Vec<serde_json::Value> =
            serde_json::from_slice(batch.body()).expect("a batch is JSON");
        let value = |it: &serde_json::Value, name: &str| match &it["UserProperties"][name] {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let events = members
            .iter()
            .map(|it| (value(it, property::MESSAGE_ID), value(it, property::ATTEMPT)));
        Box::pin(self.answer(events.collect()))
    }
}

/// A store, a time and what was sent in it.
pub(super) struct Stage {
    pub(super) start: Instant,
    pub(super) store: Arc<MemoryJobStore>,
    pub(super) sent: Arc<Mutex<Vec<Sent>>>,
    pub(super) ids: Arc<AtomicU64>,
}

impl Stage {
    pub(super) fn new() -> Self {
        let (store, sent) = (Arc::default(), Arc::default());
        Self { start: Instant::now(), store, sent, ids: Arc::default() }
    }

    /// A publisher of this stage, whose endpoint answers by a rule.
    pub(super) fn publisher(
        &self,
        verdict: impl Fn(Duration, usize) -> Verdict + Send + Sync + 'static,
        set: impl FnOnce(PublisherBuilder) -> PublisherBuilder,
    ) -> Publisher {
        self.slow_publisher(Duration::from_millis(10), verdict, set)
    }

    pub(super) fn slow_publisher(
        &self,
        delay: Duration,
        verdict: impl Fn(Duration, usize) -> Verdict + Send + Sync + 'static,
        set: impl FnOnce(PublisherBuilder) -> PublisherBuilder,
    ) -> Publisher {
        let (start, ids) = (self.start, Arc::clone(&self.ids));
        let rule = Rule { start, delay, verdict: Box::new(verdict), sent: Arc::clone(&self.sent) };
        // Ids that count, whose halves together are free of jitter as far as the upper bits go.
        let random = move || u128::from(ids.fetch_add(1, Ordering::Relaxed) + 1);
        let builder = Publisher::builder(connection())
            .job_store(Arc::clone(&self.store))
            .transport(rule)
            .host(system_host().with_clock(move || time(start)).with_randomness(random));
        set(builder).build().expect("it has all it needs")
    }

    pub(super) fn sent(&self) -> Vec<Sent> {
        self.sent.lock().expect("no test panics with it").clone()
    }

    pub(super) async fn jobs(&self) -> Vec<SystemJob> {
        self.store.query(JobQuery::default()).await.expect("a map")
    }

    pub(super) async fn statuses(&self) -> BTreeMap<StatusCode, u64> {
        self.store.count(JobQuery::default()).await.expect("a map")
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        time(self.start)
    }
}

pub(super) fn time(start: Instant) -> DateTime<Utc> {
    at(NOW) + TimeDelta::from_std(start.elapsed()).expect("no test is that long")
}

pub(super) fn as_it_is(builder: PublisherBuilder) -> PublisherBuilder {
    builder
}

pub(super) fn context(record: u128) -> RemoteExecutionContext {
    RemoteExecutionContext {
        message_name: Some("Update".to_owned()),
        primary_entity_name: Some("account".to_owned()),
        primary_entity_id: id(record),
        ..Default::default()
    }
}

pub(super) async fn enqueue(publisher: &Publisher, count: u128) -> Vec<SystemJob> {
    let contexts: Vec<_> = (1..=count).map(context).collect();
    publisher.enqueue_many(&contexts).await.expect("the store has no such jobs yet")
}

pub(super) async fn work(publisher: &Publisher, seconds: u64) -> WorkerReport {
    publisher.run_until(sleep(Duration::from_secs(seconds))).await.expect("the store works")
}

pub(super) fn causes(jobs: &[SystemJob]) -> Vec<Option<Cause>> {
    jobs.iter().map(|it| it.progress().cause).collect()
}
