//! Ten thousand events to a local hub where a quarter of all sends goes wrong: each arrives,
//! and those that arrive twice are those that may have.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use azure_sas::Token;
use eventhub_local::{Fault, FaultPlan, LocalEventHub};
use eventhub_rest::{
    Attempt, Batch, BufferedSender, Client, Event, Hub, Refusal, ResendBudget, ResendPolicy,
    SendReport, Sender, Transport, Verdict,
};
use http::StatusCode;

use crate::at;

const EVENTS: usize = 10_000;
const KEYS: usize = 100;
const SEED: u64 = 5;

/// Five in a hundred each: 500, 503, resets before the answer, a reset after the work, hangs.
fn plan() -> FaultPlan {
    [
        (0.05, Fault::Status(StatusCode::INTERNAL_SERVER_ERROR)),
        (0.05, Fault::Status(StatusCode::SERVICE_UNAVAILABLE)),
        (0.025, Fault::ResetBeforeReading),
        (0.025, Fault::ResetAfterReading),
        (0.05, Fault::ResetAfterKeeping),
        (0.025, Fault::Hang),
        (0.025, Fault::HangAfterKeeping),
    ]
    .into_iter()
    .try_fold(FaultPlan::new(SEED), |plan, (rate, fault)| plan.rate(rate, fault))
    .unwrap()
}

async fn faulty_hub() -> LocalEventHub {
    let builder = LocalEventHub::builder().hub("orders", 4).max_events_per_partition(4 * EVENTS);
    let local = builder.serve(([127, 0, 0, 1], 0)).await.unwrap();
    local.set_fault_plan("orders", Some(plan())).unwrap();
    local
}

/// A sender that in effect does not give up: of forty attempts in a row, one succeeds.
fn sender(local: &LocalEventHub) -> Sender {
    let connection = local.connection_string("orders").unwrap();
    let hub = Hub::try_from(&connection).unwrap();
    let credential = connection.token_credential(hub.resource().clone());
    let client = Client::builder().try_timeout(Duration::from_secs(1)).build().unwrap();
    let policy = ResendPolicy::default()
        .max_attempts(40)
        .base_delay(Duration::from_millis(2))
        .max_delay(Duration::from_millis(100));
    let calls = AtomicU64::new(SEED);
    let random = move || hashed(calls.fetch_add(1, Ordering::Relaxed));
    Sender::builder(Hasty(client), hub, credential, || at(4_102_444_800), random)
        .resend_policy(policy)
        .resend_budget(Arc::new(ResendBudget::new(100_000, 1)))
        .max_in_flight(256)
        .build()
}

/// Any sequence will do that is the same in each run.
fn hashed(seed: u64) -> u64 {
    let mut hasher = DefaultHasher::new();
    seed.hash(&mut hasher);
    hasher.finish()
}

/// A client that does not hear how a busy server asks for four seconds of patience, which hundreds
/// of times would take the test minutes.
struct Hasty(Client);

impl Transport for Hasty {
    fn send<'a>(&'a self, hub: &'a Hub, event: &'a Event, token: &'a Token) -> Attempt<'a> {
        Box::pin(async { hasty(self.0.send(hub, event, token).await) })
    }

    fn send_batch<'a>(&'a self, hub: &'a Hub, batch: &'a Batch, token: &'a Token) -> Attempt<'a> {
        Box::pin(async { hasty(self.0.send_batch(hub, batch, token).await) })
    }
}

fn hasty(verdict: Verdict) -> Verdict {
    match verdict {
        Verdict::Refused(refusal) => Verdict::Refused(Refusal::new(refusal.status())),
        other => other,
    }
}

fn event(number: usize) -> Event {
    let event = Event::new(number.to_string(), "application/json").unwrap();
    event.with_partition_key(&key_of(number)).unwrap()
}

fn key_of(number: usize) -> String {
    format!("till-{}", number % KEYS)
}

/// The numbers of the events that the hub holds, by key, in the order in which they came.
fn arrivals(local: &LocalEventHub) -> BTreeMap<String, Vec<usize>> {
    let mut arrivals: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for event in local.events("orders").unwrap() {
        let number = str::from_utf8(&event.body).unwrap().parse().unwrap();
        let key = event.partition_key.unwrap();
        assert_eq!(key, key_of(number));
        arrivals.entry(key).or_default().push(number);
    }
    arrivals
}

/// What is true of each event: it was acknowledged, and it arrived once, or once more for each
/// attempt that may have been delivered.
fn check(local: &LocalEventHub, outcomes: &[SendReport]) {
    let mut copies = vec![0; EVENTS];
    for number in arrivals(local).into_values().flatten() {
        copies[number] += 1;
    }
    for (number, (outcome, copies)) in outcomes.iter().zip(&copies).enumerate() {
        assert!(outcome.is_accepted(), "event {number}: {outcome:?}");
        let most = 1 + outcome.maybe_delivered;
        assert!((1..=most).contains(copies), "event {number}, {copies} times: {outcome:?}");
    }
    let duplicates = copies.iter().map(|copies| copies - 1).sum::<u32>();
    let maybe = outcomes.iter().map(|outcome| outcome.maybe_delivered).sum::<u32>();
    let faults = local.fault_count("orders").unwrap();
    println!("{EVENTS} events, {faults} faults, {maybe} maybe delivered, {duplicates} duplicates");
    assert_eq!(outcomes.len(), EVENTS);
    assert!(duplicates > 0, "the faults are there to make some");
}

/// The first time that each event of a key came is after those that were enqueued before it.
fn check_order(local: &LocalEventHub) {
    for (key, numbers) in arrivals(local) {
        let mut seen = BTreeSet::new();
        let first: Vec<_> = numbers.into_iter().filter(|number| seen.insert(*number)).collect();
        assert!(first.is_sorted(), "{key}: {first:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn single_events_all_arrive_in_spite_of_faults() {
    let local = faulty_hub().await;
    let sender = sender(&local);
    let sends: Vec<_> = (0..EVENTS)
        .map(|number| {
            let sender = sender.clone();
            tokio::spawn(async move { sender.send(&event(number)).await })
        })
        .collect();
    let mut outcomes = Vec::new();
    for send in sends {
        outcomes.push(send.await.unwrap());
    }
    check(&local, &outcomes);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn buffered_events_all_arrive_in_the_order_of_their_key_in_spite_of_faults() {
    let local = faulty_hub().await;
    let small_batches = BufferedSender::builder(sender(&local)).batch_limit(1_000);
    let buffered = small_batches.linger(Duration::from_millis(5)).build();
    let mut deliveries = Vec::new();
    for number in 0..EVENTS {
        deliveries.push(buffered.enqueue(event(number)).await.unwrap());
    }
    buffered.shutdown().await;
    let mut outcomes = Vec::new();
    for delivery in deliveries {
        outcomes.push(delivery.await);
    }
    check(&local, &outcomes);
    check_order(&local);
}
