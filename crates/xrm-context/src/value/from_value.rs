//! Columns and parameters by type.

use std::borrow::Cow;
use std::ops::{Index, IndexMut};

use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};
use uuid::Uuid;

use super::Value;
use crate::attribute::{AliasedValue, Money, OptionSetValue};
use crate::collection::{EntityReferenceCollection, Key, List, OptionSetValueCollection, Pairs};
use crate::entity::{ConcurrencyBehavior, Entity, EntityCollection, EntityReference, Relationship};
use crate::parameter::InputArgumentCollection;
use crate::query::{ColumnSet, QueryBase, RelationshipQueryCollection};
use crate::scalar::{DateTime, NumberValue};
use crate::scheduling::ValidationResult;
use crate::security::PrincipalAccess;

/// A column or parameter is of another type than it was asked for by.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{name}` is of type {found}, not {expected}")]
#[non_exhaustive]
pub struct WrongType {
    /// The column or parameter.
    pub name: String,
    /// What it was asked for by.
    pub expected: &'static str,
    /// What it is.
    pub found: &'static str,
}

/// A type that columns and parameters are read as.
pub(crate) trait FromValue<'a>: Sized {
    /// The type's name.
    const EXPECTED: &'static str;

    /// The value as this type, also from what a body in JSON makes of it: guids and dates are
    /// strings there, enumerations integers, collections arrays. `None` for a value of another type.
    fn from_value(value: &'a Value) -> Option<Self>;
}

impl Pairs<Key, Value> {
    fn read<'a, T: FromValue<'a>>(&'a self, name: &str) -> Result<Option<T>, WrongType> {
        match self.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => T::from_value(value).map(Some).ok_or_else(|| WrongType {
                name: name.to_owned(),
                expected: T::EXPECTED,
                found: value.type_name(),
            }),
        }
    }
}

