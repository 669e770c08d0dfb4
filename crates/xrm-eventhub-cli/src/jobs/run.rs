use std::time::Duration;

use serde_json::json;
use xrm_eventhub::{Publisher, StatusCode, WorkerOptions};
use xrm_jobs::JobQuery;

use crate::cli::RunJobs;
use crate::error::Error;
use crate::shutdown::Shutdown;
use crate::status::Status;
use crate::{environment, output, publish, store};

/// How often it is seen to whether all is done.
const LOOK: Duration = Duration::from_millis(200);

/// `jobs run`
pub(super) async fn run(arguments: &RunJobs) -> Result<Status, Error> {
    let shutdown = Shutdown::listen().map_err(Error::Signals)?;
    let mut options =
        WorkerOptions { requests: arguments.requests.into(), ..WorkerOptions::default() };
    if arguments.no_batches {
        options.batch_limit = None;
    }
    let builder = Publisher::builder(environment::connection_string()?)
        .shared_job_store(store::open_store(&arguments.store.url).await?)
        .worker_options(options);
    let publisher = publish::of_endpoint(builder, &arguments.endpoint)?;
    output::note(format_args!(
        "working on the jobs of {}, to {}; Ctrl-C ends it",
        publisher.endpoint(),
        publisher.hub().name()
    ));
    let is_done = async {
        match arguments.until_done {
            true => all_done(&publisher).await,
            false => std::future::pending().await,
        }
    };
    let end = async {
        tokio::select! {
            () = shutdown.asked() => {}
            () = is_done => {}
        }
    };
    let report = publisher.run_until(end).await.map_err(Error::Publish)?;
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

/// Waits until every job of the endpoint is completed. While the store fails, that is not known;
/// the worker tells of it.
async fn all_done(publisher: &Publisher) {
    let open = StatusCode::ALL.iter().filter(|it| !it.state().is_completed());
    let query = JobQuery {
        statuses: open.copied().collect(),
        endpoint: Some(publisher.endpoint().to_owned()),
        limit: 1,
        ..JobQuery::default()
    };
    loop {
        let open = publisher.job_store().query(query.clone()).await;
        if open.is_ok_and(|it| it.is_empty()) {
            return;
        }
        tokio::time::sleep(LOOK).await;
    }
}
