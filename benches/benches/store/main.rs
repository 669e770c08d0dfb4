//! Keeping jobs in SQLite, beside bare rusqlite that writes the same rows, and beside a file that
//! the same bytes are appended to; and how fast work is found in a backlog.
//!
//! ```sh
//! cargo bench --bench store                      # ratios
//! cargo bench --bench store -- backlog 1000000   # claims from so many jobs, beside 1,000
//! cargo bench --bench store -- retention 2000000 # so many jobs through a store that deletes old ones
//! ```

mod append;
mod backlog;
mod bare;
mod jobs;
mod ours;
mod retention;
mod throughput;

use std::env;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use tempfile::TempDir;
use tokio::runtime::Builder;
use xrm_jobs::{JobStore, Retention, SqliteDurability, SqliteOptions};

fn main() -> ExitCode {
    // Cargo adds an option of its own.
    let arguments: Vec<_> = env::args().skip(1).filter(|it| !it.starts_with("--")).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => throughput::run(),
        ["backlog"] => backlog::run(1_000_000),
        ["backlog", jobs] => match jobs.parse() {
            Ok(jobs) => backlog::run(jobs),
            Err(error) => return usage(&format!("{jobs:?} is no number of jobs: {error}")),
        },
        ["retention"] => delete_old_jobs(2_000_000),
        ["retention", jobs] => match jobs.parse() {
            Ok(jobs) => delete_old_jobs(jobs),
            Err(error) => return usage(&format!("{jobs:?} is no number of jobs: {error}")),
        },
        _ => return usage("these arguments are unknown"),
    }
    ExitCode::SUCCESS
}

fn usage(problem: &str) -> ExitCode {
    eprintln!("{problem}; usage: cargo bench --bench store [-- backlog|retention [JOBS]]");
    ExitCode::FAILURE
}

/// Lets jobs through two stores in files, of which one deletes old ones.
fn delete_old_jobs(jobs: u32) {
    let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder can be made");
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_time().build();
    runtime.expect("a runtime can be made").block_on(async {
        let options = SqliteOptions::new().durability(SqliteDurability::ProcessCrash);
        let open = async |name: &str, retention| {
            let options = options.clone().retention(retention);
            let store = options.open(folder.path().join(name)).await.expect("the file can be made");
            Arc::new(store) as Arc<dyn JobStore>
        };
        let deleting = open("deleting.db", retention::retention()).await;
        let keeping = open("keeping.db", Retention::default()).await;
        let size = async || {
            let size = |name| std::fs::metadata(folder.path().join(name)).map_or(0, |it| it.len());
            size("deleting.db") + size("deleting.db-wal")
        };
        retention::run(jobs, deleting, keeping, size).await;
    });
}

/// What was done, and how many microseconds it took.
fn micros<T>(act: impl FnOnce() -> T) -> (T, f64) {
    let began = now();
    let result = act();
    (result, began.elapsed().as_secs_f64() * 1e6)
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

#[expect(clippy::disallowed_methods, reason = "a benchmark is there to read the clock")]
fn now() -> Instant {
    Instant::now()
}
