//! Sends events to Azure Event Hubs over its HTTPS REST interface.
//!
//! This crate knows what a send looks like on the wire and what the answer means. By itself it
//! does no I/O and reads no clock: [`send_request`] makes an [`http::Request`], any HTTP client
//! carries it, and [`verdict`] reads the answer. With the feature `reqwest` there is a client that
//! does all three.
//!
//! ```
//! use azure_sas::ConnectionString;
//! use eventhub_rest::{Event, Hub, Verdict, send_request, verdict};
//! use http::{HeaderMap, StatusCode};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let connection: ConnectionString = "Endpoint=sb://contoso.servicebus.windows.net/;\
//!     SharedAccessKeyName=send;SharedAccessKey=c2VjcmV0;EntityPath=orders"
//!     .parse()?;
//! let hub = Hub::try_from(&connection)?;
//! let signer = connection.signer().ok_or("the connection string holds no key")?;
//!
//! let event = Event::new(r#"{"total":12}"#, "application/json")?.with_property("kind", "sale")?;
//! let request = send_request(&hub, &event, &signer.sign(hub.resource(), 1_767_225_600));
//! assert_eq!(
//!     request.uri(),
//!     "https://contoso.servicebus.windows.net/orders/messages?timeout=60&api-version=2014-01"
//! );
//!
//! let reason = b"SubCode=40103: Invalid authorization token signature";
//! let Verdict::Refused(refusal) =
//!     verdict(StatusCode::UNAUTHORIZED, reason, &HeaderMap::new(), b"")
//! else {
//!     unreachable!("401 is a refusal")
//! };
//! assert_eq!(refusal.sub_code, Some(40103));
//! # Ok(())
//! # }
//! ```
//!
//! # Where to go next
//!
//! | to | see |
//! |---|---|
//! | name the hub | [`Hub`] |
//! | make an event | [`Event`] |
//! | understand an answer | [`Verdict`], [`Refusal`], [`NoAnswer`] |
//! | send | `Client` (feature `reqwest`) |
//! | bring another HTTP client, or script answers in a test | [`Transport`] |
//! | sign | the crate [`azure_sas`] |
//!
//! # What is deliberately absent
//!
//! Receiving: the REST interface only sends; reading is AMQP or Kafka. Retrying: an exchange is
//! one attempt, and the verdict says what a retry may do ([`Verdict::is_transient`],
//! [`Verdict::may_be_delivered`]), because the interface has no idempotence and only the caller
//! knows what a duplicate costs. Size limits: they differ by tier and cluster, and the service
//! answers 413.

#[cfg(feature = "reqwest")]
mod client;
mod error;
mod error_body;
mod event;
mod hub;
mod property;
mod refusal;
mod request;
mod transport;
mod verdict;

#[cfg(feature = "reqwest")]
pub use client::{Client, ClientBuilder};
pub use error::{Error, Problem};
pub use event::Event;
pub use hub::Hub;
pub use refusal::{Refusal, RetryAfter};
pub use request::send_request;
pub use transport::{Attempt, Transport};
pub use verdict::{NoAnswer, NoAnswerKind, Verdict, verdict};
