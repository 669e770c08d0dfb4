//! `hub`: event hubs of a namespace.

pub(crate) mod create;
mod delete;
mod list;
pub(crate) mod namespace;
mod publisher;
mod show;

use clap::Subcommand;

use crate::error::{Error, Exit};
use crate::hub::namespace::ENVIRONMENT;

#[derive(Debug, Subcommand)]
pub(crate) enum HubCommand {
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

impl HubCommand {
    pub(crate) async fn run(&self) -> Result<Exit, Error> {
        match self {
            Self::Create(it) => it.run().await,
            Self::Show(it) => it.run().await,
            Self::List => list::run().await,
            Self::Delete(it) => it.run().await,
            Self::Publisher(it) => it.run().await,
        }
    }
}
