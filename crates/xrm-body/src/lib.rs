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
//! assert_eq!(error.to_string(), "Depth: the text is no Int32 (at byte 9)");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What goes through
//!
//! A body of the platform that was read and is written again in its own format is the same to the
//! byte; members of others' bodies come out in the platform's order, and without blanks. Members
//! that an older server did not have yet stay absent, members that a newer one added stay where
//! they were, and values of contract types that this crate does not know are kept as they stood
//! ([`Raw`](xrm_context::Raw)). To write such a value or member in the other format is an
//! [error](ErrorKind::Raw) that names it; nothing is dropped.
//!
//! From one format to the other a body goes as the platform's own SDK takes it, but for members that
//! are not there and for collections that are null: they stay so, where the SDK writes each member
//! that it knows. JSON tells less than XML, and [`as_read_from_json`] shows what is left.
//!
//! One thing is lost: half of a surrogate pair, which a .NET string can hold and a Rust string
//! can't. It is read as U+FFFD.
//!
//! # Where reading differs from the platform's
//!
//! By default, nothing is lost that the platform's deserializers lose. What they drop or replace is
//! kept where it can go through unchanged, and refused where it can't.
//!
//! It is kept:
//!
//! - An object in an `object` place whose `__type` is missing, or is not its first member, stays as
//!   it stands; the platform reads it as an empty object.
//! - A value of a contract type that this crate does not know stays as it stands; the platform
//!   rejects what it does not know. So does a `__type` of a class that is declared, if it is unknown.
//! - A text of XML Schema's lesser types, `date` or `token`, keeps its type; the platform reads a
//!   string.
//! - Members that a class does not have stay where they are; the platform skips them. So do members
//!   of a pair besides its key and value, and a `__type` on a pair.
//! - XML members may stand in any order; the platform skips those that are out of it.
//! - A JSON body may begin with a byte order mark, and may hold U+FFFE and U+FFFF unescaped.
//!
//! It is refused:
//!
//! - A member that stands twice in XML; the platform takes the first.
//! - A pair without a value; to the platform, that is null.
//! - An object with members where a collection is declared; the platform takes an empty collection.
//! - Content inside of an element that is nil; the platform drops it.
//! - Something behind a JSON body, a body that lacks its last brace, and `null` for a body.
//! - A number that is too large for a double, `1E400`; .NET Core reads it as infinite, and .NET
//!   Framework refuses it too.
//!
//! [`DecodeOptions::strict`] accepts and rejects what the platform does, and loses what it loses:
//! in 413 of 414 bodies that were mutated on purpose, and in the last once the limit of depth is
//! raised. In both ways of reading, [`Limits`] bound depth, size and counts, and document type
//! declarations and processing instructions are refused, so that there are no entities to expand.
//! So is, in XML, a class where another is declared that it is not known to be derived of.
//!
//! Both take what the platform takes beyond the letter of JSON: leading zeros, no digit behind the
//! point, a comma behind the last member, numbers and Booleans in quotes, and without quotes where
//! a string is declared, `40.0` for an integer, `[]` for an object and `{}` for a collection; and
//! UTF-16, as [`decode_with`] tells.
//!
//! # Numbers that are none
//!
//! Doubles and floats that are no number stand as `NaN`, `INF` and `-INF` in both formats, without
//! quotes in JSON too, where no JSON parser but the platform's takes them. That is how they are
//! written. `Infinity` and `-Infinity` are read as well, and in an `object` place written again as
//! they stood. A declared double may stand in quotes, as any number. The [`flat`] view, which is
//! JSON to the letter, has strings: `"NaN"`.
//!
//! # Other people's variants
//!
//! Bodies that tools re-printed are read as well: pretty-printed, with `/` unescaped, with other
//! escapes. On request, dates of ISO 8601 are taken ([`DecodeOptions::iso_dates`]), and pairs with
//! capital names ([`DecodeOptions::capital_pairs`]); [`repair`] undoes that UTF-8 was read as
//! Windows-1252, and says what it changed.
//!
//! # Where to go next
//!
//! [`encode_with`] appends to a buffer of the caller's and takes the writing process's time zone;
//! [`encoded_size`] tells how long a body would be, and a [`SizeRule`] what the platform would remove
//! from it. [`decode_with`] takes limits. [`flat`] shows records, and what changed in them, as ordinary JSON.
//! The types are those of [`xrm_context`].
//!
//! Deliberately absent: .NET binary XML, which event hubs do not take, and any I/O.
//!
//! The wire format was determined by running Microsoft.Xrm.Sdk 9.2.49.6443 as a black box and by
//! comparing with bodies that live servers sent; the rules stand beside the code they govern.

mod as_json;
mod decode;
mod encode;
mod error;
mod escaping;
pub mod flat;
mod format;
mod json;
mod number;
mod options;
mod output;
pub mod repair;
mod size;
mod suspects;
mod swar;
mod text;
mod utf16;
mod xml;
mod zone;

pub use as_json::as_read_from_json;
pub use decode::{decode, decode_with};
pub use encode::{encode, encode_with, encoded_size};
pub use error::{Error, ErrorKind};
pub use format::{MessageFormat, UnknownFormat};
pub use options::{DecodeOptions, EncodeOptions, Limits};
pub use size::{Removable, SizePlan, SizeRule};
pub use zone::{Fixed, Utc, Zone};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
