//! An event as the local hub keeps it.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};

/// An event that a local hub accepted.
///
/// | of a single event | becomes |
/// |---|---|
/// | the body, byte for byte | `body` |
/// | `Content-Type` | `content_type` |
/// | `PartitionKey` of the `BrokerProperties` header, a JSON object | `partition_key` |
/// | `MessageId` and `CorrelationId` of the `BrokerProperties` header | `message_id`, `correlation_id` |
/// | the publisher that the path names | `publisher`, and `partition_key` |
/// | any other header that is [none of the exchange's own](crate::TRANSPORT_HEADERS) | a property, its name in lower case |
///
/// | of each member of a batch | becomes |
/// |---|---|
/// | `Body`, decoded if `IsBodyBase64` is true | `body` |
/// | `PartitionKey`, `MessageId`, `CorrelationId` of `BrokerProperties` | `partition_key`, `message_id`, `correlation_id` |
/// | `UserProperties` | the properties, names as written |
///
/// The `$local` route writes an event as one line of JSON:
///
/// ```json
/// {"partition":"0","sequence":0,"offset":"0","enqueued_time":"2026-01-05T08:00:00.000Z",
///  "content_type":"application/json","partition_key":null,"properties":{"alert":"Strong Wind"},
///  "body_base64":"e30="}
/// ```
///
/// and after its `partition_key` stands `"publisher":"till-7"` if it was sent as a publisher.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ReceivedEvent {
    /// The id of the partition, "0" for the first.
    pub partition: String,
    /// The number of the event in its partition, counted from 0 without gaps.
    pub sequence: i64,
    /// The position in the partition, a number as text that grows from event to event.
    pub offset: String,
    /// The time at which the event was accepted, by the local hub's clock.
    #[serde(serialize_with = "milliseconds")]
    pub enqueued_time: DateTime<Utc>,
    /// The content type. A batch gives its members none.
    pub content_type: Option<String>,
    /// The key by which the partition was chosen.
    pub partition_key: Option<String>,
    /// The publisher as which it was sent, by the path `/{hub}/publishers/{id}/messages`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publisher: Option<String>,
    /// The id of the message: `MessageId` of `BrokerProperties`, or the `message-id` of AMQP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// The correlation id of the message: `CorrelationId` of `BrokerProperties`, or the
    /// `correlation-id` of AMQP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
    /// The application properties, by name.
    pub properties: BTreeMap<String, PropertyValue>,
    /// The kind of a body that is no data, as only AMQP has it: `value` or `sequence`. Then `body` is
    /// the body as AMQP encodes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_type: Option<&'static str>,
    /// The body.
    #[serde(rename = "body_base64", serialize_with = "base64")]
    pub body: Bytes,
}

fn milliseconds<S: Serializer>(time: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&time.to_rfc3339_opts(SecondsFormat::Millis, true))
}

fn base64<S: Serializer>(bytes: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&STANDARD.encode(bytes))
}

/// The value of an application property.
///
/// The value of a header is text, which the service turns into a number or a Boolean where it fits
/// ([Exchange events between consumers and producers that use different protocols](https://learn.microsoft.com/azure/event-hubs/event-hubs-exchange-events-different-protocols)).
/// What fits exactly is not documented. Here it is what reads back as it was written, so that an
/// identifier such as `007` stays text, and quotes keep anything a text:
///
/// | header value | property |
/// |---|---|
/// | `Strong Wind`, `12345,ABC`, `007`, `1e5` | text as written |
/// | `42`, `-7` | integer |
/// | `1.50` | double |
/// | `true`, `false` | Boolean |
/// | `"42"` | text `42` |
///
/// In a batch the JSON type decides. What the service makes of `null` there is not documented;
/// AMQP, by which consumers read, has a null
/// ([AMQP 1.0, 3.2.5](https://docs.oasis-open.org/amqp/core/v1.0/os/amqp-core-messaging-v1.0-os.html#type-application-properties)),
/// so the property is kept.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum PropertyValue {
    /// A text.
    String(String),
    /// An integer of 64 bits.
    Integer(i64),
    /// A double.
    Double(f64),
    /// A Boolean.
    Boolean(bool),
    /// Nothing: `null` in a batch.
    Null,
}

