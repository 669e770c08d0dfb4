//! A store that does not answer for each of the jobs that it is given.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use pollster::block_on;
use uuid::Uuid;
use xrm_jobs::operations::{BulkChange, Retention, Selection, change, purge};
use xrm_jobs::runner::{
    Begun, Ended, Host, Performer, PreparedJob, Queue, Task, attempt, enqueue, insert, record,
};
use xrm_jobs::{
    BoxFuture, Error, JobDescription, JobQuery, JobStore, MemoryJobStore, NewJob, Outcome, Payload,
    StatusCode, SystemJob,
};

use crate::altered::{Alteration, Altered};

const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

/// Does what it is asked for, and leaves the last job out of its answer.
#[derive(Debug, Default)]
struct ShortAnswers(MemoryJobStore);

impl Alteration for ShortAnswers {
    fn store(&self) -> &MemoryJobStore {
        &self.0
    }

    fn insert(&self, jobs: Vec<NewJob>) -> BoxFuture<'_, Result<Vec<SystemJob>, Error>> {
        Box::pin(async { self.0.insert(jobs).await.map(without_last) })
    }

    fn update(
        &self,
        jobs: Vec<SystemJob>,
    ) -> BoxFuture<'_, Result<Vec<Result<SystemJob, Error>>, Error>> {
        Box::pin(async { self.0.update(jobs).await.map(without_last) })
    }

    fn delete(&self, ids: Vec<Uuid>) -> BoxFuture<'_, Result<Vec<Result<(), Error>>, Error>> {
        Box::pin(async { self.0.delete(ids).await.map(without_last) })
    }
}

fn without_last<T>(mut answers: Vec<T>) -> Vec<T> {
    answers.pop();
    answers
}

fn jobs(numbers: [u128; 2]) -> Vec<SystemJob> {
    let new = |number| SystemJob::new(JobDescription::new(Uuid::from_u128(number), "job", NOW));
    numbers.map(new).into()
}

fn prepared(numbers: [u128; 2]) -> Vec<PreparedJob> {
    let payload = || Ok(Payload::new("text/plain", *b"x"));
    jobs(numbers).into_iter().map(|job| PreparedJob::new(job, "text/plain", payload())).collect()
}

fn assert_short<T: std::fmt::Debug>(answer: Result<T, Error>) {
    assert!(matches!(answer, Err(Error::WrongCount { expected: 2, found: 1 })), "{answer:?}");
}

/// Delivers every message.
struct Succeeds(Queue);

impl Performer for Succeeds {
    fn queue(&self) -> &Queue {
        &self.0
    }

    fn tasks(&self, begun: Vec<Begun>) -> Vec<Task<'_>> {
        let task = |Begun { job, .. }: Begun| {
            let outcome = Outcome::Succeeded;
            Task::new(vec![job.clone()], async { vec![Ended { job, outcome }] })
        };
        begun.into_iter().map(task).collect()
    }
}

#[test]
fn the_runner_refuses_a_store_that_answers_for_too_few_jobs() {
    let store = Arc::new(Altered(ShortAnswers::default()));
    assert_short(block_on(insert(&*store, prepared([1, 2]))));
    assert_short(block_on(enqueue(&*store, prepared([3, 4]), NOW)));

    let host = Host::new("host-1", || NOW, || 0);
    let performer = Succeeds(Queue::new("", Arc::clone(&store) as Arc<dyn JobStore>, host));
    let mut begun = prepared([5, 6]);
    block_on(performer.0.begin_in_order(&mut begun, NOW)).expect("no job is earlier");
    let new = begun.iter().map(|it| NewJob::new(it.job.clone(), it.payload.clone())).collect();
    let stored = block_on(store.0.0.insert(new)).expect("new ids are accepted");
    for (prepared, job) in begun.iter_mut().zip(stored) {
        prepared.job = job;
    }
    assert_short(block_on(attempt(&performer, begun)));
    // The store has recorded both outcomes all the same, so no other worker repeats the attempts.
    let succeeded = JobQuery::default().statuses([StatusCode::Succeeded]);
    assert_eq!(block_on(store.query(succeeded)).expect("the store answers").len(), 2);
    assert_eq!(block_on(record(&performer.0, &[])).expect("there is nothing to record"), []);
}

#[test]
fn an_operation_refuses_a_store_that_answers_for_too_few_jobs() {
    let store = Altered(ShortAnswers::default());
    let new = jobs([1, 2]).into_iter().map(|job| NewJob::new(job, Payload::new("", *b"x")));
    block_on(store.0.0.insert(new.collect())).expect("new ids are accepted");

    let all = Selection::from(JobQuery::default());
    assert_short(block_on(change(&store, &all, BulkChange::Cancel, NOW, |_| ())));
    let (query, retention) = (JobQuery::default(), Retention::for_all(Duration::ZERO));
    let later = NOW + Duration::from_secs(1);
    assert_short(block_on(purge(&store, &query, retention, later, |_| ())));
}
