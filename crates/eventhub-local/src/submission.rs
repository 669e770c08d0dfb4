//! What a request sends: one event or a batch, and where to.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};
use serde::Deserialize;

use crate::event::{EventData, PropertyValue};
use crate::refusal::Refusal;

/// The content type that makes a body a batch, exactly so: with a parameter after it, or any other
/// content type, the body is the body of one event.
///
/// A batch is a JSON array of objects with the members `Body` (a string), `IsBodyBase64`,
/// `UserProperties` and `BrokerProperties`, each of which may be absent
/// ([Send batch events](https://learn.microsoft.com/rest/api/eventhub/send-batch-events)). Headers
/// give a batch no properties. What Microsoft does not document is decided here: an empty batch is
/// refused, so is one whose members name different partition keys
/// ([unless allowed](crate::Builder::allow_mixed_partition_keys)), a batch without keys goes into
/// one partition as a whole, and members of other names are ignored.
pub const BATCH_CONTENT_TYPE: &str = "application/vnd.microsoft.servicebus.json";

/// The headers that are no properties of an event: they are the exchange's own.
///
/// Which ones the service leaves out is not documented. These are the ones of HTTP's registry that
/// clients, proxies and gateways set by themselves, and `brokerproperties`. `eventhub-rest` sends a
/// property of such a name in a batch instead, and has the same list: a test there compares the two,
/// because neither crate may depend on the other.
pub const TRANSPORT_HEADERS: &[&str] = &[
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "authorization",
    "brokerproperties",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "date",
    "expect",
    "forwarded",
    "from",
    "host",
    "http2-settings",
    "keep-alive",
    "max-forwards",
    "origin",
    "pragma",
    "range",
    "referer",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
];

/// Families of headers that are no properties either: those of proxies, browsers and Azure, such as
/// `x-ms-retrypolicy`.
pub const TRANSPORT_HEADER_PREFIXES: &[&str] = &["proxy-", "sec-", "x-forwarded-", "x-ms-"];

/// The events of one request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Submission {
    pub(crate) destination: Destination,
    pub(crate) events: Vec<EventData>,
}

/// What part of a hub a request sends to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    /// The hub itself.
    Hub,
    /// The partition of this id.
    Partition(String),
    /// The hub, as the publisher of this id.
    Publisher(String),
}

/// Which partition events go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    /// This one.
    Partition(u32),
    /// The next in turn, all of them.
    Any,
    /// For each event the one that its key selects, or the next in turn.
    ByKey,
}

/// What a hub demands of a submission.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(crate) partitions: u32,
    pub(crate) mixed_keys: bool,
}

impl Submission {
    /// Reads a request to a hub.
    pub(crate) fn read(
        headers: &HeaderMap,
        body: Bytes,
        address: &Address,
        rules: Rules,
    ) -> Result<Self, Refusal> {
        let partition = match address {
            Address::Partition(id) => Some(partition_id(id, rules.partitions)?),
            Address::Hub | Address::Publisher(_) => None,
        };
        let mut events =
            if is_batch(headers) { batch(&body)? } else { vec![single(headers, body)?] };
        if let Address::Publisher(id) = address {
            for event in &mut events {
                sign_off(&mut event.partition_key, id)?;
                event.publisher = Some(id.clone());
            }
        }
        let keys: Vec<_> = events.iter().map(|it| it.partition_key.as_deref()).collect();
        Ok(Self { destination: destination(partition, &keys, rules)?, events })
    }
}

/// The number of a partition among so many.
pub(crate) fn partition_id(id: &str, count: u32) -> Result<u32, Refusal> {
    // `00` and `+0` are numbers too, but no ids of partitions.
    let known = id.parse().ok().filter(|it: &u32| *it < count && it.to_string() == id);
    known.ok_or_else(|| {
        Refusal::bad_request(format!(
            "The specified partition is invalid for an EventHub partition sender or receiver. \
             It should be between 0 and {}.",
            count - 1,
        ))
    })
}

