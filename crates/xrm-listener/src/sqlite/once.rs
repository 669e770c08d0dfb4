//! Checkpoints in the application's own transaction.

use chrono::TimeDelta;
use rusqlite::{Connection, OptionalExtension as _, Result, params};

use super::microseconds;
use crate::event::Event;
use crate::source::StreamName;

/// How long the id of a message is remembered after it arrived. A publisher of this project sends a copy within
/// a day by default.
const REMEMBERED: TimeDelta = TimeDelta::days(7);

/// Records that an event is handled, and returns whether it was not before.
pub(super) fn record(connection: &Connection, stream: &StreamName, event: &Event) -> Result<bool> {
    Ok(advance(connection, stream, event)? && remember(connection, stream, event)?)
}

/// Moves the checkpoint to an event, and returns whether it was behind it.
fn advance(
    connection: &Connection,
    StreamName { namespace, hub, group }: &StreamName,
    event: &Event,
) -> Result<bool> {
    let mut select = connection.prepare_cached(
        "SELECT sequence_number FROM xrm_listener_checkpoint
         WHERE namespace = ?1 AND hub = ?2 AND consumer_group = ?3 AND partition = ?4",
    )?;
    let key = params![namespace, hub, group, event.partition];
    let handled: Option<i64> = select.query_row(key, |row| row.get(0)).optional()?;
    if handled.is_some_and(|it| it >= event.sequence_number) {
        return Ok(false);
    }
    let mut upsert = connection.prepare_cached(
        "INSERT INTO xrm_listener_checkpoint
             (namespace, hub, consumer_group, partition, sequence_number, event_offset)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT DO UPDATE
         SET sequence_number = excluded.sequence_number, event_offset = excluded.event_offset",
    )?;
    let (number, offset) = (event.sequence_number, &event.offset);
    upsert.execute(params![namespace, hub, group, event.partition, number, offset])?;
    Ok(true)
}

/// Remembers the message of an event, and returns whether no other event brought it. A message without an id
/// is always new.
fn remember(
    connection: &Connection,
    StreamName { namespace, hub, group }: &StreamName,
    event: &Event,
) -> Result<bool> {
    let Some(id) = event.sender_message_id() else { return Ok(true) };
    let mut forget = connection.prepare_cached(
        "DELETE FROM xrm_listener_message
         WHERE namespace = ?1 AND hub = ?2 AND consumer_group = ?3 AND enqueued_time < ?4",
    )?;
    let oldest = event.enqueued_time.checked_sub_signed(REMEMBERED).unwrap_or_default();
    forget.execute(params![namespace, hub, group, microseconds(oldest)])?;
    let mut insert = connection.prepare_cached(
        "INSERT OR IGNORE INTO xrm_listener_message
             (namespace, hub, consumer_group, message_id, enqueued_time)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    let time = microseconds(event.enqueued_time);
    Ok(insert.execute(params![namespace, hub, group, id, time])? == 1)
}
