//! Messages: the sections of one, and the events that they are
//! ([AMQP 1.0, 3.2](https://docs.oasis-open.org/amqp/core/v1.0/os/amqp-core-messaging-v1.0-os.html#section-message-format)).
//!
//! An event is kept as the bytes that readers get: annotations with its place in the partition, then
//! the sender's own sections, unchanged. So names and types of properties arrive exactly as they were
//! sent, and an event is encoded once, however many read it.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};

use crate::amqp::encode;
use crate::amqp::performative::{List, Properties, Raw, Symbol};
use crate::amqp::value::{DecodeError, Element, check, split};
use crate::event::{EventData, PropertyValue, ReceivedEvent};
use crate::refusal::Refusal;
use crate::submission::sign_off;

/// Message annotations of Event Hubs.
pub(crate) const SEQUENCE_NUMBER: &str = "x-opt-sequence-number";
pub(crate) const OFFSET: &str = "x-opt-offset";
pub(crate) const ENQUEUED_TIME: &str = "x-opt-enqueued-time";
pub(crate) const PARTITION_KEY: &str = "x-opt-partition-key";
pub(crate) const PUBLISHER: &str = "x-opt-publisher";

/// The annotations that the hub sets, whatever a sender says.
const SET_BY_THE_HUB: &[&str] = &[SEQUENCE_NUMBER, OFFSET, ENQUEUED_TIME, PARTITION_KEY, PUBLISHER];

const HEADER: u8 = 0x70;
const DELIVERY_ANNOTATIONS: u8 = 0x71;
const MESSAGE_ANNOTATIONS: u8 = 0x72;
const APPLICATION_PROPERTIES: u8 = 0x74;
const DATA: u8 = 0x75;
const SEQUENCE: u8 = 0x76;
const VALUE: u8 = 0x77;
const FOOTER: u8 = 0x78;

/// The descriptors of sections as symbols, for senders that write them so.
const SECTIONS: &[(&str, u64)] = &[
    ("amqp:header:list", HEADER as u64),
    ("amqp:delivery-annotations:map", DELIVERY_ANNOTATIONS as u64),
    ("amqp:message-annotations:map", MESSAGE_ANNOTATIONS as u64),
    ("amqp:properties:list", Properties::CODE as u64),
    ("amqp:application-properties:map", APPLICATION_PROPERTIES as u64),
    ("amqp:data:binary", DATA as u64),
    ("amqp:amqp-sequence:list", SEQUENCE as u64),
    ("amqp:amqp-value:*", VALUE as u64),
    ("amqp:footer:map", FOOTER as u64),
];

/// The sections of an encoded message.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Message<'a> {
    pub(crate) annotations: Option<Element<'a>>,
    pub(crate) properties: Properties<'a>,
    pub(crate) application_properties: Option<Element<'a>>,
    /// The value of the body, if it has one.
    pub(crate) value: Option<Element<'a>>,
    /// The sections of the body, whatever they are.
    body: &'a [u8],
    /// The sections from the properties on, as the sender wrote them.
    own: &'a [u8],
}

impl<'a> Message<'a> {
    /// Splits a message into sections, and checks all that is in them.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        check(bytes)?;
        Self::sections(bytes)
    }

    /// Splits a message that was checked before.
    fn sections(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut message = Self { own: &[], ..Self::default() };
        let (mut rest, mut last, mut body_start) = (bytes, HEADER, None);
        while !rest.is_empty() {
            let at = rest;
            let (element, tail) = split(rest)?;
            let code = element.descriptor(SECTIONS).and_then(|it| u8::try_from(it).ok());
            let code = code.ok_or(DecodeError::Type("a section of a message"))?;
            // A body is of one kind; data and sequences may be several sections.
            let repeats = matches!(code, DATA | SEQUENCE);
            if code < last || (code == last && !repeats && code != HEADER) {
                return Err(DecodeError::Sections);
            }
            if code > MESSAGE_ANNOTATIONS && message.own.is_empty() {
                message.own = at;
            }
            if matches!(code, DATA | SEQUENCE | VALUE) && body_start.is_none() {
                body_start = Some(at);
            }
            match code {
                HEADER | DELIVERY_ANNOTATIONS | DATA | SEQUENCE => {}
                MESSAGE_ANNOTATIONS => message.annotations = Some(element.without_descriptor()),
                Properties::CODE => message.properties = Properties::read(element)?,
                APPLICATION_PROPERTIES => {
                    message.application_properties = Some(element.without_descriptor());
                }
                VALUE => message.value = Some(element.without_descriptor()),
                FOOTER => {
                    let start: &[u8] = body_start.unwrap_or(at);
                    message.body = &start[..start.len() - at.len()];
                }
                _ => return Err(DecodeError::Type("a section of a message")),
            }
            last = code;
            rest = tail;
        }
        if last != FOOTER {
            message.body = body_start.unwrap_or_default();
        }
        Ok(message)
    }

    /// A text among the application properties.
    pub(crate) fn application_property(&self, name: &str) -> Option<&'a str> {
        self.application_properties?.get(name)?.text().ok()
    }

    /// A text among the message annotations.
    fn annotation(&self, name: &str) -> Option<&'a str> {
        self.annotations?.get(name)?.text().ok()
    }

    /// The partition key, if the message has one.
    pub(crate) fn partition_key(&self) -> Option<&'a str> {
        self.annotation(PARTITION_KEY)
    }

    /// The message as an event to append.
    pub(crate) fn to_new_event(self) -> NewEvent {
        let mut annotations = Annotations::default();
        for (name, value) in self.annotations.iter().flat_map(Element::pairs) {
            if !name.text().is_ok_and(|it| SET_BY_THE_HUB.contains(&it)) {
                annotations.add(name.encoded(), value.encoded());
            }
        }
        NewEvent {
            partition_key: self.partition_key().map(str::to_owned),
            publisher: None,
            annotations,
            sections: self.own.to_vec(),
            body_length: self.body.len(),
        }
    }

    /// The bodies of the data sections, which are the messages of a batch.
    pub(crate) fn data(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let mut rest = self.body;
        std::iter::from_fn(move || {
            let (element, tail) = split(rest).ok()?;
            rest = tail;
            let is_data = element.descriptor(SECTIONS) == Some(DATA.into());
            is_data.then(|| element.without_descriptor().binary().ok()).flatten()
        })
    }
}

