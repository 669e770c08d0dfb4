//! JSON with `serde_json`.
//!
//! It writes what `xrm-body` writes, except that it leaves the solidus as it is where the platform
//! escapes it, and writes a line feed as `\n` where the platform writes `\u000a`. It reads both.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{Object, RemoteExecutionContext, Value};

/// Appends a body to `out`.
///
/// # Errors
/// None that a context can cause.
pub fn encode(
    context: &RemoteExecutionContext,
    out: &mut Vec<u8>,
) -> Result<(), serde_json::Error> {
    serde_json::to_writer(out, context)
}

/// Reads a body.
///
/// # Errors
/// That of `serde_json` for what is not JSON or not a context.
pub fn decode(body: &[u8]) -> Result<RemoteExecutionContext, serde_json::Error> {
    serde_json::from_slice(body)
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a scalar or an object that begins with its `__type`")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Int(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value, E> {
        i64::try_from(value).map(Value::Int).map_err(E::custom)
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Decimal(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let Some((TypeMember::Type, kind)) = members.next_entry()? else {
            return Err(A::Error::missing_field("__type"));
        };
        read_object(kind, MapAccessDeserializer::new(members)).map(Value::Object)
    }
}

fn read_object<'de, D: Deserializer<'de>>(kind: Kind, members: D) -> Result<Object, D::Error> {
    match kind {
        Kind::Entity => Deserialize::deserialize(members).map(Object::Entity),
        Kind::EntityCollection => Deserialize::deserialize(members).map(Object::EntityCollection),
        Kind::EntityReference => Deserialize::deserialize(members).map(Object::EntityReference),
        Kind::Money => Deserialize::deserialize(members).map(Object::Money),
        Kind::OptionSetValue => Deserialize::deserialize(members).map(Object::OptionSetValue),
    }
}

/// The name of an object's first member.
#[derive(Deserialize)]
#[serde(field_identifier)]
enum TypeMember {
    #[serde(rename = "__type")]
    Type,
}

/// What that member may say.
#[derive(Deserialize)]
enum Kind {
    #[serde(rename = "Entity:http://schemas.microsoft.com/xrm/2011/Contracts")]
    Entity,
    #[serde(rename = "EntityCollection:http://schemas.microsoft.com/xrm/2011/Contracts")]
    EntityCollection,
    #[serde(rename = "EntityReference:http://schemas.microsoft.com/xrm/2011/Contracts")]
    EntityReference,
    #[serde(rename = "Money:http://schemas.microsoft.com/xrm/2011/Contracts")]
    Money,
    #[serde(rename = "OptionSetValue:http://schemas.microsoft.com/xrm/2011/Contracts")]
    OptionSetValue,
}
