//! The vocabulary that message formats walk.
//!
//! A contract type is described once, by its `contract!` block: the block is the struct, its
//! members in wire order, and the walk over them in both directions. A format is a [`Writer`] and
//! a [`Reader`]; it knows no contract type. All that any format needs to know of a place is in its
//! [`Slot`], so that the formats keep no state about types.

mod array_names;
mod base_class;
mod class;
mod declared;
mod derived;
mod enumeration;
mod field;
mod known;
mod lengths;
mod list;
mod members;
mod name;
mod path;
mod piece;
mod reader;
mod scalar;
mod slot;
mod writer;

pub use array_names::ArrayNames;
pub(crate) use array_names::array_names;
pub(crate) use base_class::base_class;
pub use class::Contract;
pub(crate) use class::{begin_derived, class_field, contract, read_member, write_member};
pub use declared::Place;
pub use derived::derived_of;
pub use enumeration::EnumType;
pub(crate) use enumeration::contract_enum;
pub(crate) use field::unexpected_null;
pub use field::{Field, VisitMut};
pub use known::Known;
pub use lengths::Lengths;
pub use list::{ListFrame, ListItem};
pub(crate) use list::{read_items, visit_items, write_items};
pub use members::Members;
pub use name::TypeName;
pub(crate) use name::type_name;
pub use path::Step;
pub use piece::Piece;
pub use reader::{Reader, Shape, Violation};
pub use scalar::{IntegerKind, scalar_type};
pub(crate) use slot::slot;
pub use slot::{JsonText, Slot, XmlTags, XmlText};
pub use writer::Writer;

pub use crate::collection::PairFrame;
pub use crate::scalar::{ShortText, copy_few, duration_text, json_date_text, xsd_date_text};