/// An event that a hub takes, without its place in a partition.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct NewEvent {
    pub(crate) partition_key: Option<String>,
    pub(crate) publisher: Option<String>,
    /// The sender's own annotations.
    annotations: Annotations,
    /// The sections from the properties on.
    sections: Vec<u8>,
    /// The bytes of the body, for the offset of the next event.
    pub(crate) body_length: usize,
}

/// Pairs of a map, encoded.
#[derive(Clone, Debug, Default, PartialEq)]
struct Annotations {
    pairs: u32,
    encoded: Vec<u8>,
}

impl Annotations {
    fn add(&mut self, name: &[u8], value: &[u8]) {
        self.pairs += 1;
        self.encoded.extend_from_slice(name);
        self.encoded.extend_from_slice(value);
    }
}

/// The place of an event in its partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) sequence: i64,
    pub(crate) offset: u64,
    pub(crate) enqueued_time: DateTime<Utc>,
}

impl NewEvent {
    /// Makes the event that of a publisher.
    pub(crate) fn sign_off(&mut self, publisher: &str) -> Result<(), Refusal> {
        sign_off(&mut self.partition_key, publisher)?;
        self.publisher = Some(publisher.to_owned());
        Ok(())
    }

    /// The event at a place in a partition, as readers get it.
    pub(crate) fn encode(&self, place: &Place) -> Bytes {
        /// About what the hub's own annotations take.
        const ANNOTATIONS: usize = 160;

        let texts = [(PARTITION_KEY, &self.partition_key), (PUBLISHER, &self.publisher)];
        let texts = texts.into_iter().filter_map(|(name, text)| Some((name, text.as_deref()?)));
        let texts: Vec<_> = texts.collect();
        let pairs = 3 + texts.len() as u32 + self.annotations.pairs;
        let length = ANNOTATIONS + self.annotations.encoded.len() + self.sections.len();
        let mut out = Vec::with_capacity(length);
        encode::descriptor(&mut out, MESSAGE_ANNOTATIONS);
        encode::map(&mut out, pairs, |out| {
            // A long, a string and a timestamp: clients read other types as absent.
            encode::symbol(out, SEQUENCE_NUMBER);
            encode::long(out, place.sequence);
            encode::symbol(out, OFFSET);
            encode::string(out, &place.offset.to_string());
            encode::symbol(out, ENQUEUED_TIME);
            encode::timestamp(out, place.enqueued_time);
            for (name, text) in texts {
                encode::symbol(out, name);
                encode::string(out, text);
            }
            out.extend_from_slice(&self.annotations.encoded);
        });
        out.extend_from_slice(&self.sections);
        out.into()
    }
}

impl From<EventData> for NewEvent {
    fn from(event: EventData) -> Self {
        let mut sections = Vec::with_capacity(event.body.len() + 64);
        let (message_id, correlation_id) = (id(&event.message_id), id(&event.correlation_id));
        let properties = Properties {
            message_id: raw(&message_id),
            correlation_id: raw(&correlation_id),
            content_type: event.content_type.as_deref().map(Symbol),
            ..Properties::default()
        };
        if properties != Properties::default() {
            properties.write(&mut sections);
        }
        if !event.properties.is_empty() {
            encode::descriptor(&mut sections, APPLICATION_PROPERTIES);
            encode::map(&mut sections, event.properties.len() as u32, |out| {
                for (name, value) in &event.properties {
                    encode::string(out, name);
                    write_property(out, value);
                }
            });
        }
        encode::descriptor(&mut sections, DATA);
        encode::binary(&mut sections, &event.body);
        Self {
            partition_key: event.partition_key,
            publisher: event.publisher,
            annotations: Annotations::default(),
            sections,
            body_length: event.body.len(),
        }
    }
}

