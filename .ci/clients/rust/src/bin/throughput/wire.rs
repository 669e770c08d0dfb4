//! Frames of the bare peer. Control frames are values of a library, because their speed does not matter.

use fe2o3_amqp::types::primitives::{Symbol, Value};
use serde::Deserialize as _;
use serde_amqp::de::Deserializer;
use serde_amqp::described::Described;
use serde_amqp::descriptor::Descriptor;
use serde_amqp::read::SliceReader;
use serde_amqp::to_vec;
use xrm_clients::Error;

/// Appends a frame of a channel, or of SASL.
pub(crate) fn frame(out: &mut Vec<u8>, sasl: bool, channel: u16, body: &[u8]) {
    let size = 8 + body.len() as u32;
    out.extend(size.to_be_bytes());
    out.extend([2, u8::from(sasl)]);
    out.extend(channel.to_be_bytes());
    out.extend(body);
}

/// The values of a frame or a message, one after another.
pub(crate) fn values(bytes: &[u8]) -> Vec<Value> {
    let mut deserializer = Deserializer::new(SliceReader::new(bytes));
    std::iter::from_fn(|| Value::deserialize(&mut deserializer).ok()).collect()
}

/// The descriptor and the fields of a list.
pub(crate) fn list(value: &Value) -> Option<(u64, &[Value])> {
    match value {
        Value::Described(it) => match (&it.descriptor, &it.value) {
            (Descriptor::Code(code), Value::List(fields)) => Some((*code, fields)),
            _ => None,
        },
        _ => None,
    }
}

/// A described value, encoded.
pub(crate) fn encode(code: u64, value: Value) -> Result<Vec<u8>, Error> {
    let described = Described { descriptor: Descriptor::Code(code), value };
    Ok(to_vec(&Value::Described(Box::new(described)))?)
}

/// The number of a field, if it has one.
pub(crate) fn number(field: Option<&Value>) -> Option<u32> {
    match field {
        Some(Value::Uint(number)) => Some(*number),
        _ => None,
    }
}

/// The address of a source or target.
pub(crate) fn address(terminus: Option<&Value>) -> &str {
    match terminus.and_then(list).map(|(_, fields)| fields.first()) {
        Some(Some(Value::String(address))) => address,
        _ => "",
    }
}

pub(crate) fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

pub(crate) fn symbol(text: &str) -> Value {
    Value::Symbol(Symbol::from(text))
}
