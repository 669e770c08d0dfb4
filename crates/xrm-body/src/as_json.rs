//! What a reader of JSON sees of a context.

use xrm_context::contract::{DataContract as _, Field, Plain, VisitMut, json_date_text};
use xrm_context::message::OrganizationUpsertResponse;
use xrm_context::{
    Array, ArrayKind, DateTime, DateTimeKind, Origin, RemoteExecutionContext, Value,
};

use crate::number::{plain_value, read_number};
use crate::options::NumberText;
use crate::text::decimal::decimal_text;
use crate::text::double::{double_text, float_text};
use crate::zone::Utc;

/// The context that a reader decodes from the JSON body of this one.
///
/// JSON does not distinguish a guid, a date, a duration, a URI or a character from a string, an integer
/// from a decimal or a double, one collection from another, or an enumeration from an integer. Dates
/// are cut to milliseconds.
///
/// ```
/// use xrm_body::{MessageFormat, as_read_from_json, decode, encode};
/// use xrm_context::{Entity, RemoteExecutionContext, Uuid, Value};
///
/// let target = Entity::new("account").with("accountid", Uuid::nil());
/// let context = RemoteExecutionContext {
///     input_parameters: [("Target", target)].into(),
///     ..Default::default()
/// };
/// let read = as_read_from_json(&context);
/// assert_eq!(read, decode(&encode(&context, MessageFormat::Json)?, MessageFormat::Json)?);
///
/// let id = read.target().unwrap().attributes.get("accountid").unwrap();
/// assert_eq!(*id, Value::String(Uuid::nil().to_string()));
/// # Ok::<(), xrm_body::Error>(())
/// ```
#[must_use]
pub fn as_read_from_json(context: &RemoteExecutionContext) -> RemoteExecutionContext {
    // It is worked out from the types instead of by encoding and decoding, so that the round-trip tests
    // compare the codecs with something that is not made of them.
    let mut context = context.clone();
    context.visit(&mut Reading);
    context
}

struct Reading;

impl VisitMut for Reading {
    fn date_time(&mut self, value: &mut DateTime) {
        *value = read_date(*value);
    }

    fn value(&mut self, value: &mut Value) {
        // Inside first: what a value holds is read before what the value itself becomes.
        value.visit_inside(self);
        *value = read_value(std::mem::take(value));
    }
}

fn read_value(value: Value) -> Value {
    match value {
        Value::Guid(guid) => Value::String(guid.hyphenated().to_string()),
        Value::DateTime(value) => Value::String(date_text(value)),
        Value::TimeSpan(span) => Value::String(span.to_string()),
        Value::Uri(uri) => Value::String(uri),
        Value::Char(unit) => Value::String(String::from_utf16_lossy(&[unit])),
        Value::Short(number) => number_value(&number.to_string()),
        Value::Byte(number) => number_value(&number.to_string()),
        Value::SByte(number) => number_value(&number.to_string()),
        Value::UShort(number) => number_value(&number.to_string()),
        Value::UInt(number) => number_value(&number.to_string()),
        Value::ULong(number) => number_value(&number.to_string()),
        Value::Long(number) => number_value(&number.to_string()),
        Value::Float(number) => number_value(float_text(number, NumberText::Framework).as_str()),
        Value::Double(number) => number_value(double_text(number, NumberText::Framework).as_str()),
        Value::Decimal(number) => number_value(decimal_text(number).as_str()),
        Value::Number(number) if number.origin() == Origin::Json => number_value(number.text()),
        Value::Number(number) => read_value(plain_value(number.value())),
        Value::Bytes(bytes) => {
            objects(bytes.into_iter().map(|byte| Value::Int(byte.into())).collect())
        }
        // Its items were read already: `visit_inside` went through them.
        Value::Array(array) if array.kind() == ArrayKind::OBJECT => Value::Array(array),
        Value::Array(array) => objects(array.into_items()),
        // In an `object` place the value's own class is read, also if a collection declares its base.
        Value::OrganizationResponse(response)
            if response.extra.derived() == Some(OrganizationUpsertResponse::TYPE) =>
        {
            Value::from(OrganizationUpsertResponse::from(*response))
        }
        other => match other.into_plain() {
            Plain::Number(number) => Value::Int(number),
            Plain::Items(items) => objects(items.into_iter().map(read_value).collect()),
            Plain::Value(value) => value,
        },
    }
}

fn objects(items: Vec<Value>) -> Value {
    Value::Array(Array::from_objects(items))
}

fn number_value(text: &str) -> Value {
    read_number(text, Origin::Json, false, NumberText::Framework).unwrap_or(Value::Null)
}

/// The instant and the offset that JSON writes of a date.
fn json_date(value: DateTime) -> Option<(i64, Option<i16>)> {
    crate::json::instant_and_offset(value, &Utc)
}

fn date_text(value: DateTime) -> String {
    json_date(value).map_or_else(String::new, |(instant, offset)| {
        json_date_text(instant, offset, b"/").as_str().to_owned()
    })
}

fn read_date(value: DateTime) -> DateTime {
    // A date without a JSON text fails to encode, so no reader sees it.
    let Some((instant, offset)) = json_date(value) else { return value };
    let since = (instant - DateTime::UNIX_EPOCH_TICKS) / DateTime::TICKS_PER_MILLISECOND;
    let instant = since * DateTime::TICKS_PER_MILLISECOND + DateTime::UNIX_EPOCH_TICKS;
    let read = match (value.kind(), offset) {
        (DateTimeKind::Utc, _) | (_, None) => DateTime::utc(instant),
        (_, Some(offset)) => DateTime::read_local(instant, offset, Origin::Json),
    };
    read.unwrap_or(value)
}
