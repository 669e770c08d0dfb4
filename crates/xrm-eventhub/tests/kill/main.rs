//! Publishers and workers are killed at random moments, again and again: nothing that was enqueued
//! is lost, nothing is stuck, and what arrives twice is known by its message id.
//!
//! ```text
//! cargo test --release -p xrm-eventhub --test kill -- --contexts 20000 --kills 200
//! .ci/with-postgres cargo test --release -p xrm-eventhub --features postgres --test kill -- \
//!     --contexts 20000 --kills 200 --workers 3 --store postgres:XRM_EVENTHUB_TEST_POSTGRES
//! ```
//!
//! With `--failover`, the primary of a PostgreSQL server is killed instead, and its standby promoted; the
//! publisher and the workers go on:
//!
//! ```text
//! .ci/with-postgres --standby cargo test --release -p xrm-eventhub --features postgres --test kill -- \
//!     --failover --workers 3 --store postgres:XRM_EVENTHUB_TEST_POSTGRES
//! ```
//!
//! With `--outbox`, the publisher is an application that writes a row of its own in the transaction that
//! enqueues the context; rows and events have to correspond one to one.
//!
//! This process is the event hub, which goes wrong with one send in twenty, and the killer. It runs
//! itself again as the publisher and as each worker.

mod crew;
mod outbox;
mod roles;
mod store;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use clap::{Parser, Subcommand};
use eventhub_local::{Fault, FaultPlan, LocalEventHub};
use http::StatusCode;
use tokio::time::{Instant, sleep};
use xrm_eventhub::property;

use crew::Crew;

/// The wait after which what does not end is stuck.
const STUCK: Duration = Duration::from_secs(180);

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

#[derive(Clone, Debug, Parser)]
struct Arguments {
    /// How many contexts are enqueued.
    #[arg(long, default_value_t = 600)]
    contexts: u32,
    /// How often a process is killed.
    #[arg(long, default_value_t = 12)]
    kills: u32,
    /// How many workers there are.
    #[arg(long, default_value_t = 1)]
    workers: u32,
    /// `sqlite`, in a folder that is removed afterwards, or `postgres:VARIABLE`.
    #[arg(long, default_value = "sqlite")]
    store: String,
    /// Instead of a process, kill the server of the store, in the midst of the work and once.
    #[arg(long)]
    failover: bool,
    /// Enqueue each context in a transaction that writes a row of the application.
    #[arg(long, conflicts_with = "failover")]
    outbox: bool,
    /// What chance is made of.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    #[command(subcommand)]
    role: Option<Role>,
}

#[derive(Clone, Debug, Subcommand)]
enum Role {
    /// Enqueues contexts from this number on, as far as it is told to, and says how far it is.
    Publisher {
        from: u32,
        /// Repeat what the store refuses.
        #[arg(long)]
        patient: bool,
    },
    /// Writes rows with their contexts, as a publisher enqueues.
    Outbox { from: u32 },
    /// Works until it is killed.
    Worker,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    // What `cargo test` hands to every test, such as the name of another one, is not for this one.
    let Ok(arguments) = Arguments::try_parse() else { return Ok(()) };
    match arguments.role {
        Some(Role::Publisher { from, patient }) => roles::publish(from, patient).await,
        Some(Role::Outbox { from }) => outbox::write(from).await,
        Some(Role::Worker) => roles::work().await,
        None => kill(&arguments).await,
    }
}

/// One send in twenty goes wrong, in one of seven ways.
fn faults(seed: u64) -> Result<FaultPlan> {
    let faults = [
        Fault::Status(StatusCode::INTERNAL_SERVER_ERROR),
        Fault::Status(StatusCode::SERVICE_UNAVAILABLE),
        Fault::ResetBeforeReading,
        Fault::ResetAfterReading,
        Fault::ResetAfterKeeping,
        Fault::Hang,
        Fault::HangAfterKeeping,
    ];
    let mut plan = FaultPlan::new(seed);
    for fault in faults {
        plan = plan.rate(0.05 / faults.len() as f64, fault)?;
    }
    Ok(plan)
}

async fn kill(arguments: &Arguments) -> Result<()> {
    let started = Instant::now();
    let local = LocalEventHub::builder()
        .hub("accounts", 4)
        .max_events_per_partition(10 * arguments.contexts as usize)
        .serve(([127, 0, 0, 1], 0))
        .await?;
    local.set_fault_plan("accounts", Some(faults(arguments.seed)?))?;
    let place = store::Place::new(&arguments.store).await?;
    let connection = local.connection_string("accounts")?.to_secret_string();

    let mut crew = Crew::new(arguments, &connection, &place)?;
    if arguments.failover {
        crew.work_through_a_failover().await?;
    } else {
        crew.work_and_be_killed(arguments.kills).await?;
    }
    crew.finish_enqueuing().await?;
    let store = place.open().await?;
    let waited = Instant::now();
    let statuses = loop {
        let statuses = store.count(Default::default()).await?;
        if statuses.keys().all(|it| it.state().is_completed()) {
            break statuses;
        }
        if waited.elapsed() > STUCK {
            return Err(format!("jobs are stuck: {statuses:?}").into());
        }
        sleep(Duration::from_millis(100)).await;
    };
    crew.end().await?;

    let mut copies: BTreeMap<String, BTreeSet<Vec<u8>>> = BTreeMap::new();
    let events = local.events("accounts")?;
    for event in &events {
        let id = event.properties.get(property::MESSAGE_ID).ok_or("an event has no message id")?;
        copies.entry(format!("{id:?}")).or_default().insert(event.body.to_vec());
    }
    let contexts = arguments.contexts as usize;
    let bodies: BTreeSet<_> = copies.values().flatten().collect();
    say(&format!(
        "{} of {contexts} contexts arrived, in {} events ({} more than once) after {} kills \
         ({} of publishers, {} of workers{}) of {} on {}, in {} s; jobs: {statuses:?}",
        bodies.len(),
        events.len(),
        events.len() - copies.len(),
        crew.kills(),
        crew.publishers_killed,
        crew.workers_killed,
        if arguments.failover { ", one of the server" } else { "" },
        match arguments.workers {
            1 => "a worker and a publisher".to_owned(),
            workers => format!("{workers} workers and a publisher"),
        },
        place.kind(),
        started.elapsed().as_secs(),
    ));
    check(bodies.len() == contexts, "a context was lost, or changed on its way")?;
    check(copies.len() == contexts, "a context has several message ids")?;
    check(copies.values().all(|it| it.len() == 1), "copies differ")?;
    if arguments.outbox {
        let rows = outbox::message_ids(&place.address).await?;
        check(rows.len() == contexts, "a row was lost, or stayed that was rolled back")?;
        let is_known = |id: &String| rows.iter().any(|row| id.contains(row));
        check(copies.keys().all(is_known), "an event has no row")?;
    }
    check(statuses.keys().eq([&xrm_eventhub::StatusCode::Succeeded]), "a job did not succeed")
}

fn check(holds: bool, otherwise: &str) -> Result<()> {
    if holds { Ok(()) } else { Err(otherwise.into()) }
}

#[expect(clippy::print_stdout, reason = "the figures are what it is run for")]
fn say(line: &str) {
    println!("{line}");
}
