use std::sync::Arc;
use std::thread;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use pollster::block_on;
use uuid::Uuid;
use xrm_jobs::{
    BoxFuture, Claim, Error, ErrorCode, JobDescription, JobStore, MemoryJobStore, NewJob, Payload,
    PayloadRetention, Revision, StatusCode, SystemJob, conformance::RULES,
};

use crate::altered::{Alteration, Altered};

#[test]
fn the_memory_store_keeps_every_rule() {
    assert!(RULES.len() >= 25);
    for (name, rule) in RULES {
        println!("{name}");
        block_on(rule(&MemoryJobStore::new()));
    }
}

#[test]
fn the_operations_work_on_the_memory_store() {
    for (name, rule) in xrm_jobs::conformance::operations::RULES {
        println!("{name}");
        block_on(rule(&MemoryJobStore::new()));
    }
}

/// A store that forgets its revisions, to see that the suite notices.
#[derive(Debug, Default)]
struct ForgetfulStore(MemoryJobStore);

impl Alteration for ForgetfulStore {
    fn store(&self) -> &MemoryJobStore {
        &self.0
    }

    fn update(
        &self,
        jobs: Vec<SystemJob>,
    ) -> BoxFuture<'_, Result<Vec<Result<SystemJob, Error>>, Error>> {
        Box::pin(async move {
            let mut current = Vec::new();
            for job in jobs {
                let found =
                    self.0.get(job.id()).await.map_or_else(|_| job.revision(), |it| it.revision());
                current.push(job.at_revision(found));
            }
            self.0.update(current).await
        })
    }
}

#[test]
fn the_suite_notices_a_store_without_compare_and_set() {
    let broken: Vec<_> = RULES
        .iter()
        .filter(|(_, rule)| {
            thread::scope(|scope| {
                scope.spawn(|| block_on(rule(&Altered(ForgetfulStore::default())))).join().is_err()
            })
        })
        .map(|(name, _)| *name)
        .collect();
    assert_eq!(
        broken,
        [
            "a_stale_update_is_a_conflict",
            "one_refused_update_does_not_spoil_the_others",
            "concurrent_updates_have_one_winner",
            "a_lease_that_runs_out_is_taken_over",
        ]
    );
}

#[test]
fn threads_share_the_jobs_between_them() {
    let store: Arc<dyn JobStore> = Arc::new(MemoryJobStore::new());
    block_on(store.insert((0..200).map(new_job).collect())).unwrap();
    let workers: Vec<_> = (0..4)
        .map(|_| {
            let store = Arc::clone(&store);
            thread::spawn(move || {
                let mut claimed = Vec::new();
                loop {
                    let jobs = block_on(store.claim(claim(3))).unwrap();
                    if jobs.is_empty() {
                        return claimed;
                    }
                    claimed.extend(jobs.iter().map(|it| it.job.id().as_u128()));
                }
            })
        })
        .collect();
    let mut claimed: Vec<_> = workers.into_iter().flat_map(|it| it.join().unwrap()).collect();
    claimed.sort_unstable();
    assert_eq!(claimed, (0..200).collect::<Vec<_>>());
}

#[test]
fn refusals_carry_the_platforms_numbers() {
    let store = MemoryJobStore::new();
    let check = |error: Error, number: u32| {
        assert_eq!(error.platform_code(), Some(ErrorCode::from_unsigned(number)), "{error}");
    };
    check(block_on(store.get(Uuid::nil())).unwrap_err(), 0x8004_4164);
    let job = block_on(store.insert(vec![new_job(1)])).unwrap().remove(0);
    let deleted = block_on(store.delete(vec![job.id()])).unwrap().remove(0);
    check(deleted.unwrap_err(), 0x8004_416A);
    let stale = vec![job.at_revision(Revision(9))];
    let conflict = block_on(store.update(stale)).unwrap().remove(0).unwrap_err();
    assert!(conflict.is_conflict());
    assert_eq!(
        conflict.to_string(),
        "job 00000000-0000-0000-0000-000000000001 was changed by somebody else: \
         expected revision 9, found 1"
    );
    check(conflict, 0x8004_4163);
}

#[test]
fn a_job_may_be_stored_with_its_first_attempt_begun() {
    let store = MemoryJobStore::new();
    let mut new = new_job(1);
    new.job.begin("host-1", later(), DateTime::UNIX_EPOCH).unwrap();
    block_on(store.insert(vec![new])).unwrap();
    assert!(block_on(store.claim(claim(9))).unwrap().is_empty());
    assert_eq!(block_on(store.get(Uuid::from_u128(1))).unwrap().status(), StatusCode::InProgress);
}

#[test]
fn a_store_keeps_messages_for_as_long_as_it_is_told() {
    let kept = |retention, is_delivered| {
        let store = MemoryJobStore::with_payload_retention(retention);
        block_on(store.insert(vec![new_job(1)])).unwrap();
        let mut job = block_on(store.claim(claim(1))).unwrap().remove(0).job;
        if is_delivered {
            job.succeed(later()).unwrap();
        } else {
            job.cancel(later()).unwrap();
            job.abandon(later()).unwrap();
        }
        block_on(store.update(vec![job])).unwrap().remove(0).unwrap();
        block_on(store.payload(Uuid::from_u128(1))).unwrap().is_some()
    };
    let every = [
        PayloadRetention::Always,
        PayloadRetention::UntilSucceeded,
        PayloadRetention::UntilCompleted,
    ];
    assert_eq!(every.map(|it| kept(it, true)), [true, false, false]);
    assert_eq!(every.map(|it| kept(it, false)), [true, true, false]);
}

fn later() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(60)
}

fn claim(limit: usize) -> Claim {
    Claim {
        host_id: "host-1".to_owned(),
        endpoint: String::new(),
        limit,
        lease: Duration::from_secs(60),
        now: DateTime::UNIX_EPOCH,
    }
}

fn new_job(number: u128) -> NewJob {
    let description = JobDescription::new(Uuid::from_u128(number), "job", DateTime::UNIX_EPOCH);
    NewJob::new(SystemJob::new(description), Payload::new("text/plain", *b"x"))
}
