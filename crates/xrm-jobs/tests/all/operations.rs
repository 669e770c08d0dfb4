use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use pollster::block_on;
use uuid::Uuid;
use xrm_jobs::operations::{BulkChange, Purged, Retention, Selection, change, purge, retry};
use xrm_jobs::{
    BoxFuture, Error, JobDescription, JobQuery, JobStore, MemoryJobStore, Move, NewJob, Payload,
    PayloadRetention, StatusCode, SystemJob,
};

use crate::altered::{Alteration, Altered};
use crate::moves::make;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn new_job(number: u128, moves: &[Move]) -> NewJob {
    let mut job = SystemJob::new(JobDescription::new(id(number), "job", at(0)));
    for it in moves {
        make(*it, &mut job, at(1)).expect("each of these is legal");
    }
    NewJob::new(job, Payload::new("text/plain", *b"x"))
}

/// What somebody else does to a job while an operation is at it.
type Interference = Box<dyn FnMut(&MemoryJobStore) + Send>;

/// A store in which somebody else does something before each update.
struct Busy {
    store: MemoryJobStore,
    interference: Mutex<Interference>,
}

impl Busy {
    fn with(
        jobs: Vec<NewJob>,
        interference: impl FnMut(&MemoryJobStore) + Send + 'static,
    ) -> Altered<Self> {
        let store = MemoryJobStore::new();
        block_on(store.insert(jobs)).expect("new ids are accepted");
        Altered(Self { store, interference: Mutex::new(Box::new(interference)) })
    }

    fn status(&self, number: u128) -> StatusCode {
        block_on(self.store.get(id(number))).expect("it is there").status()
    }
}

impl std::fmt::Debug for Busy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.store.fmt(f)
    }
}

impl Alteration for Busy {
    fn store(&self) -> &MemoryJobStore {
        &self.store
    }

    fn update(
        &self,
        jobs: Vec<SystemJob>,
    ) -> BoxFuture<'_, Result<Vec<Result<SystemJob, Error>>, Error>> {
        (self.interference.lock().expect("nobody panicked"))(&self.store);
        self.store.update(jobs)
    }

    fn delete(&self, ids: Vec<Uuid>) -> BoxFuture<'_, Result<Vec<Result<(), Error>>, Error>> {
        (self.interference.lock().expect("nobody panicked"))(&self.store);
        self.store.delete(ids)
    }
}

/// Makes a move of a stored job, as somebody else.
fn interfere(store: &MemoryJobStore, number: u128, it: Move) {
    let mut job = block_on(store.get(id(number))).expect("it is there");
    make(it, &mut job, at(2)).expect("it is legal");
    block_on(store.update(vec![job])).expect("the store answers");
}

fn once(mut it: impl FnMut(&MemoryJobStore) + Send) -> impl FnMut(&MemoryJobStore) + Send {
    let mut is_done = false;
    move |store| {
        if !std::mem::replace(&mut is_done, true) {
            it(store);
        }
    }
}

#[test]
fn what_others_changed_meanwhile_is_decided_anew() {
    let jobs = || (1..=3).map(|number| new_job(number, &[])).collect::<Vec<_>>();
    let begin = || once(|store: &MemoryJobStore| interfere(store, 2, Move::Begin));

    let store = Busy::with(jobs(), begin());
    let all = Selection::from(JobQuery::default());
    let report = block_on(change(&store, &all, BulkChange::Cancel, at(5), |_| ())).unwrap();
    assert_eq!((report.changed, report.seen()), (3, 3));
    assert_eq!(
        (store.0.status(1), store.0.status(2)),
        (StatusCode::Canceled, StatusCode::Canceling)
    );

    // Where only ready jobs were asked for, the one that was begun is none of them any more.
    let store = Busy::with(jobs(), begin());
    let statuses = vec![StatusCode::WaitingForResources];
    let ready = Selection::from(JobQuery::default().statuses(statuses));
    let report = block_on(change(&store, &ready, BulkChange::Cancel, at(5), |_| ())).unwrap();
    assert_eq!((report.changed, report.gone), (2, 1));
    assert_eq!(store.0.status(2), StatusCode::InProgress);
}

