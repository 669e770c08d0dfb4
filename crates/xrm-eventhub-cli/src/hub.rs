mod publisher;

use std::sync::Arc;

use serde::Serialize;
use xrm_eventhub::ConnectionString;
use xrm_eventhub::rest::manage::{
    AccessRights, AuthorizationRule, HubDescription, HubSettings, ManageError,
};
use xrm_eventhub::rest::{Client, Hub};
use xrm_eventhub::sas::{Resource, Token, TokenCredential as _};
use zeroize::Zeroizing;

use crate::cli::{CreateHub, DeleteHub, Right, ShowHub};
use crate::error::Error;
use crate::given::environment;
use crate::machine;
use crate::status::Status;
use crate::terminal::output;

pub(crate) use publisher::{list_revoked, restore, revoke};

/// `hub create`
pub(crate) async fn create(arguments: &CreateHub) -> Result<Status, Error> {
    let namespace = Namespace::open()?;
    let rule = rule(&arguments.rule, &arguments.rights)?;
    let settings = settings(arguments, rule.clone());
    let (created, connection) = namespace.create_hub(&arguments.name, &settings, &rule).await?;
    output::line(&connection.to_secret_string())?;
    output::note(format_args!(
        "created {}, partitions: {}",
        created.name,
        created.partition_ids.len()
    ));
    Ok(Status::Done)
}

/// `hub show`
pub(crate) async fn show(arguments: &ShowHub) -> Result<Status, Error> {
    let namespace = Namespace::open()?;
    let hub = namespace.hub(&arguments.name)?;
    let token = namespace.token(hub.resource()).await?;
    let found = namespace.client.get_hub(&hub, &token).await;
    let found = found.map_err(not_done("described", hub.name()))?;
    match &arguments.rule {
        Some(rule) => {
            let connection = connection_string(rule_of(&found, rule)?, &hub)?;
            output::line(&connection.to_secret_string())?;
        }
        None => print(&found)?,
    }
    Ok(Status::Done)
}

/// `hub list`
pub(crate) async fn list() -> Result<Status, Error> {
    let namespace = Namespace::open()?;
    let endpoint = namespace.connection.endpoint();
    let token = namespace.token(&Resource::namespace(endpoint)).await?;
    let what = || "the event hubs could not be listed".to_owned();
    let found = namespace.client.list_hubs(endpoint, &token).await;
    let found = found.map_err(|source| Error::Manage { what: what(), source })?;
    found.iter().try_for_each(print)?;
    Ok(Status::Done)
}

/// `hub delete`
pub(crate) async fn delete(arguments: &DeleteHub) -> Result<Status, Error> {
    Namespace::open()?.delete_hub(&arguments.name).await?;
    output::note(format_args!("deleted {}", arguments.name));
    Ok(Status::Done)
}

/// What a connection string opens.
pub(crate) struct Namespace {
    connection: ConnectionString,
    client: Client,
}

impl Namespace {
    fn open() -> Result<Self, Error> {
        Self::of(environment::connection_string()?)
    }

    pub(crate) fn of(connection: ConnectionString) -> Result<Self, Error> {
        Ok(Self { connection, client: Client::new().map_err(Error::Client)? })
    }

    /// Creates a hub, of whose rules this is one, and gives the rule's connection string.
    pub(crate) async fn create_hub(
        &self,
        name: &str,
        settings: &HubSettings,
        rule: &AuthorizationRule,
    ) -> Result<(HubDescription, ConnectionString), Error> {
        let hub = self.hub(name)?;
        let token = self.token(hub.resource()).await?;
        let created = self.client.create_hub(&hub, settings, &token).await;
        let created = created.map_err(not_done("created", name))?;
        let kept = rule_of(&created, rule.name())?;
        // The service may withhold the keys that it was given.
        let kept = if kept.primary_key().is_some() { kept } else { rule };
        let connection = connection_string(kept, &hub)?;
        Ok((created, connection))
    }

    pub(crate) async fn delete_hub(&self, name: &str) -> Result<(), Error> {
        let hub = self.hub(name)?;
        let token = self.token(hub.resource()).await?;
        let deleted = self.client.delete_hub(&hub, &token).await;
        deleted.map_err(not_done("deleted", name))
    }

    fn hub(&self, name: &str) -> Result<Hub, Error> {
        Hub::new(self.connection.endpoint().clone(), name).map_err(Error::Names)
    }

    async fn token(&self, resource: &Resource) -> Result<Arc<Token>, Error> {
        let credential = self.connection.token_credential(resource.clone());
        credential.token(machine::time()).await.map_err(Error::NoToken)
    }
}

/// A rule with new keys.
pub(crate) fn rule(name: &str, rights: &[Right]) -> Result<AuthorizationRule, Error> {
    let rights = rights.iter().map(|right| match right {
        Right::Manage => AccessRights::MANAGE,
        Right::Send => AccessRights::SEND,
        Right::Listen => AccessRights::LISTEN,
    });
    let rights = rights.reduce(|all, right| all | right).unwrap_or(AccessRights::SEND);
    let randomness = Zeroizing::new(machine::random_keys());
    AuthorizationRule::generate(name, rights, &randomness).map_err(Error::Names)
}

fn settings(arguments: &CreateHub, rule: AuthorizationRule) -> HubSettings {
    let mut settings = HubSettings::default().with_authorization_rule(rule);
    if let Some(count) = arguments.partitions {
        settings = settings.with_partition_count(count);
    }
    if let Some(days) = arguments.retention {
        settings = settings.with_message_retention_in_days(days);
    }
    settings
}

fn rule_of<'a>(hub: &'a HubDescription, rule: &str) -> Result<&'a AuthorizationRule, Error> {
    let found = hub.settings.authorization_rule(rule);
    found.ok_or_else(|| Error::NoRule { hub: hub.name.clone(), rule: rule.to_owned() })
}

fn connection_string(rule: &AuthorizationRule, hub: &Hub) -> Result<ConnectionString, Error> {
    let withheld = |source| Error::NoKey { rule: rule.name().to_owned(), source };
    rule.connection_string(hub).map_err(withheld)
}

/// A hub, as one line of output.
#[derive(Serialize)]
struct HubLine<'a> {
    name: &'a str,
    status: Option<&'a str>,
    partition_count: Option<u32>,
    message_retention_in_days: Option<u32>,
    user_metadata: Option<&'a str>,
    created_at: Option<&'a str>,
    updated_at: Option<&'a str>,
    partition_ids: &'a [String],
    authorization_rules: Vec<RuleLine<'a>>,
}

#[derive(Serialize)]
struct RuleLine<'a> {
    name: &'a str,
    rights: Vec<&'static str>,
}

fn print(hub: &HubDescription) -> Result<(), Error> {
    let settings = &hub.settings;
    let rules = settings.authorization_rules().iter();
    let line = HubLine {
        name: &hub.name,
        status: settings.status().map(|it| it.as_str()),
        partition_count: settings.partition_count(),
        message_retention_in_days: settings.message_retention_in_days(),
        user_metadata: settings.user_metadata(),
        created_at: hub.created_at.as_deref(),
        updated_at: hub.updated_at.as_deref(),
        partition_ids: &hub.partition_ids,
        authorization_rules: rules
            .map(|it| RuleLine { name: it.name(), rights: it.rights().names().collect() })
            .collect(),
    };
    output::line(&serde_json::to_string(&line).expect("texts and numbers are JSON"))
}

fn not_done(done: &'static str, hub: &str) -> impl FnOnce(ManageError) -> Error {
    let what = format!("the event hub {hub} could not be {done}");
    move |source| Error::Manage { what, source }
}
