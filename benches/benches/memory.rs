//! Resident memory of a process that publishes with default options, for months say.
//!
//! ```sh
//! cargo bench --bench memory              # over 1,000,000 contexts
//! cargo bench --bench memory -- 5000000   # over so many
//! ```

use std::env;
use std::fs;
use std::process::ExitCode;

use pollster::block_on;
use xrm_body::{MessageFormat, decode};
use xrm_context::RemoteExecutionContext;
use xrm_eventhub::rest::{Attempt, Event, Hub, Verdict};
use xrm_eventhub::sas::Token;
use xrm_eventhub::{Publisher, StatusCode, Transport};

/// A Create of a record that a live server posted, 9.5 KB of JSON.
const CAPTURED: &[u8] = include_bytes!("../../fixtures/captured/005.json");

/// No key of anything: base64 of "not a key".
const CONNECTION: &str = "Endpoint=sb://contoso.servicebus.windows.net/;\
    SharedAccessKeyName=send;SharedAccessKey=bm90IGEga2V5;EntityPath=accounts";

/// What may come and go with the allocator's moods, in KiB.
const TOLERANCE: u64 = 4 * 1024;

/// More than the default store keeps, so that it is as large as it gets when the measurement begins.
const WARM_UP: u64 = 50_000;

fn main() -> ExitCode {
    // Cargo adds an option of its own.
    let argument = env::args().skip(1).find(|it| !it.starts_with("--"));
    let Ok(contexts) = argument.map_or(Ok(1_000_000), |it| it.parse::<u64>()) else {
        eprintln!("usage: cargo bench --bench memory [-- CONTEXTS]");
        return ExitCode::FAILURE;
    };
    let connection = CONNECTION.parse().expect("the connection string is complete");
    let publisher = Publisher::builder(connection).transport(Accepting).build();
    let publisher = publisher.expect("the connection string names a hub");
    let context = decode(CAPTURED, MessageFormat::Json).expect("a captured body is one");

    publish(&publisher, &context, WARM_UP);
    let before = resident();
    println!("| published | resident |");
    println!("|--:|--:|");
    println!("| {WARM_UP} | {before} KiB |");
    for quarter in 1..=4 {
        publish(&publisher, &context, contexts / 4);
        println!("| {} | {} KiB |", WARM_UP + contexts / 4 * quarter, resident());
    }
    let after = resident();
    if after > before + TOLERANCE {
        eprintln!("memory is not flat: it grew by more than {TOLERANCE} KiB");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn publish(publisher: &Publisher, context: &RemoteExecutionContext, count: u64) {
    for _ in 0..count {
        let job = block_on(publisher.publish_context(context)).expect("memory records every job");
        assert_eq!(job.status(), StatusCode::Succeeded);
    }
}

/// Takes every event without looking at it.
struct Accepting;

impl Transport for Accepting {
    fn send<'a>(&'a self, _: &'a Hub, _: &'a Event, _: &'a Token) -> Attempt<'a> {
        Box::pin(async { Verdict::Accepted })
    }
}

/// Resident memory of this process in KiB, as Linux reports it.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("this is Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse().ok());
    number.expect("the kernel reports the resident size")
}
