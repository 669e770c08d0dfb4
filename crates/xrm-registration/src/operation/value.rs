//! Values in documents of operations.

use std::fmt;

use serde::de::{Error, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::ser::{Error as _, SerializeMap};
use serde::{Deserializer, Serialize, Serializer};
use xrm_context::{Array, ArrayKind, NumberValue, Value};

use crate::operation::notation::{Notated, Read, Write};
use crate::operation::scalar::{Base64, CodeUnit};

impl Notated for Value {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => value.serialize(serializer),
            Self::Int(value) => value.serialize(serializer),
            Self::String(value) => value.serialize(serializer),
            Self::Number(number) => match number.value() {
                NumberValue::Int(value) => Self::Int(value).write(serializer),
                NumberValue::Long(value) => typed(serializer, "long", &value),
                NumberValue::Decimal(value) => typed(serializer, "decimal", &value),
                NumberValue::Float(value) => typed(serializer, "float", &value),
                NumberValue::Double(value) => typed(serializer, "double", &value),
            },
            Self::Array(array) if array.kind() == ArrayKind::OBJECT => {
                Items(array).serialize(serializer)
            }
            Self::Array(array) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry(array.kind().type_name().name, &Items(array))?;
                map.end()
            }
            other => write_typed(other, serializer),
        }
    }
}

/// `{"Money": "12.50"}`
fn typed<T: Notated, S: Serializer>(
    serializer: S,
    name: &str,
    value: &T,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(1))?;
    map.serialize_entry(name, &Write(value))?;
    map.end()
}

/// Types that stand in a document behind their name: reading, writing and listing them, from one
/// table.
///
/// `"Money" => Money;` reads `{"Money": "12.50"}` into `Value::Money` and writes it so. In
/// `"char" => Char as CodeUnit`, the variant holds what `CodeUnit` wraps: a type of ours with the
/// notation, because that of a bare `u16` is a number.
macro_rules! typed_values {
    ($($name:literal => $variant:ident $(as $notation:ident)?;)+) => {
        const NAMES: &[&str] = &[$($name),+];

        fn read_typed<'de, A: MapAccess<'de>>(name: &str, map: &mut A) -> Result<Value, A::Error> {
            match name {
                $($name => map.next_value().map(|Read(it)| {
                    $(let $notation(it) = it;)?
                    Value::$variant(it)
                }),)+
                other => read_array(other, map),
            }
        }

        fn write_typed<S: Serializer>(value: &Value, serializer: S) -> Result<S::Ok, S::Error> {
            match value {
                $(Value::$variant(it) => {
                    $(let it = &$notation(it.clone());)?
                    typed(serializer, $name, it)
                })+
                other => Err(S::Error::custom(format_args!(
                    "a {} has no notation in a document of an operation",
                    other.type_name(),
                ))),
            }
        }
    };
}

typed_values! {
    "Entity" => Entity;
    "EntityCollection" => EntityCollection;
    "EntityReference" => EntityReference;
    "EntityReferenceCollection" => EntityReferenceCollection;
    "Money" => Money;
    "OptionSetValue" => OptionSetValue;
    "OptionSetValueCollection" => OptionSetValueCollection;
    "BooleanManagedProperty" => BooleanManagedProperty;
    "AliasedValue" => AliasedValue;
    "Relationship" => Relationship;
    "KeyAttributeCollection" => KeyAttributeCollection;
    "StringDictionary" => StringDictionary;
    "KeyValuePairOfstringanyType" => KeyValuePairOfStringObject;
    "KeyValuePairOfstringstring" => KeyValuePairOfStringString;
    "ColumnSet" => ColumnSet;
    "FetchExpression" => FetchExpression;
    "ConcurrencyBehavior" => ConcurrencyBehavior;
    "EntityRole" => EntityRole;
    "EntityState" => EntityState;
    "string" => String;
    "boolean" => Bool;
    "int" => Int;
    "long" => Long;
    "decimal" => Decimal;
    "double" => Double;
    "guid" => Guid;
    "dateTime" => DateTime;
    "duration" => TimeSpan;
    "base64Binary" => Bytes as Base64;
    "anyURI" => Uri;
    "char" => Char as CodeUnit;
    "float" => Float;
    "short" => Short;
    "byte" => SByte;
    "unsignedByte" => Byte;
    "unsignedShort" => UShort;
    "unsignedInt" => UInt;
    "unsignedLong" => ULong;
}

/// The name that the parser of TOML gives a date for serde, which has no dates: private to the crate
/// `toml_datetime`, so a test fails when it changes.
const TOML_DATE: &str = "$__toml_private_datetime";

/// `{"ArrayOfguid": [{"guid": "..."}]}`
fn read_array<'de, A: MapAccess<'de>>(name: &str, map: &mut A) -> Result<Value, A::Error> {
    let Some(kind) = ArrayKind::all().find(|it| it.type_name().name == name) else {
        return Err(A::Error::custom(format_args!(
            "a value has no type `{name}`: known are {}, and arrays of them as `ArrayOfstring`",
            NAMES.join(", "),
        )));
    };
    let items = map.next_value::<Vec<Read<Value>>>()?;
    Array::new(kind, items.into_iter().map(|it| it.0).collect())
        .map(Value::Array)
        .map_err(A::Error::custom)
}

struct Items<'a>(&'a Array);

impl Serialize for Items<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.items().iter().map(Write))
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "null, a Boolean, an integer, a text, a list, or one type and its value, \
             `{\"Money\": \"12.50\"}`",
        )
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        // Whole number columns are `int`s; a `long` is the rare case that has to be said.
        Ok(i32::try_from(value).map_or(Value::Long(value), Value::Int))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        match i64::try_from(value) {
            Ok(value) => self.visit_i64(value),
            Err(_) => Err(E::custom(format_args!(
                "{value} fits no 64-bit integer: write {{\"unsignedLong\": {value}}} or \
                 {{\"decimal\": \"{value}\"}}",
            ))),
        }
    }

    // The platform tells decimal, double and money apart, and a listener fails on the wrong one.
    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Err(E::custom(format_args!(
            "{value} may be of several types: write {{\"decimal\": \"{value}\"}}, \
             {{\"double\": {value}}} or {{\"Money\": \"{value}\"}}",
        )))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(Read(item)) = seq.next_element()? {
            items.push(item);
        }
        Ok(Value::Array(Array::from_objects(items)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let Some(name) = map.next_key::<String>()? else {
            return Err(A::Error::invalid_value(Unexpected::Map, &self));
        };
        if name == TOML_DATE {
            return map.next_value().map(|Read(date)| Value::DateTime(date));
        }
        // An object is one type and its value, as XML would say `<Money>12.50</Money>`; more than
        // one member is a record that somebody wrote without `Entity`.
        let value = read_typed(&name, &mut map)?;
        match map.next_key::<String>()? {
            None => Ok(value),
            Some(other) => Err(A::Error::custom(format_args!(
                "a value has one type: found `{other}` beside `{name}`",
            ))),
        }
    }
}
