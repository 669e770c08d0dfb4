//! `trigger`

use std::path::{Path, PathBuf};

use clap::Args;
use xrm_eventhub::EventHubSolution;
use xrm_registration::{Operation, Rules};

use crate::error::{Error, Exit, exit_codes};
use crate::given::client::{NetworkArgs, network};
use crate::given::input::{self, ForceArgs, Input, ReadingArgs};
use crate::given::store::{KeepArgs, stores};
use crate::given::{document, solution};
use crate::publish;
use crate::terminal::output;

/// Run operations against a registration and publish what fires.
///
/// Operations are run one after the other: of the steps that one fires, each posts its context to its
/// service endpoint. Standard output gets one JSON line per job, as from `publish`, and none where
/// no step fires: `registration explain` says why. Each job is attempted once; with --store, jobs
/// are stored there, and `jobs run --registration` makes the other attempts.
///
/// An operation's document is described in the documentation; with --recorded, the files are bodies
/// instead, such as a consumer has received, and the operations in them are run again. Steps that run
/// plug-ins are left out: their code is an application's.
#[derive(Args, Debug)]
#[command(after_help = concat!(
    "\
Environment:
  the variables that endpoints name in the registration, each with the endpoint's key or
  with a connection string that holds it
",
    network!(),
    stores!(),
    exit_codes!(
        "every job is Succeeded or, with --store, left to `jobs run`; or no step fires",
        "a job is neither, or could not be stored",
        "an operation, the registration or the store is invalid, whatever the jobs are",
    )
))]
pub(crate) struct Trigger {
    /// The registration's document, in TOML or JSON.
    #[arg(long, value_name = "FILE")]
    registration: PathBuf,
    #[command(flatten)]
    keep: KeepArgs,
    /// Read the files as bodies, of either format, and run their operations again.
    #[arg(long)]
    recorded: bool,
    #[command(flatten)]
    force: ForceArgs,
    /// Let steps of event hubs be synchronous.
    #[arg(long)]
    allow_synchronous: bool,
    #[command(flatten)]
    network: NetworkArgs,
    /// The operations' documents; reads standard input if one is `-` or omitted.
    #[arg(value_name = "OPERATION", default_value = "-")]
    operations: Vec<PathBuf>,
}

impl Trigger {
    pub(crate) async fn run(&self) -> Result<Exit, Error> {
        let store = self.keep.open().await?;
        let solution = solution::open(&self.registration, store, &self.network, |it| {
            it.rules(Rules::default().synchronous_endpoints(self.allow_synchronous))
        })?;
        let mut exit = Exit::Done;
        for path in &self.operations {
            let recorded = self.recorded.then_some(&self.force);
            let triggered = match operation(path, recorded) {
                Ok(operation) => self.fire(&solution, &operation, path).await?,
                Err(error) => output::error(&error),
            };
            exit = exit.max(triggered);
        }
        Ok(exit)
    }

    async fn fire(
        &self,
        solution: &EventHubSolution,
        operation: &Operation,
        path: &Path,
    ) -> Result<Exit, Error> {
        let jobs = publish::or_stopped(match self.keep.enqueue {
            true => solution.enqueue(operation).await,
            false => solution.trigger(operation).await,
        })?;
        if jobs.is_empty() {
            let name = input::name(path);
            for hint in solution.registration().hints(operation) {
                output::note(format_args!("{name}: {hint}"));
            }
            output::note(format_args!(
                "{name}: no step fires; `xrm-eventhub registration explain` shows why"
            ));
        }
        let mut exit = Exit::Done;
        for job in &jobs {
            exit = exit.max(publish::report(job, self.keep.is_stored())?);
        }
        Ok(exit)
    }
}

/// The operation of a document, or of a recorded body.
pub(crate) fn operation(path: &Path, recorded: Option<&ForceArgs>) -> Result<Operation, Error> {
    let Some(force) = recorded else { return document::operation(path) };
    let input = Input::read(path)?;
    // Such an operation would fire no step, and nobody would learn why.
    if input.recognize(ReadingArgs::default())?.context.message_name.is_none() {
        let name = input.name;
        let what = format!("{name} contains no operation: it has no MessageName");
        return Err(Error::invalid(what));
    }
    Ok(Operation::from_context(&input.whole(force)?))
}
