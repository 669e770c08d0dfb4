//! Keeping jobs in SQLite, beside bare rusqlite that writes the same rows, and beside a file that
//! the same bytes are appended to; and how fast work is found in a backlog.
//!
//! ```sh
//! cargo bench --bench store                      # ratios
//! cargo bench --bench store -- backlog 1000000   # claims from so many jobs, beside 1,000
//! ```

mod append;
mod backlog;
mod bare;
mod jobs;
mod ours;
mod throughput;

use std::env;
use std::process::ExitCode;
use std::time::Instant;

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
        _ => return usage("these arguments are unknown"),
    }
    ExitCode::SUCCESS
}

fn usage(problem: &str) -> ExitCode {
    eprintln!("{problem}; usage: cargo bench --bench store [-- backlog [JOBS]]");
    ExitCode::FAILURE
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
