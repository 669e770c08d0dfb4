//! Whether a store that deletes old jobs stays within bounds, and what that costs claims.
//!
//! Jobs go through two stores, of which one keeps the newest jobs by a clock that ticks with the jobs,
//! while a worker deletes the others as it always does. The other store keeps all.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use xrm_jobs::runner::{Begun, Host, Performer, Queue, Task, WorkerOptions, run_until};
use xrm_jobs::{Claim, JobStore, Retention};

use crate::jobs::{self, Jobs};
use crate::now;

/// How many jobs are stored, claimed and completed together.
const GROUP: u32 = 64;
/// How many groups go through the store that deletes, before one in so many goes through the other.
const TURN: u32 = 300;
const SHARE: u32 = 10;

/// A job is completed in each millisecond of the clock that ticks with the jobs.
const PER_SECOND: u64 = 1_000;

/// The newest 100,000 jobs or so are kept.
pub fn retention() -> Retention {
    Retention::default().succeeded(Duration::from_secs(100_000 / PER_SECOND))
}

/// Lets so many jobs through, and prints how large the stores become and how long claims take.
pub async fn run(
    jobs: u32,
    deleting: Arc<dyn JobStore>,
    keeping: Arc<dyn JobStore>,
    size: impl AsyncFn() -> u64,
) {
    let clock = Arc::new(AtomicI64::new(0));
    let cleaner = tokio::spawn(clean_up(Arc::clone(&deleting), Arc::clone(&clock)));
    let mut deleting = Side::new(deleting, clock);
    let mut keeping = Side::new(keeping, Arc::default());
    println!(
        "| jobs through it | in it | size | claim 64, deleting | claim 64, keeping all | ratio |"
    );
    println!("|--:|--:|--:|--:|--:|--:|");
    let turns = jobs / GROUP / TURN;
    for turn in 1..=turns {
        deleting.work(TURN).await;
        keeping.work(TURN / SHARE).await;
        if turn % (turns / 8).max(1) == 0 {
            let (with, without) = (deleting.take_median(), keeping.take_median());
            println!(
                "| {} | {} | {} MB | {with:.0} us | {without:.0} us | {:.2} |",
                turn * TURN * GROUP,
                deleting.count().await,
                size().await / 1_000_000,
                with / without,
            );
        }
    }
    cleaner.abort();
}

/// A store with the jobs that go through it.
struct Side {
    store: Arc<dyn JobStore>,
    jobs: Jobs,
    clock: Arc<AtomicI64>,
    claims: Vec<f64>,
}

impl Side {
    fn new(store: Arc<dyn JobStore>, clock: Arc<AtomicI64>) -> Self {
        let body = xrm_benches::Body::Small.encoded(xrm_body::MessageFormat::Json);
        Self { store, jobs: Jobs::with_body(body), clock, claims: Vec::new() }
    }

    async fn work(&mut self, groups: u32) {
        for _ in 0..groups {
            self.store.insert(self.jobs.jobs(GROUP)).await.expect("the ids are new");
            let began = now();
            let claim = Claim { now: time(&self.clock), ..jobs::claim(GROUP) };
            let claimed = self.store.claim(claim).await.expect("the store works");
            self.claims.push(began.elapsed().as_secs_f64() * 1e6);
            assert_eq!(claimed.len(), GROUP as usize, "there is work enough");
            self.clock.fetch_add(GROUP.into(), Ordering::Relaxed);
            let mut done: Vec<_> = claimed.into_iter().map(|it| it.job).collect();
            for job in &mut done {
                job.succeed(time(&self.clock)).expect("an attempt is under way");
            }
            let updated = self.store.update(done).await.expect("the store works");
            assert!(updated.iter().all(Result::is_ok));
        }
    }

    /// The median of the claims since the last call.
    fn take_median(&mut self) -> f64 {
        crate::median(std::mem::take(&mut self.claims))
    }

    async fn count(&self) -> u64 {
        let counts = self.store.count(xrm_jobs::JobQuery::default()).await;
        counts.expect("the store works").values().sum()
    }
}

fn time(clock: &AtomicI64) -> DateTime<Utc> {
    jobs::now() + TimeDelta::milliseconds(clock.load(Ordering::Relaxed))
}

/// Runs a worker for an endpoint that has no jobs, which deletes those of all.
async fn clean_up(store: Arc<dyn JobStore>, clock: Arc<AtomicI64>) {
    let host = Host::new("cleaner", move || time(&clock), || 0);
    // As often as a busy store needs it in the time that a benchmark has.
    let options = WorkerOptions::default()
        .retention_interval(Some(Duration::from_millis(100)))
        .backlog_interval(None);
    let queue = Queue::new("nobody's", store, host).worker_options(options);
    let done = run_until(&Idle { queue }, std::future::pending()).await;
    done.expect("the store works");
}

/// Has nothing to attempt.
struct Idle {
    queue: Queue,
}

impl Performer for Idle {
    fn queue(&self) -> &Queue {
        &self.queue
    }

    fn tasks(&self, _: Vec<Begun>) -> Vec<Task<'_>> {
        Vec::new()
    }
}
