//! Events gathered into batches. Time is tokio's paused one.

use std::sync::Arc;
use std::time::Duration;

use azure_sas::ReadyMade;
use eventhub_rest::{
    Batch, BufferedSender, BufferedSenderBuilder, Delivery, Error, Event, ResendPolicy, Sender,
    StopReason, Verdict,
};
use proptest::prelude::*;
use serde_json::Value;
use tokio::runtime::Builder;
use tokio::time::{Instant, sleep, timeout};

use crate::script::{Script, lost, refused};
use crate::{at, hub, token};

fn builder(script: &Script) -> BufferedSenderBuilder {
    let credential = Arc::new(ReadyMade::from(token(hub("sb://h").resource())));
    let policy = ResendPolicy::default().max_attempts(50).deadline(None);
    let sender =
        Sender::builder(script.clone(), hub("sb://h"), credential, || at(1_000), || 1 << 63);
    BufferedSender::builder(sender.resend_policy(policy).build())
}

fn event(key: Option<&str>, body: impl Into<String>) -> Event {
    let event = Event::new(body.into(), "application/json").unwrap();
    match key {
        Some(key) => event.with_partition_key(key).unwrap(),
        None => event,
    }
}

async fn enqueue(buffered: &BufferedSender, key: Option<&str>, body: &str) -> Delivery {
    buffered.enqueue(event(key, body)).await.unwrap()
}

/// The bodies of the events in each batch that was sent, with their key.
fn batches(script: &Script) -> Vec<(Option<String>, Vec<String>)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let read = |body: &String| {
        let members: Vec<Value> = serde_json::from_str(body).unwrap();
        let key = |member: &Value| member.pointer("/BrokerProperties/PartitionKey").map(text);
        let first = key(&members[0]);
        assert!(members.iter().all(|member| key(member) == first), "one key a batch: {body}");
        (first, members.iter().map(|member| text(&member["Body"])).collect())
    };
    script.bodies().iter().map(read).collect()
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn events_linger_for_company_of_their_key() {
    let script = Script::new([]);
    let buffered = builder(&script).linger(Duration::from_millis(100)).build();
    let began = Instant::now();
    let mut deliveries = Vec::new();
    for (key, body) in [(Some("a"), "1"), (None, "2"), (Some("a"), "3"), (Some("b"), "4")] {
        deliveries.push(enqueue(&buffered, key, body).await);
        sleep(Duration::from_millis(10)).await;
    }
    for delivery in deliveries {
        let outcome = delivery.await;
        assert!(outcome.is_accepted());
        assert_eq!((outcome.attempts, outcome.stopped), (1, StopReason::Accepted));
    }
    assert_eq!(began.elapsed().as_millis(), 130);
    assert_eq!(
        batches(&script),
        [
            (Some("a".to_owned()), texts(&["1", "3"])),
            (None, texts(&["2"])),
            (Some("b".to_owned()), texts(&["4"])),
        ]
    );
    let times: Vec<_> = script.seen().iter().map(|seen| seen.after.as_millis()).collect();
    assert_eq!(times, [100, 110, 130]);
}

#[tokio::test(start_paused = true)]
async fn a_full_batch_does_not_linger() {
    let script = Script::new([]);
    let limit = Batch::from_event(&event(Some("a"), "x".repeat(100))).body().len() * 2;
    let buffered = builder(&script).batch_limit(limit).linger(Duration::from_secs(60)).build();
    let mut deliveries = Vec::new();
    for _ in 0..4 {
        deliveries.push(enqueue(&buffered, Some("a"), &"x".repeat(100)).await);
    }
    for delivery in deliveries.drain(..2) {
        assert!(delivery.await.is_accepted());
    }
    let sent = script.seen();
    assert_eq!((sent[0].events, sent[0].after), (2, Duration::ZERO));
    assert!(sent.iter().all(|seen| seen.body.len() <= limit));
}

