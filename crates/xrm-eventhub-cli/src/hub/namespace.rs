//! The namespace of a connection string, and what is done to its event hubs.

use std::sync::Arc;

use xrm_eventhub::ConnectionString;
use xrm_eventhub::rest::manage::{AuthorizationRule, HubDescription, HubSettings, ManageError};
use xrm_eventhub::rest::{Client, Hub, RefusalKind};
use xrm_eventhub::sas::{Resource, Token, TokenCredential as _};

use crate::error::{Error, OrError as _, exit_codes};
use crate::given::client::{NetworkArgs, network};
use crate::given::environment::PlainHostArgs;
use crate::machine;

pub(crate) const ENVIRONMENT: &str = concat!(
    "\
Environment:
  EVENTHUB_CONNECTION_STRING  the connection string of a policy with the Manage right; its
                              EntityPath, if it has one, is ignored
",
    network!(),
    exit_codes!(
        "done",
        "the service refused, or did not answer",
        "the arguments or the connection string are invalid",
    )
);

/// The names of hubs, rules and publishers have rules of their own.
pub(crate) const BAD_NAME: &str = "the event hub, its rule or its publisher can't have this name";

pub(crate) struct Namespace {
    pub(crate) connection: ConnectionString,
    pub(crate) client: Client,
}

impl Namespace {
    /// The namespace of the connection string in the environment.
    pub(crate) fn open(network: &NetworkArgs, plain_host: PlainHostArgs) -> Result<Self, Error> {
        Self::new(plain_host.connection_string()?, network)
    }

    pub(crate) fn new(connection: ConnectionString, network: &NetworkArgs) -> Result<Self, Error> {
        Ok(Self { connection, client: network.client()? })
    }

    /// Creates a hub with this rule among others, and returns the rule's connection string.
    pub(crate) async fn create_hub(
        &self,
        name: &str,
        settings: &HubSettings,
        rule: &AuthorizationRule,
    ) -> Result<(HubDescription, ConnectionString), Error> {
        let (hub, token) = self.hub(name).await?;
        let created = self.client.create_hub(&hub, settings, &token).await;
        let created = created.map_err(not_done("created", name))?;
        let kept = rule_of(&created, rule.name())?;
        // The service may withhold the keys that it was given.
        let kept = if kept.primary_key().is_some() { kept } else { rule };
        let connection = connection_string(kept, &hub)?;
        Ok((created, connection))
    }

    pub(crate) async fn delete_hub(&self, name: &str) -> Result<(), Error> {
        let (hub, token) = self.hub(name).await?;
        self.client.delete_hub(&hub, &token).await.map_err(not_done("deleted", name))
    }

    /// A hub of the namespace, and a token to manage it with.
    pub(crate) async fn hub(&self, name: &str) -> Result<(Hub, Arc<Token>), Error> {
        let hub = Hub::new(self.connection.endpoint().clone(), name).or_invalid(BAD_NAME)?;
        let token = self.token(hub.resource()).await?;
        Ok((hub, token))
    }

    pub(crate) async fn token(&self, resource: &Resource) -> Result<Arc<Token>, Error> {
        let credential = self.connection.token_credential(resource.clone());
        let token = credential.token(machine::time()).await;
        token.or_failed("there is no token to manage with")
    }
}

pub(crate) fn rule_of<'a>(
    hub: &'a HubDescription,
    rule: &str,
) -> Result<&'a AuthorizationRule, Error> {
    let found = hub.settings.authorization_rule(rule);
    let name = &hub.name;
    found.ok_or_else(|| Error::failed(format_args!("the event hub {name} has no rule {rule}")))
}

pub(crate) fn connection_string(
    rule: &AuthorizationRule,
    hub: &Hub,
) -> Result<ConnectionString, Error> {
    let connection = rule.connection_string(hub);
    connection.or_failed(format_args!("the key of the rule {} is withheld", rule.name()))
}

/// The error of a hub to which something was not done.
pub(crate) fn not_done(done: &str, hub: &str) -> impl FnOnce(ManageError) -> Error {
    let what = format!("the event hub {hub} could not be {done}");
    move |failure| failed(&what, &failure)
}

/// The error of a request that the service did not carry out, with what to check.
pub(crate) fn failed(what: &str, failure: &ManageError) -> Error {
    let error = Error::failed(what).caused_by(failure);
    match check(failure) {
        Some(check) => error.with_check(check),
        None => error,
    }
}

fn check(failure: &ManageError) -> Option<&'static str> {
    Some(match failure {
        ManageError::BadRequest(_) => "The namespace's tier has what was asked for.",
        ManageError::Unauthorized(refusal) if refusal.kind() == RefusalKind::InvalidSignature => {
            "The SharedAccessKeyName and SharedAccessKey are those of a policy of the namespace, or of this hub."
        }
        ManageError::Unauthorized(_) => "The connection string is one of a policy with Manage.",
        ManageError::Forbidden(_) => "The namespace's tier allows one more.",
        ManageError::NotFound(_) => "The name is that of an event hub of this namespace.",
        ManageError::Conflict(_) => "The name is not taken, and nothing else changes the hub.",
        ManageError::NoAnswer(_) => {
            "The Endpoint of the connection string is right, and can be reached from here."
        }
        _ => return None,
    })
}
