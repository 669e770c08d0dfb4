//! Sends events to a local hub and receives them over many connections at once, and checks that none is lost,
//! doubled or out of order within its partition.
//!
//! Usage: scale AMQP_CONNECTION_STRING EVENTS
//!
//! There are 24 connections: one receives from each of the eight partitions of the hub, which must be
//! empty, and two send to each. So events of different senders mix in a partition, and those of one sender
//! have to stay in order.

use std::collections::BTreeMap;
use std::env;
use std::time::{Duration, Instant};

use azure_sas::ConnectionString;
use fe2o3_amqp::types::messaging::{ApplicationProperties, Body, Message};
use fe2o3_amqp::types::primitives::{SimpleValue, Value};
use serde_amqp::lazy::LazyValue;
use tokio::task::JoinSet;
use tokio::time::timeout;
use xrm_clients::Error;
use xrm_clients::amqp::{Hub, annotation};
use xrm_clients::scenario::Start;

const PARTITIONS: u64 = 8;
const SENDERS_PER_PARTITION: u64 = 2;

/// The bytes of a body.
const BODY: usize = 1024;

/// The events that a sender sends before it waits for the first to be accepted.
const IN_FLIGHT: usize = 100;

/// No event comes for so long only if one is lost.
const SILENCE: Duration = Duration::from_secs(60);

#[tokio::main]
#[expect(clippy::disallowed_methods, reason = "it reports how long it took")]
async fn main() -> Result<(), Error> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [connection, events] = &arguments[..] else {
        return Err("usage: scale AMQP_CONNECTION_STRING EVENTS".into());
    };
    let connection: ConnectionString = connection.parse()?;
    let per_sender = events.parse::<u64>()? / (PARTITIONS * SENDERS_PER_PARTITION);
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for partition in 0..PARTITIONS {
        tasks.spawn(receive(connection.clone(), partition, per_sender));
        for sender in 0..SENDERS_PER_PARTITION {
            tasks.spawn(send(connection.clone(), partition, sender, per_sender));
        }
    }
    let connections = tasks.len();
    while let Some(task) = tasks.join_next().await {
        task??;
    }
    let events = per_sender * PARTITIONS * SENDERS_PER_PARTITION;
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "{connections} connections: {events} events in and out in {seconds:.1} s, {:.0} per second",
        events as f64 / seconds
    );
    Ok(())
}

async fn send(
    connection: ConnectionString,
    partition: u64,
    sender: u64,
    events: u64,
) -> Result<(), Error> {
    let mut hub = Hub::connect(&connection).await?;
    let mut link = hub.sender(Some(&partition.to_string())).await?;
    let mut accepted = std::collections::VecDeque::new();
    for number in 0..events {
        let properties =
            ApplicationProperties::builder().insert("sender", sender).insert("number", number);
        let message = Message::builder()
            .application_properties(properties.build())
            .data(vec![number as u8; BODY]);
        if accepted.len() == IN_FLIGHT
            && let Some(first) = accepted.pop_front()
        {
            accept(first).await?;
        }
        accepted.push_back(link.send_batchable(message.build()).await?);
    }
    for outcome in accepted {
        accept(outcome).await?;
    }
    link.close().await?;
    hub.close().await
}

async fn accept(
    outcome: impl Future<
        Output = Result<fe2o3_amqp::types::messaging::Outcome, fe2o3_amqp::link::SendError>,
    >,
) -> Result<(), Error> {
    let outcome =
        timeout(SILENCE, outcome).await.map_err(|_| "an event was not acknowledged")??;
    outcome.accepted_or("an event was not accepted")?;
    Ok(())
}

async fn receive(
    connection: ConnectionString,
    partition: u64,
    per_sender: u64,
) -> Result<(), Error> {
    let mut hub = Hub::connect(&connection).await?;
    let id = partition.to_string();
    let mut link = hub.receiver(&id, &Start::Earliest, None, 1000).await?;
    let mut next = BTreeMap::new();
    for sequence in 0..per_sender * SENDERS_PER_PARTITION {
        let received = timeout(SILENCE, link.recv::<Body<LazyValue>>()).await;
        let received = received
            .map_err(|_| format!("partition {id}: no event {sequence} in a minute, {next:?}"))?;
        let message = received?.into_message();
        let annotations = message.message_annotations.unwrap_or_default();
        let found = annotation(&annotations, "x-opt-sequence-number");
        if found != Some(&Value::Long(sequence.cast_signed())) {
            return Err(format!("partition {id}: {found:?} instead of event {sequence}").into());
        }
        let properties = message.application_properties.unwrap_or_default();
        let (Some(SimpleValue::Ulong(sender)), Some(&SimpleValue::Ulong(number))) =
            (properties.get("sender"), properties.get("number"))
        else {
            return Err(format!("partition {id}: event {sequence} is of no sender here").into());
        };
        let expected: &mut u64 = next.entry(*sender).or_default();
        if number != *expected {
            let what = format!("partition {id}: {number} of sender {sender} instead of {expected}");
            return Err(what.into());
        }
        *expected += 1;
        let whole = match message.body {
            Body::Data(data) => data.into_iter().map(|it| it.0.len()).sum::<usize>() == BODY,
            _ => false,
        };
        if !whole {
            return Err(format!("partition {id}: event {sequence} has another body").into());
        }
    }
    link.close().await?;
    hub.close().await
}
