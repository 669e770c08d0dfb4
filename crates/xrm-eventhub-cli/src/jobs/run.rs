use std::time::Duration;

use serde_json::json;
use xrm_eventhub::{
    EventHubSolution, Publisher, PublisherBuilder, StatusCode, WorkerOptions, WorkerReport,
};
use xrm_jobs::{JobQuery, JobStore};

use crate::cli::RunJobs;
use crate::error::Error;
use crate::given::{environment, solution, store};
use crate::publish;
use crate::status::Status;
use crate::terminal::output;
use crate::terminal::shutdown::Shutdown;

/// How often it is seen to whether all is done.
const LOOK: Duration = Duration::from_millis(200);

/// What works on jobs.
enum Worker {
    OfEndpoint(Box<Publisher>),
    OfRegistration(Box<EventHubSolution>),
}

/// `jobs run`
pub(super) async fn run(arguments: &RunJobs) -> Result<Status, Error> {
    let shutdown = Shutdown::listen().map_err(Error::Signals)?;
    let worker = Worker::of(arguments).await?;
    for publisher in worker.publishers() {
        output::note(format_args!(
            "working on the jobs of {}, to {}; Ctrl-C ends it",
            publisher.endpoint(),
            publisher.hub().name()
        ));
    }
    let is_done = async {
        match arguments.until_done {
            true => worker.all_done().await,
            false => std::future::pending().await,
        }
    };
    let end = async {
        tokio::select! {
            () = shutdown.asked() => {}
            () = is_done => {}
        }
    };
    let report = worker.run_until(end).await.map_err(Error::Publish)?;
    let line = json!({
        "succeeded": report.succeeded,
        "waiting": report.waiting,
        "suspended": report.suspended,
        "failed": report.failed,
        "interrupted": report.interrupted,
    });
    output::line(&line.to_string())?;
    Ok(Status::Done)
}

/// A publisher that sends each message in a request of its own if the arguments say so.
fn with_batches(builder: PublisherBuilder, no_batches: bool) -> PublisherBuilder {
    if no_batches { builder.batch_limit(None) } else { builder }
}

impl Worker {
    async fn of(arguments: &RunJobs) -> Result<Self, Error> {
        let options =
            WorkerOptions { requests: arguments.requests.into(), ..WorkerOptions::default() };
        let no_batches = arguments.no_batches;
        let store = store::open_store(&arguments.store.url).await?;
        if let Some(path) = &arguments.registration {
            let solution = solution::open(path, Some(store), |it| {
                it.worker_options(options)
                    .each_publisher(move |_, publisher| with_batches(publisher, no_batches))
            })?;
            return Ok(Self::OfRegistration(Box::new(solution)));
        }
        let builder = Publisher::builder(environment::connection_string()?)
            .job_store(store)
            .worker_options(options);
        let builder = with_batches(builder, no_batches);
        Ok(Self::OfEndpoint(Box::new(publish::of_endpoint(builder, &arguments.endpoint)?)))
    }

    fn publishers(&self) -> Vec<&Publisher> {
        match self {
            Self::OfEndpoint(publisher) => vec![publisher],
            Self::OfRegistration(solution) => solution.publishers().collect(),
        }
    }

    async fn run_until(
        &self,
        end: impl Future<Output = ()>,
    ) -> Result<WorkerReport, xrm_eventhub::Error> {
        match self {
            Self::OfEndpoint(publisher) => publisher.run_until(end).await,
            Self::OfRegistration(solution) => solution.run_until(end).await,
        }
    }

    /// Waits until every job of the endpoints is completed. While the store fails, that is not
    /// known; the worker tells of it.
    async fn all_done(&self) {
        for publisher in self.publishers() {
            while !is_done(&**publisher.job_store(), publisher.endpoint()).await {
                tokio::time::sleep(LOOK).await;
            }
        }
    }
}

/// Whether the store has no job of the endpoint that is not completed.
async fn is_done(store: &dyn JobStore, endpoint: &str) -> bool {
    let open = StatusCode::ALL.iter().filter(|it| !it.state().is_completed());
    let query = JobQuery {
        statuses: open.copied().collect(),
        endpoint: Some(endpoint.to_owned()),
        limit: 1,
        ..JobQuery::default()
    };
    store.query(query).await.is_ok_and(|it| it.is_empty())
}
