//! Events, as a client receives them and as `local events` shows them.

use std::collections::BTreeMap;
use std::{fmt, fs};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

use crate::Error;

/// An event with all that a listener can see of it.
#[derive(Clone, PartialEq)]
pub struct Event {
    /// The id of its partition.
    pub partition: String,
    /// Its sequence number.
    pub sequence: i64,
    /// Its offset.
    pub offset: String,
    /// When the hub took it, to the millisecond.
    pub enqueued: DateTime<Utc>,
    /// Its content type.
    pub content_type: Option<String>,
    /// Its partition key.
    pub partition_key: Option<String>,
    /// Its properties, by their exact names.
    pub properties: BTreeMap<String, Value>,
    /// Its body.
    pub body: Vec<u8>,
}

/// Without the bytes of the body: an error that shows an event should fit on a screen.
impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("partition", &self.partition)
            .field("sequence", &self.sequence)
            .field("offset", &self.offset)
            .field("enqueued", &self.enqueued)
            .field("content_type", &self.content_type)
            .field("partition_key", &self.partition_key)
            .field("properties", &self.properties)
            .field("body_length", &self.body.len())
            .finish()
    }
}

#[derive(Deserialize)]
struct Line {
    partition: String,
    sequence: i64,
    offset: String,
    enqueued_time: DateTime<Utc>,
    content_type: Option<String>,
    partition_key: Option<String>,
    properties: BTreeMap<String, Value>,
    body_base64: String,
}

/// Reads the lines of `local events` from a file, in the order of partitions and sequence numbers.
///
/// # Errors
///
/// If there is no such file, or it holds something else.
pub fn shown(file: &str) -> Result<Vec<Event>, Error> {
    let lines = fs::read_to_string(file)?;
    let events = lines.lines().map(|line| {
        let line: Line = serde_json::from_str(line)?;
        Ok(Event {
            partition: line.partition,
            sequence: line.sequence,
            offset: line.offset,
            enqueued: line.enqueued_time,
            content_type: line.content_type,
            partition_key: line.partition_key,
            properties: line.properties,
            body: STANDARD.decode(line.body_base64)?,
        })
    });
    let mut events = events.collect::<Result<Vec<_>, Error>>()?;
    events.sort_by(|a, b| (&a.partition, a.sequence).cmp(&(&b.partition, b.sequence)));
    Ok(events)
}
