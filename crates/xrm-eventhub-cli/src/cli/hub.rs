//! `hub`: what can be asked of a namespace.

use clap::{Args, Subcommand, ValueEnum};

const ENVIRONMENT: &str = "\
Environment:
  EVENTHUB_CONNECTION_STRING  the connection string of a policy with the Manage right; its
                              EntityPath, if it has one, is not looked at

Exit codes:
  0  done
  1  the service did not do it, or no answer came
  2  the arguments or the connection string can't be used";

#[derive(Debug, Subcommand)]
pub(crate) enum Hub {
    Create(CreateHub),
    Show(ShowHub),
    /// Describe all event hubs, one JSON line each, as `hub show` does.
    #[command(after_help = ENVIRONMENT)]
    List,
    Delete(DeleteHub),
    /// Revoke and restore the publishers of an event hub.
    #[command(subcommand)]
    Publisher(Publisher),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Publisher {
    /// Have an event hub take no more events from a publisher, whatever tokens it holds.
    #[command(after_help = ENVIRONMENT)]
    Revoke(OnePublisher),
    /// Have an event hub take events again from a publisher that was revoked.
    #[command(after_help = ENVIRONMENT)]
    Restore(OnePublisher),
    List(RevokedPublishers),
}

/// Create an event hub with a shared access policy, and print the policy's connection string.
///
/// Standard output gets exactly one line, the connection string. It holds the policy's key, which
/// is made here: treat it as a secret.
#[derive(Args, Debug)]
#[command(after_help = ENVIRONMENT)]
pub(crate) struct CreateHub {
    /// The name of the hub.
    pub(crate) name: String,
    /// How many partitions it has, for good: 1 to 32 in the Basic and Standard tiers [default: the
    /// service's].
    #[arg(long, value_name = "COUNT")]
    pub(crate) partitions: Option<u32>,
    /// For how many days it keeps events: 1 in the Basic tier, 1 to 7 in the Standard tier
    /// [default: the service's].
    #[arg(long, value_name = "DAYS")]
    pub(crate) retention: Option<u32>,
    /// The name of its shared access policy.
    #[arg(long, value_name = "NAME", default_value = "send")]
    pub(crate) rule: String,
    /// What the policy allows; `manage` allows the other two as well.
    #[arg(long, value_name = "RIGHTS", default_value = "send", value_delimiter = ',')]
    pub(crate) rights: Vec<Right>,
}

/// Describe an event hub, in one JSON line.
///
/// It has `name`, `status`, `partition_count`, `message_retention_in_days`, `user_metadata`,
/// `created_at`, `updated_at`, `partition_ids`, and `authorization_rules`, each with `name` and
/// `rights`. Keys are not shown.
#[derive(Args, Debug)]
#[command(after_help = ENVIRONMENT)]
pub(crate) struct ShowHub {
    /// The name of the hub.
    pub(crate) name: String,
    /// Print the connection string of this shared access policy of the hub instead. It holds the
    /// policy's key: treat it as a secret.
    #[arg(long, value_name = "NAME")]
    pub(crate) rule: Option<String>,
}

/// Delete an event hub and all that is in it.
#[derive(Args, Debug)]
#[command(after_help = ENVIRONMENT)]
pub(crate) struct DeleteHub {
    /// The name of the hub.
    pub(crate) name: String,
}

/// A publisher of an event hub.
#[derive(Args, Debug)]
pub(crate) struct OnePublisher {
    /// The name of the hub.
    pub(crate) hub: String,
    /// The name of the publisher.
    pub(crate) name: String,
}

/// List the revoked publishers of an event hub, one JSON line each, with `name`.
#[derive(Args, Debug)]
#[command(after_help = ENVIRONMENT)]
pub(crate) struct RevokedPublishers {
    /// The name of the hub.
    pub(crate) hub: String,
}

/// A right of a shared access policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Right {
    Manage,
    Send,
    Listen,
}
