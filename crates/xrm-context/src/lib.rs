//! The execution context of Dynamics 365 / Dataverse as a data model.
//!
//! When a step that is registered on a message and a table fires, the platform tells its service
//! endpoint what happened with a [`RemoteExecutionContext`]. This crate holds that type and every
//! type it is made of, each described once: [`Entity`], [`EntityReference`], [`Money`], ... and
//! [`Value`], which stands wherever the contract says `object`.
//!
//! ```
//! use xrm_context::{Entity, EntityReference, RemoteExecutionContext, Stage};
//!
//! let target = Entity::new("account")
//!     .with("name", "Contoso")
//!     .with("numberofemployees", 42)
//!     .with("primarycontactid", EntityReference::new("contact", Default::default()));
//!
//! let context = RemoteExecutionContext {
//!     message_name: Some("Update".into()),
//!     stage: Stage::POST_OPERATION,
//!     input_parameters: [("Target", target)].into(),
//!     ..Default::default()
//! };
//!
//! let target = context.target().expect("the request has a record");
//! assert_eq!(target.int("numberofemployees")?, Some(42));
//! assert_eq!(target.reference("primarycontactid")?.unwrap().logical_name.as_deref(), Some("contact"));
//! # Ok::<(), xrm_context::WrongType>(())
//! ```
//!
//! What particular messages carry stands in modules of its own: [`query`], [`message`] (messages
//! inside of messages), [`parameter`] and [`response`], [`security`], [`change`], [`scheduling`],
//! and [`label`]. [`operation`] gives the parameters of each message as a struct.
//!
//! Message bodies are made and read by the crate `xrm-body`. [`contract`] is the vocabulary that
//! such formats walk; applications do not need it.
//!
//! Deliberately absent: the classes of metadata, solutions and audits, which are kept as they stand
//! in a body ([`Raw`]) and written back unchanged; `serde::Serialize` on the types (their wire
//! format belongs to the formats), clocks, random ids, and any I/O.
//!
//! Members, their order and their types are those of Microsoft.Xrm.Sdk 9.2.49.6443, as its
//! serializers show them; labels and meanings are Microsoft's, from the [table and message
//! reference](https://learn.microsoft.com/power-apps/developer/data-platform/understand-the-data-context).

mod attribute;
pub mod change;
mod code;
mod collection;
mod context;
pub mod contract;
mod entity;
mod extra;
mod generation;
pub mod label;
pub mod message;
mod namespace;
pub mod operation;
mod pair;
pub mod parameter;
pub mod query;
pub mod raw;
pub mod response;
mod scalar;
pub mod scheduling;
pub mod security;
mod value;

pub use attribute::{AliasedValue, BooleanManagedProperty, Money, OptionSetValue};
#[doc(hidden)]
pub use code::Code;
pub use code::{IsolationMode, Mode, Stage};
pub use collection::{
    AttributeCollection, EntityImageCollection, EntityReferenceCollection,
    FormattedValueCollection, Key, KeyAttributeCollection, List, OptionSetValueCollection, Pairs,
    PairsIter, PairsIterMut, ParameterCollection, RelatedEntityCollection, StringDictionary,
};
pub use context::RemoteExecutionContext;
pub use entity::{
    ConcurrencyBehavior, Entity, EntityCollection, EntityReference, EntityRole, EntityState,
    Relationship,
};
pub use extra::Extra;
pub use generation::{Generation, UnknownGeneration};
pub use namespace::Namespace;
pub use pair::{
    KeyValuePairOfRelationshipQueryBase, KeyValuePairOfStringArray, KeyValuePairOfStringEntity,
    KeyValuePairOfStringLong, KeyValuePairOfStringObject, KeyValuePairOfStringString,
};
pub use raw::Raw;
pub use rust_decimal::Decimal;
pub use scalar::{
    DateTime, DateTimeKind, InvalidText, Number, NumberValue, Origin, OutOfRange, TimeSpan,
};
pub use uuid::Uuid;
pub use value::{Array, ArrayKind, ElementMismatch, KnownType, Value, ValueType, WrongType};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
