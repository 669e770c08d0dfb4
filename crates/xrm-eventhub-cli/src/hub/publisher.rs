//! `hub publisher`

use serde::Serialize;
use xrm_eventhub::rest::manage::{ManageError, PublisherName};

use super::Namespace;
use crate::cli::{OnePublisher, RevokedPublishers};
use crate::error::Error;
use crate::status::Status;
use crate::terminal::output;

/// `hub publisher revoke`
pub(crate) async fn revoke(arguments: &OnePublisher) -> Result<Status, Error> {
    let namespace = Namespace::open()?;
    let (hub, name) = (namespace.hub(&arguments.hub)?, publisher_name(arguments)?);
    let token = namespace.token(hub.resource()).await?;
    let revoked = namespace.client.revoke_publisher(&hub, &name, &token).await;
    revoked.map_err(not_done("revoked", arguments))?;
    output::note(format_args!("revoked {name}"));
    Ok(Status::Done)
}

/// `hub publisher restore`
pub(crate) async fn restore(arguments: &OnePublisher) -> Result<Status, Error> {
    let namespace = Namespace::open()?;
    let (hub, name) = (namespace.hub(&arguments.hub)?, publisher_name(arguments)?);
    let token = namespace.token(hub.resource()).await?;
    let restored = namespace.client.restore_publisher(&hub, &name, &token).await;
    restored.map_err(not_done("restored", arguments))?;
    output::note(format_args!("restored {name}"));
    Ok(Status::Done)
}

/// `hub publisher list`
pub(crate) async fn list_revoked(arguments: &RevokedPublishers) -> Result<Status, Error> {
    let namespace = Namespace::open()?;
    let hub = namespace.hub(&arguments.hub)?;
    let token = namespace.token(hub.resource()).await?;
    let what = || format!("the revoked publishers of {} could not be listed", hub.name());
    let found = namespace.client.list_revoked_publishers(&hub, &token).await;
    let found = found.map_err(|source| Error::Manage { what: what(), source })?;
    found.iter().try_for_each(|name| print(name))?;
    Ok(Status::Done)
}

fn publisher_name(arguments: &OnePublisher) -> Result<PublisherName, Error> {
    PublisherName::new(&arguments.name).map_err(Error::Names)
}

/// A revoked publisher, as one line of output.
#[derive(Serialize)]
struct PublisherLine<'a> {
    name: &'a str,
}

fn print(name: &str) -> Result<(), Error> {
    output::line(&serde_json::to_string(&PublisherLine { name }).expect("a text is JSON"))
}

fn not_done(done: &'static str, arguments: &OnePublisher) -> impl FnOnce(ManageError) -> Error {
    let OnePublisher { hub, name } = arguments;
    let what = format!("the publisher {name} of {hub} could not be {done}");
    move |source| Error::Revocation { what, source }
}
