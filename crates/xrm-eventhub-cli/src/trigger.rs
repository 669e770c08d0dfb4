use std::path::Path;

use xrm_eventhub::EventHubSolution;
use xrm_registration::{Operation, Rules};

use crate::cli;
use crate::error::Error;
use crate::input::Input;
use crate::registration::document;
use crate::status::Status;
use crate::{job_line, output, solution, store};

/// `trigger`
pub(crate) async fn trigger(arguments: &cli::Trigger) -> Result<Status, Error> {
    let store = match &arguments.store {
        Some(url) => Some(store::open_store(url).await?),
        None => None,
    };
    let solution = solution::open(&arguments.registration, store, |it| {
        if arguments.allow_synchronous { it.rules(Rules::with_synchronous_endpoints()) } else { it }
    })?;
    let mut status = Status::Done;
    for path in &arguments.operations {
        let triggered = match operation(path, arguments.recorded) {
            Ok(operation) => fire(&solution, &operation, arguments).await?,
            Err(error) => {
                output::error(&error);
                error.status()
            }
        };
        status = status.max(triggered);
    }
    Ok(status)
}

fn operation(path: &Path, is_recorded: bool) -> Result<Operation, Error> {
    if is_recorded {
        return Ok(Operation::of_context(&Input::read(path)?.recognise()?));
    }
    document::operation(path)
}

async fn fire(
    solution: &EventHubSolution,
    operation: &Operation,
    arguments: &cli::Trigger,
) -> Result<Status, Error> {
    let jobs = match arguments.enqueue {
        true => solution.enqueue(operation).await,
        false => solution.trigger(operation).await,
    };
    let jobs = jobs.map_err(Error::Publish)?;
    if jobs.is_empty() {
        output::note("no step fires; `xrm-eventhub registration explain` tells why");
    }
    let mut status = Status::Done;
    for job in &jobs {
        status = status.max(job_line::report(job, arguments.store.is_some())?);
    }
    Ok(status)
}
