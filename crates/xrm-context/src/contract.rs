//! The vocabulary that message formats walk. Hidden and exempt from semantic versioning: it is public
//! for `xrm-body` alone, and each tuning of a codec may change it.
//!
//! A contract type is described once, by its `contract!` block: the block is the struct, its
//! members in wire order, and the walk over them in both directions. A format is a [`Writer`] and
//! a [`Reader`], the only traits here that other crates implement (beside [`VisitMut`]). What any
//! format needs to know about a place is in its [`Slot`], as bytes made at compile time, so that the
//! formats keep no state about types.
//!
//! The files of this folder, `value` and `collection` import each other, which is inherent: a
//! [`Value`](crate::Value) holds every contract type, and contract types hold values.

mod array_names;
mod base_class;
mod class;
mod collection;
mod declared;
mod derived;
mod enumeration;
mod field;
mod known;
mod lengths;
mod list;
mod literal;
mod members;
mod name;
mod pairs;
mod path;
mod reader;
mod scalar;
mod sealed;
mod slot;
mod writer;

pub use array_names::ArrayNames;
pub(crate) use array_names::array_names;
pub(crate) use base_class::base_class;
pub use class::DataContract;
pub(crate) use class::{
    contract, read_class, read_expected, read_member, write_class, write_member,
};
pub(crate) use collection::{
    Items, collection, dictionary, list_collection, pair_collection, pairs, read_collection,
};
pub use declared::Declared;
pub use derived::derived_types;
pub use enumeration::EnumType;
pub(crate) use enumeration::contract_enum;
pub(crate) use field::unexpected_null;
pub use field::{Field, VisitMut};
pub use known::{Known, Plain};
pub use lengths::Lengths;
pub(crate) use list::FramedList;
pub use list::{ListFrame, ListItem};
pub use literal::Literal;
pub use members::Members;
pub use name::TypeName;
pub(crate) use name::type_name;
pub use pairs::PairFrame;
pub(crate) use pairs::{FramedPairs, pair_slots};
pub use path::PathSegment;
pub use reader::{ObjectContent, Reader, Violation};
pub use scalar::{IntegerKind, scalar_type};
pub(crate) use sealed::Sealed;
pub(crate) use slot::slot;
pub use slot::{JsonText, Slot, XmlTags, XmlText};
pub use writer::Writer;

pub use crate::scalar::{ShortText, copy_few, duration_text, json_date_text, xsd_date_text};
