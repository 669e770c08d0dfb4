//! Message bodies of Dynamics 365 / Dataverse execution contexts, written and read exactly as
//! .NET's data-contract serializers do it on the platform.
//!
//! ```
//! use xrm_body::{MessageFormat, decode, encode};
//! use xrm_context::{Entity, Money, RemoteExecutionContext};
//!
//! let target = Entity::new("account").with("revenue", Money::new("12.50".parse()?));
//! let context = RemoteExecutionContext {
//!     message_name: Some("Update".into()),
//!     input_parameters: [("Target", target)].into(),
//!     ..Default::default()
//! };
//!
//! let body = encode(&context, MessageFormat::Json)?;
//! let read = decode(&body, MessageFormat::Json)?;
//! assert_eq!(read.target().unwrap().money("revenue")?, Some("12.50".parse()?));
//!
//! // What was read is written again byte for byte.
//! assert_eq!(encode(&read, MessageFormat::Json)?, body);
//!
//! let error = decode(br#"{"Depth":"deep"}"#, MessageFormat::Json).unwrap_err();
//! assert_eq!(error.to_string(), "Depth: a number is expected here (at byte 9)");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What goes through
//!
//! A body that was read and is written again in its own format is the same to the byte: members
//! that an older server did not have yet stay absent, members that a newer one added stay where
//! they were, and values of contract types that this crate does not know are kept as they stood
//! ([`Raw`](xrm_context::Raw)). To write such a value or member in the other format is an
//! [error](ErrorKind::Raw) that names it; nothing is dropped.
//!
//! From one format to the other a body goes as the platform's own SDK takes it. JSON tells less
//! than XML, and [`AsJsonReadsIt`] says what is left.
//!
//! One thing is lost: half of a surrogate pair, which a .NET string can hold and a Rust string
//! can't. It is read as U+FFFD.
//!
//! # Where reading differs from the platform's
//!
//! - An object in an `object` place whose `__type` is missing, or not its first member, is kept;
//!   the platform reads it as an empty object.
//! - XML members may stand in any order; the platform skips those that are out of it. A member
//!   that stands twice is refused.
//! - Something behind the body, and a comma behind the last member, are refused.
//! - [`Limits`] bound depth, size and counts. Document type declarations and processing
//!   instructions are refused, so that there are no entities to expand.
//!
//! # Where to go next
//!
//! [`encode_with`] appends to a buffer of the caller's and takes the writing process's time zone;
//! [`decode_with`] takes limits. The types are those of [`xrm_context`].
//!
//! Deliberately absent: .NET binary XML, which event hubs do not take, and any I/O.
//!
//! The wire format was determined by running Microsoft.Xrm.Sdk 9.2.49.6443 as a black box and by
//! comparing with bodies that live servers sent; the rules stand beside the code they govern.

mod as_json;
mod decode;
mod encode;
mod error;
mod format;
mod json;
mod number;
mod options;
mod swar;
mod text;
mod xml;
mod zone;

pub use as_json::AsJsonReadsIt;
pub use decode::{decode, decode_with};
pub use encode::{encode, encode_with};
pub use error::{Error, ErrorKind};
pub use format::{MessageFormat, UnknownFormat};
pub use options::{DecodeOptions, EncodeOptions, Limits};
pub use zone::{Fixed, Utc, Zone};

use xrm_context::Namespace;
use xrm_context::contract::Slot;

/// The root of a body.
const ROOT: Slot = Slot {
    name: "RemoteExecutionContext",
    namespace: Namespace::Contracts,
    declares: None,
    json: "",
    xml_open: "<RemoteExecutionContext",
    xml_close: "</RemoteExecutionContext>",
};
