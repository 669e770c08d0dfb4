//! A batch keeps to its limit, and what stands in it is read back as the events that went in.

#![no_main]

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use eventhub_rest::{Batch, BatchBuilder, Error, Event, PropertyValue};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use serde::Deserialize;
use serde_json::Value;

#[derive(Arbitrary, Debug)]
struct Input {
    limit: u16,
    events: Vec<Given>,
}

#[derive(Arbitrary, Debug)]
struct Given {
    body: Body,
    properties: Vec<(String, Property)>,
    partition_key: Option<String>,
    base64_body: bool,
}

#[derive(Arbitrary, Debug)]
enum Body {
    Text(String),
    Bytes(Vec<u8>),
}

#[derive(Arbitrary, Debug)]
enum Property {
    Null,
    Boolean(bool),
    Integer(i64),
    Double(f64),
    Text(String),
}

fuzz_target!(|input: Input| {
    let mut builder = BatchBuilder::new(input.limit.into());
    let mut events = Vec::new();
    for given in input.events {
        let event = event(given);
        match builder.try_add(&event) {
            Ok(()) => events.push(event),
            Err(error) => is_justified(&error, &builder, &event),
        }
    }
    let size = builder.size();
    match builder.take() {
        Some(batch) => {
            assert_eq!((batch.body().len(), batch.len()), (size, events.len()));
            assert!(size <= input.limit.into(), "the batch exceeds its limit");
            holds(&batch, &events);
        }
        None => assert!(events.is_empty() && size == 0),
    }
});

/// The event, without what no event can have.
fn event(given: Given) -> Event {
    let body = match given.body {
        Body::Text(text) => text.into_bytes(),
        Body::Bytes(bytes) => bytes,
    };
    let mut event = Event::new(body, "text/plain").expect("the content type is well-formed");
    for (name, value) in given.properties {
        let value = match value {
            Property::Null => PropertyValue::Null,
            Property::Boolean(value) => value.into(),
            Property::Integer(value) => value.into(),
            Property::Double(value) => value.into(),
            Property::Text(value) => value.into(),
        };
        event = event.clone().with_application_property(&name, value).unwrap_or(event);
    }
    if let Some(key) = given.partition_key {
        event = event.clone().with_partition_key(&key).unwrap_or(event);
    }
    if given.base64_body { event.with_base64_body() } else { event }
}

/// Whether an event is kept out for the reason that is told, by the size of a batch of its own.
fn is_justified(error: &Error, builder: &BatchBuilder, event: &Event) {
    let alone = Batch::from_event(event).body().len();
    match error {
        Error::PartitionKeyDiffers => assert_ne!(builder.partition_key(), event.partition_key()),
        Error::BatchFull => {
            // Of the two brackets that it has alone, a comma takes the place of one.
            assert!(!builder.is_empty() && alone <= builder.limit());
            assert!(builder.size() + alone - 1 > builder.limit());
        }
        Error::EventTooLarge { size, limit } => {
            assert_eq!((*size, *limit), (alone, builder.limit()));
            assert!(size > limit);
        }
        other => panic!("no reason to keep an event out: {other:?}"),
    }
}

/// A member of a batch. Its properties are not read as one `Value`, for serde_json gives objects of
/// some names a meaning of its own.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
struct Member {
    body: String,
    is_body_base64: bool,
    user_properties: BTreeMap<String, Value>,
    broker_properties: BrokerProperties,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct BrokerProperties {
    partition_key: Option<String>,
}

fn holds(batch: &Batch, events: &[Event]) {
    let members: Vec<Member> = serde_json::from_slice(batch.body()).expect("a batch is JSON");
    assert_eq!(members.len(), events.len());
    for (member, event) in members.iter().zip(events) {
        assert_eq!(body(member), *event.body());
        let key = member.broker_properties.partition_key.as_deref();
        assert_eq!((key, batch.partition_key()), (event.partition_key(), event.partition_key()));
        let properties = &member.user_properties;
        assert_eq!(properties.len(), event.application_properties().count());
        for (name, value) in event.application_properties() {
            assert_eq!(properties.get(name), Some(&json(&value)), "{name:?}");
        }
    }
}

fn body(member: &Member) -> Vec<u8> {
    if member.is_body_base64 {
        STANDARD.decode(&member.body).expect("it says that it is base64")
    } else {
        member.body.as_bytes().to_vec()
    }
}

fn json(value: &PropertyValue) -> Value {
    match value {
        PropertyValue::Null => Value::Null,
        PropertyValue::Boolean(value) => (*value).into(),
        PropertyValue::Integer(value) => (*value).into(),
        PropertyValue::Double(value) => (*value).into(),
        PropertyValue::String(value) => value.as_str().into(),
        other => panic!("a value of a new type: {other:?}"),
    }
}
