//! Keeping jobs in PostgreSQL, beside bare tokio-postgres that writes the same rows; and how fast
//! work is found in a backlog.
//!
//! ```sh
//! .ci/with-postgres cargo bench --manifest-path benches/Cargo.toml --bench store_postgres
//! .ci/with-postgres cargo bench --manifest-path benches/Cargo.toml --bench store_postgres -- backlog 1000000
//! .ci/with-postgres cargo bench --manifest-path benches/Cargo.toml --bench store_postgres -- retention 2000000
//! ```

mod backlog;
mod bare;
#[path = "../store/jobs.rs"]
mod jobs;
mod ours;
#[path = "../store/retention.rs"]
mod retention;
mod throughput;

use std::env;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use tokio::runtime::Builder;
use tokio_postgres::{NoTls, connect};
use xrm_jobs::{JobStore, PostgresOptions, Retention};

/// Names the server.
const VARIABLE: &str = "XRM_EVENTHUB_TEST_POSTGRES";

fn main() -> ExitCode {
    let Ok(server) = env::var(VARIABLE) else {
        eprintln!("SKIPPED, for {VARIABLE} is not set: store_postgres");
        return ExitCode::SUCCESS;
    };
    // Cargo adds an option of its own.
    let arguments: Vec<_> = env::args().skip(1).filter(|it| !it.starts_with("--")).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => throughput::run(&server),
        ["backlog"] => backlog::run(&server, 1_000_000),
        ["backlog", jobs] => match jobs.parse() {
            Ok(jobs) => backlog::run(&server, jobs),
            Err(error) => return usage(&format!("{jobs:?} is no number of jobs: {error}")),
        },
        ["retention"] => delete_old_jobs(&server, 2_000_000),
        ["retention", jobs] => match jobs.parse() {
            Ok(jobs) => delete_old_jobs(&server, jobs),
            Err(error) => return usage(&format!("{jobs:?} is no number of jobs: {error}")),
        },
        _ => return usage("these arguments are unknown"),
    }
    ExitCode::SUCCESS
}

fn usage(problem: &str) -> ExitCode {
    eprintln!(
        "{problem}; usage: .ci/with-postgres cargo bench --bench store_postgres [-- backlog|retention [JOBS]]"
    );
    ExitCode::FAILURE
}

/// Lets jobs through two stores in schemas, of which one deletes old ones.
fn delete_old_jobs(server: &str, jobs: u32) {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime can be made").block_on(async {
        let open = async |schema: &str, retention| {
            let options = PostgresOptions::new().schema(schema).retention(retention);
            let store = options.open(server).await.expect("the server is there");
            Arc::new(store) as Arc<dyn JobStore>
        };
        let deleting = open("deleting", retention::retention()).await;
        let keeping = open("keeping", Retention::default()).await;
        let (client, connection) = connect(server, NoTls).await.expect("the server is there");
        tokio::spawn(connection);
        let size = async || {
            let size = "SELECT (pg_total_relation_size('deleting.asyncoperation')
                + pg_total_relation_size('deleting.payload'))::bigint";
            let row = client.query_one(size, &[]).await.expect("the tables are there");
            row.get::<_, i64>(0).cast_unsigned()
        };
        retention::run(jobs, deleting, keeping, size).await;
    });
}

/// How many times a second something was done that is done so many times.
async fn per_second(times: u32, act: impl Future<Output = ()>) -> f64 {
    let began = now();
    act.await;
    f64::from(times) / began.elapsed().as_secs_f64()
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

#[expect(clippy::disallowed_methods, reason = "a benchmark is there to read the clock")]
fn now() -> Instant {
    Instant::now()
}