/// The id of a message, encoded; nothing if it has none.
fn id(text: &Option<String>) -> Vec<u8> {
    let mut out = Vec::new();
    text.iter().for_each(|it| encode::string(&mut out, it));
    out
}

fn raw(encoded: &[u8]) -> Option<Raw<'_>> {
    split(encoded).ok().map(|(element, _)| Raw(element))
}

fn write_property(out: &mut Vec<u8>, value: &PropertyValue) {
    match value {
        PropertyValue::String(text) => encode::string(out, text),
        // The service makes an int of a number that fits (`PropertyValue` has the source).
        PropertyValue::Integer(number) => match i32::try_from(*number) {
            Ok(number) => encode::int(out, number),
            Err(_) => encode::long(out, *number),
        },
        PropertyValue::Double(number) => encode::double(out, *number),
        PropertyValue::Boolean(it) => encode::boolean(out, *it),
        PropertyValue::Null => encode::null(out),
    }
}

/// Reads an event of the log. What is not as it should be is left out: the log holds only messages
/// that were checked, or written here.
pub(crate) fn received(partition: u32, place: &Place, encoded: &Bytes) -> ReceivedEvent {
    let message = Message::sections(encoded).unwrap_or_default();
    let text = |raw: Option<Raw<'_>>| raw.map(|Raw(it)| plain_text(&it));
    let properties = message.application_properties.iter().flat_map(Element::pairs);
    let properties = properties
        .filter_map(|(name, value)| Some((name.text().ok()?.to_owned(), read_property(&value))));
    let (body, body_type) = body(&message, encoded);
    ReceivedEvent {
        partition: partition.to_string(),
        sequence: place.sequence,
        offset: place.offset.to_string(),
        enqueued_time: place.enqueued_time,
        content_type: message.properties.content_type.map(|it| it.0.to_owned()),
        partition_key: message.partition_key().map(str::to_owned),
        publisher: message.annotation(PUBLISHER).map(str::to_owned),
        message_id: text(message.properties.message_id),
        correlation_id: text(message.properties.correlation_id),
        properties: properties.collect::<BTreeMap<_, _>>(),
        body_type,
        body,
    }
}

/// The data of a message; or its sections as they are, with the name of their kind.
fn body(message: &Message<'_>, encoded: &Bytes) -> (Bytes, Option<&'static str>) {
    let first = split(message.body).ok().and_then(|(it, _)| it.descriptor(SECTIONS));
    let kind = match first.and_then(|it| u8::try_from(it).ok()) {
        Some(VALUE) => Some("value"),
        Some(SEQUENCE) => Some("sequence"),
        _ => None,
    };
    let mut data = message.data();
    match (kind, data.next(), data.next()) {
        (Some(_), ..) => (encoded.slice_ref(message.body), kind),
        (None, None, _) => (Bytes::new(), None),
        (None, Some(one), None) => (encoded.slice_ref(one), None),
        (None, ..) => (message.data().flatten().copied().collect(), None),
    }
}

/// A property of an event; what is neither number nor Boolean nor null is a text.
fn read_property(value: &Element<'_>) -> PropertyValue {
    if value.is_null() {
        return PropertyValue::Null;
    }
    let unsigned = || value.unsigned().ok();
    let integer = value.signed().ok().or_else(|| unsigned().and_then(|it| i64::try_from(it).ok()));
    integer
        .map(PropertyValue::Integer)
        .or_else(|| unsigned().map(|it| PropertyValue::Double(it as f64)))
        .or_else(|| value.double().ok().map(PropertyValue::Double))
        .or_else(|| value.boolean().ok().map(PropertyValue::Boolean))
        .unwrap_or_else(|| PropertyValue::String(plain_text(value)))
}

/// A value that is no number as a text: a time as RFC 3339 has it, bytes and what has no text of its
/// own in base64.
fn plain_text(value: &Element<'_>) -> String {
    if let Ok(text) = value.text() {
        return text.to_owned();
    }
    let number = || value.unsigned().ok().map(|it| it.to_string());
    let time = || value.timestamp().map(|it| it.to_rfc3339_opts(SecondsFormat::Millis, true));
    let uuid = || value.uuid().map(|it| it.to_string());
    let character = || value.character().map(|it| it.to_string());
    let binary = || value.binary().ok().map(|it| STANDARD.encode(it));
    let text = number().or_else(time).or_else(uuid).or_else(character).or_else(binary);
    text.unwrap_or_else(|| STANDARD.encode(value.encoded()))
}
