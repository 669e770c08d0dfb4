//! From a message to an event.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use fe2o3_amqp_types::messaging::annotations::OwnedKey;
use fe2o3_amqp_types::messaging::{
    Annotations, ApplicationProperties, Body, Message, MessageId, Properties,
};
use fe2o3_amqp_types::primitives::{Binary, LazyValue, SimpleValue, Timestamp, Value};
use uuid::Uuid;

use crate::event::{Event, PropertyValue};

/// The message annotations of Event Hubs.
const SEQUENCE_NUMBER: &str = "x-opt-sequence-number";
const OFFSET: &str = "x-opt-offset";
const ENQUEUED_TIME: &str = "x-opt-enqueued-time";
const PARTITION_KEY: &str = "x-opt-partition-key";

/// The delivery annotation of the last event of the partition.
const LAST_ENQUEUED: &str = "last_enqueued_sequence_number";

/// The last event of the partition, if the service sends it.
pub(super) fn last_enqueued(message: &Message<Body<LazyValue>>) -> Option<i64> {
    integer(&message.delivery_annotations.as_ref()?.0, LAST_ENQUEUED)
}

/// The event in a message; none without a sequence number, which every event has.
pub(super) fn event(partition: &str, message: Message<Body<LazyValue>>) -> Option<Event> {
    let annotations = message.message_annotations.as_ref().map(|it| &it.0);
    let annotation = |name: &str| annotations.and_then(|it| get(it, name));
    let sequence_number = integer(annotations?, SEQUENCE_NUMBER)?;
    let text = |name: &str| annotation(name).and_then(text);
    let offset = text(OFFSET).unwrap_or_else(|| sequence_number.to_string());
    let partition_key = text(PARTITION_KEY);
    let enqueued_time = match annotation(ENQUEUED_TIME) {
        Some(Value::Timestamp(it)) => time(it),
        _ => None,
    };
    let properties = message.properties.unwrap_or_default();
    let Properties { message_id, correlation_id, content_type, .. } = properties;
    let mut event = Event::new(
        partition,
        sequence_number,
        enqueued_time.unwrap_or_default(),
        body(message.body),
    );
    event.offset = offset;
    event.partition_key = partition_key;
    event.message_id = message_id.map(id);
    event.correlation_id = correlation_id.map(id);
    event.content_type = content_type.map(|it| it.as_str().to_owned());
    event.properties =
        message.application_properties.map(application_properties).unwrap_or_default();
    Some(event)
}

/// There are few: a search is as fast as a hash.
fn get<'a>(annotations: &'a Annotations, name: &str) -> Option<&'a Value> {
    let is_it = |key: &OwnedKey| matches!(key, OwnedKey::Symbol(symbol) if symbol.as_str() == name);
    annotations.iter().find(|(key, _)| is_it(key)).map(|(_, value)| value)
}

fn integer(annotations: &Annotations, name: &str) -> Option<i64> {
    match get(annotations, name)? {
        Value::Long(number) => Some(*number),
        Value::Int(number) => Some(i64::from(*number)),
        _ => None,
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Symbol(symbol) => Some(symbol.as_str().to_owned()),
        _ => None,
    }
}

fn time(timestamp: &Timestamp) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(timestamp.clone().into_inner())
}

fn id(id: MessageId) -> String {
    match id {
        MessageId::Ulong(number) => number.to_string(),
        MessageId::Uuid(uuid) => Uuid::from_bytes(uuid.into_inner()).to_string(),
        MessageId::Binary(bytes) => STANDARD.encode(bytes),
        MessageId::String(text) => text,
    }
}

fn application_properties(properties: ApplicationProperties) -> BTreeMap<String, PropertyValue> {
    properties.0.into_iter().map(|(name, value)| (name, property(value))).collect()
}

/// A property: numbers, Booleans and texts as they are, everything else as a text.
fn property(value: SimpleValue) -> PropertyValue {
    let integer = |number: i64| PropertyValue::Integer(number);
    let text = |text: String| PropertyValue::String(text);
    match value {
        SimpleValue::Null => PropertyValue::Null,
        SimpleValue::Bool(it) => PropertyValue::Boolean(it),
        SimpleValue::Ubyte(number) => integer(number.into()),
        SimpleValue::Ushort(number) => integer(number.into()),
        SimpleValue::Uint(number) => integer(number.into()),
        // The upper half of its range is none of i64; a text keeps every digit.
        SimpleValue::Ulong(number) => {
            i64::try_from(number).map_or_else(|_| text(number.to_string()), integer)
        }
        SimpleValue::Byte(number) => integer(number.into()),
        SimpleValue::Short(number) => integer(number.into()),
        SimpleValue::Int(number) => integer(number.into()),
        SimpleValue::Long(number) => integer(number),
        SimpleValue::Float(number) => PropertyValue::Double(number.into_inner().into()),
        SimpleValue::Double(number) => PropertyValue::Double(number.into_inner()),
        SimpleValue::Char(it) => text(it.to_string()),
        SimpleValue::Timestamp(it) => {
            let known = time(&it).map(|it| it.to_rfc3339_opts(SecondsFormat::Millis, true));
            text(known.unwrap_or_else(|| it.into_inner().to_string()))
        }
        SimpleValue::Uuid(uuid) => text(Uuid::from_bytes(uuid.into_inner()).to_string()),
        SimpleValue::Binary(bytes) => text(STANDARD.encode(bytes)),
        SimpleValue::String(it) => text(it),
        SimpleValue::Symbol(symbol) => text(symbol.as_str().to_owned()),
        // Decimals of IEEE 754 and described values, which no known sender uses.
        other => text(STANDARD.encode(serde_amqp::to_vec(&other).unwrap_or_default())),
    }
}

/// The bytes of a body: of its data sections, or of a value that is a text or binary; of another value as
/// it is encoded.
fn body(body: Body<LazyValue>) -> Bytes {
    match body {
        Body::Data(sections) => {
            let mut sections: Vec<Binary> = sections.into_iter().map(|it| it.0).collect();
            match sections.pop() {
                Some(only) if sections.is_empty() => only.into_vec().into(),
                Some(last) => {
                    let all = sections.iter().chain([&last]);
                    all.flat_map(|it| it.iter().copied()).collect::<Vec<u8>>().into()
                }
                None => Bytes::new(),
            }
        }
        Body::Value(value) => plain(value.0),
        Body::Sequence(sections) => {
            let items = sections.into_iter().flat_map(|it| it.0);
            items.flat_map(LazyValue::into_bytes).collect()
        }
        Body::Empty => Bytes::new(),
    }
}

/// The codes of strings and binary values, which may be read at once: nothing is nested in them.
fn plain(value: LazyValue) -> Bytes {
    let encoded = value.into_bytes();
    let skipped = match encoded.first() {
        // str8 and vbin8 have a length of one byte, str32 and vbin32 one of four.
        Some(0xa0 | 0xa1) => 2,
        Some(0xb0 | 0xb1) => 5,
        // null
        Some(0x40) => 1,
        _ => 0,
    };
    if skipped > encoded.len() { encoded } else { encoded.slice(skipped..) }
}
