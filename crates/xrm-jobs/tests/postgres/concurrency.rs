//! Several stores, as several processes have them.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use xrm_jobs::{Error, JobQuery, JobStore as _, PostgresJobStore, StatusCode};

use crate::database::{Database, at, claim, id, insert, keyed, new_job};

crate::tests!(
    four_stores_share_the_jobs_between_them,
    jobs_of_a_key_follow_each_other_through_four_stores,
    a_dead_workers_jobs_are_taken_over,
    updates_that_lock_each_other_out_are_repeated,
    one_call_may_change_a_job_twice,
    a_job_that_is_halted_under_its_worker_lets_the_next_of_its_key_go_on,
    a_dropped_call_is_done_as_a_whole_or_not_at_all,
);

async fn four_stores_share_the_jobs_between_them(database: Database) {
    insert(&database.store().await, 400).await;
    let mut workers = Vec::new();
    for number in 0..4 {
        let store = database.store().await;
        workers.push(tokio::spawn(async move { work(&store, number, 7).await }));
    }
    let mut done = Vec::new();
    for worker in workers {
        done.extend(worker.await.expect("no worker panics"));
    }
    done.sort_unstable();
    assert_eq!(done, (1..=400).collect::<Vec<_>>());
    let counts = database.store().await.count(JobQuery::default()).await.expect("it works");
    assert_eq!(counts.into_iter().collect::<Vec<_>>(), [(StatusCode::Succeeded, 400)]);
}

/// Claims and completes until there is nothing left.
async fn work(store: &PostgresJobStore, worker: usize, limit: usize) -> Vec<u128> {
    let mut done = Vec::new();
    loop {
        let claim = claim(&format!("host-{worker}"), limit, at(1));
        let claimed = store.claim(claim).await.expect("the store works");
        if claimed.is_empty() {
            return done;
        }
        let mut jobs: Vec<_> = claimed.into_iter().map(|it| it.job).collect();
        for job in &mut jobs {
            job.succeed(at(2)).expect("an attempt is under way");
            done.push(job.id().as_u128());
        }
        for updated in store.update(jobs).await.expect("the store works") {
            updated.expect("the worker has the job to itself");
        }
    }
}

async fn jobs_of_a_key_follow_each_other_through_four_stores(database: Database) {
    const KEYS: [&str; 3] = ["a", "b", "c"];
    const JOBS: u128 = 150;
    let done = Arc::new(Mutex::new(Vec::new()));
    let mut workers = Vec::new();
    for number in 0..4 {
        let (store, done) = (database.store().await, Arc::clone(&done));
        workers.push(tokio::spawn(async move {
            let mut looks = 0;
            while done.lock().expect("no worker panics").len() < JOBS as usize {
                looks += 1;
                assert!(looks < 20_000, "no job is left behind");
                let claim = claim(&format!("host-{number}"), 5, at(1));
                let claimed = store.claim(claim).await.expect("the store works");
                let keys = claimed.iter().map(|it| it.job.description().partition_key.clone());
                let keys: HashSet<_> = keys.collect();
                assert_eq!(keys.len(), claimed.len(), "no two jobs of a key at a time");
                for mut job in claimed.into_iter().map(|it| it.job) {
                    job.succeed(at(2)).expect("an attempt is under way");
                    // While nobody else can begin the next one of the key.
                    done.lock().expect("no worker panics").push(job.id().as_u128());
                    let updated = store.update(vec![job]).await.expect("the store works");
                    updated[0].as_ref().expect("the worker has the job to itself");
                }
            }
        }));
    }
    let publisher = database.store().await;
    for number in 1..=JOBS {
        let key = KEYS[(number % 3) as usize];
        publisher.insert(vec![keyed(number, Some(key))]).await.expect("a new id is accepted");
    }
    for worker in workers {
        worker.await.expect("no worker panics");
    }
    let done = done.lock().expect("no worker panics");
    for key in 0..3 {
        let of_key: Vec<_> = done.iter().filter(|it| **it % 3 == key).collect();
        assert!(of_key.is_sorted() && of_key.len() == 50, "{of_key:?}");
    }
}

