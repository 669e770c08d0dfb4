//! The main job, from a context to the answer of the server: `publish_context`, `publish_many`, and
//! the worker that posts what was enqueued. Beside it, in the same run, bare reqwest with its
//! request prepared, and what a user would write instead.
//!
//! ```sh
//! cargo bench --bench publish                   # posts
//! cargo bench --bench publish -- worker 20000   # so many stored jobs, by workers
//! ```
//!
//! With `XRM_EVENTHUB_TEST_POSTGRES` set, the workers take jobs from that server too.

mod contender;
mod posts;
mod sample;
#[path = "../send/server.rs"]
mod server;
mod worker;

use std::env;
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    // Cargo adds an option of its own.
    let arguments: Vec<_> = env::args().skip(1).filter(|it| !it.starts_with("--")).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => posts::run(),
        ["worker"] => worker::run(20_000),
        ["worker", jobs] => match jobs.parse() {
            Ok(jobs) => worker::run(jobs),
            Err(error) => return usage(&format!("{jobs:?} is no number of jobs: {error}")),
        },
        _ => return usage("these arguments are unknown"),
    }
    ExitCode::SUCCESS
}

fn usage(problem: &str) -> ExitCode {
    eprintln!("{problem}; usage: cargo bench --bench publish [-- worker [JOBS]]");
    ExitCode::FAILURE
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

#[expect(clippy::disallowed_methods, reason = "a benchmark is there to read the clock")]
fn now() -> Instant {
    Instant::now()
}
