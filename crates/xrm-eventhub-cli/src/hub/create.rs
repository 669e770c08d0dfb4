//! `hub create`

use clap::{Args, ValueEnum};
use xrm_eventhub::rest::manage::{AccessRights, AuthorizationRule, HubSettings};
use zeroize::Zeroizing;

use crate::error::{Error, Exit, OrError as _};
use crate::hub::namespace::{BAD_NAME, ENVIRONMENT, Namespace};
use crate::machine;
use crate::terminal::output;

/// Create an event hub with a shared access policy, and print its connection string.
///
/// Standard output gets exactly one line, the connection string of the policy. It holds the policy's
/// key, which is generated here: treat it as a secret.
#[derive(Args, Debug)]
#[command(after_help = ENVIRONMENT)]
pub(crate) struct CreateHub {
    /// The name of the hub.
    name: String,
    /// The number of partitions, for good: 1 to 32 in the Basic and Standard tiers [default: the
    /// service's].
    #[arg(long, value_name = "COUNT")]
    partitions: Option<u32>,
    /// The number of days for which it keeps events: 1 in the Basic tier, 1 to 7 in the Standard
    /// tier [default: the service's].
    #[arg(long, value_name = "DAYS")]
    retention: Option<u32>,
    /// The name of its shared access policy.
    #[arg(long, value_name = "NAME", default_value = "send")]
    rule: String,
    /// The rights of the policy; `manage` includes the other two.
    #[arg(long, value_name = "RIGHTS", default_value = "send", value_delimiter = ',')]
    rights: Vec<Right>,
}

/// A right of a shared access policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Right {
    Manage,
    Send,
    Listen,
}

impl From<Right> for AccessRights {
    fn from(right: Right) -> Self {
        match right {
            Right::Manage => Self::MANAGE,
            Right::Send => Self::SEND,
            Right::Listen => Self::LISTEN,
        }
    }
}

impl CreateHub {
    pub(crate) async fn run(&self, namespace: &Namespace) -> Result<Exit, Error> {
        let rights = self.rights.iter().copied().map(AccessRights::from);
        let rights = rights.reduce(|all, right| all | right).unwrap_or(AccessRights::SEND);
        let rule = new_rule(&self.rule, rights)?;
        let settings = self.settings(rule.clone());
        let (created, connection) = namespace.create_hub(&self.name, &settings, &rule).await?;
        output::line(&connection.to_secret_string())?;
        let count = created.partition_ids.len();
        output::note(format_args!("created {}, partitions: {count}", created.name));
        Ok(Exit::Done)
    }

    fn settings(&self, rule: AuthorizationRule) -> HubSettings {
        let mut settings = HubSettings::default().with_authorization_rule(rule);
        if let Some(count) = self.partitions {
            settings = settings.with_partition_count(count);
        }
        if let Some(days) = self.retention {
            settings = settings.with_message_retention_in_days(days);
        }
        settings
    }
}

/// A rule with new keys.
pub(crate) fn new_rule(name: &str, rights: AccessRights) -> Result<AuthorizationRule, Error> {
    // Generated here and not by the service, whose answer need not show the keys that it holds.
    let randomness = Zeroizing::new(machine::random_keys());
    AuthorizationRule::generate(name, rights, &randomness).or_invalid(BAD_NAME)
}
