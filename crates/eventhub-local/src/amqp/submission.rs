//! The events of a delivery.

use crate::amqp::failure::{ARGUMENT, Failure};
use crate::amqp::link::Delivery;
use crate::amqp::message::{Message, NewEvent};
use crate::amqp::session::undecodable;
use crate::submission::{Address, Destination, Rules, destination, partition_id};

/// The format of a batch: a message whose data sections are messages
/// ([Event Hubs](https://learn.microsoft.com/azure/event-hubs/event-hubs-amqp-troubleshoot) does not
/// document it; all of Microsoft's clients send it).
const BATCH: u32 = 0x8001_3700;

/// The events of a delivery, and where they go: by the rules of the other door.
pub(crate) fn submission(
    delivery: &Delivery,
    address: &Address,
    rules: Rules,
) -> Result<(Destination, Vec<NewEvent>), Failure> {
    let envelope = Message::read(&delivery.message).map_err(undecodable)?;
    let mut events = match delivery.format {
        0 => vec![envelope.to_new_event()],
        BATCH => batch(&envelope)?,
        format => {
            let text = format!("The message format 0x{format:08x} is not supported.");
            return Err(Failure::new(ARGUMENT, text));
        }
    };
    if let Address::Publisher(id) = address {
        events.iter_mut().try_for_each(|it| it.sign_off(id)).map_err(Failure::of_send)?;
    }
    let partition = match address {
        Address::Partition(id) => {
            Some(partition_id(id, rules.partitions).map_err(Failure::of_send)?)
        }
        Address::Hub | Address::Publisher(_) => None,
    };
    let keys: Vec<_> = events.iter().map(|it| it.partition_key.as_deref()).collect();
    let destination = destination(partition, &keys, rules).map_err(Failure::of_send)?;
    Ok((destination, events))
}

/// The members of a batch. One without a partition key has that of the batch.
fn batch(envelope: &Message<'_>) -> Result<Vec<NewEvent>, Failure> {
    let mut events = Vec::new();
    for member in envelope.data() {
        let mut event = Message::read(member).map_err(undecodable)?.to_new_event();
        if event.partition_key.is_none() {
            event.partition_key = envelope.partition_key().map(str::to_owned);
        }
        events.push(event);
    }
    if events.is_empty() {
        Err(Failure::new(ARGUMENT, "The batch has no events."))
    } else {
        Ok(events)
    }
}
