//! How many completed jobs a store in memory keeps.

use chrono::{DateTime, TimeDelta};
use pollster::block_on;
use uuid::Uuid;
use xrm_jobs::{
    JobDescription, JobQuery, JobStore, MemoryJobStore, NewJob, Payload, StatusCode, SystemJob,
};

fn job(number: u128) -> SystemJob {
    let created = DateTime::UNIX_EPOCH + TimeDelta::microseconds(number as i64);
    SystemJob::new(JobDescription::new(Uuid::from_u128(number), "job", created))
}

fn insert(store: &MemoryJobStore, job: SystemJob) -> SystemJob {
    let new = NewJob::new(job, Payload::new("application/json", *b"{}"));
    block_on(store.insert(vec![new])).expect("the id is new").remove(0)
}

fn cancel(store: &MemoryJobStore, mut job: SystemJob) {
    job.cancel(DateTime::UNIX_EPOCH).expect("an open job can be canceled");
    let updated = block_on(store.update(vec![job])).expect("memory works");
    assert!(updated[0].is_ok(), "{updated:?}");
}

fn numbers(store: &MemoryJobStore) -> Vec<u128> {
    let found = block_on(store.query(JobQuery::default())).expect("memory works");
    found.iter().map(|it| it.id().as_u128()).collect()
}

#[test]
fn of_completed_jobs_the_newest_are_kept() {
    let store = MemoryJobStore::new().with_completed_limit(2);
    let jobs: Vec<_> = (1..=5).map(|number| insert(&store, job(number))).collect();
    assert_eq!(numbers(&store), [1, 2, 3, 4, 5], "open jobs are not counted");
    // In another order than they were stored in: the time of completion counts.
    for index in [3, 0, 4] {
        cancel(&store, jobs[index].clone());
    }
    assert_eq!(numbers(&store), [1, 2, 3, 5]);
}

#[test]
fn a_job_that_is_stored_completed_is_counted() {
    let store = MemoryJobStore::new().with_completed_limit(1);
    for number in 1..=2 {
        let mut job = job(number);
        job.cancel(DateTime::UNIX_EPOCH).expect("a new job can be canceled");
        insert(&store, job);
    }
    assert_eq!(numbers(&store), [2]);
}

#[test]
fn a_deleted_job_leaves_its_place_to_another() {
    let store = MemoryJobStore::new().with_completed_limit(2);
    let jobs: Vec<_> = (1..=3).map(|number| insert(&store, job(number))).collect();
    let [first, second, third] = &jobs[..] else { unreachable!("there are three") };
    cancel(&store, first.clone());
    cancel(&store, second.clone());
    block_on(store.delete(vec![second.id()])).expect("memory works").remove(0).expect("completed");
    // The same id again is another job.
    cancel(&store, insert(&store, job(2)));
    assert_eq!(numbers(&store), [1, 2, 3]);
    cancel(&store, third.clone());
    assert_eq!(numbers(&store), [2, 3]);
}

#[test]
fn with_a_limit_of_none_a_completed_job_is_forgotten_at_once() {
    let store = MemoryJobStore::new().with_completed_limit(0);
    cancel(&store, insert(&store, job(1)));
    assert_eq!(numbers(&store), [0; 0]);
}

#[test]
fn ten_thousand_completed_jobs_are_kept_by_default() {
    let store = MemoryJobStore::new();
    for number in 1..=10_010 {
        cancel(&store, insert(&store, job(number)));
    }
    let counts = block_on(store.count(JobQuery::default())).expect("memory works");
    assert_eq!(counts, [(StatusCode::Canceled, 10_000)].into());
    assert_eq!(numbers(&store)[0], 11);
}