impl PropertyValue {
    /// The value of a header that holds this text.
    pub(crate) fn from_header(text: &str) -> Self {
        match text {
            "true" => Self::Boolean(true),
            "false" => Self::Boolean(false),
            // Quotes first: they are how a client keeps `42` a text.
            _ => unquoted(text)
                .map(Self::String)
                .or_else(|| integer(text).map(Self::Integer))
                .or_else(|| double(text).map(Self::Double))
                .unwrap_or_else(|| Self::String(text.to_owned())),
        }
    }

    /// The value of a member of a batch, or `None` for what is no property value.
    pub(crate) fn from_json(value: serde_json::Value) -> Option<Self> {
        use serde_json::Value;
        match value {
            Value::String(text) => Some(Self::String(text)),
            Value::Bool(it) => Some(Self::Boolean(it)),
            Value::Number(it) => {
                // A number over i64 becomes a double, as in a header it stays a text: AMQP has an
                // unsigned type, but the service does not say that it uses it.
                it.as_i64().map(Self::Integer).or_else(|| it.as_f64().map(Self::Double))
            }
            Value::Null => Some(Self::Null),
            Value::Array(_) | Value::Object(_) => None,
        }
    }
}

impl From<&str> for PropertyValue {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

/// The text between quotes, `\"` and `\\` in it unescaped.
fn unquoted(text: &str) -> Option<String> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    Some(inner.replace("\\\"", "\"").replace("\\\\", "\\"))
}

fn integer(text: &str) -> Option<i64> {
    text.parse().ok().filter(|it: &i64| it.to_string() == text)
}

fn double(text: &str) -> Option<f64> {
    let (whole, fraction) = text.split_once('.')?;
    let digits = !fraction.is_empty() && fraction.bytes().all(|b| b.is_ascii_digit());
    let canonical = integer(whole).is_some() || whole == "-0";
    (digits && canonical).then(|| text.parse().ok()).flatten()
}

/// An event as it was sent, without a place in a partition yet.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct EventData {
    pub(crate) content_type: Option<String>,
    pub(crate) partition_key: Option<String>,
    pub(crate) publisher: Option<String>,
    pub(crate) message_id: Option<String>,
    pub(crate) correlation_id: Option<String>,
    pub(crate) properties: BTreeMap<String, PropertyValue>,
    pub(crate) body: Bytes,
}

#[cfg(test)]
mod tests {
    use super::PropertyValue;

    #[test]
    fn header_values_become_what_they_fit() {
        let text = |it: &str| PropertyValue::String(it.to_owned());
        let cases = [
            ("Strong Wind", text("Strong Wind")),
            ("12345,ABC", text("12345,ABC")),
            ("", text("")),
            ("42", PropertyValue::Integer(42)),
            ("-7", PropertyValue::Integer(-7)),
            ("9223372036854775807", PropertyValue::Integer(i64::MAX)),
            ("9223372036854775808", text("9223372036854775808")),
            ("007", text("007")),
            ("+7", text("+7")),
            ("-0", text("-0")),
            ("1.50", PropertyValue::Double(1.5)),
            ("-0.5", PropertyValue::Double(-0.5)),
            ("01.5", text("01.5")),
            ("1.", text("1.")),
            (".5", text(".5")),
            ("1.2.3", text("1.2.3")),
            ("1e5", text("1e5")),
            ("NaN", text("NaN")),
            ("true", PropertyValue::Boolean(true)),
            ("True", text("True")),
            ("\"42\"", text("42")),
            ("\"a \\\"b\\\" \\\\\"", text("a \"b\" \\")),
            ("\"", text("\"")),
        ];
        for (header, value) in cases {
            assert_eq!(PropertyValue::from_header(header), value, "{header}");
        }
    }
}
