//! Sending, beside bare reqwest that posts the same prepared bytes; and what a million sends leave
//! in memory.
//!
//! ```sh
//! cargo bench --bench send                     # ratios
//! cargo bench --bench send -- memory 1000000   # resident memory over so many sends
//! ```

mod contender;
mod memory;
mod server;
mod throughput;

use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    // Cargo adds an option of its own.
    let arguments: Vec<_> = env::args().skip(1).filter(|it| !it.starts_with("--")).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => throughput::run(),
        ["memory"] => memory::run(1_000_000),
        ["memory", sends] => match sends.parse() {
            Ok(sends) => memory::run(sends),
            Err(error) => usage(&format!("{sends:?} is no number of sends: {error}")),
        },
        _ => usage("these arguments are unknown"),
    }
}

fn usage(problem: &str) -> ExitCode {
    eprintln!("{problem}; usage: cargo bench --bench send [-- memory [SENDS]]");
    ExitCode::FAILURE
}
