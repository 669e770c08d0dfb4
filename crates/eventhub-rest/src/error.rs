/// Why a hub, an event or a client could not be made.
///
/// What the service answers, and what happens on the way, is no error but a
/// [`Verdict`](crate::Verdict).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A connection string names no hub (`EntityPath`), and none was given.
    #[error("the connection string names no hub (EntityPath)")]
    NoHub,
    /// A hub's name is malformed.
    #[error("the hub's name {0}")]
    HubName(InvalidReason),
    /// A partition's id is malformed.
    #[error("the partition's id {0}")]
    PartitionId(InvalidReason),
    /// A publisher's name is malformed.
    #[error("the publisher's name {0}")]
    PublisherName(InvalidReason),
    /// An event's content type is malformed.
    #[error("the content type {0}")]
    ContentType(InvalidReason),
    /// The name of an application property can't be that of an HTTP header.
    #[error("the property name {name:?} {reason}")]
    PropertyName {
        /// The name, as given.
        name: String,
        /// What is wrong with it.
        reason: InvalidReason,
    },
    /// The value of an application property can't be that of an HTTP header.
    #[error("the value of the property {name:?} {reason}")]
    PropertyValue {
        /// The property's name. Its value stays out of errors.
        name: String,
        /// What is wrong with the value.
        reason: InvalidReason,
    },
    /// A partition key is malformed.
    #[error("the partition key {0}")]
    PartitionKey(InvalidReason),
    /// The name of an authorization rule is malformed.
    #[error("the authorization rule's name {0}")]
    RuleName(InvalidReason),
    /// A key of an authorization rule is not the base64 text of 32 bytes, or is withheld.
    #[error("the authorization rule has no key of 32 bytes in base64")]
    RuleKey,
    /// The name of a consumer group is malformed.
    #[error("the consumer group's name {0}")]
    ConsumerGroupName(InvalidReason),
    /// A hub's user metadata is malformed.
    #[error("the user metadata {0}")]
    UserMetadata(InvalidReason),
    /// A batch has no room left for an event that would fit into an empty one.
    #[error("the batch has no room left for the event")]
    BatchFull,
    /// A batch has another partition key than an event, or one of the two has none.
    #[error("the event's partition key is not that of the batch")]
    PartitionKeyDiffers,
    /// An event alone is larger than a batch may be.
    #[error("the event makes a batch of {size} bytes, and the limit is {limit}")]
    EventTooLarge {
        /// The bytes of a batch of this event alone.
        size: usize,
        /// The most bytes that a batch may have.
        limit: usize,
    },
    /// A buffered sender was shut down and takes no more events.
    #[cfg(feature = "sender")]
    #[error("the buffered sender was shut down")]
    Closed,
    /// A user agent can't be the value of an HTTP header.
    #[cfg(feature = "reqwest")]
    #[error("the user agent {0}")]
    UserAgent(InvalidReason),
    /// An extra root certificate is not PEM, or there is none in it.
    #[cfg(feature = "reqwest")]
    #[error("the extra root certificates are not certificates in PEM")]
    RootCertificate,
    /// A proxy's address is not a URL. It may hold a password and is not repeated.
    #[cfg(feature = "reqwest")]
    #[error("the proxy's address is not a URL")]
    Proxy,
    /// The machine has no root certificates to trust, and none were given.
    #[cfg(feature = "reqwest")]
    #[error(
        "this machine has no trusted root certificates: install its package ca-certificates, or name a \
         file of certificates in SSL_CERT_FILE"
    )]
    NoRoots,
    /// The client's TLS could not be set up.
    #[cfg(feature = "reqwest")]
    #[error("TLS could not be set up")]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What is wrong with a name or a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidReason {
    /// It is empty.
    #[error("is empty")]
    Empty,
    /// It is longer than this many characters.
    #[error("is longer than {0} characters")]
    TooLong(usize),
    /// It contains a character that is not allowed there.
    #[error("contains a character that is not allowed there")]
    Character,
    /// It begins or ends with something other than a letter or a digit.
    #[error("does not begin and end with a letter or a digit")]
    Edge,
    /// White space is at its beginning or end, which HTTP does not carry.
    #[error("begins or ends with white space")]
    Padding,
    /// HTTP or Event Hubs use a header of this name for something else.
    #[error("is a header that HTTP or Event Hubs use themselves")]
    Reserved,
    /// It is given more than once; HTTP header names, and so these, have no case.
    #[error("is given more than once")]
    Repeated,
    /// It marks the body as a batch of events.
    #[error("marks the body as a batch of events")]
    Batch,
    /// It is a number that JSON can't write: an infinity, or not a number.
    #[error("is not a finite number")]
    NotFinite,
}
