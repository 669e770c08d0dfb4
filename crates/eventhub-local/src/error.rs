//! What the endpoint's owner may do wrong.

use std::io;
use std::net::SocketAddr;

/// Why a local endpoint could not be built, started or asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No hub was named.
    #[error("a local endpoint needs a hub")]
    NoHub,
    /// The name is no name of an event hub.
    #[error(
        "`{name}` is no name of an event hub: 1 to 256 letters, digits, `.`, `-` and `_`, \
         the first and last a letter or digit"
    )]
    HubName {
        /// The name given.
        name: String,
    },
    /// Two hubs have the same name; its case does not count.
    #[error("hub `{name}` is named twice")]
    DuplicateHub {
        /// The name given.
        name: String,
    },
    /// The hub has no partitions, or more than an event hub can have.
    #[error("hub `{hub}` can't have {count} partitions: 1 to 1024 are possible")]
    PartitionCount {
        /// The hub.
        hub: String,
        /// The count given.
        count: u32,
    },
    /// The retention would keep nothing.
    #[error("the retention must keep one event per partition at least")]
    Retention,
    /// The policy's name or key is malformed.
    #[error("the shared access policy is not usable")]
    Policy(#[source] azure_sas::Error),
    /// The policy's name or key can't stand in a connection string.
    #[error("the shared access policy's {part} holds a `;`, or white space at an end")]
    PolicyText {
        /// `name` or `key`.
        part: &'static str,
    },
    /// The address can be reached from other machines, and that was not allowed.
    #[error("{address} can be reached from other machines; only loopback addresses are served")]
    NotLoopback {
        /// The address asked for.
        address: SocketAddr,
    },
    /// The address could not be listened on.
    #[error("can't listen on {address}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// The endpoint has no such hub.
    #[error("the endpoint has no hub `{name}`")]
    UnknownHub {
        /// The name asked for.
        name: String,
    },
}
