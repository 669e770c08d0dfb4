//! Counts the instructions of what is done for every event, ours beside a baseline: writing and
//! reading a body, and publishing a context. `growth` counts what commands do with twice as much
//! input.
//!
//! Run without arguments, it runs itself under valgrind's callgrind for each case. Such a run does
//! its work twice and counts the second time alone: buffers have their room then, and what is made
//! on first use is there. Counts are those of one build: neither the machine's load nor its speed
//! changes them.

mod codec;
mod growth;
mod publish;

use std::env;
use std::error::Error;
use std::hint::black_box;
use std::process::Command;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.as_slice() {
        [] => {
            codec::print_table()?;
            println!();
            publish::print_table()
        }
        [table] if table == "growth" => growth::print_table(),
        [case] if codec::run(case) || publish::run(case) || growth::run(case) => Ok(()),
        [_] => Err("there is no such case".into()),
        _ => Err("at most one argument: `growth` or a case".into()),
    }
}

/// Runs a case under callgrind, which says `Collected : 12345` at the end.
fn count(case: &str) -> Result<u64, Box<dyn Error>> {
    let run = Command::new("valgrind")
        .args(["--tool=callgrind", "--toggle-collect=*measured*"])
        .arg("--callgrind-out-file=/dev/null")
        .arg(env::current_exe()?)
        .arg(case)
        .output()
        .map_err(|error| format!("valgrind does not run: {error}"))?;
    let output = String::from_utf8_lossy(&run.stderr);
    let collected = output.lines().find_map(|line| line.split_once("Collected :"));
    match collected {
        Some((_, count)) if run.status.success() => Ok(count.trim().parse()?),
        _ => Err(format!("{case} failed under valgrind:\n{output}").into()),
    }
}

/// The instructions of this function are counted.
#[inline(never)]
fn measured<T>(work: &mut impl FnMut() -> T) -> T {
    black_box(work())
}

/// Does the work once to warm up and once to be counted. Freeing its result is not counted.
fn twice<T>(mut work: impl FnMut() -> T) {
    drop(work());
    drop(measured(&mut work));
}

#[expect(clippy::cast_precision_loss, reason = "the numbers are far below 2^52")]
fn ratio(numerator: u64, denominator: u64) -> f64 {
    numerator as f64 / denominator as f64
}
