//! `hub`: event hubs of a namespace.

pub(crate) mod create;
mod delete;
mod list;
pub(crate) mod namespace;
mod publisher;
mod show;

use clap::{Args, Subcommand};

use crate::error::{Error, Exit};
use crate::given::client::NetworkArgs;
use crate::given::environment::PlainHostArgs;
use crate::hub::namespace::{ENVIRONMENT, Namespace};

#[derive(Args, Debug)]
pub(crate) struct Hub {
    #[command(flatten)]
    network: NetworkArgs,
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
        let namespace = Namespace::open(&self.network, self.plain_host)?;
        match &self.command {
            HubCommand::Create(it) => it.run(&namespace).await,
            HubCommand::Show(it) => it.run(&namespace).await,
            HubCommand::List => list::run(&namespace).await,
            HubCommand::Delete(it) => it.run(&namespace).await,
            HubCommand::Publisher(it) => it.run(&namespace).await,
        }
    }
}
