//! The rules that every [`JobStore`] must keep, one async function each, for a store's own tests.
//!
//! Each rule takes an empty store, does something with it, and panics if the store breaks the rule.
//! [`RULES`] lists them all with their names:
//!
//! ```
//! # use std::pin::pin;
//! # use std::task::{Context, Poll, Waker};
//! # fn block_on<F: Future>(future: F) -> F::Output {
//! #     let mut future = pin!(future);
//! #     loop {
//! #         if let Poll::Ready(it) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
//! #             return it;
//! #         }
//! #     }
//! # }
//! use xrm_jobs::{MemoryJobStore, conformance::RULES};
//!
//! for (name, rule) in RULES {
//!     println!("{name}");
//!     block_on(rule(&MemoryJobStore::new()));
//! }
//! ```
//!
//! Times in the rules are whole milliseconds, so a store may be that coarse. The list of rules
//! grows with what is learned; it is no stable part of the public API.

use std::task::Poll;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::{
    BoxFuture, Cause, Diagnosis, Error, JobDescription, JobQuery, JobStore, Payload, Revision,
    StatusCode, SystemJob,
};

/// A rule, ready to be run on an empty store.
pub type Rule = fn(&dyn JobStore) -> BoxFuture<'_, ()>;

/// Declares the rules and the list of them.
macro_rules! rules {
    ($($(#[$doc:meta])* async fn $rule:ident($store:ident) $body:block)+) => {
        /// Every rule with its name.
        pub const RULES: &[(&str, Rule)] =
            &[$((stringify!($rule), |store| Box::pin($rule(store)))),+];

        $(
            $(#[$doc])*
            ///
            /// # Panics
            ///
            /// If the store breaks the rule.
            pub async fn $rule($store: &dyn JobStore) $body
        )+
    };
}

rules! {
    /// A job in any status, with every field set or none, comes back as it was stored.
    async fn a_job_comes_back_as_it_was_stored(store) {
        for job in one_of_each_status() {
            let stored = store.insert(job.clone()).await.expect("a new id is accepted");
            assert_eq!(stored, job.at_revision(Revision(1)), "the job as inserted");
            let read = store.get(stored.id()).await.expect("the job is stored");
            assert_eq!(read, stored, "the job as read");
        }
    }

    /// A payload is bytes, and each of them counts.
    async fn a_payload_keeps_every_byte(store) {
        let body: Vec<u8> = (0..=u8::MAX).cycle().take(70_000).collect();
        let mut description = describe(1);
        description.payload = Payload::new("application/json; charset=\"ü\"", body.clone());
        store.insert(SystemJob::new(description)).await.expect("a new id is accepted");
        let read = store.get(id(1)).await.expect("the job is stored");
        assert_eq!(read.description().payload.content_type(), "application/json; charset=\"ü\"");
        assert_eq!(**read.description().payload.body(), *body);
    }

    /// A second job with the same id is refused and changes nothing.
    async fn an_id_is_inserted_once(store) {
        let first = insert(store, new_job(1)).await;
        let mut second = new_job(1);
        second.cancel(at(1)).expect("a new job can be canceled");
        let refused = store.insert(second).await;
        assert!(matches!(refused, Err(Error::AlreadyExists { id: it }) if it == id(1)), "{refused:?}");
        assert_eq!(store.get(id(1)).await.expect("the first is stored"), first);
    }

    /// What is not in the store can't be read, updated or deleted.
    async fn a_missing_job_is_an_error(store) {
        let read = store.get(id(1)).await;
        assert!(matches!(read, Err(Error::Missing { id: it }) if it == id(1)), "{read:?}");
        let updated = store.update(new_job(1)).await;
        assert!(matches!(updated, Err(Error::Missing { .. })), "{updated:?}");
        let deleted = store.delete(id(1)).await;
        assert!(matches!(deleted, Err(Error::Missing { .. })), "{deleted:?}");
    }

    /// An update of the job as it was last read is stored at the next revision.
    async fn an_update_moves_the_revision_on(store) {
        let mut job = insert(store, new_job(1)).await;
        job.begin("host-1", at(1)).expect("a new job can be begun");
        let begun = store.update(job.clone()).await.expect("nobody else changed the job");
        assert_eq!(begun, job.at_revision(Revision(2)));

        let mut job = begun;
        job.fail(&diagnosis(), at(2)).expect("a job in progress can fail");
        store.update(job.clone()).await.expect("nobody else changed the job");
        assert_eq!(store.get(id(1)).await.expect("stored"), job.at_revision(Revision(3)));
    }

    /// An update of a job that somebody else has changed since is refused and changes nothing.
    async fn a_stale_update_is_a_conflict(store) {
        let stale = insert(store, new_job(1)).await;
        let mut job = stale.clone();
        job.begin("host-1", at(1)).expect("a new job can be begun");
        let winner = store.update(job).await.expect("nobody else changed the job");

        let mut job = stale;
        job.cancel(at(2)).expect("a new job can be canceled");
        let refused = store.update(job).await;
        let Err(Error::Conflict { id: it, expected, found }) = refused else {
            unreachable!("a stale update was answered by {refused:?}");
        };
        assert_eq!((it, expected, found), (id(1), Revision(1), Revision(2)));
        assert_eq!(store.get(id(1)).await.expect("stored"), winner);
    }

    /// Of updates made at the same time from the same revision, one is stored.
    async fn concurrent_updates_have_one_winner(store) {
        let job = insert(store, new_job(1)).await;
        let updates = (0..8).map(|host| {
            let mut job = job.clone();
            job.begin(&format!("host-{host}"), at(1)).expect("a new job can be begun");
            store.update(job)
        });
        let results = all(updates).await;
        assert_eq!(results.iter().filter(|it| it.is_ok()).count(), 1, "{results:?}");
        assert!(
            results.iter().flat_map(Result::as_ref).all(|it| it.revision() == Revision(2)),
            "{results:?}",
        );
    }

    /// Only what is ready, or waits for a time that has come, is claimed.
    async fn only_due_jobs_are_claimed(store) {
        for job in one_of_each_status() {
            insert(store, job).await;
        }
        insert(store, postponed(20, at(99))).await;
        insert(store, postponed(21, at(100))).await;
        insert(store, postponed(22, at(101))).await;
        insert(store, paused(23)).await;
        let claimed = store.claim_due("host-1", 100, at(100)).await.expect("the store works");
        let ready = one_of_each_status()
            .into_iter()
            .find(|it| it.status() == StatusCode::WaitingForResources)
            .expect("one of each status");
        let mut expected = vec![ready.id(), id(20), id(21)];
        let mut found: Vec<_> = claimed.iter().map(SystemJob::id).collect();
        expected.sort();
        found.sort();
        assert_eq!(found, expected);
    }

    /// A claimed job is begun, in the answer and in the store alike.
    async fn a_claimed_job_is_in_progress(store) {
        let mut expected = insert(store, new_job(1)).await;
        expected.begin("host-1", at(5)).expect("a new job can be begun");
        let claimed = store.claim_due("host-1", 1, at(5)).await.expect("the store works");
        assert_eq!(claimed, [expected.at_revision(Revision(2))]);
        assert_eq!(store.get(id(1)).await.expect("stored"), claimed[0]);
    }

    /// A claim takes no more than it may, those due longest first, then by id.
    async fn the_longest_due_are_claimed_first(store) {
        let mut late = describe(1);
        late.created_on = at(30);
        insert(store, SystemJob::new(late)).await;
        insert(store, postponed(2, at(20))).await;
        insert(store, postponed(4, at(10))).await;
        insert(store, postponed(3, at(10))).await;
        let mut order = Vec::new();
        for limit in [0, 3, 3] {
            let claimed = store.claim_due("host-1", limit, at(50)).await.expect("the store works");
            assert!(claimed.len() <= limit, "{} jobs for a limit of {limit}", claimed.len());
            order.extend(claimed.iter().map(SystemJob::id));
        }
        assert_eq!(order, [id(3), id(4), id(2), id(1)]);
    }

    /// However many workers claim at the same time, each job goes to one of them.
    async fn no_job_is_claimed_twice(store) {
        for number in 1..=50 {
            insert(store, new_job(number)).await;
        }
        let claims = (0..20).map(|_| store.claim_due("host-1", 4, at(1)));
        let mut claimed = Vec::new();
        for claim in all(claims).await {
            claimed.extend(claim.expect("the store works").iter().map(SystemJob::id));
        }
        claimed.sort();
        let every: Vec<_> = (1..=50).map(id).collect();
        assert_eq!(claimed, every);
    }

    /// A query finds what matches all that it asks for, oldest creation first, up to its limit.
    async fn a_query_finds_what_matches(store) {
        for job in one_of_each_status() {
            insert(store, job).await;
        }
        let every = find(store, JobQuery::default()).await;
        assert_eq!(every.len(), StatusCode::ALL.len());
        assert!(every.is_sorted_by_key(|it| (it.description().created_on, it.id())), "{every:?}");

        let limited = find(store, JobQuery { limit: 3, ..JobQuery::default() }).await;
        assert_eq!(limited, every[..3]);

        let queries = [
            JobQuery {
                statuses: vec![StatusCode::Failed, StatusCode::InProgress],
                ..JobQuery::default()
            },
            JobQuery { owning_extension_id: Some(id(1001)), ..JobQuery::default() },
            JobQuery { correlation_id: Some(id(2001)), ..JobQuery::default() },
            JobQuery { modified_before: Some(at(2)), ..JobQuery::default() },
            JobQuery {
                statuses: vec![StatusCode::Succeeded],
                modified_before: Some(at(0)),
                ..JobQuery::default()
            },
        ];
        for query in queries {
            let expected: Vec<_> = every.iter().filter(|it| query.matches(it)).cloned().collect();
            assert_eq!(find(store, query.clone()).await, expected, "{query:?}");
        }
    }

    /// A completed job can be deleted, and only a completed one.
    async fn only_completed_jobs_are_deleted(store) {
        for job in one_of_each_status() {
            let job = insert(store, job).await;
            let deleted = store.delete(job.id()).await;
            if job.status().state().is_completed() {
                deleted.expect("a completed job can be deleted");
                let read = store.get(job.id()).await;
                assert!(matches!(read, Err(Error::Missing { .. })), "{read:?}");
            } else {
                let refused = matches!(
                    deleted,
                    Err(Error::NotCompleted { id, status }) if id == job.id() && status == job.status()
                );
                assert!(refused, "{deleted:?}");
                assert_eq!(store.get(job.id()).await.expect("still stored"), job);
            }
        }
    }
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// So many seconds after the rules' time zero, plus a few milliseconds that a store has to keep.
fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::milliseconds(seconds * 1000 + 123)
}

fn diagnosis() -> Diagnosis {
    Diagnosis::of(Cause::Throttled).with_evidence("reason", "zu viel — «50002»\n'quoted\"; \\ %")
}

/// A description with only the fields that it must have.
fn describe(number: u128) -> JobDescription {
    JobDescription::new(id(number), "Accounts: Update", at(0), Payload::new("text/plain", *b"x"))
}

/// A description with every field set.
fn describe_in_full(number: u128) -> JobDescription {
    let mut description = describe(number);
    description.name = "Konten: \"Änderung\" '; -- 帳戶".to_owned();
    description.message_name = "Update".to_owned();
    description.primary_entity_type = "account".to_owned();
    description.correlation_id = id(2000 + number);
    description.request_id = Some(id(3000 + number));
    description.operation_id = id(4000 + number);
    description.owning_extension_id = Some(id(1000 + number % 2));
    description.depth = 3;
    description.created_on = at(-(number as i64 % 3));
    description
}

fn new_job(number: u128) -> SystemJob {
    SystemJob::new(describe(number))
}

fn postponed(number: u128, until: DateTime<Utc>) -> SystemJob {
    let mut job = new_job(number);
    job.postpone(until, at(0)).expect("a new job can be postponed");
    job
}

fn paused(number: u128) -> SystemJob {
    let mut job = new_job(number);
    job.begin("host-0", at(0)).expect("a new job can be begun");
    job.pause(at(1)).expect("a job in progress can be paused");
    job.wait_until(at(2), &diagnosis(), at(2)).expect("a pausing job can wait");
    job
}

/// A job in each status, with ids from 1; the waiting one waits to be resumed.
fn one_of_each_status() -> Vec<SystemJob> {
    (1..).zip(StatusCode::ALL).map(|(number, status)| job_in(*status, number)).collect()
}

fn job_in(status: StatusCode, number: u128) -> SystemJob {
    let mut job = SystemJob::new(describe_in_full(number));
    if status != StatusCode::WaitingForResources {
        job.begin("host-ü", at(1)).expect("a new job can be begun");
    }
    match status {
        StatusCode::WaitingForResources | StatusCode::InProgress => Ok(()),
        StatusCode::Waiting => job.suspend(&diagnosis(), at(2)),
        StatusCode::Pausing => job.postpone(at(500), at(2)),
        StatusCode::Canceling => job.cancel(at(2)),
        StatusCode::Succeeded => job.succeed(at(2)),
        StatusCode::Failed => job.fail(&diagnosis(), at(2)),
        StatusCode::Canceled => {
            job.cancel(at(2)).and_then(|()| job.wait_until(at(9), &diagnosis(), at(3)))
        }
    }
    .expect("each of these is legal for a job in progress");
    assert_eq!(job.status(), status, "the suite made the job that it wants");
    job
}

async fn insert(store: &dyn JobStore, job: SystemJob) -> SystemJob {
    store.insert(job).await.expect("a new id is accepted")
}

async fn find(store: &dyn JobStore, query: JobQuery) -> Vec<SystemJob> {
    store.query(query).await.expect("the store works")
}

/// Runs futures side by side in this task, so that the suite needs no runtime.
async fn all<T>(futures: impl Iterator<Item = BoxFuture<'_, T>>) -> Vec<T> {
    let mut pending: Vec<_> = futures.collect();
    let mut done = Vec::new();
    std::future::poll_fn(|context| {
        pending.retain_mut(|future| match future.as_mut().poll(context) {
            Poll::Ready(it) => {
                done.push(it);
                false
            }
            Poll::Pending => true,
        });
        if pending.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    done
}
