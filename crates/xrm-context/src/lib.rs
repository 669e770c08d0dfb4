//! The execution context of Dynamics 365 / Dataverse as a data model.
//!
//! When a step that is registered on a message and a table fires, the platform sends its service
//! endpoint a [`RemoteExecutionContext`]. This crate defines that type and every type it is made of,
//! each in one place: [`Entity`], [`EntityReference`], [`Money`], ... and [`Value`], for what the
//! contract declares as `object`.
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
//! # Values
//!
//! A column or a parameter is a [`Value`], and anything that becomes one can be passed to
//! [`Entity::with`]. The last column of the table is the method of [`Entity`] and of collections that
//! reads it back:
//!
//! | column type | value | read by |
//! |---|---|---|
//! | text | `"Contoso"`, a `String` | `str` |
//! | yes/no | `true` | `bool` |
//! | whole number | `42` | `int` |
//! | big integer, row version | `42_i64` | `long` |
//! | decimal | `Decimal::new(1250, 2)` | `decimal` |
//! | float | `12.5` | `double` |
//! | currency | `Money::from(12)`, of a [`Decimal`] too | `money` |
//! | choice, status, status reason | `OptionSetValue::from(1)` | `option` |
//! | choices | `OptionSetValueCollection::from([1, 2])` | `options` |
//! | date and time | `DateTime::now(clock)`, `DateTime::try_from(instant)?`, `"2026-11-23T10:00:00Z".parse()?` | `date_time` |
//! | lookup, customer, owner | `EntityReference::new("contact", id)` | `reference` |
//! | unique identifier | a [`Uuid`] | `guid` |
//! | party list | `EntityCollection::new("activityparty", [party])` | `entities` |
//! | image, file | a `Vec<u8>` | `bytes` |
//! | joined column of a query | `AliasedValue::new("contact", "fullname", "Ann")` | `aliased` |
//! | none | `Value::Null`, `None::<i32>` | each returns `None` |
//!
//! ```
//! use xrm_context::{
//!     DateTime, Decimal, Entity, EntityReference, Money, OptionSetValue, OptionSetValueCollection,
//!     Uuid, Value,
//! };
//!
//! let account = Entity::new("account")
//!     .with_id(Uuid::from_u128(7))
//!     .with("name", "Contoso")
//!     .with("donotphone", true)
//!     .with("numberofemployees", 42)
//!     .with("exchangerate", Decimal::new(1250, 2))
//!     .with("address1_latitude", 47.6)
//!     .with("revenue", Money::from(12))
//!     .with("industrycode", OptionSetValue::from(1))
//!     .with("interests", OptionSetValueCollection::from([1, 2]))
//!     .with("lastonholdtime", "2026-11-23T10:00:00Z".parse::<DateTime>()?)
//!     .with("primarycontactid", EntityReference::new("contact", Uuid::from_u128(8)))
//!     .with("entityimage", vec![1_u8, 2, 3])
//!     .with("fax", Value::Null);
//!
//! assert_eq!(account.money("revenue")?, Some(12.into()));
//! assert_eq!(account.options("interests")?, Some(vec![1, 2]));
//! assert_eq!(account.str("fax")?, None);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Contents
//!
//! What particular messages carry is in modules of its own: [`query`], [`message`] (messages
//! inside of messages), [`parameter`] and [`response`], [`security`], [`change`], [`scheduling`],
//! and [`label`]. [`operation`] gives the parameters of each message as a struct.
//!
//! The crate `xrm-body` writes and reads message bodies. The vocabulary that it shares with this
//! crate is public for it alone and exempt from semantic versioning, as is everything else that is
//! hidden in the documentation.
//!
//! Structs of contracts can be written as literals and therefore are not `#[non_exhaustive]`: end
//! each literal with `..Default::default()`, because the platform adds members.
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
#[doc(hidden)]
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
