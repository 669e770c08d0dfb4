//! Checks that fe2o3-amqp receives from a local hub and sends to it: AMQP without Microsoft's parts.
//!
//! Usage: check_fe2o3 AMQP_CONNECTION_STRING EVENTS TIMES

use std::env;

use azure_sas::{ConnectionString, SharedAccessKey};
use fe2o3_amqp::Sendable;
use fe2o3_amqp::link::delivery::Delivery;
use fe2o3_amqp::types::messaging::message::__private::Serializable;
use fe2o3_amqp::types::messaging::{
    ApplicationProperties, Batch, Body, Data, Message, MessageAnnotations,
};
use fe2o3_amqp::types::primitives::{SimpleValue, Value};
use serde_amqp::lazy::LazyValue;
use serde_amqp::to_vec;
use xrm_clients::Error;
use xrm_clients::amqp::{Hub, annotation, time};
use xrm_clients::event::Event;
use xrm_clients::scenario::{Client, Start, check};

/// The message format of a batch, whose data sections are messages.
const BATCH: u32 = 0x8001_3700;

const KEY: &str = "x-opt-partition-key";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [connection, events, times] = &arguments[..] else {
        return Err("usage: check_fe2o3 AMQP_CONNECTION_STRING EVENTS TIMES".into());
    };
    check(&Fe2o3(connection.parse()?), events, times.parse()?).await
}

struct Fe2o3(ConnectionString);

impl Client for Fe2o3 {
    const NAME: &'static str = "fe2o3-amqp 0.18.4";
    const WRONG_KEY: &'static str = "$cbs answered Some(Int(401))";
    const DISPLACED: &'static str = "New receiver";

    async fn partitions(&self) -> Result<Vec<String>, Error> {
        let mut hub = Hub::connect(&self.0).await?;
        let properties = hub.properties(None).await?;
        hub.close().await?;
        match properties.get(&Value::from("partition_ids")) {
            Some(Value::Array(ids)) => Ok(ids.iter().filter_map(text).collect()),
            other => Err(format!("partition_ids is {other:?}").into()),
        }
    }

    async fn last(&self, partition: &str) -> Result<(i64, String), Error> {
        let mut hub = Hub::connect(&self.0).await?;
        let properties = hub.properties(Some(partition)).await?;
        hub.close().await?;
        let property = |name| properties.get(&Value::String(String::from(name)));
        match (property("last_enqueued_sequence_number"), property("last_enqueued_offset")) {
            (Some(Value::Long(sequence)), Some(Value::String(offset))) => {
                Ok((*sequence, offset.clone()))
            }
            other => Err(format!("the last event is {other:?}").into()),
        }
    }

    async fn receive(
        &self,
        partition: &str,
        start: Start,
        count: usize,
    ) -> Result<Vec<Event>, Error> {
        let mut hub = Hub::connect(&self.0).await?;
        let mut receiver = hub.receiver(partition, &start, None, 100).await?;
        let mut events = Vec::new();
        while events.len() < count {
            events.push(event(partition, receiver.recv().await?)?);
        }
        receiver.close().await?;
        hub.close().await?;
        Ok(events)
    }

    async fn send(&self, body: &[u8], large: &[u8]) -> Result<(), Error> {
        let properties =
            ApplicationProperties::builder().insert("Mixed-Case", "x").insert("number", 7_i32);
        let message = Message::builder().application_properties(properties.build()).data(body);
        let mut hub = Hub::connect(&self.0).await?;
        let mut sender = hub.sender(None).await?;
        sender.send(message.build()).await?.accepted_or("the event was not accepted")?;
        let mut sender = hub.sender(Some("1")).await?;
        let large = Message::builder().data(large).build();
        sender.send(large).await?.accepted_or("the large event was not accepted")?;
        hub.close().await
    }

    async fn send_batch(&self, key: &str, bodies: &[Vec<u8>]) -> Result<(), Error> {
        let annotations = || MessageAnnotations::builder().insert(KEY, key).build();
        let members = bodies.iter().map(|body| {
            let member = Message::builder().message_annotations(annotations()).data(&**body);
            Ok(Data::from(to_vec(&Serializable(member.build()))?))
        });
        let members = members.collect::<Result<Vec<_>, Error>>()?;
        let batch = Message::builder()
            .message_annotations(annotations())
            .body(members.into_iter().collect::<Batch<_>>());
        let batch = Sendable::builder().message(batch.build()).message_format(BATCH).build();
        let mut hub = Hub::connect(&self.0).await?;
        let mut sender = hub.sender(None).await?;
        sender.send(batch).await?.accepted_or("the batch was not accepted")?;
        hub.close().await
    }

    async fn wrong_key(&self) -> Result<String, Error> {
        let key = SharedAccessKey::new("d3Jvbmc=")?;
        let wrong = ConnectionString::new(
            self.0.endpoint().clone(),
            self.0.key_name(),
            key,
            self.0.entity_path(),
        )?;
        match Hub::connect(&wrong).await {
            Ok(_) => Err("a wrong key was accepted".into()),
            Err(error) => Ok(error.to_string()),
        }
    }

    async fn displaced(&self, partition: &str) -> Result<String, Error> {
        let beyond = Start::AfterOffset("@latest".to_owned());
        let mut first = Hub::connect(&self.0).await?;
        let mut loser = first.receiver(partition, &beyond, Some(1), 100).await?;
        let mut second = Hub::connect(&self.0).await?;
        let winner = second.receiver(partition, &beyond, Some(2), 100).await?;
        match loser.recv::<Body<LazyValue>>().await {
            Ok(_) => Err("the first receiver goes on".into()),
            Err(error) => {
                winner.close().await?;
                second.close().await?;
                Ok(format!("{error:?}"))
            }
        }
    }
}

fn event(partition: &str, delivery: Delivery<Body<LazyValue>>) -> Result<Event, Error> {
    let message = delivery.into_message();
    let annotations = message.message_annotations.unwrap_or_default();
    let annotation = |name| annotation(&annotations, name);
    let (
        Some(&Value::Long(sequence)),
        Some(Value::String(offset)),
        Some(Value::Timestamp(enqueued)),
    ) = (
        annotation("x-opt-sequence-number"),
        annotation("x-opt-offset"),
        annotation("x-opt-enqueued-time"),
    )
    else {
        return Err(format!("an annotation is missing: {annotations:?}").into());
    };
    let properties = message.application_properties.unwrap_or_default().0.into_iter();
    let body = match message.body {
        Body::Data(data) => data.into_iter().flat_map(|it| it.0.into_vec()).collect(),
        other => return Err(format!("the body is {other:?}").into()),
    };
    Ok(Event {
        partition: partition.to_owned(),
        sequence,
        offset: offset.clone(),
        enqueued: time(enqueued.milliseconds()),
        content_type: message.properties.and_then(|it| it.content_type).map(|it| it.0),
        partition_key: annotation(KEY).and_then(text),
        properties: properties.map(|(name, value)| (name, json(value))).collect(),
        body,
    })
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        _ => None,
    }
}

/// The value of a property in JSON. What JSON has no type for becomes a text that no event has.
fn json(value: SimpleValue) -> serde_json::Value {
    match value {
        SimpleValue::String(it) => it.into(),
        SimpleValue::Bool(it) => it.into(),
        SimpleValue::Int(it) => it.into(),
        SimpleValue::Long(it) => it.into(),
        SimpleValue::Double(it) => it.into_inner().into(),
        other => format!("unexpected: {other:?}").into(),
    }
}
