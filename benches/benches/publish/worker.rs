//! Workers that drain stored jobs, beside the claims and completions of the store alone.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;
use xrm_eventhub::rest::{Attempt, Batch, Event, Hub, Verdict};
use xrm_eventhub::sas::Token;
use xrm_eventhub::{Publisher, Transport, WorkerOptions, system_host};
use xrm_jobs::{Claim, JobQuery, JobStore, PostgresOptions, SqliteJobStore};

use crate::contender::{client, connection};
use crate::now;
use crate::sample::Sample;
use crate::server::{Scheme, Server};

/// How many jobs a claim takes, as in the bench `store`.
const GROUP: usize = 64;
const ENDPOINT: &str = "orders";

pub fn run(jobs: usize) {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("the machine has room for two threads");
    println!(
        "| store | workers | claim and complete, jobs/s | worker, accepting transport | ratio | \
         worker, loopback server | ratio |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|");
    let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder can be made");
    let open = |name: &str| {
        let path = folder.path().join(name);
        let store = runtime.block_on(SqliteJobStore::open(path));
        Arc::new(store.expect("the file can be made")) as Arc<dyn JobStore>
    };
    print_row(&runtime, "SQLite", jobs, 1, open);
    let Ok(postgres) = std::env::var("XRM_EVENTHUB_TEST_POSTGRES") else { return };
    let open = |name: &str| {
        let store = PostgresOptions::new().schema(name);
        let store = runtime.block_on(store.open(&postgres)).expect("the server is there");
        Arc::new(store) as Arc<dyn JobStore>
    };
    print_row(&runtime, "PostgreSQL", jobs, 4, open);
}

fn print_row(
    runtime: &Runtime,
    name: &str,
    jobs: usize,
    workers: usize,
    open: impl Fn(&str) -> Arc<dyn JobStore>,
) {
    let server = Server::start(Scheme::Plain);
    let alone = rate(jobs, || {
        let store = open("publish_alone");
        runtime.block_on(fill(&publisher(&server, Accepting, &store), jobs));
        move || runtime.block_on(drain_by_calls(store, jobs, workers))
    });
    let accepting = rate(jobs, || {
        let publisher = publisher(&server, Accepting, &open("publish_accepting"));
        runtime.block_on(fill(&publisher, jobs));
        move || runtime.block_on(drain(publisher, workers))
    });
    let loopback = rate(jobs, || {
        let publisher = publisher(&server, client(&server), &open("publish_loopback"));
        runtime.block_on(fill(&publisher, jobs));
        move || runtime.block_on(drain(publisher, workers))
    });
    println!(
        "| {name} | {workers} | {alone:.0} | {accepting:.0} | {:.2} | {loopback:.0} | {:.2} |",
        accepting / alone,
        loopback / alone,
    );
}

/// Jobs per second of the work that `prepare` returns.
#[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 jobs")]
fn rate<W: FnOnce()>(jobs: usize, prepare: impl FnOnce() -> W) -> f64 {
    let work = prepare();
    let began = now();
    work();
    jobs as f64 / began.elapsed().as_secs_f64()
}

fn publisher(
    server: &Server,
    transport: impl Transport + 'static,
    store: &Arc<dyn JobStore>,
) -> Publisher {
    Publisher::builder(connection(server, Scheme::Plain))
        .endpoint(ENDPOINT)
        .transport(transport)
        .job_store(Arc::clone(store))
        .worker_options(WorkerOptions::default().poll_interval(Duration::from_millis(20)))
        .build()
        .expect("the connection string names a hub")
}

async fn fill(publisher: &Publisher, jobs: usize) {
    let context = Sample::account().context();
    for _ in 0..jobs.div_ceil(500) {
        let contexts = std::iter::repeat_n(&context, 500.min(jobs));
        publisher.enqueue_many(contexts).await.expect("the store works");
    }
}

/// Runs so many workers until all jobs are completed.
async fn drain(publisher: Publisher, workers: usize) {
    let mut tasks = JoinSet::new();
    for _ in 0..workers {
        let publisher = publisher.clone();
        tasks.spawn(async move {
            let store = Arc::clone(publisher.job_store());
            let done = async {
                let open = || store.query(JobQuery::uncompleted().limit(1));
                while !open().await.expect("the store works").is_empty() {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            };
            publisher.run_until(done).await.expect("the store works")
        });
    }
    tasks.join_all().await;
}

/// What the store does of it: the same claims and completions, with nothing between.
async fn drain_by_calls(store: Arc<dyn JobStore>, jobs: usize, workers: usize) {
    let mut tasks = JoinSet::new();
    for worker in 0..workers {
        let store = Arc::clone(&store);
        tasks.spawn(async move {
            for _ in 0..jobs.div_ceil(workers * GROUP) {
                let claimed = store.claim(claim(worker)).await.expect("the store works");
                let mut jobs: Vec<_> = claimed.into_iter().map(|it| it.job).collect();
                for job in &mut jobs {
                    job.succeed(time()).expect("an attempt is under way");
                }
                let updated = store.update(jobs).await.expect("the store works");
                assert!(updated.iter().all(Result::is_ok));
            }
        });
    }
    tasks.join_all().await;
}

fn claim(worker: usize) -> Claim {
    Claim {
        host_id: format!("host-{worker}"),
        endpoint: ENDPOINT.to_owned(),
        limit: GROUP,
        lease: Duration::from_secs(90),
        now: time(),
    }
}

fn time() -> DateTime<Utc> {
    system_host().now()
}

/// Takes every event without looking at it.
struct Accepting;

impl Transport for Accepting {
    fn send<'a>(&'a self, _: &'a Hub, _: &'a Event, _: &'a Token) -> Attempt<'a> {
        Box::pin(async { Verdict::Accepted })
    }

    fn send_batch<'a>(&'a self, _: &'a Hub, _: &'a Batch, _: &'a Token) -> Attempt<'a> {
        Box::pin(async { Verdict::Accepted })
    }
}
