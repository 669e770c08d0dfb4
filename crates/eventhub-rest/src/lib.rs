//! Sends events to Azure Event Hubs over its HTTPS REST interface.
//!
//! By itself, this crate does no I/O and reads no clock: [`send_request`] builds an
//! [`http::Request`], an HTTP client of your choice sends it, and [`verdict`] interprets the answer.
//! The feature `reqwest` adds a client that does all three.
//!
//! ```
//! use azure_sas::ConnectionString;
//! use eventhub_rest::http::{HeaderMap, StatusCode};
//! use eventhub_rest::{Event, Hub, Verdict, send_request, verdict};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let connection: ConnectionString = "Endpoint=sb://contoso.servicebus.windows.net/;\
//!     SharedAccessKeyName=send;SharedAccessKey=c2VjcmV0;EntityPath=orders"
//!     .parse()?;
//! let hub = Hub::try_from(&connection)?;
//! let signer = connection.signer()?;
//!
//! let event = Event::new(r#"{"total":12}"#, "application/json")?.with_property("kind", "sale")?;
//! let request = send_request(&hub, &event, &signer.sign(hub.resource(), "2026-01-01T00:00:00Z".parse()?));
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
//! assert_eq!(refusal.sub_code(), Some(40103));
//! # Ok(())
//! # }
//! ```
//!
//! # Where to go next
//!
//! | to | see |
//! |---|---|
//! | name the hub, a partition or a publisher of it | [`Hub`] |
//! | create an event | [`Event`] |
//! | fill a batch | [`BatchBuilder`] |
//! | see whether properties are sent in headers or in JSON | [`Form`] |
//! | understand an answer | [`Verdict`], [`Refusal`], [`RefusalKind`], [`NoAnswer`] |
//! | send once | `Client` (feature `reqwest`) |
//! | get tokens, retry, and limit concurrent sends | `Sender` (feature `sender`) |
//! | create and delete hubs, rules and consumer groups, revoke publishers | `manage` (feature `manage`) |
//! | collect events into batches | `BufferedSender` (feature `sender`) |
//! | decide in your own loop when to retry | `ResendPolicy`, `ResendBudget` (feature `sender`) |
//! | use another HTTP client, or script answers in a test | [`Transport`] |
//! | sign requests | the crate [`azure_sas`] |
//!
//! # What is deliberately absent
//!
//! - *Receiving.* The REST interface only sends; consumers read by AMQP or Kafka.
//! - *Retries by default.* A [`Transport`] makes one attempt, because the interface is not idempotent
//!   and only the caller knows what a duplicate costs. A `Sender` retries by its `ResendPolicy`.
//! - *Size limits of single events.* They depend on tier and cluster, and the service answers 413.
//!   Only a [`BatchBuilder`] has a limit.

mod batch;
#[cfg(feature = "sender")]
mod buffered;
#[cfg(feature = "reqwest")]
mod client;
mod error;
mod event;
mod form;
mod hub;
mod json_string;
#[cfg(feature = "manage")]
pub mod manage;
mod property;
mod property_value;
mod redaction;
mod refusal;
mod request;
#[cfg(feature = "sender")]
mod sender;
mod target;
mod transport;
mod verdict;
mod xml;

/// The types of requests and answers in this crate's signatures.
pub use http;

pub use batch::{Batch, BatchBuilder};
#[cfg(feature = "sender")]
pub use buffered::{BufferedSender, BufferedSenderBuilder, Delivery};
#[cfg(feature = "reqwest")]
pub use client::{Client, ClientBuilder};
pub use error::{Error, InvalidReason};
pub use event::Event;
pub use form::{Form, HeaderQuoting};
pub use hub::Hub;
pub use property::PropertyName;
pub use property_value::PropertyValue;
pub use redaction::redacted;
pub use refusal::{Refusal, RefusalKind, RetryAfter};
pub use request::{batch_request, send_request};
#[cfg(feature = "sender")]
pub use sender::{
    Decision, ResendBudget, ResendPolicy, ResendState, SendReport, Sender, SenderBuilder,
    StopReason,
};
pub use target::Target;
pub use transport::{Attempt, Transport};
pub use verdict::{NoAnswer, NoAnswerKind, Verdict, verdict};

#[cfg(all(doctest, feature = "reqwest"))]
#[doc = include_str!("../README.md")]
mod readme {}
