//! Checks that Microsoft's Rust client, unmodified, receives from a local hub and sends to it.
//!
//! Usage: check_official AMQP_CONNECTION_STRING EVENTS TIMES

use std::env;
use std::time::SystemTime;

use azure_messaging_eventhubs::models::{AmqpSimpleValue, EventData, ReceivedEventData};
use azure_messaging_eventhubs::{
    ConsumerClient, EventDataBatchOptions, EventReceiver, OpenReceiverOptions, ProducerClient,
    SendEventOptions, StartLocation, StartPosition,
};
use azure_sas::ConnectionString;
use futures_util::StreamExt as _;
use xrm_clients::Error;
use xrm_clients::event::Event;
use xrm_clients::scenario::{Client, Start, check};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [connection, events, times] = &arguments[..] else {
        return Err("usage: check_official AMQP_CONNECTION_STRING EVENTS TIMES".into());
    };
    let endpoint = connection.parse::<ConnectionString>()?.endpoint().clone();
    let port = endpoint.port().ok_or("the connection string has no port")?;
    // The client drops the port of a connection string, and takes no emulator without TLS but by this.
    let endpoint = format!("amqp://{}:{port}", endpoint.host());
    let official = Official { connection: connection.clone(), endpoint };
    check(&official, events, times.parse()?).await
}

struct Official {
    connection: String,
    endpoint: String,
}

impl Official {
    async fn consumer(&self, connection: &str) -> Result<ConsumerClient, Error> {
        let builder = ConsumerClient::builder().with_custom_endpoint(self.endpoint.clone());
        Ok(builder.open_with_connection_string(connection, None).await?)
    }

    async fn producer(&self) -> Result<ProducerClient, Error> {
        let builder = ProducerClient::builder().with_custom_endpoint(self.endpoint.clone());
        Ok(builder.open_with_connection_string(&self.connection, None).await?)
    }
}

impl Client for Official {
    const NAME: &'static str = "azure_messaging_eventhubs 0.16.0";
    const WRONG_KEY: &'static str = "Error authorizing management path: Management API returned status code: 401 (InvalidSignature";
    const DISPLACED: &'static str = "Consumer disconnected by broker (partition stolen)";

    async fn partitions(&self) -> Result<Vec<String>, Error> {
        let consumer = self.consumer(&self.connection).await?;
        let properties = consumer.get_eventhub_properties().await?;
        consumer.close().await?;
        Ok(properties.partition_ids)
    }

    async fn last(&self, partition: &str) -> Result<(i64, String), Error> {
        let consumer = self.consumer(&self.connection).await?;
        let properties = consumer.get_partition_properties(partition).await?;
        consumer.close().await?;
        Ok((properties.last_enqueued_sequence_number, properties.last_enqueued_offset))
    }

    async fn receive(
        &self,
        partition: &str,
        start: Start,
        count: usize,
    ) -> Result<Vec<Event>, Error> {
        let consumer = self.consumer(&self.connection).await?;
        let (location, inclusive) = match start {
            Start::Earliest => (StartLocation::Earliest, false),
            Start::AfterOffset(offset) => (StartLocation::Offset(offset), false),
            Start::AfterSequence(sequence) => (StartLocation::SequenceNumber(sequence), false),
            Start::AtSequence(sequence) => (StartLocation::SequenceNumber(sequence), true),
            Start::AfterTime(time) => (StartLocation::EnqueuedTime(time.into()), false),
        };
        let options = OpenReceiverOptions {
            start_position: Some(StartPosition { location, inclusive }),
            ..OpenReceiverOptions::default()
        };
        let receiver =
            consumer.open_receiver_on_partition(partition.to_owned(), Some(options)).await?;
        let mut events = Vec::new();
        {
            let mut stream = receiver.stream_events();
            while events.len() < count {
                let received = stream.next().await.ok_or("the stream ended")??;
                events.push(event(partition, &received)?);
            }
        }
        receiver.close().await?;
        consumer.close().await?;
        Ok(events)
    }

