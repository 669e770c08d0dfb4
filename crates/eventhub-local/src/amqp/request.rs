//! Requests to `$cbs` and `$management`, and the replies to them.
//!
//! Neither node is documented by Microsoft for Event Hubs beyond
//! [claims-based security](https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-protocol-guide#claims-based-authorization);
//! members and types are those that the official clients of Python, JavaScript and Rust need.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::amqp::encode;
use crate::amqp::message::Message;
use crate::amqp::performative::{List, Properties};
use crate::amqp::tokens::Tokens;
use crate::hub::Hub;
use crate::log::PartitionFacts;
use crate::namespace::Namespace;
use crate::rule::AccessRight;

const APPLICATION_PROPERTIES: u8 = 0x74;
const VALUE: u8 = 0x77;

/// The answer to a request: a status as HTTP has it, a text for people, and a value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reply {
    status: i32,
    description: String,
    /// The body, encoded.
    value: Vec<u8>,
}

impl Reply {
    fn accepted() -> Self {
        Self { status: 202, description: "Accepted".to_owned(), value: vec![0x40] }
    }

    fn ok(value: Vec<u8>) -> Self {
        Self { status: 200, description: "OK".to_owned(), value }
    }

    fn refused(status: i32, description: String) -> Self {
        Self { status, description, value: vec![0x40] }
    }

    /// The message of the reply to a request.
    pub(crate) fn write(&self, request: &Message<'_>) -> Vec<u8> {
        let mut out = Vec::new();
        // The id as it was encoded: clients compare it with theirs, the type included.
        let correlation_id = request.properties.message_id;
        Properties { correlation_id, ..Properties::default() }.write(&mut out);
        encode::descriptor(&mut out, APPLICATION_PROPERTIES);
        // Both spellings: the Python client reads one of the status and the other of its description.
        // No condition: it forgets the status if there is one.
        encode::map(&mut out, 4, |out| {
            for name in ["status-code", "statusCode"] {
                encode::string(out, name);
                encode::int(out, self.status);
            }
            for name in ["status-description", "statusDescription"] {
                encode::string(out, name);
                encode::string(out, &self.description);
            }
        });
        encode::descriptor(&mut out, VALUE);
        out.extend_from_slice(&self.value);
        out
    }
}

/// Answers a request to `$cbs`: a token is put.
pub(crate) fn put_token(
    request: &Message<'_>,
    tokens: &mut Tokens,
    namespace: &Namespace,
    now: DateTime<Utc>,
) -> Reply {
    const SAS: &str = "servicebus.windows.net:sastoken";

    match request.application_property("operation") {
        Some("put-token") => {}
        // Deleting is of the draft of the standard; a token that is gone can't be used.
        operation => {
            let operation = operation.unwrap_or_default();
            return Reply::refused(501, format!("The operation '{operation}' is not supported."));
        }
    }
    let kind = request.application_property("type").unwrap_or_default();
    if kind != SAS {
        return Reply::refused(
            400,
            format!("Tokens of the type '{kind}' are not supported; only {SAS}."),
        );
    }
    let Some(audience) = request.application_property("name") else {
        return Reply::refused(400, "The request names no audience.".to_owned());
    };
    let Some(token) = request.value.and_then(|it| it.text().ok()) else {
        return Reply::refused(400, "The body of the request is no token.".to_owned());
    };
    match tokens.put(namespace, audience, token, now) {
        Ok(()) => Reply::accepted(),
        Err((status, description)) => {
            let id = namespace.tracking_id(now);
            let time = now.format("%Y-%m-%dT%H:%M:%S");
            let trackers = format!("TrackingId:{id}_G0, SystemTracker:gateway0, Timestamp:{time}");
            Reply::refused(status, format!("{description} {trackers}"))
        }
    }
}

/// Answers a request to `$management`: a hub or a partition is read.
pub(crate) fn read_entity(
    request: &Message<'_>,
    tokens: &mut Tokens,
    namespace: &Namespace,
    now: DateTime<Utc>,
) -> Reply {
    if request.application_property("operation") != Some("READ") {
        return Reply::refused(501, "The operation is not supported; only READ.".to_owned());
    }
    let name = request.application_property("name").unwrap_or_default();
    let path = format!("/{name}/$management");
    // Which right the service wants for this is not documented; a sender and a receiver both ask.
    if !tokens.opens(&path, &AccessRight::ALL, now) {
        let text = format!(
            "Unauthorized access. 'Listen' or 'Send' claim(s) are required to perform this operation. \
             Resource: 'sb://localhost{path}'."
        );
        return Reply::refused(401, text);
    }
    let Some(hub) = namespace.hub(name) else {
        let text = format!("The messaging entity 'sb://localhost/{name}' could not be found.");
        return Reply::refused(404, text);
    };
    match request.application_property("type") {
        Some("com.microsoft:eventhub") => Reply::ok(describe_hub(&hub)),
        Some("com.microsoft:partition") => {
            let id = request.application_property("partition").unwrap_or_default();
            match hub.partition(id) {
                Some(partition) => Reply::ok(describe_partition(&hub, id, &hub.facts(partition))),
                None => Reply::refused(404, format!("The partition '{id}' could not be found.")),
            }
        }
        kind => {
            let kind = kind.unwrap_or_default();
            Reply::refused(400, format!("The type '{kind}' is not supported."))
        }
    }
}

