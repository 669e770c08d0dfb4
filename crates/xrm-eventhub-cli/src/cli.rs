//! The list of commands.

use clap::{Parser, Subcommand};

use crate::body::Body;
use crate::dead_letters::DeadLetters;
use crate::error::{EXIT_CODES, Error, Exit};
use crate::hub::Hub;
use crate::jobs::Jobs;
use crate::listen::Listen;
use crate::local::Local;
use crate::publish::Publish;
use crate::registration::RegistrationCommand;
use crate::sas::Sas;
use crate::schedule::Schedule;
use crate::tasks::Tasks;
use crate::trigger::Trigger;

const SECRETS: &str = "\
Secrets are never arguments; they are read from the environment, and a token from a file or
from standard input.";

/// Publish Dynamics 365 / Dataverse execution contexts to Azure Event Hubs.
#[derive(Debug, Parser)]
#[command(
    name = "xrm-eventhub",
    version,
    after_help = format!("{EXIT_CODES}\n\n{SECRETS}"),
    // The lists after the options are wrapped by hand at this width.
    max_term_width = 100
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Convert and summarize message bodies.
    #[command(subcommand)]
    Body(Body),
    Publish(Publish),
    Trigger(Trigger),
    Tasks(Tasks),
    /// Create, describe, list and delete event hubs, and revoke their publishers.
    Hub(Hub),
    /// Manage system jobs of a store.
    // Boxed, because its filters make it many times as large as the others.
    #[command(subcommand)]
    Jobs(Box<Jobs>),
    Listen(Box<Listen>),
    /// List, show, replay and delete the events that a listener could not handle.
    #[command(subcommand)]
    DeadLetters(DeadLetters),
    /// Run a local hub, and read its events.
    #[command(subcommand)]
    Local(Local),
    /// Write and read documents of registrations: endpoints, steps and images.
    #[command(subcommand)]
    Registration(RegistrationCommand),
    /// Sign and explain shared access signatures.
    #[command(subcommand)]
    Sas(Sas),
    /// Preview when failing jobs are tried again, and when they are given up.
    #[command(subcommand)]
    Schedule(Schedule),
}

impl Cli {
    pub(crate) async fn run(self) -> Result<Exit, Error> {
        match self.command {
            Command::Body(it) => it.run(),
            Command::Publish(it) => it.run().await,
            Command::Trigger(it) => it.run().await,
            Command::Tasks(it) => it.run().await,
            Command::Hub(it) => it.run().await,
            Command::Jobs(it) => it.run().await,
            Command::Listen(it) => it.run().await,
            Command::DeadLetters(it) => it.run().await,
            Command::Local(it) => it.run().await,
            Command::Registration(it) => it.run().await,
            Command::Sas(it) => it.run(),
            Command::Schedule(it) => it.run(),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::Cli;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
