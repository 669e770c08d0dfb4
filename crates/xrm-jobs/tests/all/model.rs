//! Random use of a store, side by side with the store in memory: whatever is asked of both, both
//! give the same answer.

use std::fmt::Debug;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use uuid::Uuid;
use xrm_jobs::{
    Cause, Claim, ClaimedJob, Diagnosis, Error, Expiry, JobDescription, JobQuery, JobStore,
    LeaseRenewal, MemoryJobStore, NewJob, Payload, Position, Revision, StatusCode, SystemJob,
};

/// What is asked of a store. Small numbers stand for ids, times and names, so that operations meet.
#[derive(Clone, Debug)]
pub(crate) enum Call {
    Insert(Vec<New>),
    /// Moves of jobs as they were last seen, which may be stale.
    Update(Vec<(u8, Change)>),
    Claim {
        endpoint: u8,
        limit: usize,
        host: u8,
        lease: i64,
        now: i64,
    },
    Renew {
        host: u8,
        ids: Vec<u8>,
        until: i64,
    },
    Delete(Vec<u8>),
    Expire {
        status: usize,
        before: i64,
        limit: usize,
    },
    Get(u8),
    Payload(u8),
    NextDue(u8),
    Find {
        statuses: Vec<usize>,
        endpoint: Option<u8>,
        key: Option<u8>,
        is_throttled: bool,
        created_from: Option<i64>,
        modified_before: Option<i64>,
        after: Option<(i64, u8)>,
        limit: usize,
    },
}

#[derive(Clone, Debug)]
pub(crate) struct New {
    id: u8,
    endpoint: u8,
    key: Option<u8>,
    created_on: i64,
    auto_delete: bool,
    is_begun: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum Change {
    Begin(i64),
    Succeed,
    Fail,
    Wait(i64),
    Suspend,
    Hold,
    GiveUp,
    Cancel,
    Pause,
    Resume,
    Postpone(i64),
    /// None at all, on a revision that nobody has.
    Forge,
}

const IDS: u8 = 12;
const SECONDS: i64 = 20;

pub(crate) fn operations() -> impl Strategy<Value = Vec<Call>> {
    proptest::collection::vec(operation(), 1..60)
}

fn operation() -> impl Strategy<Value = Call> {
    let ids = || proptest::collection::vec(0..IDS, 0..4);
    let time = || 0..SECONDS;
    let find = (
        proptest::collection::vec(0..StatusCode::ALL.len(), 0..4),
        proptest::option::of(0..2u8),
        proptest::option::of(0..2u8),
        any::<bool>(),
        proptest::option::of(time()),
        proptest::option::of(time()),
        proptest::option::of((time(), 0..IDS)),
        0..5usize,
    );
    prop_oneof![
        3 => proptest::collection::vec(new(), 0..4).prop_map(Call::Insert),
        6 => proptest::collection::vec((0..IDS, change()), 0..4).prop_map(Call::Update),
        5 => (0..2u8, 0..5usize, 0..3u8, 0..5i64, time()).prop_map(
            |(endpoint, limit, host, lease, now)| {
                Call::Claim { endpoint, limit, host, lease, now }
            }
        ),
        2 => (0..3u8, ids(), time())
            .prop_map(|(host, ids, until)| Call::Renew { host, ids, until }),
        1 => ids().prop_map(Call::Delete),
        1 => (0..StatusCode::ALL.len(), time(), prop_oneof![Just(0), Just(100)])
            .prop_map(|(status, before, limit)| Call::Expire { status, before, limit }),
        1 => (0..IDS).prop_map(Call::Get),
        1 => (0..IDS).prop_map(Call::Payload),
        2 => (0..2u8).prop_map(Call::NextDue),
        2 => find.prop_map(
            |(statuses, endpoint, key, is_throttled, created_from, modified_before, after, limit)| {
                Call::Find {
                    statuses,
                    endpoint,
                    key,
                    is_throttled,
                    created_from,
                    modified_before,
                    after,
                    limit,
                }
            }
        ),
    ]
}

fn new() -> impl Strategy<Value = New> {
    let key = proptest::option::weighted(0.6, 0..2u8);
    (0..IDS, 0..2u8, key, 0..SECONDS, any::<bool>(), any::<bool>()).prop_map(
        |(id, endpoint, key, created_on, auto_delete, is_begun)| New {
            id,
            endpoint,
            key,
            created_on,
            auto_delete,
            is_begun,
        },
    )
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        2 => (0..SECONDS).prop_map(Change::Begin),
        4 => Just(Change::Succeed),
        2 => Just(Change::Fail),
        3 => (0..SECONDS).prop_map(Change::Wait),
        1 => Just(Change::Suspend),
        1 => Just(Change::Hold),
        1 => Just(Change::GiveUp),
        1 => Just(Change::Cancel),
        1 => Just(Change::Pause),
        2 => Just(Change::Resume),
        2 => (0..SECONDS).prop_map(Change::Postpone),
        1 => Just(Change::Forge),
    ]
}

