//! Events, as a partition keeps them.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An event of a partition, with its place and its properties.
///
/// It serializes to the members that `xrm-eventhub local events` prints: `partition`, `sequence`, `offset`,
/// `enqueued_time`, ..., and the body in base64 as `body_base64`.
///
/// ```
/// use chrono::DateTime;
/// use xrm_listener::Event;
///
/// let event = Event::new("0", 7, DateTime::UNIX_EPOCH, "{}")
///     .with_content_type("application/json")
///     .with_property("xrm-attempt", 2);
/// assert_eq!(event.property("XRM-Attempt"), Some(&2.into()));
/// assert!(serde_json::to_string(&event)?.ends_with(r#""body_base64":"e30="}"#));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Event {
    /// The partition.
    pub partition: String,
    /// The number of the event in its partition. The first is 0.
    #[serde(rename = "sequence")]
    pub sequence_number: i64,
    /// The place of the event in its partition, a text that only the service understands.
    #[serde(default)]
    pub offset: String,
    /// The time at which the hub received the event, by the hub's clock.
    pub enqueued_time: DateTime<Utc>,
    /// The content type of the body, if the sender gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// The partition key, if the sender gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition_key: Option<String>,
    /// The AMQP message id, if the sender gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// The AMQP correlation id, if the sender gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
    /// The application properties by name. Names of events that came over HTTP are in lower case.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub properties: BTreeMap<String, PropertyValue>,
    /// The body, whatever it is.
    #[serde(
        rename = "body_base64",
        serialize_with = "to_base64",
        deserialize_with = "from_base64"
    )]
    pub body: Bytes,
}

impl Event {
    /// An event with nothing but its place, its time and its body, for tests and other sources. The offset
    /// is the sequence number.
    #[must_use]
    pub fn new(
        partition: impl Into<String>,
        sequence_number: i64,
        enqueued_time: DateTime<Utc>,
        body: impl Into<Bytes>,
    ) -> Self {
        Self {
            partition: partition.into(),
            sequence_number,
            offset: sequence_number.to_string(),
            enqueued_time,
            content_type: None,
            partition_key: None,
            message_id: None,
            correlation_id: None,
            properties: BTreeMap::new(),
            body: body.into(),
        }
    }

    /// The same event with a content type.
    #[must_use]
    pub fn with_content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    /// The same event with an application property.
    #[must_use]
    pub fn with_property(
        mut self,
        name: impl Into<String>,
        value: impl Into<PropertyValue>,
    ) -> Self {
        self.properties.insert(name.into(), value.into());
        self
    }

    /// An application property by its name, in any case: names that traveled as HTTP headers are in lower
    /// case.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&PropertyValue> {
        let by_name = || self.properties.iter().find(|(it, _)| it.eq_ignore_ascii_case(name));
        self.properties.get(name).or_else(|| by_name().map(|(_, value)| value))
    }
}

/// Shows everything but the values of properties and the body, which are business data.
impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("partition", &self.partition)
            .field("sequence_number", &self.sequence_number)
            .field("enqueued_time", &self.enqueued_time)
            .field("content_type", &self.content_type)
            .field("properties", &self.properties.keys())
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// The value of an application property.
///
/// AMQP has more types. A value of one that is not here is a text: a time as RFC 3339 writes it, bytes in
/// base64, a GUID with hyphens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum PropertyValue {
    /// Nothing.
    Null,
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Double(f64),
    /// A text.
    String(String),
}

impl PropertyValue {
    /// The text, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number, also of a text that is one: properties that travel as HTTP headers are texts.
    #[must_use]
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            Self::String(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// True or false, also of a text that is either, in any case.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Boolean(it) => Some(*it),
            Self::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Self::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }
}

impl From<&str> for PropertyValue {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for PropertyValue {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<i64> for PropertyValue {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<bool> for PropertyValue {
    fn from(it: bool) -> Self {
        Self::Boolean(it)
    }
}

impl From<f64> for PropertyValue {
    fn from(number: f64) -> Self {
        Self::Double(number)
    }
}

impl fmt::Display for PropertyValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Boolean(it) => it.fmt(f),
            Self::Integer(number) => number.fmt(f),
            Self::Double(number) => number.fmt(f),
            Self::String(text) => f.write_str(text),
        }
    }
}

fn to_base64<S: Serializer>(body: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&STANDARD.encode(body))
}

fn from_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
    let text = String::deserialize(deserializer)?;
    STANDARD.decode(text).map(Bytes::from).map_err(de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_reads_back_from_its_json() {
        let mut event = Event::new("3", 9, DateTime::UNIX_EPOCH, &b"\0\xff"[..])
            .with_content_type("application/xml")
            .with_property("text", "42")
            .with_property("number", 42)
            .with_property("double", 1.5)
            .with_property("yes", true)
            .with_property("nothing", PropertyValue::Null);
        event.partition_key = Some("k".to_owned());
        event.message_id = Some("m".to_owned());
        let text = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), event);
        let bare = Event::new("0", 0, DateTime::UNIX_EPOCH, "");
        let text = serde_json::to_string(&bare).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), bare);
    }

    #[test]
    fn debug_shows_no_business_data() {
        let event = Event::new("3", 9, DateTime::UNIX_EPOCH, "secret-body")
            .with_property("name", "secret-value");
        let text = format!("{event:?}");
        assert!(text.contains("\"name\"") && !text.contains("secret"), "{text}");
    }

    #[test]
    fn properties_of_headers_are_read_as_what_they_mean() {
        assert_eq!(PropertyValue::from("3").as_integer(), Some(3));
        assert_eq!(PropertyValue::from("True").as_bool(), Some(true));
        assert_eq!(PropertyValue::from("3").as_bool(), None);
        assert_eq!(PropertyValue::Integer(3).as_str(), None);
    }
}