#[test]
fn what_others_made_impossible_is_counted() {
    let store = Busy::with(
        vec![new_job(1, &[]), new_job(2, &[])],
        once(|store| {
            interfere(store, 1, Move::GiveUp);
            interfere(store, 2, Move::GiveUp);
            block_on(store.delete(vec![id(2)])).expect("the store answers");
        }),
    );
    let all = Selection::from(JobQuery::default());
    let report = block_on(change(&store, &all, BulkChange::Pause, at(5), |_| ())).unwrap();
    assert_eq!(report.not_legal, BTreeMap::from([(StatusCode::Failed, 1)]));
    assert_eq!((report.changed, report.gone), (0, 1));
}

#[test]
fn a_job_that_others_change_all_the_time_is_given_up() {
    let store = Busy::with(vec![new_job(1, &[])], |store| interfere(store, 1, Move::Postpone));
    let all = Selection::from(id(1));
    let report = block_on(change(&store, &all, BulkChange::Pause, at(5), |_| ())).unwrap();
    assert_eq!((report.changed, report.contested, report.refused()), (0, 1, 1));
}

#[test]
fn a_waiting_job_that_failed_meanwhile_is_sent_again() {
    let store = Busy::with(
        vec![new_job(1, &[Move::Pause])],
        once(|store| interfere(store, 1, Move::GiveUp)),
    );
    let report =
        block_on(retry(&store, &Selection::from(id(1)), |_| id(2), at(5), |_| ())).unwrap();
    assert_eq!((report.changed, report.sent_again), (0, 1));
    assert_eq!(store.0.status(2), StatusCode::WaitingForResources);
}

#[test]
fn what_has_no_message_any_more_is_not_sent_again() {
    let store = MemoryJobStore::with_payload_retention(PayloadRetention::UntilCompleted);
    let failed = new_job(1, &[Move::Begin, Move::Fail]);
    block_on(store.insert(vec![failed])).unwrap();
    let all = Selection::from(JobQuery::default());
    let report = block_on(retry(&store, &all, |_| id(2), at(5), |_| ())).unwrap();
    assert_eq!((report.without_message, report.damaged, report.done()), (1, 0, 0));
    assert_eq!(block_on(store.query(JobQuery::default())).unwrap().len(), 1);
}

#[test]
fn many_messages_are_sent_again_in_batches() {
    let store = MemoryJobStore::new();
    let large = Payload::new("text/plain", vec![b'x'; 5 * 1024 * 1024]);
    let jobs = (1..=600).map(|number| {
        let mut new = new_job(number, &[Move::GiveUp]);
        if number <= 4 {
            new.payload = large.clone();
        }
        new
    });
    block_on(store.insert(jobs.collect())).unwrap();
    let all = Selection::from(JobQuery::default().limit(500));
    let mut told = Vec::new();
    let new_id = |old: &SystemJob| Uuid::from_u128(old.id().as_u128() + 1000);
    let report = block_on(retry(&store, &all, new_id, at(5), |it| told.push(it.seen()))).unwrap();
    assert_eq!((report.sent_again, told), (600, vec![500, 600]));
    let sent = block_on(store.payload(id(1004))).unwrap();
    assert_eq!(sent, Some(large));

    // One of many is there already, and two are given one id.
    let new_id = |old: &SystemJob| {
        let number = old.id().as_u128();
        id(if number < 3 {
            3001
        } else if number == 3 {
            1
        } else {
            number + 3000
        })
    };
    let report = block_on(retry(&store, &all, new_id, at(5), |_| ())).unwrap();
    assert_eq!((report.sent_again, report.already_there), (598, 2));
}

#[test]
fn what_others_deleted_is_gone() {
    let store = Busy::with(
        vec![new_job(1, &[Move::GiveUp]), new_job(2, &[Move::GiveUp])],
        once(|store| {
            block_on(store.delete(vec![id(2)])).expect("the store answers");
        }),
    );
    let kept = Retention::for_all(Duration::ZERO);
    let purged = block_on(purge(&store, &JobQuery::default(), kept, at(5), |_| ())).unwrap();
    let mut expected = Purged::default();
    expected.deleted.insert(StatusCode::Failed, 1);
    expected.gone = 1;
    assert_eq!(purged, expected);
}

#[test]
fn what_is_kept_for_longer_than_time_goes_back_is_kept() {
    let store = MemoryJobStore::new();
    block_on(store.insert(vec![new_job(1, &[Move::GiveUp])])).unwrap();
    let kept = Retention::for_all(Duration::MAX);
    let purged = block_on(purge(&store, &JobQuery::default(), kept, at(5), |_| ())).unwrap();
    assert_eq!(purged.total(), 0);
}
