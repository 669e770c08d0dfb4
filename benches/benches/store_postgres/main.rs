//! Keeping jobs in PostgreSQL, beside bare tokio-postgres that writes the same rows; and how fast
//! work is found in a backlog.
//!
//! ```sh
//! .ci/with-postgres cargo bench --manifest-path benches/Cargo.toml --bench store_postgres
//! .ci/with-postgres cargo bench --manifest-path benches/Cargo.toml --bench store_postgres -- backlog 1000000
//! ```

mod backlog;
mod bare;
#[path = "../store/jobs.rs"]
mod jobs;
mod ours;
mod throughput;

use std::env;
use std::process::ExitCode;
use std::time::Instant;

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
        _ => return usage("these arguments are unknown"),
    }
    ExitCode::SUCCESS
}

fn usage(problem: &str) -> ExitCode {
    eprintln!(
        "{problem}; usage: .ci/with-postgres cargo bench --bench store_postgres [-- backlog [JOBS]]"
    );
    ExitCode::FAILURE
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
