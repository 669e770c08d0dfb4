//! A local Azure Event Hubs endpoint: what an application posts to it over REST is checked,
//! answered and kept as the service would, in memory and on this machine.
//!
//! It is for tests and for development without an Azure subscription. Tokens are verified for
//! real, so a wrong key, an expired token or a clock that is off fails here as it fails there, and
//! with the same status line.
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
//! // Any client will do that takes a connection string, or a token signed with its key.
//! let connection = local.connection_string("accounts")?;
//! let hub = Resource::hub(connection.endpoint(), "accounts")?;
//! let token = connection.signer().expect("it holds a key").sign(&hub, 4_102_444_800);
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
//! | `GET /$local/hubs` | ours: `[{"name", "partitions", "events"}]`, the hubs and how many events each holds |
//! | `GET /$local/hubs/{hub}/events?from=0&partition=1` | ours: the events as JSON lines, see [`ReceivedEvent`] |
//!
//! Of the latter, `from` is the first sequence number wanted, in each partition or in the one that
//! `partition` names; both may be left out. The two `$local` routes ask for no token. Only this
//! machine may use them: the peer must be a loopback address, and so must the host that the
//! request names, which keeps web pages out that have their own name point here.
//!
//! # How it answers
//!
//! Requests are checked in this order; the first failure decides. What is marked *captured* is the
//! service's own answer as users have published it; the service's answer in the other cases is
//! not documented, and is ours.
//!
//! | | status line | body |
//! |---|---|---|
//! | a [`Fault`] is set | as the fault says | |
//! | no `Authorization` | `401 MissingToken: The authorization header was not found.` (captured, in about these words) | none |
//! | not a shared access signature | `401 MalformedToken: The credentials contained in the authorization header are not in the WRAP format.` (captured) | none |
//! | an Entra ID token | `401 SubCode=40100: Unauthorized` (captured) | none |
//! | unknown policy, wrong key | `401 SubCode=40103: Invalid authorization token signature` (captured) | none |
//! | expired | `401 ExpiredToken: The token is expired. TrackingId:..., SystemTracker:..., Timestamp:...` (its start captured) | none |
//! | signed for something else | `401 SubCode=40100: Unauthorized : Unauthorized access for 'Send' operation on endpoint '...'. Tracking Id: ...` (captured from Service Bus) | none |
//! | no such hub | `404 Not Found` | XML |
//! | body over the limit | `413 Payload Too Large` | XML (captured) |
//! | no such partition, bad properties, bad batch | `400 Bad Request` | XML |
//! | taken | `201 Created` | none |
//!
//! XML is `<Error><Code>413</Code><Detail>... TrackingId:..., SystemTracker:..., Timestamp:...</Detail></Error>`
//! (captured). `Date` is the time of the endpoint's own clock.
//!
//! # Where to go next
//!
//! [`Builder`] for what can be set, [`LocalEventHub`] for what can be asked, [`ReceivedEvent`] for
//! how a request becomes an event, [`Fault`] to see how an application copes.
//!
//! # What is deliberately absent
//!
//! Receiving over AMQP; TLS; publisher policies, consumer groups and management over REST; Entra ID
//! tokens. Nothing is written to disk: events are gone with the endpoint, and before that when a
//! partition holds more than its [retention](Builder::max_events_per_partition).

mod authorization;
mod builder;
mod error;
mod event;
mod fault;
mod hub;
mod local;
mod machine;
mod namespace;
mod partition_key;
mod refusal;
mod routes;
mod server;
mod submission;

pub use crate::{
    builder::{BASIC_MAX_BODY_BYTES, Builder, STANDARD_MAX_BODY_BYTES},
    error::Error,
    event::{PropertyValue, ReceivedEvent},
    fault::Fault,
    hub::Listener,
    server::LocalEventHub,
    submission::BATCH_CONTENT_TYPE,
};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
