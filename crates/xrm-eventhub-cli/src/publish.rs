use serde::Serialize;
use xrm_eventhub::{MessageFormat, Publisher, StatusCode, SystemJob};

use crate::cli;
use crate::environment;
use crate::error::Error;
use crate::input::Input;
use crate::output;
use crate::status::Status;

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
    let publisher = publisher(arguments.format)?;
    let mut status = Status::Done;
    for path in &arguments.files {
        let published = match Input::read(path).and_then(|input| input.recognise()) {
            Ok(context) => {
                let job = publisher.publish_context(&context).await.map_err(Error::Publish)?;
                report(&job)?
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

fn publisher(format: MessageFormat) -> Result<Publisher, Error> {
    let connection = environment::connection_string()?;
    Publisher::builder(connection).message_format(format).build().map_err(Error::Publisher)
}

/// Prints a job's line and, where it needs somebody to act, what to check.
fn report(job: &SystemJob) -> Result<Status, Error> {
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
    if status == StatusCode::Succeeded {
        return Ok(Status::Done);
    }
    let text = progress.friendly_message.as_deref().unwrap_or_default();
    output::note(format_args!("{}: {status}\n{text}", job.description().name));
    Ok(Status::Unsuccessful)
}
