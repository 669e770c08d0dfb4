//! Jobs, as what was published is told of.

use serde::Serialize;
use xrm_eventhub::{StatusCode, SystemJob};

use crate::error::Error;
use crate::status::Status;
use crate::terminal::output;

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

/// Prints a job's line and, where it needs somebody to act, what to check. A job that is not
/// completed is seen through by a worker, if it is stored.
pub(crate) fn report(job: &SystemJob, is_stored: bool) -> Result<Status, Error> {
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
    if !is_stored && !status.state().is_completed() {
        output::note("the job ends with this command: run it again, or keep the job by --store");
    }
    let is_left = is_stored && !status.state().is_completed();
    Ok(if is_left || status == StatusCode::Succeeded { Status::Done } else { Status::Unsuccessful })
}
