use serde::Serialize;
use xrm_eventhub::{MessageOrder, Publisher, PublisherBuilder, StatusCode, SystemJob};

use crate::cli;
use crate::environment;
use crate::error::Error;
use crate::input::Input;
use crate::output;
use crate::status::Status;
use crate::store;

/// A job, as one line of output.
#[derive(Serialize)]
struct JobLine<'a> {
    id: String,
    name: &'a str,
    statecode: i32,
    statuscode: i32,
    message: Option<&'a str>,
    cause: Option<&'static str>,
}

/// `publish`
pub(crate) async fn publish(arguments: &cli::Publish) -> Result<Status, Error> {
    let publisher = publisher(arguments).await?;
    let mut status = Status::Done;
    for path in &arguments.files {
        let published = match Input::read(path).and_then(|input| input.recognise()) {
            Ok(context) => {
                let job = match arguments.enqueue {
                    true => publisher.enqueue_context(&context).await,
                    false => publisher.publish_context(&context).await,
                };
                report(&job.map_err(Error::Publish)?, arguments.store.is_some())?
            }
            Err(error) => {
                output::error(&error);
                error.status()
            }
        };
        status = status.max(published);
    }
    Ok(status)
}

async fn publisher(arguments: &cli::Publish) -> Result<Publisher, Error> {
    let connection = environment::connection_string()?;
    let mut builder = Publisher::builder(connection).message_format(arguments.format);
    if let Some(url) = &arguments.store {
        builder = builder.shared_job_store(store::open_store(url).await?);
    }
    of_endpoint(builder, &arguments.endpoint)
}

/// The publisher of a service endpoint.
pub(crate) fn of_endpoint(
    mut builder: PublisherBuilder,
    endpoint: &cli::Endpoint,
) -> Result<Publisher, Error> {
    if let Some(name) = &endpoint.name {
        builder = builder.handler(name);
    }
    if endpoint.in_order {
        builder = builder.message_order(MessageOrder::PerRecord);
    }
    builder.build().map_err(Error::Publisher)
}

/// Prints a job's line and, where it needs somebody to act, what to check. A job that is not
/// completed is seen through by a worker, if it is stored.
fn report(job: &SystemJob, is_stored: bool) -> Result<Status, Error> {
    let (status, progress) = (job.status(), job.progress());
    let line = JobLine {
        id: job.id().to_string(),
        name: &job.description().name,
        statecode: status.state().number(),
        statuscode: status.number(),
        message: progress.message.as_deref(),
        cause: progress.cause.map(|cause| cause.id()),
    };
    output::line(&serde_json::to_string(&line).expect("texts and numbers are JSON"))?;
    if let Some(text) = &progress.friendly_message {
        output::note(format_args!("{}: {status}\n{text}", job.description().name));
    }
    let is_left = is_stored && !status.state().is_completed();
    Ok(if is_left || status == StatusCode::Succeeded { Status::Done } else { Status::Unsuccessful })
}
