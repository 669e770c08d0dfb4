use std::sync::Arc;
use std::thread;

use chrono::DateTime;
use uuid::Uuid;
use xrm_jobs::{
    Error, ErrorCode, JobDescription, JobStore, MemoryJobStore, Payload, Revision, StatusCode,
    SystemJob, conformance::RULES,
};

/// Runs a future that never waits for anything outside it, as the memory store's never do.
fn block_on<F: Future>(future: F) -> F::Output {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let mut future = std::pin::pin!(future);
    loop {
        if let std::task::Poll::Ready(it) = future.as_mut().poll(&mut context) {
            return it;
        }
    }
}

#[test]
fn the_memory_store_keeps_every_rule() {
    assert!(RULES.len() >= 13);
    for (name, rule) in RULES {
        println!("{name}");
        block_on(rule(&MemoryJobStore::new()));
    }
}

/// A store that forgets its revisions, to see that the suite notices.
#[derive(Debug, Default)]
struct ForgetfulStore(MemoryJobStore);

impl JobStore for ForgetfulStore {
    fn insert(&self, job: SystemJob) -> xrm_jobs::BoxFuture<'_, Result<SystemJob, Error>> {
        self.0.insert(job)
    }

    fn get(&self, id: Uuid) -> xrm_jobs::BoxFuture<'_, Result<SystemJob, Error>> {
        self.0.get(id)
    }

    fn update(&self, job: SystemJob) -> xrm_jobs::BoxFuture<'_, Result<SystemJob, Error>> {
        Box::pin(async move {
            let found = self.0.get(job.id()).await?.revision();
            self.0.update(job.at_revision(found)).await
        })
    }

    fn query(
        &self,
        query: xrm_jobs::JobQuery,
    ) -> xrm_jobs::BoxFuture<'_, Result<Vec<SystemJob>, Error>> {
        self.0.query(query)
    }

    fn claim_due<'a>(
        &'a self,
        host_id: &'a str,
        limit: usize,
        now: DateTime<chrono::Utc>,
    ) -> xrm_jobs::BoxFuture<'a, Result<Vec<SystemJob>, Error>> {
        self.0.claim_due(host_id, limit, now)
    }

    fn delete(&self, id: Uuid) -> xrm_jobs::BoxFuture<'_, Result<(), Error>> {
        self.0.delete(id)
    }
}

#[test]
fn the_suite_notices_a_store_without_compare_and_set() {
    let broken: Vec<_> = RULES
        .iter()
        .filter(|(_, rule)| {
            thread::scope(|scope| {
                scope.spawn(|| block_on(rule(&ForgetfulStore::default()))).join().is_err()
            })
        })
        .map(|(name, _)| *name)
        .collect();
    assert_eq!(broken, ["a_stale_update_is_a_conflict", "concurrent_updates_have_one_winner"]);
}

#[test]
fn threads_share_the_jobs_between_them() {
    let store: Arc<dyn JobStore> = Arc::new(MemoryJobStore::new());
    for number in 0..200 {
        block_on(store.insert(new_job(number))).unwrap();
    }
    let workers: Vec<_> = (0..4)
        .map(|_| {
            let store = Arc::clone(&store);
            thread::spawn(move || {
                let mut claimed = Vec::new();
                loop {
                    let jobs =
                        block_on(store.claim_due("host-1", 3, DateTime::UNIX_EPOCH)).unwrap();
                    if jobs.is_empty() {
                        return claimed;
                    }
                    claimed.extend(jobs.iter().map(|it| it.id().as_u128()));
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
    let job = block_on(store.insert(new_job(1))).unwrap();
    check(block_on(store.delete(job.id())).unwrap_err(), 0x8004_416A);
    let conflict = block_on(store.update(job.at_revision(Revision(9)))).unwrap_err();
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
    let mut job = new_job(1);
    job.begin("host-1", DateTime::UNIX_EPOCH).unwrap();
    block_on(store.insert(job)).unwrap();
    assert!(block_on(store.claim_due("host-2", 9, DateTime::UNIX_EPOCH)).unwrap().is_empty());
    assert_eq!(block_on(store.get(Uuid::from_u128(1))).unwrap().status(), StatusCode::InProgress);
}

fn new_job(number: u128) -> SystemJob {
    SystemJob::new(JobDescription::new(
        Uuid::from_u128(number),
        "job",
        DateTime::UNIX_EPOCH,
        Payload::new("text/plain", *b"x"),
    ))
}
