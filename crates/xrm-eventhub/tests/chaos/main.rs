//! Everything goes wrong at once, again and again: nothing that was enqueued is lost, nothing is
//! stuck, nothing arrives that was not published, every copy has the message id of the first, and
//! what is in order arrives in order.
//!
//! ```text
//! cargo test -p xrm-eventhub --test chaos -- --contexts 27000 --kills 550
//! .ci/with-postgres cargo test -p xrm-eventhub --features postgres --test chaos -- \
//!     --contexts 27000 --kills 550 --store postgres:XRM_EVENTHUB_TEST_POSTGRES
//! ```
//!
//! `.ci/long` runs both.
//!
//! This process is the event hub, which goes wrong with one send in twenty, and disturbs the others.
//! It runs itself again as the publisher and as each worker. Between two kills (SIGKILL), one of these
//! happens as well: a worker is stopped for longer than its lease (SIGSTOP), others have the tables
//! locked, a bit of a stored message flips, a row is spoilt, a disk is full for a while; workers begin
//! with clocks that are a minute off, or a day ahead and die. On PostgreSQL, the server also ends all
//! connections, and is restarted.

mod crew;
mod place;
mod roles;
mod verdict;

use std::time::Duration;

use clap::{Parser, Subcommand};
use eventhub_local::{Fault, FaultPlan, LocalEventHub};
use http::StatusCode;
use tokio::time::{Instant, sleep};

use crew::Crew;
use place::Place;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// After how long without a change what is not completed is stuck. Longer than the clocks of workers
/// are off, because a retry is due by the clock of the worker whose attempt failed.
const STUCK: Duration = Duration::from_secs(240);

#[derive(Clone, Debug, Parser)]
struct Arguments {
    /// How many contexts are enqueued.
    #[arg(long, default_value_t = 300)]
    contexts: u32,
    /// How often a process is killed.
    #[arg(long, default_value_t = 20)]
    kills: u32,
    /// How many workers there are.
    #[arg(long, default_value_t = 3)]
    workers: u32,
    /// `sqlite`, in a folder that is removed afterwards, or `postgres:VARIABLE`.
    #[arg(long, default_value = "sqlite")]
    store: String,
    /// What chance is made of.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    #[command(subcommand)]
    role: Option<Role>,
}

#[derive(Clone, Debug, Subcommand)]
enum Role {
    /// Enqueues contexts from this number on, as far as it is told to, and says how far it is.
    Publisher { from: u32 },
    /// Works until it is killed.
    Worker {
        /// How many seconds its clock is ahead.
        #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
        ahead: i64,
        /// Claims jobs, and its attempts never end.
        #[arg(long)]
        hangs: bool,
        /// The disk is full at first.
        #[arg(long)]
        full: bool,
    },
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    // What `cargo test` hands to every test, such as the name of another one, is not for this one.
    let Ok(arguments) = Arguments::try_parse() else { return Ok(()) };
    match arguments.role {
        Some(Role::Publisher { from }) => roles::publish(from).await,
        Some(Role::Worker { ahead, hangs, full }) => roles::work(ahead, hangs, full).await,
        None => disturb(&arguments).await,
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

async fn disturb(arguments: &Arguments) -> Result<()> {
    let started = Instant::now();
    let local = LocalEventHub::builder()
        .hub("accounts", 4)
        .max_events_per_partition(100 * arguments.contexts as usize)
        .max_bytes_per_hub(usize::MAX)
        .serve(([127, 0, 0, 1], 0))
        .await?;
    local.set_fault_plan("accounts", Some(faults(arguments.seed)?))?;
    let place = Place::new(&arguments.store).await?;
    let connection = local.connection_string("accounts")?.to_secret_string();

    let mut crew = Crew::new(arguments, &connection, &place)?;
    crew.work_and_be_disturbed(arguments.kills).await?;
    crew.finish_enqueuing().await?;
    let damage = crew.rest().await?;
    let store = place.open().await?;
    let mut last = (Instant::now(), 0);
    loop {
        // The store may be restarting.
        if let Ok(statuses) = store.count(Default::default()).await {
            let open: u64 =
                statuses.iter().filter(|(it, _)| !it.state().is_completed()).map(|it| it.1).sum();
            if open == 0 {
                break;
            }
            if open != last.1 {
                last = (Instant::now(), open);
            }
            if last.0.elapsed() > STUCK {
                return Err(format!("jobs are stuck: {statuses:?}").into());
            }
        }
        sleep(Duration::from_millis(200)).await;
    }
    crew.end().await?;

    let events = local.events("accounts")?;
    let found = verdict::judge(&*store, &events, arguments.contexts, &damage).await?;
    say(&format!(
        "{}: {} contexts, {} kills, {}; {} events, {found}; {} s",
        place.kind(),
        arguments.contexts,
        crew.kills,
        crew.disturbances(),
        events.len(),
        started.elapsed().as_secs(),
    ));
    found.check()
}

#[expect(clippy::print_stdout, reason = "the figures are what it is run for")]
fn say(line: &str) {
    println!("{line}");
}
