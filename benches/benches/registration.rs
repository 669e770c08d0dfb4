//! Which step an operation fires, beside encoding the context that it yields.
//!
//! 100,000 operations meet 1,000 steps, of which each fires one: what is looked for is among ten
//! messages, a hundred tables, and filters. What is compared is done in turn in each round, so that
//! noise meets all alike.

use std::hint::black_box;
use std::time::{Duration, Instant};

use uuid::Uuid;
use xrm_benches::Body;
use xrm_body::{EncodeOptions, MessageFormat};
use xrm_context::DateTime;
use xrm_registration::{
    ConnectionParts, Image, Job, Operation, Registration, ServiceEndpoint, Step,
};

const OPERATIONS: usize = 100_000;
const TABLES: usize = 100;
const MESSAGES: [&str; 10] = [
    "Create",
    "Update",
    "Delete",
    "Assign",
    "Associate",
    "Disassociate",
    "GrantAccess",
    "Win",
    "Lose",
    "Merge",
];
const ROUNDS: usize = 5;

/// A step for each message of each table.
fn registration() -> Registration {
    let connection = ConnectionParts { endpoint: "", key_name: "", key: "", entity_path: None };
    let endpoint = ServiceEndpoint::event_hub(Uuid::from_u128(1), "Hub", connection);
    let mut steps = Vec::new();
    for table in 0..TABLES {
        for message in MESSAGES {
            let id = Uuid::from_u128(steps.len() as u128);
            let mut step = Step::new(id, &endpoint, message, Some(&name(table)));
            step.filtering_attributes = "name,revenue,telephone1".into();
            step.images = vec![Image::pre("Before", "name"), Image::post("After", "name")];
            steps.push(step);
        }
    }
    Registration::new(vec![endpoint], steps)
}

fn name(table: usize) -> String {
    format!("contoso_table{table}")
}

/// What a body tells of, done to another table and by another message.
fn operation(body: Body, number: usize) -> Operation {
    let mut operation = Operation::from_context(&body.context());
    operation.message = MESSAGES[number / TABLES % MESSAGES.len()].to_owned();
    operation.table = Some(name(number % TABLES));
    operation
}

#[expect(clippy::disallowed_methods, reason = "it measures time")]
fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn main() {
    let registration = registration();
    println!("{OPERATIONS} operations, {} steps", registration.steps().len());
    for body in [Body::Small, Body::AccountUpdate] {
        compare(&registration, body);
    }
}

fn compare(registration: &Registration, body: Body) {
    // As many as there are different ones; each is met a hundred times.
    let operations: Vec<_> = (0..1000).map(|number| operation(body, number)).collect();
    let all = || operations.iter().cycle().take(OPERATIONS);
    let fires_one = |it: &Operation| registration.matches(it).len() == 1;
    assert!(operations.iter().all(fires_one), "one step each");
    let job = Job::new(Uuid::nil(), DateTime::utc(0).expect("a date"));
    let fired = operations.iter().flat_map(|it| registration.fire(it, |_| job));
    let contexts: Vec<_> = fired.map(|it| it.context).collect();
    let contexts = || contexts.iter().cycle().take(OPERATIONS);

    let (mut matching, mut json, mut xml) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        matching.push(timed(|| {
            all().for_each(|it| drop(black_box(registration.matches(black_box(it)))));
        }));
        for (format, times) in [(MessageFormat::Json, &mut json), (MessageFormat::Xml, &mut xml)] {
            let (options, mut body) = (EncodeOptions::new(format), Vec::new());
            times.push(timed(|| {
                for context in contexts() {
                    body.clear();
                    xrm_body::encode_with(black_box(context), &options, &mut body)
                        .expect("it fits");
                    black_box(&body);
                }
            }));
        }
    }
    let (matching, json, xml) = (median(matching), median(json), median(xml));
    let per = |it: Duration| it.as_secs_f64() * 1e9 / OPERATIONS as f64;
    println!("{body}: matching {:.0} ns", per(matching));
    for (name, time) in [("JSON", json), ("XML", xml)] {
        let ratio = matching.as_secs_f64() / time.as_secs_f64();
        println!("  encoding to {name} {:.0} ns; matching is {ratio:.3} of it", per(time));
    }
}
