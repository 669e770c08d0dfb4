//! `jobs run`

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde_json::json;
use xrm_eventhub::{EventHubSolution, Publisher, PublisherBuilder, WorkerOptions, WorkerReport};
use xrm_jobs::{JobQuery, JobStore};

use crate::error::{Error, Exit, exit_codes};
use crate::given::store::{StoreArgs, stores};
use crate::given::{environment, solution};
use crate::publish::{self, EndpointArgs};
use crate::terminal::output;
use crate::terminal::shutdown::Shutdown;

/// The time between two checks whether all is done: short for a person who waits, and long beside a
/// query that returns one row at most.
const POLL_INTERVAL: Duration = Duration::from_millis(200);

/// Work on the jobs of a service endpoint or a registration, until Ctrl-C or SIGTERM.
///
/// With --registration, it works on the jobs of all its endpoints. A store is created if there is
/// none. Attempts are made when they are due: those of jobs that were stored and those that follow a
/// failed one. Any number of these may work on one store. While the store fails, standard error says
/// so, and the worker waits for it. Asked to end, it waits for the attempts under way. Standard output
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
    stores!(),
    exit_codes!(
        "it was asked to end, or all was done",
        "the store failed at the start",
        "invalid arguments or environment",
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
    /// End also when every job of the endpoint, or of all of them, is completed.
    #[arg(long)]
    until_done: bool,
}

/// What works on jobs.
enum Worker {
    Publisher(Box<Publisher>),
    Solution(Box<EventHubSolution>),
}

impl RunJobs {
    pub(crate) async fn run(&self) -> Result<Exit, Error> {
        let shutdown = Shutdown::listen()?;
        let worker = self.worker().await?;
        for publisher in worker.publishers() {
            output::note(format_args!(
                "working on the jobs of {}, to {}; Ctrl-C ends it",
                publisher.endpoint(),
                publisher.hub().name()
            ));
        }
        let end = async {
            tokio::select! {
                () = shutdown.requested() => {}
                () = worker.all_done(), if self.until_done => {}
            }
        };
        let report = publish::or_stopped(worker.run_until(end).await)?;
        output::json(&json!({
            "succeeded": report.succeeded,
            "waiting": report.waiting,
            "suspended": report.suspended,
            "failed": report.failed,
            "interrupted": report.interrupted,
        }))?;
        Ok(Exit::Done)
    }

    async fn worker(&self) -> Result<Worker, Error> {
        let options = WorkerOptions { requests: self.requests.into(), ..WorkerOptions::default() };
        let no_batches = self.no_batches;
        let in_batches = move |it: PublisherBuilder| {
            if no_batches { it.batch_limit(None) } else { it }
        };
        let store = self.store.open_or_create().await?;
        if let Some(path) = &self.registration {
            let solution = solution::open(path, Some(store), |it| {
                it.worker_options(options).each_publisher(move |_, it| in_batches(it))
            })?;
            return Ok(Worker::Solution(Box::new(solution)));
        }
        let builder = in_batches(Publisher::builder(environment::connection_string()?))
            .job_store(store)
            .worker_options(options);
        Ok(Worker::Publisher(Box::new(self.endpoint.publisher(builder)?)))
    }
}

impl Worker {
    fn publishers(&self) -> Vec<&Publisher> {
        match self {
            Self::Publisher(publisher) => vec![publisher],
            Self::Solution(solution) => solution.publishers().collect(),
        }
    }

    async fn run_until(
        &self,
        end: impl Future<Output = ()>,
    ) -> Result<WorkerReport, xrm_eventhub::Error> {
        match self {
            Self::Publisher(publisher) => publisher.run_until(end).await,
            Self::Solution(solution) => solution.run_until(end).await,
        }
    }

    /// Waits until every job of the endpoints is completed.
    async fn all_done(&self) {
        for publisher in self.publishers() {
            while !is_done(&**publisher.job_store(), publisher.endpoint()).await {
                tokio::time::sleep(POLL_INTERVAL).await;
            }
        }
    }
}

/// Whether the store has no job of the endpoint that is not completed. While the store fails, nobody
/// knows, so the wait goes on; the worker reports the failure.
async fn is_done(store: &dyn JobStore, endpoint: &str) -> bool {
    let query = JobQuery::uncompleted().endpoint(endpoint).limit(1);
    store.query(query).await.is_ok_and(|it| it.is_empty())
}
