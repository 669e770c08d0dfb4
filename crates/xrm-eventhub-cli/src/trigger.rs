use std::path::Path;

use xrm_eventhub::EventHubSolution;
use xrm_registration::{Operation, Rules};

use crate::cli;
use crate::error::Error;
use crate::given::document;
use crate::given::input::Input;
use crate::given::{input, solution, store};
use crate::status::Status;
use crate::terminal::{job_line, output};

/// `trigger`
pub(crate) async fn trigger(arguments: &cli::Trigger) -> Result<Status, Error> {
    let store = match &arguments.store {
        Some(url) => Some(store::open_store(url).await?),
        None => None,
    };
    let solution = solution::open(&arguments.registration, store, |it| {
        it.rules(Rules::default().synchronous_endpoints(arguments.allow_synchronous))
    })?;
    let mut status = Status::Done;
    for path in &arguments.operations {
        let triggered = match operation(path, arguments.recorded) {
            Ok(operation) => fire(&solution, &operation, path, arguments).await?,
            Err(error) => {
                output::error(&error);
                error.status()
            }
        };
        status = status.max(triggered);
    }
    Ok(status)
}

/// The operation of a document, or the one that a recorded body tells of.
pub(crate) fn operation(path: &Path, is_recorded: bool) -> Result<Operation, Error> {
    if !is_recorded {
        return document::operation(path);
    }
    let input = Input::read(path)?;
    let context = input.recognise()?;
    match context.message_name {
        Some(_) => Ok(Operation::from_context(&context)),
        None => Err(Error::NoMessage { name: input.name }),
    }
}

async fn fire(
    solution: &EventHubSolution,
    operation: &Operation,
    path: &Path,
    arguments: &cli::Trigger,
) -> Result<Status, Error> {
    let jobs = match arguments.enqueue {
        true => solution.enqueue(operation).await,
        false => solution.trigger(operation).await,
    };
    let jobs = jobs.map_err(Error::Publish)?;
    if jobs.is_empty() {
        output::note(format_args!(
            "{}: no step fires; `xrm-eventhub registration explain` tells why",
            input::name(path)
        ));
    }
    let mut status = Status::Done;
    for job in &jobs {
        status = status.max(job_line::report(job, arguments.store.is_some())?);
    }
    Ok(status)
}