/// Makes a method for each row on the collections of columns and parameters, and on `Entity`:
/// `int -> i32` reads a value as an `i32`; `money -> Decimal = &Money, |it| it.value` reads a `&Money`
/// and returns its amount.
macro_rules! getters {
    ($(
        $(#[$doc:meta])*
        $name:ident -> $type:ty $(= $inner:ty, |$it:ident| $outer:expr)?;
    )*) => {
        /// The values by type. `None` where the name is absent or null.
        impl Pairs<Key, Value> {$(
            $(#[$doc])*
            ///
            /// # Errors
            /// [`WrongType`] if the value is of another type.
            pub fn $name(&self, name: &str) -> Result<Option<$type>, WrongType> {
                getters!(@read self, name $(, $inner, |$it| $outer)?)
            }
        )*}

        /// The columns by type. `None` where the column is absent or null.
        impl Entity {$(
            $(#[$doc])*
            ///
            /// # Errors
            /// [`WrongType`] if the column is of another type.
            pub fn $name(&self, name: &str) -> Result<Option<$type>, WrongType> {
                self.attributes.$name(name)
            }
        )*}
    };
    (@read $self:ident, $name:ident) => { $self.read($name) };
    (@read $self:ident, $name:ident, $inner:ty, |$it:ident| $outer:expr) => {{
        let value: Option<$inner> = $self.read($name)?;
        Ok(value.map(|$it| $outer))
    }};
}

getters! {
    /// A Boolean.
    bool -> bool;
    /// A 32-bit integer.
    int -> i32;
    /// An integer that fits 64 bits.
    long -> i64;
    /// A number, as the nearest double.
    double -> f64;
    /// A decimal number or an integer.
    decimal -> Decimal;
    /// A string.
    str -> &str;
    /// A globally unique identifier, or the string that JSON makes of one.
    guid -> Uuid;
    /// A date and time, or the string that JSON makes of one.
    date_time -> DateTime;
    /// The bytes of a byte array, or of the array of integers that JSON makes of one.
    bytes -> Cow<'_, [u8]>;
    /// An amount of money.
    money -> Decimal = &Money, |it| it.value;
    /// The number of a choice.
    option -> i32 = &OptionSetValue, |it| it.value;
    /// The numbers of several choices, from the collection or the array that JSON makes of it.
    options -> Vec<i32> = OptionSetValueCollection, |it| it.iter().map(|it| it.value).collect();
    /// A reference to a record.
    reference -> &EntityReference;
    /// A record.
    entity -> &Entity;
    /// Records.
    entities -> &EntityCollection;
    /// A column of a joined record.
    aliased -> &AliasedValue;
}

/// Implements `FromValue`, a type in each row: its name, the values that it is made of, and behind
/// `else` what becomes of all others. Without `else` they are of another type.
macro_rules! from_values {
    ($(
        $type:ty, $expected:literal { $($pattern:pat => $read:expr),* } $(else |$it:ident| $rest:expr)?;
    )*) => {$(
        impl<'a> FromValue<'a> for $type {
            const EXPECTED: &'static str = $expected;

            fn from_value(value: &'a Value) -> Option<Self> {
                match value {
                    $($pattern => $read,)*
                    other => from_values!(@rest other $(, $it, $rest)?),
                }
            }
        }
    )*};
    (@rest $other:ident) => {{
        let _ = $other;
        None
    }};
    (@rest $other:ident, $it:ident, $rest:expr) => {{
        let $it = $other;
        $rest
    }};
}

/// Implements `FromValue` for contract types that are read as they are, by reference and as copies.
macro_rules! from_own_values {
    ($($type:ident,)*) => {$(
        impl<'a> FromValue<'a> for &'a $type {
            const EXPECTED: &'static str = stringify!($type);

            fn from_value(value: &'a Value) -> Option<Self> {
                match value {
                    Value::$type(value) => Some(value),
                    _ => None,
                }
            }
        }

        impl FromValue<'_> for $type {
            const EXPECTED: &'static str = stringify!($type);

            fn from_value(value: &Value) -> Option<Self> {
                <&Self>::from_value(value).cloned()
            }
        }
    )*};
}

from_own_values! {
    AliasedValue,
    ColumnSet,
    Entity,
    EntityCollection,
    EntityReference,
    InputArgumentCollection,
    Money,
    OptionSetValue,
    PrincipalAccess,
    Relationship,
    ValidationResult,
}

from_values! {
    bool, "Boolean" { Value::Bool(value) => Some(*value) };
    // Integers of every width are read as the two that getters return: XML names the exact type of an
    // integer, JSON does not.
    i32, "Int32" {} else |value| i64::from_value(value)?.try_into().ok();
    i64, "Int64" {} else |value| read_long(value);
    f64, "Double" {} else |value| read_double(value.number()?);
    Decimal, "Decimal" {} else |value| read_decimal(value.number()?);
    &'a str, "String" { Value::String(text) => Some(text) };
    String, "String" { Value::String(text) => Some(text.clone()) };
    // JSON writes guids and dates as strings, and in an `object` place without a type hint.
    Uuid, "Guid" {
        Value::Guid(value) => Some(*value),
        Value::String(text) => Self::try_parse(text).ok()
    };
    Vec<Uuid>, "Guid[]" {} else |value| items(value);
    DateTime, "DateTime" {
        Value::DateTime(value) => Some(*value),
        Value::String(text) => Self::from_json_text(text)
    };
    Cow<'a, [u8]>, "Byte[]" {
        Value::Bytes(bytes) => Some(Cow::Borrowed(bytes))
    } else |value| items::<Byte, Vec<_>>(value).map(|bytes| bytes.iter().map(|it| it.0).collect());
    Byte, "Byte" {} else |value| i64::from_value(value)?.try_into().ok().map(Self);
    ConcurrencyBehavior, "ConcurrencyBehavior" {
        Value::ConcurrencyBehavior(behavior) => Some(*behavior)
    } else |number| i32::from_value(number).map(Self);
    OptionSetValueCollection, "OptionSetValueCollection" {
        Value::OptionSetValueCollection(options) => Some(options.clone())
    } else |value| items::<OptionSetValue, _>(value);
    EntityReferenceCollection, "EntityReferenceCollection" {
        Value::EntityReferenceCollection(references) => Some(references.clone())
    } else |value| items::<Option<EntityReference>, List<_>>(value).map(Into::into);
    RelationshipQueryCollection, "RelationshipQueryCollection" {
        Value::RelationshipQueryCollection(queries) => Some(queries.clone())
    } else |value| items::<(Relationship, Option<QueryBase>), _>(value);
    (Relationship, Option<QueryBase>), "KeyValuePairOfRelationshipQueryBase" {
        Value::KeyValuePairOfRelationshipQueryBase(pair) => {
            Some((pair.key.clone()?, pair.value.clone()))
        }
    };
    QueryBase, "QueryBase" {
        Value::QueryExpression(query) => Some(Self::QueryExpression(query.clone())),
        Value::QueryByAttribute(query) => Some(Self::QueryByAttribute(query.clone())),
        Value::FetchExpression(query) => Some(Self::FetchExpression(query.clone())),
        Value::Raw(raw) => Some(Self::Other(raw.clone()))
    };
}

