//! `trigger` and `tasks`: operations on a registration.

use std::path::PathBuf;

use clap::Args;
use xrm_eventhub::MessageFormat;

use super::format_parser;

/// Tell a registration what happened, so that the steps which fire become system jobs.
///
/// Each operation is done in turn: of the steps that it fires, each posts its context to its
/// service endpoint. Standard output gets one JSON line per job, as from `publish`, and none where
/// no step fires: `registration explain` tells why. Each job is attempted once; with --store, jobs
/// are kept there, and `jobs run --registration` makes the other attempts.
///
/// An operation's document is described in the documentation; with --recorded, the files are bodies
/// instead, such as a listener has received, and what they tell of is done again. Steps that run
/// plug-ins are left out: their code is an application's own.
#[derive(Args, Debug)]
#[command(after_help = concat!(
    "\
Environment:
  the variables that endpoints name in the registration, each with the endpoint's key or
  with a connection string that holds it

",
    stores!(),
    "\
Exit codes:
  0  every job is Succeeded or, with --store, left to `jobs run`; or no step fires
  1  a job is neither, or could not be stored
  2  an operation, the registration or the store can't be used, whatever the jobs are"
))]
pub(crate) struct Trigger {
    /// The registration's document, in TOML or JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) registration: PathBuf,
    /// Keep the jobs in this store, which is made if there is none: sqlite:PATH or
    /// postgres:VARIABLE.
    #[arg(long = "store", value_name = "URL")]
    pub(crate) store: Option<String>,
    /// Store the jobs and leave every attempt to `jobs run`.
    #[arg(long, requires = "store")]
    pub(crate) enqueue: bool,
    /// Take the files for bodies, of either format, and do again what they tell of.
    #[arg(long)]
    pub(crate) recorded: bool,
    /// Let steps of event hubs be synchronous.
    #[arg(long)]
    pub(crate) allow_synchronous: bool,
    /// The operations' documents; `-` is standard input, and so is no file at all.
    #[arg(value_name = "OPERATION", default_value = "-")]
    pub(crate) operations: Vec<PathBuf>,
}

/// Walk through all six tasks, from an event hub to a verified system job, on this machine.
///
/// A local endpoint stands in for Azure; everything else is done as with Azure, and what is printed
/// is what came of it: once with a job that Succeeded, and once, after the key was replaced, with
/// one that Failed. Nothing is left behind.
#[derive(Args, Debug)]
pub(crate) struct Tasks {
    /// The format in which bodies are published.
    #[arg(long, value_name = "FORMAT", default_value = "json", value_parser = format_parser())]
    pub(crate) format: MessageFormat,
}
