//! Shared access signatures and connection strings of Azure Event Hubs and Service Bus.
//!
//! A *connection string* names a namespace and a shared access policy; the policy's key signs a
//! *token* that opens one resource for a while. This crate reads the first and makes, renews,
//! reads and checks the second. It does no I/O and reads no clock: time is an argument.
//!
//! ```
//! use azure_sas::{ConnectionString, Resource};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let connection: ConnectionString = "Endpoint=sb://contoso.servicebus.windows.net/;\
//!     SharedAccessKeyName=send;SharedAccessKey=c2VjcmV0;EntityPath=orders"
//!     .parse()?;
//!
//! let signer = connection.signer()?;
//! let hub = Resource::hub(connection.endpoint(), "orders")?;
//! let token = signer.sign(&hub, "2026-01-01T00:00:00Z".parse()?);
//!
//! assert!(token.authorization().starts_with(
//!     "SharedAccessSignature sr=https%3A%2F%2Fcontoso.servicebus.windows.net%2Forders&sig="
//! ));
//! assert!(token.authorization().ends_with("&se=1767225600&skn=send"));
//! assert!(!format!("{token:?} {connection:?} {connection}").contains("c2VjcmV0"));
//! # Ok(())
//! # }
//! ```
//!
//! # Where to go next
//!
//! | to | see |
//! |---|---|
//! | read a connection string | [`ConnectionString`] |
//! | sign one token | [`Signer`], [`Resource`] |
//! | keep a valid token at hand | [`Renewal`] |
//! | change keys without a gap | [`KeyRotation`] |
//! | bring bearer tokens | [`TokenCredential`], [`Token::bearer`] |
//! | check a token as a server does | [`SharedAccessSignature`] |
//! | learn why a token is refused | [`explain`] |
//!
//! # The two traps
//!
//! The HMAC key is the *text* of the shared access key, as bytes: it looks like base64 but is not
//! decoded (decoding is the rule of IoT Hub). And the signature covers the percent-encoded
//! resource *as it is sent*: its encoding must be made once and reused, which is what
//! [`Resource`] is for.
//!
//! # What is deliberately absent
//!
//! HTTP (see `eventhub-rest`), and so asking Microsoft Entra ID for tokens; and any access to the
//! machine: no clock, no randomness, no environment variables.

mod connection_string;
mod credential;
mod encoding;
mod endpoint;
mod error;
pub mod explain;
mod key;
mod renewal;
mod resource;
mod rotation;
mod signature;
mod signer;
mod token;

pub use connection_string::{ConnectionString, Credential};
pub use credential::{ReadyMade, TokenCredential, TokenError, TokenFuture};
pub use endpoint::Endpoint;
pub use error::{Error, Field, Part, Reason};
pub use key::SharedAccessKey;
pub use renewal::Renewal;
pub use resource::Resource;
pub use rotation::KeyRotation;
pub use signature::SharedAccessSignature;
pub use signer::Signer;
pub use token::Token;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
