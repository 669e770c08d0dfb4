//! `hub`: event hubs of a namespace.

pub(crate) mod create;
mod delete;
mod list;
pub(crate) mod namespace;
mod publisher;
mod show;

use clap::{Args, Subcommand};

use crate::error::{Error, Exit};
use crate::given::environment::PlainHostArgs;
use crate::hub::namespace::ENVIRONMENT;

#[derive(Args, Debug)]
pub(crate) struct Hub {
    #[command(flatten)]
    plain_host: PlainHostArgs,
    #[command(subcommand)]
    command: HubCommand,
}

#[derive(Debug, Subcommand)]
enum HubCommand {
    Create(create::CreateHub),
    Show(show::ShowHub),
    /// Describe all event hubs, one JSON line each, as `hub show` does.
    #[command(after_help = ENVIRONMENT)]
    List,
    Delete(delete::DeleteHub),
    /// Revoke and restore the publishers of an event hub.
    #[command(subcommand)]
    Publisher(publisher::PublisherCommand),
}

impl Hub {
    pub(crate) async fn run(&self) -> Result<Exit, Error> {
        let plain_host = self.plain_host;
        match &self.command {
            HubCommand::Create(it) => it.run(plain_host).await,
            HubCommand::Show(it) => it.run(plain_host).await,
            HubCommand::List => list::run(plain_host).await,
            HubCommand::Delete(it) => it.run(plain_host).await,
            HubCommand::Publisher(it) => it.run(plain_host).await,
        }
    }
}