/// An item of an array, which may be null.
impl<'a, T: FromValue<'a>> FromValue<'a> for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;

    fn from_value(value: &'a Value) -> Option<Self> {
        if value.is_null() { Some(None) } else { T::from_value(value).map(Some) }
    }
}

/// An item of the array of integers that JSON makes of a byte array.
struct Byte(u8);

// The first item of another type makes the whole array one of another type.
/// The items of an array.
fn items<'a, T: FromValue<'a>, C: FromIterator<T>>(value: &'a Value) -> Option<C> {
    match value {
        Value::Array(array) => array.items().iter().map(T::from_value).collect(),
        _ => None,
    }
}

fn read_long(value: &Value) -> Option<i64> {
    match value {
        Value::Short(value) => Some((*value).into()),
        Value::Byte(value) => Some((*value).into()),
        Value::SByte(value) => Some((*value).into()),
        Value::UShort(value) => Some((*value).into()),
        Value::UInt(value) => Some((*value).into()),
        Value::ULong(value) => i64::try_from(*value).ok(),
        other => match other.number()? {
            NumberValue::Int(value) => Some(value.into()),
            NumberValue::Long(value) => Some(value),
            _ => None,
        },
    }
}

fn read_double(number: NumberValue) -> Option<f64> {
    match number {
        NumberValue::Int(value) => Some(value.into()),
        NumberValue::Long(value) => value.to_f64(),
        NumberValue::Decimal(value) => value.to_f64(),
        NumberValue::Float(value) => Some(value.into()),
        NumberValue::Double(value) => Some(value),
    }
}

// A double is no decimal: its digits beyond the seventeenth are not the application's, and a decimal with
// them would look exact.
fn read_decimal(number: NumberValue) -> Option<Decimal> {
    match number {
        NumberValue::Int(value) => Some(value.into()),
        NumberValue::Long(value) => Decimal::from_i64(value),
        NumberValue::Decimal(value) => Some(value),
        NumberValue::Float(_) | NumberValue::Double(_) => None,
    }
}

static NULL: Value = Value::Null;

impl Index<&str> for Entity {
    type Output = Value;

    /// The column's value; [`Value::Null`] where the record has no such column.
    fn index(&self, name: &str) -> &Value {
        self.attributes.get(name).unwrap_or(&NULL)
    }
}

impl IndexMut<&str> for Entity {
    /// The column's value, which is added as null where the record has no such column.
    fn index_mut(&mut self, name: &str) -> &mut Value {
        self.attributes.entry(name)
    }
}

impl Index<&str> for Pairs<Key, Value> {
    type Output = Value;

    /// The value; [`Value::Null`] where the name is absent.
    fn index(&self, name: &str) -> &Value {
        self.get(name).unwrap_or(&NULL)
    }
}

impl IndexMut<&str> for Pairs<Key, Value> {
    /// The value, which is added as null where the name is absent.
    fn index_mut(&mut self, name: &str) -> &mut Value {
        self.entry(name)
    }
}
