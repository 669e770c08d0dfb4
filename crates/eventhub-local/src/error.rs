//! The errors of the local hub's own API.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Why a local hub could not be started or asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No event hub was added.
    #[error("a local hub needs at least one event hub")]
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
    /// The name is no name of a consumer group.
    #[error(
        "`{name}` is no name of a consumer group: 1 to 50 letters, digits, `.`, `-` and `_`, the first \
         and last a letter or digit"
    )]
    ConsumerGroupName {
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
    /// The retention would keep nothing: no event per partition, no byte per hub, or no time; or the time
    /// is longer than 290 million years.
    #[error("the retention must keep one event at least, for some time")]
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
    /// A shared access policy would grant nothing.
    #[error("the shared access policy `{rule}` grants no right")]
    NoRight {
        /// The name of the policy.
        rule: String,
    },
    /// Two shared access policies of the namespace, or of one hub, have the same name.
    #[error("the shared access policy `{name}` is given twice")]
    DuplicateRule {
        /// The name given.
        name: String,
    },
    /// Neither the hub nor its namespace has a shared access policy of this name.
    #[error("neither hub `{hub}` nor its namespace has a shared access policy `{name}`")]
    UnknownRule {
        /// The hub.
        hub: String,
        /// The name asked for.
        name: String,
    },
    /// The rate of a fault is no number from 0 to 1, or is too much beside the others.
    #[error(
        "a rate of {rate} is not from 0 to 1, or makes the rates of the plan more than 1 together"
    )]
    FaultRate {
        /// The rate given.
        rate: f64,
    },
    /// The address can be reached from other machines, and that was not allowed.
    #[error("{address} can be reached from other machines; only loopback addresses are served")]
    NotLoopback {
        /// The address asked for.
        address: SocketAddr,
    },
    /// The certificate, or its key, can't be used for TLS.
    #[error("the certificate can't be used: {what}")]
    Certificate {
        /// Why not. It has nothing of the key.
        what: String,
    },
    /// The address could not be listened on.
    #[error("can't listen on {address}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// The local hub does not serve AMQP, because it was not asked to.
    #[error("the local hub does not serve AMQP; give it an address by `Builder::amqp`")]
    NoAmqp,
    /// A file or folder of the [data](crate::Builder::data) can't be used.
    #[error("cannot {what} {}", path.display())]
    Data {
        /// What was tried: a verb.
        what: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Another local hub uses the folder with the [data](crate::Builder::data).
    #[error("another local hub uses {}; end it, or take another folder", path.display())]
    DataInUse {
        /// The folder.
        path: PathBuf,
    },
    /// A file of the [data](crate::Builder::data) is not as it was written. Events that were
    /// acknowledged may be missing from there on, so the local hub does not start.
    #[error(
        "{} is damaged at byte {offset}: {what}; restore it, or move the folder away to start \
         without its events",
        path.display()
    )]
    DataDamaged {
        /// The file.
        path: PathBuf,
        /// The first byte of what can't be read.
        offset: u64,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The hub is in the [data](crate::Builder::data) with another number of partitions, which can't
    /// be changed.
    #[error("hub `{hub}` has {kept} partitions in the data, and can't have {count} instead")]
    KeptPartitionCount {
        /// The hub.
        hub: String,
        /// The number of its partitions.
        kept: u32,
        /// The number given.
        count: u32,
    },
    /// There is no event hub of this name.
    #[error("the local hub has no event hub `{name}`")]
    UnknownHub {
        /// The name asked for.
        name: String,
    },
}

impl Error {
    pub(crate) fn data(what: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Data { what, path: path.to_owned(), source }
    }
}
