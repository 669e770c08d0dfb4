//! `jobs run`

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::Args;
use serde_json::json;
use xrm_eventhub::{Publisher, PublisherBuilder, WorkerOptions, WorkerReport};
use xrm_jobs::{JobQuery, JobStore, Retention};

use crate::error::{Error, Exit, exit_codes};
use crate::given::client::{NetworkArgs, network};
use crate::given::solution;
use crate::given::store::{StoreArgs, stores};
use crate::publish::{self, EndpointArgs};
use crate::terminal::output;
use crate::terminal::shutdown::Shutdown;
use crate::terminal::time::age;

/// The time between two checks whether all is done: short for a person who waits, and long beside a
/// query that returns one row at most.
const POLL_INTERVAL: Duration = Duration::from_millis(200);

/// Work on the jobs of a service endpoint or a registration, until Ctrl-C or SIGTERM.
///
/// With --registration, it works on the jobs of all its endpoints. A store is created if there is
/// none. Attempts are made when they are due: those of jobs that were stored and those that follow a
/// failed one. Any number of these may work on one store. Completed jobs of all endpoints are deleted when
/// they are older than their --*-persistence. While the store fails, standard error says so, and the
/// worker waits for it; with a damaged store it ends when it has found nothing to do for a minute. Asked
/// to end, it waits for the attempts under way; asked twice, it ends at once. Standard output
/// gets one JSON line then: how many attempts `succeeded`, are to be followed by another one
/// (`waiting`), were `suspended` for refused credentials, `failed` for good, or were `interrupted`.
#[derive(Args, Debug)]
#[command(after_help = concat!(
    "\
Environment:
  EVENTHUB_CONNECTION_STRING  the connection string of the event hub, with its EntityPath;
                              with --registration, the variables that its endpoints name
                              instead, each with a key or a connection string
",
    network!(),
    stores!(),
    exit_codes!(
        "it was asked to end, or all was done",
        "the store failed at the start",
        "invalid arguments or environment",
        "the store is damaged, or its file was removed or replaced",
    )
))]
pub(crate) struct RunJobs {
    #[command(flatten)]
    store: StoreArgs,
    /// Work for every endpoint of this registration's document, in TOML or JSON.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["name", "in_order"])]
    registration: Option<PathBuf>,
    #[command(flatten)]
    endpoint: EndpointArgs,
    /// The maximum number of requests under way at once.
    #[arg(long, value_name = "COUNT", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..))]
    requests: u16,
    /// Send each message in a request of its own, with its content type, and none in batches.
    #[arg(long)]
    no_batches: bool,
    #[command(flatten)]
    retention: RetentionArgs,
    #[command(flatten)]
    network: NetworkArgs,
    /// End also when every job of the endpoint, or of all of them, is completed.
    #[arg(long)]
    until_done: bool,
}

impl RunJobs {
    pub(crate) async fn run(&self) -> Result<Exit, Error> {
        // Before the store is opened, which may take long: a signal meanwhile ends the work at once.
        let shutdown = Shutdown::listen()?;
        let options = WorkerOptions::default().requests(self.requests.into());
        let no_batches = self.no_batches;
        let in_batches = move |it: PublisherBuilder| {
            if no_batches { it.batch_limit(None) } else { it }
        };
        let retention = self.retention.retention();
        let store = self.store.open_or_create_with(retention).await?;
        if let Some(path) = &self.registration {
            let solution = solution::open(path, Some(store), &self.network, |it| {
                it.worker_options(options).each_publisher(move |_, it| in_batches(it))
            })?;
            let publishers: Vec<_> = solution.publishers().collect();
            announce(&publishers, retention);
            return report(solution.run_until(self.end(&publishers, shutdown)).await);
        }
        let builder = in_batches(
            Publisher::builder(self.endpoint.connection_string()?)
                .transport(self.network.client()?),
        );
        let builder = builder.job_store(store).worker_options(options);
        let publisher = self.endpoint.publisher(builder)?;
        let publishers = [&publisher];
        announce(&publishers, retention);
        report(publisher.run_until(self.end(&publishers, shutdown)).await)
    }

    /// Waits for the end of the work: a signal or, if that is asked for, the completion of every job.
    async fn end(&self, publishers: &[&Publisher], shutdown: Shutdown) {
        let all_done = async {
            for it in publishers {
                while !is_done(&**it.job_store(), it.endpoint()).await {
                    tokio::time::sleep(POLL_INTERVAL).await;
                }
            }
        };
        tokio::select! {
            () = shutdown.requested() => {}
            () = all_done, if self.until_done => {}
        }
    }
}

/// How long completed jobs are kept.
///
/// By the names of the platform's settings, `SucceededSystemJobPersistenceInDays` and so on.
#[derive(Args, Debug)]
struct RetentionArgs {
    /// Delete Succeeded jobs that were completed longer ago: 12h, 7d, or forever to keep them.
    #[arg(long, value_name = "AGE", default_value = "30d")]
    succeeded_persistence: Persistence,
    /// Delete Canceled jobs that were completed longer ago.
    #[arg(long, value_name = "AGE", default_value = "60d")]
    canceled_persistence: Persistence,
    /// Delete Failed jobs that were completed longer ago.
    #[arg(long, value_name = "AGE", default_value = "forever")]
    failed_persistence: Persistence,
}

impl RetentionArgs {
    fn retention(&self) -> Retention {
        let mut retention = Retention::default();
        retention.succeeded = self.succeeded_persistence.0;
        retention.canceled = self.canceled_persistence.0;
        retention.failed = self.failed_persistence.0;
        retention
    }
}

/// An age, or `forever`.
#[derive(Clone, Copy, Debug)]
struct Persistence(Option<Duration>);

impl FromStr for Persistence {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "forever" {
            return Ok(Self(None));
        }
        let kept = age(text).map_err(|_| "expected an age such as 90m, 12h, 7d, or forever")?;
        Ok(Self(kept.to_std().ok()))
    }
}

fn announce(publishers: &[&Publisher], retention: Retention) {
    for it in publishers {
        let (endpoint, hub) = (it.endpoint(), it.hub().name());
        output::note(format_args!(
            "working on the jobs of {endpoint}, to {hub}; keeps {retention}; Ctrl-C ends it"
        ));
    }
}

fn report(done: Result<WorkerReport, xrm_eventhub::Error>) -> Result<Exit, Error> {
    let report = publish::or_stopped(done)?;
    output::json(&json!({
        "succeeded": report.succeeded,
        "waiting": report.waiting,
        "suspended": report.suspended,
        "failed": report.failed,
        "interrupted": report.interrupted,
    }))?;
    // Failed jobs are no failure of the work: `jobs list` has them.
    Ok(Exit::Done)
}

/// Whether the store has no job of the endpoint that is not completed. While the store fails, nobody
/// knows, so the wait goes on; the worker reports the failure.
async fn is_done(store: &dyn JobStore, endpoint: &str) -> bool {
    let query = JobQuery::uncompleted().endpoint(endpoint).limit(1);
    store.query(query).await.is_ok_and(|it| it.is_empty())
}