/// Where events with these keys go.
pub(crate) fn destination(
    partition: Option<u32>,
    keys: &[Option<&str>],
    rules: Rules,
) -> Result<Destination, Refusal> {
    let keyed = keys.iter().any(Option::is_some);
    let mixed = keys.windows(2).any(|it| matches!(it, [a, b] if a != b));
    match partition {
        Some(_) if keyed => {
            Err(Refusal::bad_request("An event sent to a partition must not have a PartitionKey."))
        }
        Some(partition) => Ok(Destination::Partition(partition)),
        // Members with a key beside members without one are mixed too.
        None if mixed && !rules.mixed_keys => Err(Refusal::bad_request(
            "The events of a batch must have the same PartitionKey, or none of them any.",
        )),
        None if keyed => Ok(Destination::ByKey),
        None => Ok(Destination::Any),
    }
}

/// Makes an event that of a publisher. A publisher's name is its partition key; another key must
/// not be given ([Publisher policy](https://learn.microsoft.com/azure/event-hubs/event-hubs-features#publisher-policy)).
pub(crate) fn sign_off(partition_key: &mut Option<String>, publisher: &str) -> Result<(), Refusal> {
    if partition_key.as_ref().is_some_and(|key| key != publisher) {
        return Err(Refusal::bad_request(
            "The PartitionKey of an event sent as a publisher must be the publisher's name.",
        ));
    }
    *partition_key = Some(publisher.to_owned());
    Ok(())
}

fn is_batch(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .is_some_and(|it| it.as_bytes().eq_ignore_ascii_case(BATCH_CONTENT_TYPE.as_bytes()))
}

fn single(headers: &HeaderMap, body: Bytes) -> Result<EventData, Refusal> {
    // Other broker properties, such as `SessionId`, are of Service Bus; Event Hubs ignores them.
    let broker = match headers.get("brokerproperties") {
        Some(value) => serde_json::from_slice(value.as_bytes())
            .map_err(|error| bad_json("The BrokerProperties header", &error))?,
        None => BrokerProperties::default(),
    };
    let content_type = headers.get(CONTENT_TYPE).map(|it| text("Content-Type", it)).transpose()?;
    Ok(EventData {
        content_type: content_type.map(str::to_owned),
        partition_key: broker.partition_key,
        message_id: broker.message_id,
        correlation_id: broker.correlation_id,
        publisher: None,
        properties: properties(headers)?,
        body,
    })
}

/// The application properties among the headers. One that stands more than once is one list, as
/// HTTP has it (RFC 9110, 5.3).
fn properties(headers: &HeaderMap) -> Result<BTreeMap<String, PropertyValue>, Refusal> {
    let mut properties = BTreeMap::new();
    for name in headers.keys().filter(|it| !is_transport_header(it.as_str())) {
        let values = headers.get_all(name).into_iter().map(|it| text(name.as_str(), it));
        let value = values.collect::<Result<Vec<_>, _>>()?.join(", ");
        properties.insert(name.as_str().to_owned(), PropertyValue::from_header(&value));
    }
    Ok(properties)
}

fn is_transport_header(name: &str) -> bool {
    TRANSPORT_HEADERS.contains(&name)
        || TRANSPORT_HEADER_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

fn text<'a>(name: &str, value: &'a HeaderValue) -> Result<&'a str, Refusal> {
    str::from_utf8(value.as_bytes())
        .map_err(|_| Refusal::bad_request(format!("The value of the header {name} is not UTF-8.")))
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct BrokerProperties {
    partition_key: Option<String>,
    message_id: Option<String>,
    correlation_id: Option<String>,
}

/// A member of a batch.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Member {
    body: String,
    is_body_base64: bool,
    user_properties: BTreeMap<String, serde_json::Value>,
    broker_properties: BrokerProperties,
}

