//! `hub publisher`: the publishers of an event hub.

use clap::{Args, Subcommand};
use serde_json::json;
use xrm_eventhub::rest::manage::{ManageError, PublisherName};

use crate::error::{Error, Exit, OrError as _};
use crate::hub::namespace::{BAD_NAME, ENVIRONMENT, Namespace, failed};
use crate::terminal::output;

#[derive(Debug, Subcommand)]
pub(crate) enum PublisherCommand {
    /// Revoke a publisher: reject its events, whatever tokens it holds.
    #[command(after_help = ENVIRONMENT)]
    Revoke(OnePublisher),
    /// Restore a revoked publisher: accept its events again.
    #[command(after_help = ENVIRONMENT)]
    Restore(OnePublisher),
    List(RevokedPublishers),
}

/// A publisher of an event hub.
#[derive(Args, Debug)]
pub(crate) struct OnePublisher {
    /// The name of the hub.
    hub: String,
    /// The name of the publisher.
    name: String,
}

/// List the revoked publishers of an event hub, one JSON line each, with `name`.
#[derive(Args, Debug)]
#[command(after_help = ENVIRONMENT)]
pub(crate) struct RevokedPublishers {
    /// The name of the hub.
    hub: String,
}

impl PublisherCommand {
    pub(crate) async fn run(&self, namespace: &Namespace) -> Result<Exit, Error> {
        match self {
            Self::Revoke(it) => it.revoke(namespace).await,
            Self::Restore(it) => it.restore(namespace).await,
            Self::List(it) => it.run(namespace).await,
        }
    }
}

impl OnePublisher {
    async fn revoke(&self, namespace: &Namespace) -> Result<Exit, Error> {
        let (hub, token) = namespace.hub(&self.hub).await?;
        let revoked = namespace.client.revoke_publisher(&hub, &self.name()?, &token).await;
        self.report("revoked", revoked)
    }

    async fn restore(&self, namespace: &Namespace) -> Result<Exit, Error> {
        let (hub, token) = namespace.hub(&self.hub).await?;
        let restored = namespace.client.restore_publisher(&hub, &self.name()?, &token).await;
        self.report("restored", restored)
    }

    fn name(&self) -> Result<PublisherName, Error> {
        PublisherName::new(&self.name).or_invalid(BAD_NAME)
    }

    fn report(&self, done: &str, result: Result<(), ManageError>) -> Result<Exit, Error> {
        let Self { hub, name } = self;
        result.map_err(|failure| {
            let error =
                failed(&format!("the publisher {name} of {hub} could not be {done}"), &failure);
            match failure {
                ManageError::NotFound(_) => {
                    error.with_check("The event hub exists, and the publisher is revoked.")
                }
                ManageError::Conflict(_) => error.with_check("The publisher is not revoked yet."),
                _ => error,
            }
        })?;
        output::note(format_args!("{done} {name}"));
        Ok(Exit::Done)
    }
}

impl RevokedPublishers {
    async fn run(&self, namespace: &Namespace) -> Result<Exit, Error> {
        let (hub, token) = namespace.hub(&self.hub).await?;
        let found = namespace.client.list_revoked_publishers(&hub, &token).await;
        let what = format!("the revoked publishers of {} could not be listed", hub.name());
        let found = found.map_err(|it| failed(&what, &it))?;
        found.iter().try_for_each(|name| output::json(&json!({ "name": name })))?;
        Ok(Exit::Done)
    }
}
