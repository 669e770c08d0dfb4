//! The worker, in a time that passes when nothing else is to be done.

mod flaky;
mod hold;
mod stage;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use azure_sas::Token;
use chrono::TimeDelta;
use eventhub_rest::{Attempt, Event, Hub, NoAnswerKind, Transport, Verdict};
use tokio::time::sleep;
use uuid::Uuid;
use xrm_eventhub::body::SizeRule;
use xrm_eventhub::jobs::{
    Error as JobError, JobQuery, MemoryJobStore, Retention, StoreError, StoreErrorKind,
};
use xrm_eventhub::{Cause, Error, JobStore, MessageOrder, StatusCode, WorkerOptions, WorkerReport};

use self::flaky::Flaky;
use self::stage::{Rule, Stage, as_it_is, causes, context, enqueue, work};
use crate::fixture::{id, no_answer, refused};

#[tokio::test(start_paused = true)]
async fn what_is_enqueued_is_sent_by_the_worker() {
    let stage = Stage::new();
    let publisher = stage.publisher(|_, _| Verdict::Accepted, as_it_is);
    let jobs = enqueue(&publisher, 5).await;
    assert!(jobs.iter().all(|it| it.status() == StatusCode::WaitingForResources));
    assert!(stage.sent().is_empty());

    let report = work(&publisher, 5).await;
    assert_eq!((report.succeeded, report.interrupted), (5, 0));
    assert_eq!(stage.statuses().await, BTreeMap::from([(StatusCode::Succeeded, 5)]));
    let sent: Vec<_> = stage.sent().into_iter().map(|it| it.message_id).collect();
    assert_eq!(sent, jobs.iter().map(|it| it.id().to_string()).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_waits_is_woken_by_a_new_job() {
    let stage = Stage::new();
    let slow_poll = WorkerOptions::default().poll_interval(Duration::from_secs(3600));
    let publisher = stage.publisher(|_, _| Verdict::Accepted, |it| it.worker_options(slow_poll));
    let later = async {
        sleep(Duration::from_secs(30)).await;
        enqueue(&publisher, 1).await;
        sleep(Duration::from_secs(30)).await;
    };
    publisher.run_until(later).await.unwrap();
    assert_eq!(stage.sent()[0].after.as_secs(), 30);
}

#[tokio::test(start_paused = true)]
async fn a_worker_deletes_what_the_store_keeps_no_longer() {
    let hour = Duration::from_secs(60 * 60);
    let stage = Stage::new();
    let store =
        Arc::new(MemoryJobStore::new().with_retention(Retention::default().succeeded(hour)));
    let refuses_last = |after: Duration, _: usize| match after.as_secs() {
        0..7000 => Verdict::Accepted,
        _ => refused(404),
    };
    let publisher =
        stage.publisher(refuses_last, |it| it.batch_limit(None).job_store(Arc::clone(&store)));
    // More than a step of the worker.
    enqueue(&publisher, 450).await;
    let count = async || store.count(JobQuery::default()).await.unwrap();
    work(&publisher, 3500).await;
    assert_eq!(count().await, BTreeMap::from([(StatusCode::Succeeded, 450)]));
    work(&publisher, 300).await;
    assert_eq!(count().await, BTreeMap::new());
    sleep(2 * hour).await;
    enqueue(&publisher, 2).await;
    work(&publisher, 9 * hour.as_secs()).await;
    assert_eq!(count().await, BTreeMap::from([(StatusCode::Failed, 2)]), "without a retention");
}

#[tokio::test(start_paused = true)]
async fn a_failed_attempt_is_followed_by_the_next_when_it_is_due() {
    let stage = Stage::new();
    let slow_poll = WorkerOptions::default().poll_interval(Duration::from_secs(3600));
    let publisher = stage.publisher(
        |after, _| if after.as_secs() < 60 { refused(503) } else { Verdict::Accepted },
        |it| it.worker_options(slow_poll),
    );
    enqueue(&publisher, 1).await;
    let report = work(&publisher, 600).await;
    assert_eq!((report.waiting, report.succeeded), (3, 1));
    let seconds: Vec<_> = stage.sent().iter().map(|it| it.after.as_secs()).collect();
    assert_eq!(seconds, [0, 10, 30, 70]);
    let attempts: Vec<_> = stage.sent().into_iter().map(|it| it.attempt).collect();
    assert_eq!(attempts, ["1", "2", "3", "4"]);
}

#[tokio::test(start_paused = true)]
async fn jobs_that_wait_at_the_same_time_travel_together() {
    let stage = Stage::new();
    let publisher = stage.publisher(|_, _| Verdict::Accepted, as_it_is);
    enqueue(&publisher, 100).await;
    work(&publisher, 5).await;
    let sent = stage.sent();
    assert_eq!(sent.len(), 100);
    assert!(sent.iter().all(|it| it.together > 10), "{sent:?}");

    let one_by_one = stage.publisher(|_, _| Verdict::Accepted, |it| it.batch_limit(None));
    enqueue(&one_by_one, 100).await;
    work(&one_by_one, 5).await;
    assert!(stage.sent()[100..].iter().all(|it| it.together == 1));
    assert_eq!(stage.statuses().await, BTreeMap::from([(StatusCode::Succeeded, 200)]));
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_with_a_batch_is_not_held_against_its_events() {
    for verdict in [|| refused(413), || refused(400), || no_answer(NoAnswerKind::Unsupported)] {
        let stage = Stage::new();
        let publisher = stage.publisher(
            move |_, events| if events > 1 { verdict() } else { Verdict::Accepted },
            as_it_is,
        );
        enqueue(&publisher, 20).await;
        let report = work(&publisher, 5).await;
        assert_eq!((report.succeeded, report.failed), (20, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn messages_about_one_record_keep_their_order() {
    let stage = Stage::new();
    let publisher = stage.publisher(
        |after, _| if after.as_secs() < 5 { refused(500) } else { Verdict::Accepted },
        |it| it.message_order(MessageOrder::PerRecord),
    );
    let contexts: Vec<_> = [1, 2, 1, 2, 1].map(context).into();
    let jobs = publisher.enqueue_many(&contexts).await.unwrap();
    let ids: Vec<_> = jobs.iter().map(|it| it.id().to_string()).collect();
    assert_eq!(jobs[0].description().partition_key, Some(id(1).to_string()));
    work(&publisher, 60).await;
    let sent = stage.sent();
    let delivered = sent.iter().filter(|it| it.after.as_secs() >= 5).map(|it| &it.message_id);
    let order = |record: &[usize]| record.iter().map(|it| &ids[*it]).collect::<Vec<_>>();
    let of = |record: &[usize]| {
        let record = order(record);
        delivered.clone().filter(|it| record.contains(it)).collect::<Vec<_>>()
    };
    assert_eq!(of(&[0, 2, 4]), order(&[0, 2, 4]));
    assert_eq!(of(&[1, 3]), order(&[1, 3]));
    let early: Vec<_> = sent.iter().filter(|it| it.after.as_secs() < 5).collect();
    assert_eq!(early.len(), 2, "the first of each record: {early:?}");
}

#[tokio::test(start_paused = true)]
async fn a_message_about_a_record_that_is_waited_for_is_not_sent_before() {
    let stage = Stage::new();
    let publisher = stage.publisher(
        |after, _| if after.as_secs() < 5 { refused(500) } else { Verdict::Accepted },
        |it| it.message_order(MessageOrder::PerRecord),
    );
    let first = publisher.publish_context(&context(1)).await.unwrap();
    assert_eq!(first.status(), StatusCode::Waiting);
    let second = publisher.publish_context(&context(1)).await.unwrap();
    assert_eq!(second.status(), StatusCode::WaitingForResources);
    let other = publisher.publish_context(&context(2)).await.unwrap();
    assert_eq!(other.status(), StatusCode::Waiting);
    let both = publisher.publish_many(&[context(3), context(3)]).await.unwrap();
    let statuses = [both[0].status(), both[1].status()];
    assert_eq!(statuses, [StatusCode::Waiting, StatusCode::WaitingForResources]);
    work(&publisher, 60).await;
    assert_eq!(stage.statuses().await, BTreeMap::from([(StatusCode::Succeeded, 5)]));
}

#[tokio::test(start_paused = true)]
async fn a_message_that_can_not_be_sent_waits_for_none() {
    let stage = Stage::new();
    let publisher = stage.publisher(
        |_, _| refused(500),
        |it| it.message_order(MessageOrder::PerRecord).size_policy(SizeRule::new(2_000)),
    );
    let mut large = context(1);
    large.output_parameters = [("Text", "x".repeat(2_000))].into();
    let jobs = publisher.publish_many(&[context(1), large.clone(), context(1)]).await.unwrap();
    let statuses = jobs.iter().map(|it| it.status()).collect::<Vec<_>>();
    let [waiting, failed, ready] =
        [StatusCode::Waiting, StatusCode::Failed, StatusCode::WaitingForResources];
    assert_eq!(statuses, [waiting, failed, ready]);
    assert_eq!(publisher.publish_context(&large).await.unwrap().status(), failed);
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_is_told_to_end_sees_its_attempts_through() {
    let stage = Stage::new();
    let slow = Duration::from_secs(20);
    let publisher = stage.slow_publisher(slow, |_, _| Verdict::Accepted, as_it_is);
    enqueue(&publisher, 10).await;
    let report = work(&publisher, 5).await;
    assert_eq!((report.succeeded, report.interrupted), (10, 0));
    assert_eq!(stage.start.elapsed().as_secs(), 20);
}

#[tokio::test(start_paused = true)]
async fn what_does_not_end_in_time_is_left_to_another_worker() {
    let stage = Stage::new();
    let options = WorkerOptions::default().requests(1);
    let slow = Duration::from_secs(3600);
    let publisher = stage.slow_publisher(
        slow,
        |_, _| Verdict::Accepted,
        |it| it.batch_limit(None).worker_options(options),
    );
    enqueue(&publisher, 10).await;
    let report = work(&publisher, 5).await;
    assert_eq!((report.succeeded, report.interrupted), (0, 1));
    assert_eq!(stage.start.elapsed().as_secs(), 35);
    let mut found = causes(&stage.jobs().await);
    found.sort_by_key(|it| it.map(|it| it.id().to_owned()));
    assert_eq!(found[0], Some(Cause::MaybeDelivered));
    assert_eq!(found[1..], [Some(Cause::WorkerLost); 9], "they were not sent");

    let other = stage.publisher(|_, _| Verdict::Accepted, as_it_is);
    work(&other, 1).await;
    assert_eq!(stage.statuses().await, BTreeMap::from([(StatusCode::Succeeded, 10)]));
}

#[tokio::test(start_paused = true)]
async fn the_jobs_of_a_worker_that_is_gone_are_taken_over() {
    let stage = Stage::new();
    let slow = Duration::from_secs(3600);
    let gone = stage.slow_publisher(slow, |_, _| Verdict::Accepted, as_it_is);
    let jobs = enqueue(&gone, 3).await;
    tokio::select! {
        _ = gone.run_until(std::future::pending()) => {}
        () = sleep(Duration::from_secs(10)) => {}
    }
    assert_eq!(stage.statuses().await, BTreeMap::from([(StatusCode::InProgress, 3)]));

    let other = stage.publisher(|_, _| Verdict::Accepted, as_it_is);
    work(&other, 300).await;
    assert_eq!(stage.statuses().await, BTreeMap::from([(StatusCode::Succeeded, 3)]));
    let sent = stage.sent();
    let (first, second) = sent.split_at(3);
    assert!(second[0].after.as_secs() >= 120, "not before the lease is over");
    let ids: Vec<_> = jobs.iter().map(|it| it.id().to_string()).collect();
    for (copies, attempt) in [(first, "1"), (second, "2")] {
        let found: Vec<_> = copies.iter().map(|it| it.message_id.clone()).collect();
        assert_eq!(found, ids);
        assert!(copies.iter().all(|it| it.attempt == attempt), "{copies:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_lease_is_renewed_for_as_long_as_an_attempt_takes() {
    let stage = Stage::new();
    let slow = Duration::from_secs(1000);
    let publisher = stage.slow_publisher(slow, |_, _| Verdict::Accepted, as_it_is);
    let other = stage.slow_publisher(slow, |_, _| Verdict::Accepted, as_it_is);
    enqueue(&publisher, 3).await;
    let (first, second) = tokio::join!(work(&publisher, 990), async {
        sleep(Duration::from_secs(1)).await;
        work(&other, 980).await
    });
    assert_eq!((first.succeeded, second), (3, WorkerReport::default()));
    assert_eq!(stage.sent().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn workers_share_the_work() {
    let stage = Stage::new();
    let options = || WorkerOptions::default().jobs(8).requests(2);
    let one = stage.publisher(|_, _| Verdict::Accepted, |it| it.worker_options(options()));
    let two = stage.publisher(|_, _| Verdict::Accepted, |it| it.worker_options(options()));
    enqueue(&one, 200).await;
    let (first, second) = tokio::join!(work(&one, 20), work(&two, 20));
    assert_eq!(first.succeeded + second.succeeded, 200);
    assert!(first.succeeded > 50 && second.succeeded > 50, "{first:?} {second:?}");
    assert_eq!(stage.sent().len(), 200);
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_has_its_own_jobs() {
    let stage = Stage::new();
    let orders = stage.publisher(|_, _| Verdict::Accepted, |it| it.endpoint("orders"));
    let leads = stage.publisher(|_, _| Verdict::Accepted, |it| it.endpoint("leads"));
    enqueue(&orders, 3).await;
    enqueue(&leads, 4).await;
    assert_eq!(work(&leads, 5).await.succeeded, 4);
    assert_eq!(work(&orders, 5).await.succeeded, 3);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_costs_every_worker_its_life_is_given_up() {
    let stage = Stage::new();
    let publisher = stage.publisher(|_, _| Verdict::Accepted, as_it_is);
    enqueue(&publisher, 1).await;
    for _ in 0..33 {
        let mut job = stage.jobs().await.remove(0);
        job.begin("doomed", stage.now(), stage.now()).unwrap();
        job.abandon(stage.now()).unwrap();
        stage.store.update(vec![job]).await.unwrap().remove(0).unwrap();
    }
    work(&publisher, 5).await;
    assert!(stage.sent().is_empty());
    let job = stage.jobs().await.remove(0);
    assert_eq!((job.status(), job.progress().cause), (StatusCode::Failed, Some(Cause::WorkerLost)));
}

#[tokio::test(start_paused = true)]
async fn a_succeeded_job_may_be_deleted() {
    let stage = Stage::new();
    let publisher = stage.publisher(|_, _| Verdict::Accepted, |it| it.auto_delete(true));
    enqueue(&publisher, 3).await;
    publisher.publish_context(&context(9)).await.unwrap();
    assert_eq!(work(&publisher, 5).await.succeeded, 3);
    assert!(stage.jobs().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_context_that_cannot_be_sent_is_failed_when_it_is_enqueued() {
    let stage = Stage::new();
    let tiny = SizeRule::new(10);
    let publisher = stage.publisher(|_, _| Verdict::Accepted, |it| it.size_policy(tiny));
    let job = publisher.enqueue_context(&context(1)).await.unwrap();
    assert_eq!(job.status(), StatusCode::Failed);
    assert_eq!(job.progress().cause, Some(Cause::BodyTooLarge));
    assert_eq!(work(&publisher, 5).await, WorkerReport::default());
}

#[tokio::test(start_paused = true)]
async fn the_bounds_of_the_options_hold() {
    let stage = Stage::new();
    let under_way = Arc::new(AtomicU32::new(0));
    let most = Arc::new(AtomicU32::new(0));
    let (now, peak) = (Arc::clone(&under_way), Arc::clone(&most));
    struct Counting<T>(T, Arc<AtomicU32>, Arc<AtomicU32>);
    impl<T: Transport> Transport for Counting<T> {
        fn send<'a>(&'a self, hub: &'a Hub, event: &'a Event, token: &'a Token) -> Attempt<'a> {
            Box::pin(async move {
                let count = self.1.fetch_add(1, Ordering::Relaxed) + 1;
                self.2.fetch_max(count, Ordering::Relaxed);
                let verdict = self.0.send(hub, event, token).await;
                self.1.fetch_sub(1, Ordering::Relaxed);
                verdict
            })
        }
    }
    let start = stage.start;
    let rule = Rule {
        start,
        delay: Duration::from_millis(50),
        verdict: Box::new(|_, _| Verdict::Accepted),
        sent: Arc::clone(&stage.sent),
    };
    let options = WorkerOptions::default().requests(3);
    let publisher = stage.publisher(
        |_, _| Verdict::Accepted,
        |it| it.transport(Counting(rule, now, peak)).batch_limit(None).worker_options(options),
    );
    enqueue(&publisher, 60).await;
    assert_eq!(work(&publisher, 60).await.succeeded, 60);
    assert_eq!(most.load(Ordering::Relaxed), 3);
    let many: Vec<_> = (1..=60).map(context).collect();
    publisher.publish_many(&many).await.unwrap();
    assert_eq!(most.load(Ordering::Relaxed), 3);
    assert_eq!(under_way.load(Ordering::Relaxed), 0);
}

#[tokio::test(start_paused = true)]
async fn every_context_of_many_has_its_job() {
    let stage = Stage::new();
    let publisher = stage.publisher(|_, _| Verdict::Accepted, as_it_is);
    let contexts: Vec<_> = (1..=40).map(context).collect();
    let jobs = publisher.publish_many(&contexts).await.unwrap();
    let records: Vec<_> = jobs.iter().map(|it| it.description().regarding_object_id).collect();
    assert_eq!(records, (1..=40).map(|it| Some(id(it))).collect::<Vec<Option<Uuid>>>());
    assert!(jobs.iter().all(|it| it.status() == StatusCode::Succeeded));
    assert!(stage.sent().iter().all(|it| it.together > 1));
    assert!(publisher.publish_many(&[]).await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_now_and_then_is_waited_out() {
    let stage = Stage::new();
    let away = |call| (call % 3 == 2).then(|| JobError::Store("the disk is away".into()));
    let flaky = Flaky::new(&stage.store, away);
    let options = WorkerOptions::default().jobs(4);
    let publisher = stage.publisher(
        |_, _| Verdict::Accepted,
        |it| it.job_store(flaky).batch_limit(None).worker_options(options),
    );
    enqueue(&publisher, 60).await;
    let report = work(&publisher, 600).await;
    assert_eq!(report.succeeded, 60);
    assert_eq!(stage.sent().len(), 60, "none is sent twice");
    assert_eq!(stage.statuses().await, BTreeMap::from([(StatusCode::Succeeded, 60)]));
}

fn damage(kind: StoreErrorKind) -> JobError {
    StoreError::new(kind, "the storage is damaged").into()
}

#[tokio::test(start_paused = true)]
async fn a_damaged_store_ends_the_worker_when_it_finds_no_more_work() {
    let stage = Stage::new();
    // Damage that is met after the first jobs were claimed.
    let damaged = |call| (call > 4).then(|| damage(StoreErrorKind::Corrupt));
    let options = WorkerOptions::default().jobs(4).damage_limit(Duration::from_secs(90));
    let publisher = stage.publisher(
        |_, _| Verdict::Accepted,
        |it| {
            let store = Flaky::new(&stage.store, damaged);
            it.job_store(store).batch_limit(None).worker_options(options)
        },
    );
    enqueue(&publisher, 20).await;
    let ended = publisher.run_until(std::future::pending()).await;
    let Err(Error::Jobs(error)) = ended else { unreachable!("it ends with the damage: {ended:?}") };
    assert_eq!(error.store_error().map(StoreError::kind), Some(StoreErrorKind::Corrupt));
    assert!(!stage.sent().is_empty(), "what could be claimed was sent");
    // An outcome that can't be recorded is tried again for as long as a lease lasts.
    let seconds = stage.start.elapsed().as_secs();
    assert!((90..=300).contains(&seconds), "{seconds}");
}

#[tokio::test(start_paused = true)]
async fn a_file_that_was_replaced_ends_the_worker_at_once() {
    let stage = Stage::new();
    let replaced = |_| Some(damage(StoreErrorKind::Replaced));
    let publisher = stage
        .publisher(|_, _| Verdict::Accepted, |it| it.job_store(Flaky::new(&stage.store, replaced)));
    let ended = publisher.run_until(std::future::pending()).await;
    assert!(matches!(ended, Err(Error::Jobs(_))), "{ended:?}");
    assert_eq!(stage.start.elapsed().as_secs(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_ends_much_too_late_is_shortened() {
    let stage = Stage::new();
    let publisher = stage.publisher(|_, _| Verdict::Accepted, as_it_is);
    for mut job in enqueue(&publisher, 3).await {
        // A worker whose clock is a day ahead, and one that has longer leases.
        let ends = match job.description().regarding_object_id {
            Some(it) if it == id(1) => TimeDelta::days(1),
            Some(it) if it == id(2) => TimeDelta::minutes(30),
            _ => continue,
        };
        job.begin("gone", stage.now() + ends, stage.now()).expect("it is ready");
        stage.store.update(vec![job]).await.expect("a map").remove(0).expect("nobody else did");
    }
    work(&publisher, 100).await;
    assert_eq!(stage.sent().len(), 1);
    work(&publisher, 60).await;
    assert_eq!(stage.sent().len(), 2, "two minutes after the worker began");
    work(&publisher, 30 * 60).await;
    assert_eq!(stage.statuses().await, BTreeMap::from([(StatusCode::Succeeded, 3)]));
}
