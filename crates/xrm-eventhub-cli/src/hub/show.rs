//! `hub show`

use std::borrow::Cow;

use clap::Args;
use serde::Serialize;
use xrm_eventhub::rest::manage::HubDescription;
use xrm_eventhub::rest::redacted;

use crate::error::{Error, Exit};
use crate::hub::namespace::{ENVIRONMENT, Namespace, connection_string, not_done, rule_of};
use crate::terminal::output;

/// Describe an event hub, in one JSON line.
///
/// It has `name`, `status`, `partition_count`, `message_retention_in_days`, `user_metadata`,
/// `created_at`, `updated_at`, `partition_ids`, and `authorization_rules`, each with `name` and
/// `rights`. Keys are not shown.
#[derive(Args, Debug)]
#[command(after_help = ENVIRONMENT)]
pub(crate) struct ShowHub {
    /// The name of the hub.
    name: String,
    /// Print the connection string of this shared access policy of the hub instead. It holds the
    /// policy's key: treat it as a secret.
    #[arg(long, value_name = "NAME")]
    rule: Option<String>,
}

impl ShowHub {
    pub(crate) async fn run(&self, namespace: &Namespace) -> Result<Exit, Error> {
        let (hub, token) = namespace.hub(&self.name).await?;
        let found = namespace.client.get_hub(&hub, &token).await;
        let found = found.map_err(not_done("described", hub.name()))?;
        match &self.rule {
            Some(rule) => {
                let connection = connection_string(rule_of(&found, rule)?, &hub)?;
                output::line(&connection.to_secret_string())?;
            }
            None => print(&found)?,
        }
        Ok(Exit::Done)
    }
}

/// A hub, as one line of output.
#[derive(Serialize)]
struct HubLine<'a> {
    name: &'a str,
    status: Option<&'a str>,
    partition_count: Option<u32>,
    message_retention_in_days: Option<u32>,
    user_metadata: Option<Cow<'a, str>>,
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

pub(crate) fn print(hub: &HubDescription) -> Result<(), Error> {
    let settings = &hub.settings;
    let rules = settings.authorization_rules().iter();
    // A struct and not `json!`, which would sort the keys.
    output::json(&HubLine {
        name: &hub.name,
        status: settings.status().map(|it| it.as_str()),
        partition_count: settings.partition_count(),
        message_retention_in_days: settings.message_retention_in_days(),
        // Others write it, and it may be an echo of the request.
        user_metadata: settings.user_metadata().map(redacted),
        created_at: hub.created_at.as_deref(),
        updated_at: hub.updated_at.as_deref(),
        partition_ids: &hub.partition_ids,
        authorization_rules: rules
            .map(|it| RuleLine { name: it.name(), rights: it.rights().names().collect() })
            .collect(),
    })
}