#[tokio::test(start_paused = true)]
async fn an_event_too_large_for_any_batch_goes_alone() {
    let script = Script::new([]);
    let buffered = builder(&script).batch_limit(100).memory_limit(200).build();
    let deliveries = [
        enqueue(&buffered, Some("a"), "1").await,
        enqueue(&buffered, Some("a"), &"x".repeat(1_000)).await,
        enqueue(&buffered, Some("a"), "2").await,
    ];
    buffered.flush().await;
    for delivery in deliveries {
        assert!(delivery.await.is_accepted());
    }
    let counts: Vec<_> = script.seen().iter().map(|seen| seen.events).collect();
    assert_eq!(counts, [1, 1, 1]);
}

#[tokio::test(start_paused = true)]
async fn flush_and_shutdown_do_not_linger() {
    let script = Script::new([]).taking(Duration::from_secs(1));
    let buffered = builder(&script).linger(Duration::MAX).build();
    let began = Instant::now();
    let keyed = enqueue(&buffered, Some("a"), "1").await;
    let free = enqueue(&buffered, None, "2").await;
    buffered.flush().await;
    assert_eq!(began.elapsed().as_secs(), 1, "both lanes send at a time");
    assert!(keyed.await.is_accepted() && free.await.is_accepted());
    let last = enqueue(&buffered, None, "3").await;
    buffered.shutdown().await;
    assert_eq!(began.elapsed().as_secs(), 2);
    assert!(last.await.is_accepted());
    let refused = buffered.enqueue(event(None, "4")).await.map(|_| ()).unwrap_err();
    assert!(matches!(refused, Error::Closed));
    assert_eq!(script.seen().len(), 3);
    buffered.flush().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_enqueued_is_sent_though_nobody_waits() {
    let script = Script::new([]);
    let buffered = builder(&script).build();
    drop(enqueue(&buffered, Some("a"), "1").await);
    drop(buffered);
    sleep(Duration::from_secs(2)).await;
    assert_eq!(batches(&script), [(Some("a".to_owned()), texts(&["1"]))]);
}

#[tokio::test(start_paused = true)]
async fn one_batch_of_a_key_is_under_way_at_a_time_and_many_without_one() {
    for (key, most, seconds) in [(Some("a"), 1, 4), (None, 4, 1)] {
        let script = Script::new([]).taking(Duration::from_secs(1));
        let buffered = builder(&script).batch_limit(1).build();
        let began = Instant::now();
        for _ in 0..4 {
            drop(enqueue(&buffered, key, "1").await);
        }
        buffered.flush().await;
        assert_eq!((script.most_under_way(), began.elapsed().as_secs()), (most, seconds));
    }
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_fails_for_a_while_is_overtaken_by_none_of_its_key() {
    let script = Script::new([lost(), refused(503), refused(500)]);
    let buffered = builder(&script).batch_limit(1).build();
    let mut deliveries = Vec::new();
    for body in ["1", "2", "3"] {
        deliveries.push(enqueue(&buffered, Some("a"), body).await);
    }
    buffered.flush().await;
    let outcomes = [deliveries.remove(0).await, deliveries.remove(0).await];
    assert_eq!((outcomes[0].attempts, outcomes[0].maybe_delivered), (4, 2));
    assert_eq!((outcomes[1].attempts, outcomes[1].maybe_delivered), (1, 0));
    let bodies: Vec<_> = batches(&script).into_iter().flat_map(|(_, bodies)| bodies).collect();
    assert_eq!(bodies, ["1", "1", "1", "1", "2", "3"]);
}

#[tokio::test(start_paused = true)]
async fn an_event_at_fault_does_not_fail_its_neighbours() {
    // The four together, the first half, and then the second, of which the last is at fault.
    for status in [400, 413] {
        let script = Script::new([
            refused(status),
            Verdict::Accepted,
            refused(status),
            Verdict::Accepted,
            refused(status),
        ]);
        let buffered = builder(&script).build();
        let mut deliveries = Vec::new();
        for body in ["1", "2", "3", "4"] {
            deliveries.push(enqueue(&buffered, Some("a"), body).await);
        }
        buffered.flush().await;
        let mut accepted = Vec::new();
        for delivery in deliveries {
            accepted.push(delivery.await.is_accepted());
        }
        assert_eq!(accepted, [true, true, true, false], "{status}");
        let sent: Vec<_> =
            batches(&script).into_iter().map(|(_, bodies)| bodies.concat()).collect();
        assert_eq!(sent, ["1234", "12", "34", "3", "4"]);
    }
}

#[tokio::test(start_paused = true)]
async fn every_event_hears_of_a_failure() {
    let script = Script::new([refused(403)]);
    let buffered = builder(&script).build();
    let deliveries = [enqueue(&buffered, None, "1").await, enqueue(&buffered, None, "2").await];
    buffered.flush().await;
    for delivery in deliveries {
        let outcome = delivery.await;
        assert_eq!((outcome.verdict, outcome.stopped), (refused(403), StopReason::Lasting));
    }
    assert_eq!(script.seen().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn enqueue_waits_for_room() {
    let script = Script::new([]).taking(Duration::from_secs(1));
    let buffered = builder(&script).memory_limit(2_000).linger(Duration::ZERO).build();
    let began = Instant::now();
    let mut deliveries = Vec::new();
    for _ in 0..3 {
        deliveries.push(enqueue(&buffered, Some("a"), &"x".repeat(300)).await);
    }
    assert_eq!(began.elapsed().as_secs(), 1, "the third waits for the first two");
    let given_up =
        timeout(Duration::from_millis(100), buffered.enqueue(event(None, "x".repeat(1_400))));
    assert!(given_up.await.is_err());
    buffered.shutdown().await;
    for delivery in deliveries {
        assert!(delivery.await.is_accepted());
    }
    let sent: usize = script.seen().iter().map(|seen| seen.events).sum();
    assert_eq!(sent, 3, "what was given up is not sent");
}

#[test]
fn a_runtime_that_ends_leaves_the_event_in_doubt() {
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    let mut delivery = None;
    runtime.block_on(async {
        let buffered = builder(&Script::new([])).linger(Duration::from_secs(3_600)).build();
        delivery = Some(enqueue(&buffered, None, "1").await);
    });
    drop(runtime);
    let runtime = Builder::new_current_thread().build().unwrap();
    let outcome = runtime.block_on(delivery.unwrap());
    assert_eq!(outcome.stopped, StopReason::Abandoned);
    assert!(outcome.verdict.may_be_delivered());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever fails on the way, every event is accepted, and the first copies of a key's events
    /// are in order.
    #[test]
    fn nothing_is_lost_or_out_of_order(
        faults in prop::collection::vec(0..4u8, 0..40),
        keys in prop::collection::vec(0..4usize, 1..60),
        limit in 60..400usize,
        linger in 0..50u64,
    ) {
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let verdicts = faults.iter().map(|fault| match fault {
                0 => Verdict::Accepted,
                1 => refused(503),
                2 => refused(500),
                _ => lost(),
            });
            let script = Script::new(verdicts).taking(Duration::from_millis(7));
            let buffered = builder(&script)
                .batch_limit(limit)
                .linger(Duration::from_millis(linger))
                .memory_limit(8_000)
                .build();
            let mut deliveries = Vec::new();
            for (n, key) in keys.iter().enumerate() {
                let key = [None, Some("a"), Some("b"), Some("c")][*key];
                deliveries.push(enqueue(&buffered, key, &format!("{n:03}")).await);
            }
            buffered.shutdown().await;
            for delivery in deliveries {
                assert!(delivery.await.is_accepted());
            }
            let sent = batches(&script);
            for key in ["a", "b", "c"] {
                let of_key = sent.iter().filter(|(it, _)| it.as_deref() == Some(key));
                let mut bodies: Vec<_> = of_key.flat_map(|(_, bodies)| bodies.clone()).collect();
                // A batch that failed comes again as it was, before any other of its key.
                bodies.dedup();
                let mut firsts: Vec<String> = Vec::new();
                for body in bodies {
                    if !firsts.contains(&body) {
                        firsts.push(body);
                    }
                }
                assert!(firsts.is_sorted(), "{key}: {firsts:?}");
            }
        });
    }
}
