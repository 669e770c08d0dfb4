//! A local hub: a server that checks, answers and keeps what an application sends to Azure Event
//! Hubs as the service does, over REST and AMQP, on this machine: in memory, and in a folder if it is
//! asked to. Microsoft's own clients receive from it and send to it.
//!
//! It is for tests and for development without an Azure subscription. It verifies tokens, so a wrong
//! key, an expired token or a wrong clock fails here as it fails in Azure, with the same status line.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use azure_sas::Resource;
//! use eventhub_local::LocalEventHub;
//! use tokio::io::{AsyncReadExt, AsyncWriteExt};
//! use tokio::net::TcpStream;
//!
//! let local = LocalEventHub::builder().hub("accounts", 4).serve(([127, 0, 0, 1], 0)).await?;
//!
//! // Any client works that takes a connection string, or a token signed with its key.
//! let connection = local.connection_string("accounts")?;
//! let hub = Resource::hub(connection.endpoint(), "accounts")?;
//! let token = connection.signer()?.sign(&hub, "2100-01-01T00:00:00Z".parse()?);
//!
//! let mut stream = TcpStream::connect(local.address()).await?;
//! let request = format!(
//!     "POST /accounts/messages HTTP/1.1\r\nHost: {}\r\nAuthorization: {}\r\n\
//!      Content-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}",
//!     local.address(),
//!     token.authorization(),
//! );
//! stream.write_all(request.as_bytes()).await?;
//! let mut answer = String::new();
//! stream.read_to_string(&mut answer).await?;
//! assert!(answer.starts_with("HTTP/1.1 201 Created\r\n"));
//!
//! let event = local.listen("accounts")?.next_event().await.expect("one was sent");
//! assert_eq!(event.body, "{}");
//! # Ok(())
//! # }
//! ```
//!
//! # What it serves
//!
//! | request | |
//! |---|---|
//! | `POST /{hub}/messages` | one event, or a batch if the content type is [`BATCH_CONTENT_TYPE`] |
//! | `POST /{hub}/partitions/{id}/messages` | the same, to one partition |
//! | `POST /{hub}/publishers/{id}/messages` | the same, as a publisher; so is `/publisher/`, which an example of the documentation has |
//! | `PUT`, `GET`, `DELETE /{hub}` | creates, describes, deletes a hub; a `PUT` with `If-Match` changes one |
//! | `GET /$Resources/EventHubs` | describes all hubs; `$skip` and `$top` choose some |
//! | `GET /{hub}/consumergroups` | the consumer groups of a hub |
//! | `PUT`, `GET`, `DELETE /{hub}/consumergroups/{name}` | creates, describes, deletes one |
//! | `GET /{hub}/revokedpublishers` | the publishers that may not send |
//! | `PUT`, `DELETE /{hub}/revokedpublishers/{name}` | revokes one, restores it |
//! | `GET /$local/hubs` | ours: `[{"name", "partitions", "events", "arrived", "dropped"}]`, the hubs and the numbers of events: `events` are those held, see [`EventCounts`] |
//! | `GET /$local/hubs/{hub}/events?from=0&partition=1&follow=true` | ours: the events as JSON lines, see [`ReceivedEvent`] |
//! | `PUT`, `GET`, `DELETE /$local/hubs/{hub}/faults` | ours: sets, shows and clears the plan of faults, see [`FaultPlan`] |
//!
//! The words of paths may be in any case, and a path may end with a slash. Names of hubs and consumer
//! groups have no case either; those of publishers have. A token may be signed for the whole address
//! of a request, its query included, as Microsoft's first Python client does. Its expiry is a whole number
//! of seconds, because no documented client sends another; a token with a fraction there is malformed.
//! HTTP/1.1 is spoken, because the service gives its reasons in status lines, which HTTP/2 does not have; a
//! client that begins with HTTP/2 is refused by its error `HTTP_1_1_REQUIRED`.
//!
//! `from` is the first sequence number to return, in each partition or in the one that `partition`
//! names; with `follow=true`, the answer goes on with the events that arrive later, until the client
//! closes the connection. All three are optional. The headers `local-events-arrived` and
//! `local-events-dropped` of the answer have the counts at its start. A plan of faults is shown as `{"plan", "count"}`: what is left of it, or
//! `null`, and the number of sends that failed by it. The `$local` routes need no token, but only this
//! machine may use them: the peer must be a loopback address, and so must the host that the request
//! names, which keeps out web pages whose own name resolves to this machine.
//!
//! # Who may do what
//!
//! A [rule](AuthorizationRule) of the namespace or of a hub grants the rights Manage, Send and
//! Listen by either of two keys. The token determines where to look for it: first in the hub that its
//! `sr` names, then in the namespace. So the key of a hub's rule is of no use in a token that is signed
//! for the namespace. Sending needs Send, and everything else above the `$local` routes in the table
//! needs Manage.
//!
//! # How it answers
//!
//! Requests are checked in this order; the first failure decides. Answers marked *captured* are the
//! service's own, as users have published them; the others are not documented, and are ours.
//!
//! | | status line | body |
//! |---|---|---|
//! | a [`Fault`] is set | as the fault says | |
//! | no `Authorization` | `401 MissingToken: The authorization header was not found.` (captured, in about these words) | none |
//! | not a shared access signature | `401 MalformedToken: The credentials contained in the authorization header are not in the WRAP format.` (captured) | none |
//! | an Entra ID token | `401 SubCode=40100: Unauthorized` (captured) | none |
//! | unknown policy, wrong key | `401 SubCode=40103: Invalid authorization token signature` (captured) | none |
//! | expired | `401 ExpiredToken: The token is expired. TrackingId:..., SystemTracker:..., Timestamp:...` (its start captured) | none |
//! | signed for something else, or by a rule without Send | `401 SubCode=40100: Unauthorized : Unauthorized access for 'Send' operation on endpoint '...'. Tracking Id: ...` (captured from Service Bus) | none |
//! | no such hub | `404 Not Found` | XML |
//! | the publisher is revoked | `401 SubCode=40100: Unauthorized : The publisher '...' is revoked. Tracking Id: ...` | none |
//! | the hub was disabled | `403 Forbidden` | XML |
//! | body over the limit | `413 Payload Too Large` | XML (captured) |
//! | no such partition, bad properties, bad batch | `400 Bad Request` | XML |
//! | the body did not arrive [in time](Builder::body_timeout) | `408 Request Timeout` | XML |
//! | the [files](Builder::data) can't be written | `500 Internal Server Error` | XML |
//! | taken | `201 Created` | none |
//!
//! XML is `<Error><Code>413</Code><Detail>... TrackingId:..., SystemTracker:..., Timestamp:...</Detail></Error>`
//! (captured). `Date` is the time of the local hub's own clock. The largest body depends on the
//! [`Tier`].
//!
//! # How it answers management
//!
//! A description travels in an Atom entry, as the service documents it with examples
//! ([Create Event Hub](https://learn.microsoft.com/rest/api/eventhub/create-event-hub),
//! [List Event Hubs](https://learn.microsoft.com/rest/api/eventhub/list-event-hubs),
//! [Create consumer group](https://learn.microsoft.com/rest/api/eventhub/create-consumer-group),
//! [Revoke publisher](https://learn.microsoft.com/rest/api/eventhub/revoke-publisher)). Shared
//! access policies of a hub are part of its description and have no path. Members must be in the
//! order `MessageRetentionInDays`, `AuthorizationRules`, `Status`, `UserMetadata`,
//! `PartitionCount`; one that comes too late is kept as a property of the user's own, of no effect
//! (documented). 401 without a valid token is as for sends; the rest is always XML:
//!
//! | | status | detail |
//! |---|---|---|
//! | created; found, changed or deleted | 201; 200 (documented) | |
//! | not readable, a name or number out of bounds | 400 (documented) | `SubCode=40000. ...`; for a name as captured from Service Bus |
//! | signed for something else | 401 | `claim is empty or token is invalid.` (captured) |
//! | by a rule without Manage | 401 | `Manage,EntityRead claims required for this operation.` or `Authorization failed for specified action: Manage,EntityWrite.` (captured from Service Bus) |
//! | more than the [`Tier`] allows | 403 (documented) | `SubCode=40300. The maximum number of resources of type EventHub has been reached. ...` (captured from the Service Bus emulator) |
//! | not there | 404 (the service may answer 200 with an empty feed) | `The messaging entity '...' could not be found.` |
//! | there already | 409 (documented) | `SubCode=40900. Conflict.` (captured) |
//!
//! Not documented and decided here: a hub reports a retention of 1 day unless set otherwise (the
//! documented default is 0), but keeps events by number and size, and by [`Builder::retention`]; an
//! update sets policies, metadata and status too, and refuses another `PartitionCount`; a policy without
//! keys gets random ones.
//!
//! # How it answers over AMQP
//!
//! With [`Builder::amqp`], the hubs have a second door; with [`Builder::tls`], both are encrypted. REST and AMQP share partitions, sequence numbers,
//! properties and the rule that selects a partition for a key. These are served, over AMQP 1.0 with or
//! without SASL (ANONYMOUS, MSSBCBS, PLAIN with the name and the key of a policy, EXTERNAL):
//!
//! | address | |
//! |---|---|
//! | `$cbs` | takes shared access signatures, and refuses them with the service's reasons |
//! | `$management` | READ of a hub or a partition |
//! | `{hub}`, `{hub}/Partitions/{id}`, `{hub}/Publishers/{name}` | takes events, single or in batches (message format 0x80013700) |
//! | `{hub}/ConsumerGroups/{group}/Partitions/{id}` | gives events, from the start that the selector filter asks for |
//!
//! Of an address, the path counts, because clients name hosts that they are not connected to. A token has
//! to open that path: Send for the third row, Listen for the fourth; reading properties needs any right.
//! A link ends when no token opens it any more. A refused link is answered without a source or target, and
//! detached with one of these:
//!
//! | condition | |
//! |---|---|
//! | `amqp:unauthorized-access` | no token opens the path, or it has expired (captured) |
//! | `amqp:not-found` | no such hub or consumer group (captured) |
//! | `com.microsoft:argument-out-of-range` | no such partition (captured) |
//! | `com.microsoft:argument-error` | a start beyond the last event (captured: *The supplied offset '...' is invalid. ...*), an unknown selector |
//! | `com.microsoft:entity-disabled` | the hub was disabled |
//! | `amqp:link:stolen` | a receiver with a higher owner level has the partition (captured) |
//! | `amqp:resource-limit-exceeded` | five receivers have it already (captured) |
//! | `amqp:link:message-size-exceeded` | a message over the limit of the [`Tier`] |
//! | `amqp:internal-error` | the [files](Builder::data) can't be written |
//! | `amqp:not-implemented` | a filter other than the selector; transactions |
//!
//! Answers to what a client does are held for a millisecond, because Microsoft's Rust client loses those that
//! are faster.
//!
//! # What it keeps
//!
//! With [`Builder::data`], a folder keeps hubs, shared access policies, consumer groups, revoked
//! publishers and events. A send is acknowledged after its events were written to a file, so that what was
//! acknowledged outlives a process that is killed; with [`Builder::fsync`], also a machine that loses
//! power. Events are in segments, each record with checksums. A record at the end that was not written to
//! its end was not acknowledged: it is cut off, and [reported](LocalEventHub::torn_tails). Anything else
//! that can't be read is an [error](Error::DataDamaged) with its file and place, because events that were
//! acknowledged would be missing without a word. Sequence numbers and offsets go on even if all events
//! were dropped. A receiver that asks for an event after the last one, with a checkpoint of another log, is
//! refused as the service refuses it.
//!
//! # Where to go next
//!
//! [`Builder`] for the settings, [`LocalEventHub`] for what a test can ask, [`ReceivedEvent`] for how a
//! request becomes an event, [`Fault`] and [`FaultPlan`] for testing how an application handles
//! failures.
//!
//! # What is deliberately absent
//!
//! AMQP over WebSockets; Kafka; Entra ID tokens; management through Azure Resource Manager. Without
//! [`Builder::data`], nothing is written to disk, and events end with the local hub. In any case, the
//! oldest are dropped when a partition has more [events](Builder::max_events_per_partition), or a hub
//! more [bytes](Builder::max_bytes_per_hub), than it keeps, or when they are older than the
//! [retention](Builder::retention).

mod amqp;
mod atom;
mod authorization;
mod body;
mod builder;
mod entity;
mod error;
mod event;
mod fault;
mod http2;
mod hub;
mod local;
mod log;
mod machine;
mod management;
mod namespace;
mod partition_key;
mod refusal;
mod routes;
mod rule;
mod send;
mod server;
mod settings;
mod socket;
mod starting;
mod store;
mod submission;
mod tier;
mod tls;
mod wire;
mod xml;

/// The status of an answer, for [`Fault::Status`].
pub use http::StatusCode;

pub use crate::{
    builder::Builder,
    error::Error,
    event::{PropertyValue, ReceivedEvent},
    fault::{Fault, FaultPlan},
    hub::Listener,
    log::EventCounts,
    rule::{AccessRight, AuthorizationRule},
    server::LocalEventHub,
    store::TornTail,
    submission::{BATCH_CONTENT_TYPE, TRANSPORT_HEADER_PREFIXES, TRANSPORT_HEADERS},
    tier::{BASIC_MAX_BODY_BYTES, BASIC_MAX_MESSAGE_BYTES, Limits, STANDARD_MAX_BODY_BYTES, Tier},
    tls::Tls,
};

#[cfg(fuzzing)]
pub use crate::amqp::fuzzing;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
