//! The same contracts on the general libraries: `serde_json` with derived structs, and
//! `quick-xml`'s `Reader` and `Writer`.
//!
//! They are as fast as such code is without work of its own on text:
//!
//! - Strings are [`String`]s and ids [`Uuid`](xrm_context::Uuid)s, as in `xrm-context`.
//! - Nothing is buffered: the value of an `object` place is read straight into its type, which the
//!   first member tells.
//! - Amounts and decimals are [`f64`], which loses their scale; dates are the text that they are
//!   told with, which neither side converts. Both are less work than what `xrm-body` does.
//! - Limits, offsets and paths of errors, unknown members, unknown types and the order of members
//!   are nobody's concern here. An unknown type is an error, an unknown member is lost.
//!
//! What stands in the benchmarks' bodies is what they know: of the values of `object` places they
//! lack arrays, collections but one, and rare scalars.

pub mod json;
mod model;
pub mod xml;

pub use model::{
    Entity, EntityCollection, EntityReference, Money, Object, OptionSetValue, Pair, RelatedEntity,
    Relationship, RemoteExecutionContext, Value,
};
