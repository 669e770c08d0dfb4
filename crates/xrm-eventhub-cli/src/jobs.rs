//! `jobs`: looks into a job store, and does for its jobs what people can do.

mod change;
mod count;
mod groups;
mod list;
mod purge;
mod run;
mod selection;
mod show;
mod transfer;

use crate::cli::Jobs;
use crate::error::Error;
use crate::status::Status;

pub(crate) async fn jobs(command: Jobs) -> Result<Status, Error> {
    use xrm_jobs::operations::Operation;
    match command {
        Jobs::List(arguments) => list::list(&arguments).await,
        Jobs::Show(arguments) => show::show(&arguments).await,
        Jobs::Groups(arguments) => groups::groups(&arguments).await,
        Jobs::Count(arguments) => count::count(&arguments).await,
        Jobs::Cancel(arguments) => change::change(&arguments, Operation::Cancel).await,
        Jobs::Pause(arguments) => change::change(&arguments, Operation::Pause).await,
        Jobs::Resume(arguments) => change::change(&arguments, Operation::Resume).await,
        Jobs::Postpone(arguments) => change::postpone(&arguments).await,
        Jobs::Retry(arguments) => change::retry(&arguments.change).await,
        Jobs::Export(arguments) => transfer::export(&arguments).await,
        Jobs::Import(arguments) => transfer::import(&arguments).await,
        Jobs::Purge(arguments) => purge::purge(&arguments).await,
        Jobs::Run(arguments) => run::run(&arguments).await,
    }
}