fn batch(body: &[u8]) -> Result<Vec<EventData>, Refusal> {
    let members: Vec<Member> =
        serde_json::from_slice(body).map_err(|error| bad_json("The batch", &error))?;
    if members.is_empty() {
        return Err(Refusal::bad_request("The batch has no events."));
    }
    members.into_iter().enumerate().map(|(index, member)| member.read(index)).collect()
}

impl Member {
    fn read(self, index: usize) -> Result<EventData, Refusal> {
        let refuse =
            |what: String| Refusal::bad_request(format!("Event {index} of the batch {what}"));
        let body = if self.is_body_base64 {
            STANDARD
                .decode(&self.body)
                .map_err(|_| refuse("has a Body that is not base64.".into()))?
        } else {
            self.body.into_bytes()
        };
        let properties = self.user_properties.into_iter().map(|(name, value)| {
            match PropertyValue::from_json(value) {
                Some(value) => Ok((name, value)),
                None => Err(refuse(format!(
                    "has the property {name:?}, which is neither text nor number nor Boolean nor null."
                ))),
            }
        });
        Ok(EventData {
            content_type: None,
            partition_key: self.broker_properties.partition_key,
            message_id: self.broker_properties.message_id,
            correlation_id: self.broker_properties.correlation_id,
            publisher: None,
            properties: properties.collect::<Result<_, _>>()?,
            body: body.into(),
        })
    }
}

fn bad_json(what: &str, error: &serde_json::Error) -> Refusal {
    Refusal::bad_request(format!("{what} could not be read: {error}."))
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::{
        Address, BATCH_CONTENT_TYPE, CONTENT_TYPE, Destination, HeaderMap, Rules, Submission,
    };

    const RULES: Rules = Rules { partitions: 4, mixed_keys: false };

    fn batch_headers() -> HeaderMap {
        [(CONTENT_TYPE, HeaderValue::from_static(BATCH_CONTENT_TYPE))].into_iter().collect()
    }

    proptest! {
        #[test]
        fn any_batch_is_read_or_refused(body in any::<Vec<u8>>(), json in "[\\[\\]{}\",:a-zBU0-9]{0,60}") {
            for body in [body, json.into_bytes()] {
                let _ = Submission::read(&batch_headers(), body.into(), &Address::Hub, RULES);
            }
        }

        #[test]
        fn any_event_is_read_or_refused(
            broker in any::<Vec<u8>>(),
            property in any::<Vec<u8>>(),
            id in any::<String>(),
        ) {
            let mut headers = HeaderMap::new();
            for (name, value) in [("brokerproperties", broker), ("alert", property)] {
                if let Ok(value) = HeaderValue::from_bytes(&value) {
                    headers.insert(name, value);
                }
            }
            for address in [Address::Hub, Address::Partition(id.clone()), Address::Publisher(id)] {
                let _ = Submission::read(&headers, "x".into(), &address, RULES);
            }
        }

        #[test]
        fn a_batch_keeps_every_byte_and_property(
            bodies in prop::collection::vec(any::<Vec<u8>>(), 1..8),
            name in ".*",
            value in ".*",
        ) {
            let members: Vec<_> = bodies
                .iter()
                .map(|it| serde_json::json!({
                    "Body": STANDARD.encode(it),
                    "IsBodyBase64": true,
                    "UserProperties": { name.clone(): value.clone() },
                }))
                .collect();
            let body = serde_json::to_vec(&members).unwrap();
            let read = Submission::read(&batch_headers(), body.into(), &Address::Hub, RULES).unwrap();
            prop_assert_eq!(read.destination, Destination::Any);
            let read_bodies: Vec<_> = read.events.iter().map(|it| it.body.to_vec()).collect();
            prop_assert_eq!(read_bodies, bodies);
            for event in read.events {
                prop_assert_eq!(event.properties.get(&name), Some(&value.as_str().into()));
            }
        }
    }
}