/// Asks the same of an empty store and of one in memory.
///
/// # Panics
///
/// If they differ.
pub(crate) async fn compare(store: &dyn JobStore, operations: Vec<Call>) {
    let model = MemoryJobStore::new();
    for (step, operation) in operations.into_iter().enumerate() {
        let expected = answer(&model, &operation, step).await;
        assert_eq!(answer(store, &operation, step).await, expected, "step {step}: {operation:?}");
    }
    let every = JobQuery::default;
    assert_eq!(text(store.query(every()).await), text(model.query(every()).await));
}

/// What a store says to an operation.
async fn answer(store: &dyn JobStore, operation: &Call, step: usize) -> String {
    match operation {
        Call::Insert(new) => {
            let jobs = new.iter().map(|it| job(it, step)).collect();
            text(store.insert(jobs).await)
        }
        Call::Update(changes) => {
            let mut jobs = Vec::new();
            for (number, change) in changes {
                let Ok(mut job) = store.get(id(*number)).await else { continue };
                if make(change, &mut job, at(step as i64)).is_ok() {
                    jobs.push(job);
                }
            }
            text(store.update(jobs).await)
        }
        Call::Claim { endpoint, limit, host, lease, now } => {
            let claim = Claim {
                host_id: format!("host-{host}"),
                endpoint: name(*endpoint),
                limit: *limit,
                lease: Duration::from_secs(lease.unsigned_abs()),
                now: at(*now),
            };
            let claimed = store.claim(claim).await;
            text(claimed.map(|it| it.into_iter().map(bytes).collect::<Vec<_>>()))
        }
        Call::Renew { host, ids, until } => {
            let ids = ids.iter().map(|it| id(*it)).collect();
            let host_id = format!("host-{host}");
            let held = store
                .renew(LeaseRenewal { host_id, ids, lease: Duration::ZERO, now: at(*until) })
                .await;
            text(held.map(|mut ids| {
                ids.sort();
                ids
            }))
        }
        Call::Delete(ids) => text(store.delete(ids.iter().map(|it| id(*it)).collect()).await),
        // With a limit, jobs that were completed at one time would be a matter of taste.
        Call::Expire { status, before, limit } => {
            let status = StatusCode::ALL[*status];
            text(
                store.expire(Expiry { status, completed_before: at(*before), limit: *limit }).await,
            )
        }
        Call::Get(number) => text(store.get(id(*number)).await),
        Call::Payload(number) => {
            let payload = store.payload(id(*number)).await;
            text(payload.map(|it| it.map(|it| it.body().to_vec())))
        }
        Call::NextDue(endpoint) => text(store.next_due(&name(*endpoint)).await),
        Call::Find {
            statuses,
            endpoint,
            key,
            is_throttled,
            created_from,
            modified_before,
            after,
            limit,
        } => {
            let mut query = JobQuery::default()
                .statuses(statuses.iter().map(|it| StatusCode::ALL[*it]))
                .causes(is_throttled.then_some(Cause::Throttled))
                .limit(*limit);
            query.endpoint = endpoint.map(name);
            query.partition_key = key.map(name);
            query.created_from = created_from.map(at);
            query.modified_before = modified_before.map(at);
            query.after =
                after.map(|(time, number)| Position { created_on: at(time), id: id(number) });
            let found = text(store.query(query.clone()).await);
            found + &text(store.count(query).await)
        }
    }
}

fn make(change: &Change, job: &mut SystemJob, now: DateTime<Utc>) -> Result<(), Error> {
    let diagnosis = Diagnosis::new(Cause::Throttled).with_evidence("status", "503");
    match change {
        Change::Begin(until) => job.begin("host-0", at(*until), now),
        Change::Succeed => job.succeed(now),
        Change::Fail => job.fail(&diagnosis, now),
        Change::Wait(until) => job.wait_until(at(*until), &diagnosis, now),
        Change::Suspend => job.suspend(&diagnosis, now),
        Change::Hold => job.hold(&diagnosis, now),
        Change::GiveUp => job.give_up(&diagnosis, now),
        Change::Cancel => job.cancel(now),
        Change::Pause => job.pause(now),
        Change::Resume => job.resume(now),
        Change::Postpone(until) => job.postpone(at(*until), now),
        Change::Forge => {
            *job = job.clone().at_revision(Revision(u64::MAX));
            Ok(())
        }
    }
}

fn job(new: &New, step: usize) -> NewJob {
    let mut description = JobDescription::new(id(new.id), "job", at(new.created_on));
    description.endpoint = name(new.endpoint);
    description.partition_key = new.key.map(name);
    description.auto_delete = new.auto_delete;
    let mut job = SystemJob::new(description);
    if new.is_begun {
        job.begin("host-0", at(new.created_on + 2), at(new.created_on))
            .expect("a new job can be begun");
    }
    NewJob::new(job, Payload::new("text/plain", step.to_string().into_bytes()))
}

/// A claimed job with the bytes of its message, which its own `Debug` does not show.
fn bytes(claimed: ClaimedJob) -> (SystemJob, Option<Vec<u8>>) {
    (claimed.job, claimed.payload.ok().map(|it| it.body().to_vec()))
}

fn text<T: Debug>(answer: Result<T, Error>) -> String {
    format!("{answer:?}")
}

fn id(number: u8) -> Uuid {
    Uuid::from_u128(number.into())
}

fn name(number: u8) -> String {
    format!("name-{number}")
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}
