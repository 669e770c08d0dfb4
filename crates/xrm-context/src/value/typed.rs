//! Columns and parameters by type.

use std::borrow::Cow;
use std::ops::{Index, IndexMut};

use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};
use uuid::Uuid;

use super::{Array, Value};
use crate::attribute::AliasedValue;
use crate::collection::{Key, Pairs};
use crate::entity::{Entity, EntityCollection, EntityReference};
use crate::scalar::{DateTime, NumberValue};

/// A column or parameter is of another type than it was asked for by.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{name}` is of type {found}, not {expected}")]
pub struct WrongType {
    /// The column or parameter.
    pub name: String,
    /// What it was asked for by.
    pub expected: &'static str,
    /// What it is.
    pub found: &'static str,
}

/// Reads a value as one type. `None` where it is of another.
type Reading<'a, T> = fn(&'a Value) -> Option<T>;

macro_rules! getters {
    ($($(#[$doc:meta])* $name:ident -> $type:ty, $expected:literal, $reading:path;)*) => {
        /// The values by type. `None` where the name is absent or null.
        impl Pairs<Key, Value> {$(
            $(#[$doc])*
            ///
            /// # Errors
            /// [`WrongType`] if the value is of another type.
            pub fn $name(&self, name: &str) -> Result<Option<$type>, WrongType> {
                self.read(name, $expected, $reading)
            }
        )*}

        /// The columns by type. `None` where the column is absent or null.
        impl Entity {$(
            $(#[$doc])*
            ///
            /// # Errors
            /// [`WrongType`] if the column is of another type.
            pub fn $name(&self, name: &str) -> Result<Option<$type>, WrongType> {
                self.attributes.read(name, $expected, $reading)
            }
        )*}
    };
}

getters! {
    /// A Boolean.
    bool -> bool, "Boolean", read_bool;
    /// A 32-bit integer.
    int -> i32, "Int32", read_int;
    /// An integer that fits 64 bits.
    long -> i64, "Int64", read_long;
    /// A number, as the nearest double.
    double -> f64, "Double", read_double;
    /// A decimal number or an integer.
    decimal -> Decimal, "Decimal", read_decimal;
    /// A string.
    str -> &str, "String", read_str;
    /// A globally unique identifier, or the string that JSON makes of one.
    guid -> Uuid, "Guid", read_guid;
    /// A date and time, or the string that JSON makes of one.
    date_time -> DateTime, "DateTime", read_date_time;
    /// The bytes of a byte array, or of the array of integers that JSON makes of one.
    bytes -> Cow<'_, [u8]>, "Byte[]", read_bytes;
    /// An amount of money.
    money -> Decimal, "Money", read_money;
    /// The number of a choice.
    option -> i32, "OptionSetValue", read_option;
    /// The numbers of several choices, from the collection or the array that JSON makes of it.
    options -> Vec<i32>, "OptionSetValueCollection", read_options;
    /// A reference to a record.
    reference -> &EntityReference, "EntityReference", read_reference;
    /// A record.
    entity -> &Entity, "Entity", read_entity;
    /// Records.
    entities -> &EntityCollection, "EntityCollection", read_entities;
    /// A column of a joined record.
    aliased -> &AliasedValue, "AliasedValue", read_aliased;
}

impl Pairs<Key, Value> {
    fn read<'a, T>(
        &'a self,
        name: &str,
        expected: &'static str,
        reading: Reading<'a, T>,
    ) -> Result<Option<T>, WrongType> {
        match self.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => reading(value).map(Some).ok_or_else(|| WrongType {
                name: name.to_owned(),
                expected,
                found: value.type_name(),
            }),
        }
    }
}

pub(crate) fn read_bool(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        _ => None,
    }
}

pub(crate) fn read_int(value: &Value) -> Option<i32> {
    read_long(value).and_then(|value| i32::try_from(value).ok())
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

fn read_double(value: &Value) -> Option<f64> {
    match value.number()? {
        NumberValue::Int(value) => Some(value.into()),
        NumberValue::Long(value) => value.to_f64(),
        NumberValue::Decimal(value) => value.to_f64(),
        NumberValue::Float(value) => Some(value.into()),
        NumberValue::Double(value) => Some(value),
    }
}

fn read_decimal(value: &Value) -> Option<Decimal> {
    match value.number()? {
        NumberValue::Int(value) => Some(value.into()),
        NumberValue::Long(value) => Decimal::from_i64(value),
        NumberValue::Decimal(value) => Some(value),
        NumberValue::Float(_) | NumberValue::Double(_) => None,
    }
}

fn read_str(value: &Value) -> Option<&str> {
    match value {
        Value::String(value) => Some(value),
        _ => None,
    }
}

pub(crate) fn read_guid(value: &Value) -> Option<Uuid> {
    match value {
        Value::Guid(value) => Some(*value),
        Value::String(text) => Uuid::try_parse(text).ok(),
        _ => None,
    }
}

pub(crate) fn read_date_time(value: &Value) -> Option<DateTime> {
    match value {
        Value::DateTime(value) => Some(*value),
        Value::String(text) => DateTime::from_json_text(text),
        _ => None,
    }
}

fn read_bytes(value: &Value) -> Option<Cow<'_, [u8]>> {
    match value {
        Value::Bytes(bytes) => Some(Cow::Borrowed(bytes)),
        Value::Array(array) => {
            let byte = |item| read_int(item).and_then(|number| u8::try_from(number).ok());
            array.items().iter().map(byte).collect::<Option<Vec<_>>>().map(Cow::Owned)
        }
        _ => None,
    }
}

fn read_money(value: &Value) -> Option<Decimal> {
    match value {
        Value::Money(money) => Some(money.value),
        _ => None,
    }
}

fn read_option(value: &Value) -> Option<i32> {
    match value {
        Value::OptionSetValue(option) => Some(option.value),
        _ => None,
    }
}

fn read_options(value: &Value) -> Option<Vec<i32>> {
    match value {
        Value::OptionSetValueCollection(options) => {
            Some(options.iter().map(|option| option.value).collect())
        }
        Value::Array(array) => Array::items(array).iter().map(read_option).collect(),
        _ => None,
    }
}

fn read_reference(value: &Value) -> Option<&EntityReference> {
    match value {
        Value::EntityReference(reference) => Some(reference),
        _ => None,
    }
}

fn read_entity(value: &Value) -> Option<&Entity> {
    match value {
        Value::Entity(entity) => Some(entity),
        _ => None,
    }
}

fn read_entities(value: &Value) -> Option<&EntityCollection> {
    match value {
        Value::EntityCollection(entities) => Some(entities),
        _ => None,
    }
}

fn read_aliased(value: &Value) -> Option<&AliasedValue> {
    match value {
        Value::AliasedValue(value) => Some(value),
        _ => None,
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