/// Writes a value.
type Write<'a> = Box<dyn Fn(&mut Vec<u8>) + 'a>;

fn map(pairs: BTreeMap<&str, Write<'_>>) -> Vec<u8> {
    let mut out = Vec::new();
    encode::map(&mut out, pairs.len() as u32, |out| {
        for (name, value) in &pairs {
            encode::string(out, name);
            value(out);
        }
    });
    out
}

fn text(text: &str) -> Write<'_> {
    Box::new(move |out| encode::string(out, text))
}

fn int<'a>(number: i32) -> Write<'a> {
    Box::new(move |out| encode::int(out, number))
}

fn long<'a>(number: i64) -> Write<'a> {
    Box::new(move |out| encode::long(out, number))
}

fn time<'a>(time: DateTime<Utc>) -> Write<'a> {
    Box::new(move |out| encode::timestamp(out, time))
}

fn describe_hub(hub: &Hub) -> Vec<u8> {
    const STRING: u8 = 0xb1;

    let ids: Vec<_> = (0..hub.partitions).map(|it| it.to_string()).collect();
    let created = hub.entity().created;
    map(BTreeMap::from([
        ("name", text(&hub.name)),
        ("type", text("com.microsoft:eventhub")),
        ("created_at", time(created)),
        ("partition_count", int(i32::try_from(hub.partitions).unwrap_or(i32::MAX))),
        // An array and not a list: the Rust client reads no list here.
        ("partition_ids", Box::new(|out| encode::array(out, STRING, ids.iter()))),
        ("georeplication_factor", int(1)),
    ]))
}

fn describe_partition(hub: &Hub, id: &str, facts: &PartitionFacts) -> Vec<u8> {
    let offset = facts.last_offset();
    map(BTreeMap::from([
        ("name", text(&hub.name)),
        ("type", text("com.microsoft:partition")),
        ("partition", text(id)),
        ("begin_sequence_number", long(facts.begin)),
        // There is no geographic replication, in which these count the changes of the primary.
        ("begin_sequence_number_epoch", int(-1)),
        ("last_enqueued_sequence_number_epoch", int(-1)),
        ("last_enqueued_sequence_number", long(facts.last_sequence())),
        ("last_enqueued_offset", text(&offset)),
        ("last_enqueued_time_utc", time(facts.last_time())),
        ("is_partition_empty", Box::new(|out| encode::boolean(out, facts.is_empty))),
    ]))
}

/// The delivery annotations with the facts of a partition, for a receiver that asked for them.
pub(crate) fn runtime_metrics(facts: &PartitionFacts, now: DateTime<Utc>) -> Vec<u8> {
    const DELIVERY_ANNOTATIONS: u8 = 0x71;

    let mut out = Vec::new();
    encode::descriptor(&mut out, DELIVERY_ANNOTATIONS);
    encode::map(&mut out, 4, |out| {
        encode::symbol(out, "last_enqueued_sequence_number");
        encode::long(out, facts.last_sequence());
        encode::symbol(out, "last_enqueued_offset");
        encode::string(out, &facts.last_offset());
        encode::symbol(out, "last_enqueued_time_utc");
        encode::timestamp(out, facts.last_time());
        encode::symbol(out, "runtime_info_retrieval_time_utc");
        encode::timestamp(out, now);
    });
    out
}

#[cfg(test)]
mod tests {
    use super::{Message, Reply};
    use crate::amqp::performative::Raw;

    #[test]
    fn the_correlation_id_is_the_message_id_as_it_was_encoded() {
        for id in [&b"\x53\x07"[..], b"\x44", b"\xa1\x01a", b"\x80\0\0\0\0\0\0\0\x07"] {
            let mut request = b"\x00\x53\x73\xc0".to_vec();
            request.push(id.len() as u8 + 1);
            request.push(1);
            request.extend(id);
            let reply = Reply::accepted().write(&Message::read(&request).unwrap());
            let reply = Message::read(&reply).unwrap();
            let Some(Raw(correlation)) = reply.properties.correlation_id else { unreachable!() };
            assert_eq!(correlation.encoded(), id);
            assert!(reply.value.unwrap().is_null());
        }
    }
}
