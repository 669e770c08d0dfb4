//! The listener of `docs/src/listening.md`, which has all that follows this line.

use std::env;
use std::error::Error;
use std::time::Duration;

use azure_messaging_eventhubs::{
    ConsumerClient, OpenReceiverOptions, StartLocation, StartPosition,
};
use futures_util::StreamExt as _;
use futures_util::stream::select_all;
use serde_json::Value;
use tokio::time::timeout;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let client = ConsumerClient::builder()
        .with_custom_endpoint(env::var("AMQP_ENDPOINT")?)
        .open_with_connection_string(&env::var("AMQP_CONNECTION_STRING")?, None)
        .await?;
    let mut receivers = Vec::new();
    for partition in client.get_eventhub_properties().await?.partition_ids {
        let start = StartPosition { location: StartLocation::Earliest, ..Default::default() };
        let options = OpenReceiverOptions { start_position: Some(start), ..Default::default() };
        receivers.push(client.open_receiver_on_partition(partition, Some(options)).await?);
    }
    let mut events = select_all(receivers.iter().map(|receiver| {
        let partition = receiver.partition_id();
        receiver.stream_events().map(move |event| (partition, event))
    }));
    // Until nothing arrives for two seconds.
    while let Ok(Some((partition, event))) = timeout(Duration::from_secs(2), events.next()).await {
        let event = event?;
        let data = event.event_data();
        let context: Value = serde_json::from_slice(data.body().unwrap_or_default())?;
        println!(
            "{partition} {} {} {} {}",
            event.sequence_number().unwrap_or_default(),
            data.content_type().unwrap_or_default(),
            context["MessageName"].as_str().unwrap_or_default(),
            context["PrimaryEntityName"].as_str().unwrap_or_default(),
        );
    }
    Ok(())
}