    async fn send(&self, body: &[u8], large: &[u8]) -> Result<(), Error> {
        let producer = self.producer().await?;
        let single = EventData::builder()
            .with_body(body)
            .add_property("Mixed-Case".to_owned(), "x")
            .add_property("number".to_owned(), 7_i32)
            .build();
        producer.send_event(single, None).await?;
        let options = SendEventOptions { partition_id: Some("1".to_owned()) };
        producer.send_event(large.to_vec(), Some(options)).await?;
        Ok(producer.close().await?)
    }

    async fn send_batch(&self, key: &str, bodies: &[Vec<u8>]) -> Result<(), Error> {
        let producer = self.producer().await?;
        let options = EventDataBatchOptions {
            partition_key: Some(key.to_owned()),
            ..EventDataBatchOptions::default()
        };
        let batch = producer.create_batch(Some(options)).await?;
        for body in bodies {
            if !batch.try_add_event_data(body.clone(), None)? {
                return Err("the batch is full".into());
            }
        }
        producer.send_batch(batch, None).await?;
        Ok(producer.close().await?)
    }

    async fn wrong_key(&self) -> Result<String, Error> {
        let mut parts: Vec<_> = self.connection.split(';').collect();
        for part in &mut parts {
            if part.starts_with("SharedAccessKey=") {
                *part = "SharedAccessKey=d3Jvbmc=";
            }
        }
        let consumer = self.consumer(&parts.join(";")).await?;
        match consumer.get_eventhub_properties().await {
            Ok(_) => Err("a wrong key was accepted".into()),
            Err(error) => Ok(chain(&error)),
        }
    }

    async fn displaced(&self, partition: &str) -> Result<String, Error> {
        let (first, second) =
            (self.consumer(&self.connection).await?, self.consumer(&self.connection).await?);
        let loser = first.open_receiver_on_partition(partition.to_owned(), Some(own(1))).await?;
        let mut events = loser.stream_events();
        events.next().await.ok_or("the stream ended")??;
        let winner = second.open_receiver_on_partition(partition.to_owned(), Some(own(2))).await?;
        self.first_event(&winner).await?;
        loop {
            match events.next().await {
                // What had arrived before.
                Some(Ok(_)) => {}
                Some(Err(error)) => return Ok(error.to_string()),
                None => return Err("the first receiver ended without an error".into()),
            }
        }
    }
}

impl Official {
    /// Receives one event: links are attached when the first is asked for.
    async fn first_event(&self, receiver: &EventReceiver) -> Result<(), Error> {
        receiver.stream_events().next().await.ok_or("the stream ended")??;
        Ok(())
    }
}

/// An error and its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |it| it.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

fn own(level: i64) -> OpenReceiverOptions {
    let start_position =
        StartPosition { location: StartLocation::Earliest, ..StartPosition::default() };
    OpenReceiverOptions {
        owner_level: Some(level),
        start_position: Some(start_position),
        ..OpenReceiverOptions::default()
    }
}

fn event(partition: &str, received: &ReceivedEventData) -> Result<Event, Error> {
    let data = received.event_data();
    let properties = data.properties().into_iter().flatten();
    Ok(Event {
        partition: partition.to_owned(),
        sequence: received.sequence_number().ok_or("no sequence number")?,
        offset: received.offset().clone().ok_or("no offset")?,
        enqueued: received.enqueued_time().map(SystemTime::into).ok_or("no enqueued time")?,
        content_type: data.content_type().map(str::to_owned),
        partition_key: received.partition_key().clone(),
        properties: properties.map(|(name, value)| (name.clone(), json(value))).collect(),
        body: data.body().unwrap_or_default().to_vec(),
    })
}

/// The value of a property in JSON. What JSON has no type for becomes a text that no event has.
fn json(value: &AmqpSimpleValue) -> serde_json::Value {
    match value {
        AmqpSimpleValue::String(it) => it.clone().into(),
        AmqpSimpleValue::Boolean(it) => (*it).into(),
        AmqpSimpleValue::Int(it) => (*it).into(),
        AmqpSimpleValue::Long(it) => (*it).into(),
        AmqpSimpleValue::Double(it) => (*it).into(),
        other => format!("unexpected: {other:?}").into(),
    }
}