async fn a_dead_workers_jobs_are_taken_over(database: Database) {
    let dead = database.store().await;
    insert(&dead, 3).await;
    assert_eq!(dead.claim(claim("host-1", 2, at(0))).await.expect("it works").len(), 2);
    drop(dead);
    let heir = database.store().await;
    let left = heir.claim(claim("host-2", 9, at(1))).await.expect("it works");
    assert_eq!(left.len(), 1);
    assert_eq!(heir.next_due("").await.expect("it works"), Some(at(60)));
    let taken = heir.claim(claim("host-2", 9, at(60))).await.expect("it works");
    assert_eq!(taken.len(), 2);
    assert!(taken.iter().all(|it| it.job.progress().retry_count == 2 && it.payload.is_ok()));
}

async fn updates_that_lock_each_other_out_are_repeated(database: Database) {
    let store = database.store().await;
    let mut jobs = insert(&store, 2).await;
    for job in &mut jobs {
        job.cancel(at(1)).expect("a new job can be canceled");
    }
    // Somebody has the second job, the store the first and wants the second, and then somebody
    // wants the first.
    let client = database.client().await;
    let lock = format!(
        "SELECT FROM {}.asyncoperation WHERE asyncoperationid = $1 FOR UPDATE",
        database.schema
    );
    client.batch_execute("BEGIN").await.expect("a transaction begins");
    client.batch_execute("SET LOCAL deadlock_timeout = '1min'").await.expect("a setting");
    client.execute(&lock, &[&id(2)]).await.expect("the row is free");
    let blocked = tokio::spawn(async move { store.update(jobs).await });
    database.connections(1, "wait_event_type = 'Lock'").await;
    client.execute(&lock, &[&id(1)]).await.expect("the store gives way");
    client.batch_execute("COMMIT").await.expect("the transaction ends");
    let updated = blocked.await.expect("no panic").expect("the store tries again");
    assert!(updated.iter().all(Result::is_ok), "{updated:?}");
}

async fn one_call_may_change_a_job_twice(database: Database) {
    let store = database.store().await;
    let job = insert(&store, 1).await.remove(0);
    let mut begun = job.clone();
    begun.begin("host-1", at(60), at(0)).expect("a new job can be begun");
    let mut done = begun.clone().at_revision(begun.revision().next());
    done.succeed(at(1)).expect("an attempt is under way");
    let stale = done.clone();
    let updated = store.update(vec![begun, done, stale]).await.expect("the store works");
    assert_eq!(updated.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, true, false]);
    assert!(updated[2].as_ref().is_err_and(Error::is_conflict));
    assert_eq!(store.get(id(1)).await.expect("it is there").status(), StatusCode::Succeeded);
    assert_eq!(store.payload(id(1)).await.expect("it is there"), None);
}

async fn a_job_that_is_halted_under_its_worker_lets_the_next_of_its_key_go_on(database: Database) {
    let store = database.store().await;
    let jobs = vec![keyed(1, Some("k")), keyed(2, Some("k"))];
    store.insert(jobs).await.expect("new ids are accepted");
    let mut job = store.claim(claim("host-1", 9, at(0))).await.expect("it works").remove(0).job;
    job.cancel(at(1)).expect("a job in progress can be canceled");
    store.update(vec![job]).await.expect("it works").remove(0).expect("nobody else changed it");
    assert!(store.claim(claim("host-2", 9, at(60))).await.expect("it works").is_empty());
    let claimed = store.claim(claim("host-2", 9, at(60))).await.expect("it works");
    assert_eq!(claimed[0].job.id(), id(2));
}

async fn a_dropped_call_is_done_as_a_whole_or_not_at_all(database: Database) {
    let store = database.store().await;
    insert(&store, 1).await;
    let mut outcomes = HashSet::new();
    for (polls, number) in (0..40).zip((100..).step_by(2)) {
        let mut call = store.insert(vec![new_job(number), new_job(number + 1)]);
        for _ in 0..polls {
            if std::future::poll_fn(|it| std::task::Poll::Ready(call.as_mut().poll(it).is_ready()))
                .await
            {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(call);
        database.connections(0, "state <> 'idle'").await;
        let found = store.query(JobQuery::default()).await.expect("the store works");
        let kept = found.iter().filter(|it| it.id().as_u128() >= number).count();
        assert!(kept == 0 || kept == 2, "{kept} of two jobs");
        outcomes.insert(kept);
    }
    assert!(outcomes.contains(&0), "a call that is never polled does nothing");
    let renewed = store.claim(claim("host-1", 1, at(1) + TimeDelta::seconds(1))).await;
    assert_eq!(renewed.expect("the store works").len(), 1);
}
