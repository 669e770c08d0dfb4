//! Message bodies of Dynamics 365 / Dataverse execution contexts, encoded and decoded exactly as by
//! .NET's data-contract serializers on the platform.
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
//! // What was decoded is encoded again byte for byte.
//! assert_eq!(encode(&read, MessageFormat::Json)?, body);
//!
//! let error = decode(br#"{"Depth":"deep"}"#, MessageFormat::Json).unwrap_err();
//! assert_eq!(error.to_string(), "Depth: the text is no Int32 (at byte 9)");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is preserved
//!
//! A body of the platform that is decoded and encoded again in its own format is the same to the
//! byte. Members of other tools' bodies come out in the platform's order and without blanks. Members
//! that an older server did not have stay absent, members that a newer one added stay where
//! they were, and values of contract types that this crate does not know are kept as they were
//! ([`Raw`](xrm_context::Raw)). Encoding such a value or member in the other format is an
//! [error](ErrorKind::Raw) that names it; nothing is dropped.
//!
//! Conversion from one format to the other gives what the platform's own SDK gives, except for members
//! that are absent and collections that are null: they stay so, while the SDK writes every member
//! that it knows. JSON distinguishes fewer types than XML; [`as_read_from_json`] shows what is left.
//!
//! One thing is lost: half of a surrogate pair, which a .NET string can hold and a Rust string
//! can't. It is decoded as U+FFFD.
//!
//! A declared double that is `-0` in JSON is 0 to the platform's reader. It is 0 in XML, and stays `-0` in JSON,
//! as the platform writes it; the items of an array keep their sign everywhere.
//!
//! # Where decoding differs from the platform's
//!
//! By default, decoding loses nothing that the platform's deserializers lose. What they drop or replace
//! is kept if it can be encoded unchanged, and refused if it can't. The chapter *Bodies* of the guide has
//! a table of every body that was tried.
//!
//! Kept:
//!
//! - An object in an `object` place whose `__type` is missing, or is not its first member, is kept as
//!   it is; the platform reads it as an empty object.
//! - A value of a contract type that this crate does not know is kept as it is. The platform rejects
//!   what it does not know, and reads the types of metadata, which strict reading rejects: some 300 that
//!   contexts do not hold. The same holds for an unknown `__type` of a declared class.
//! - A `__type` of another class than the declared one stays where it is; the platform rejects it.
//! - A value of XML Schema's lesser types, `date`, `token` or `integer`, keeps its type; the platform
//!   reads a string, or a 64-bit integer.
//! - An `EntityState` or `EntityRole` in an `object` place of XML is read and written. .NET Core writes it
//!   too, and no platform reads it. Other types that the platform knows from a collection only
//!   are read by default, and refused when written as XML.
//! - Members of a pair besides its key and value, and a `__type` on a pair, stay where they are; the
//!   platform drops them.
//! - XML members may be in any order; the platform reads those that are out of order as members that
//!   the class does not have.
//! - A JSON body may begin with a byte order mark, and may hold U+FFFE and U+FFFF unescaped.
//! - What is not well-formed, and what it means is plain: XML 1.1, a prefix bound to nothing, blanks
//!   around the names of types and of enumeration values, a comma before an object's end and another behind
//!   it, half of a surrogate pair before another escape. The platform rejects these.
//!
//! Refused:
//!
//! - A member that appears twice in XML; the platform takes the first.
//! - A pair without a value; the platform reads null.
//! - An object with members where a collection is declared, and an array with items where a class is; the
//!   platform reads an empty one.
//! - An element that is no item of the collection that it is in; the platform drops it.
//! - Content inside of an element that is nil; the platform drops it.
//! - Something behind a JSON body, a body without its last brace, and `null` for a body.
//! - A number that is too large for a double, `1E400`; .NET Core reads it as infinite, and .NET
//!   Framework refuses it too.
//!
//! [`DecodeOptions::strict`] accepts and rejects what the platform does, and loses what it loses: in all
//! of 414 bodies that were mutated on purpose, of which one needs a higher limit of depth. In both modes,
//! [`Limits`] bound depth, size and counts, and document type declarations and processing instructions are
//! refused, so there are no entities to expand. XML bodies are also refused if a value's class is not known
//! to be derived from the declared one, and if a date is a time alone, which .NET completes from its clock.
//!
//! Both modes accept what the platform accepts beyond the standards: leading zeros, no digit behind
//! the point, a comma behind the last member, numbers and Booleans in quotes, and without quotes where
//! a string is declared, `40.0` for an integer, an exponent of a decimal, `[]` or `""` for an object, `{}` or
//! `""` for a collection, any text for the offset of a date, and in XML a month or a year for a date; and UTF-16
//! (see [`decode_with`]).
//!
//! # NaN and infinity
//!
//! Doubles and floats that are not numbers are encoded as `NaN`, `INF` and `-INF` in both formats, without
//! quotes in JSON too, where only the platform's parsers accept them. `Infinity` and `-Infinity` are
//! decoded as well, and in an `object` place encoded again as they were. A declared double may be
//! quoted, like any number. The [`flat`] view, which is standard JSON, has strings: `"NaN"`.
//!
//! # Bodies produced by other tools
//!
//! Bodies that tools re-printed are decoded as well: pretty-printed, with `/` unescaped, with other
//! escapes. On request, dates of ISO 8601 are accepted ([`DecodeOptions::iso_dates`]), and pairs with
//! capitalized names ([`DecodeOptions::capital_pairs`]). [`repair`] restores text whose UTF-8 was read as
//! Windows-1252, and lists what it changed.
//!
//! # What is no body
//!
//! Messages that went through other systems are often wrapped: in .NET's binary XML, in a JSON string, in
//! base64. The error of such bytes is [`ErrorKind::Wrapped`], whose text says what to do. An object that is
//! no execution context can be decoded all the same, since every member may be absent:
//! [`decode_and_check`] returns what it [finds](Finding) beside the context.
//!
//! # Where to go next
//!
//! [`encode_with`] appends to your own buffer and takes [`EncodeOptions`], for instance the time zone;
//! [`encoded_size`] counts a body's length without making it, and a [`SizeRule`] removes what the
//! platform would remove from it. [`decode_with`] takes limits. [`flat`] shows records, and what changed
//! in them, as ordinary JSON. The types are those of [`xrm_context`].
//!
//! Deliberately absent: .NET binary XML, which event hubs do not accept, and any I/O.
//!
//! The wire format was determined by running Microsoft.Xrm.Sdk 9.2.49.6443 as a black box and by
//! comparing with bodies that live servers sent. Each rule is explained beside the code that follows it.

mod as_json;
mod decode;
mod encode;
mod error;
mod escaping;
mod finding;
pub mod flat;
mod format;
mod json;
mod number;
mod options;
mod output;
mod path;
mod refusal;
pub mod repair;
mod size;
mod suspects;
mod swar;
mod text;
mod utf16;
mod walk;
mod wrapping;
mod xml;
mod zone;

pub use as_json::as_read_from_json;
pub use decode::{Decoded, decode, decode_and_check, decode_with};
pub use encode::{encode, encode_with, encoded_size};
pub use error::{Error, ErrorKind};
pub use finding::{Finding, FindingKind};
pub use format::{MessageFormat, UnknownFormat};
pub use options::{DecodeOptions, EncodeOptions, Limits};
pub use size::{Removable, SizePlan, SizeRule};
pub use wrapping::Wrapping;
pub use zone::{Fixed, Utc, Zone};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
