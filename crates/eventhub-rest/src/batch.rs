use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::ser::to_writer;

use crate::error::Error;
use crate::event::Event;
use crate::json_string;
use crate::property_value::PropertyValue;

/// Several events in one request, all with the same partition key or all without.
///
/// The service takes a batch whole or not at all, and consumers read single events ([Send batch
/// events][docs]). It is never empty, and cheap to clone. On the wire it is a JSON array:
///
/// ```text
/// [{"Body":"{\"total\":12}","UserProperties":{"Kind":"sale"},"BrokerProperties":{"PartitionKey":"till-7"}},
///  {"Body":"AP8=","IsBodyBase64":true,"BrokerProperties":{"PartitionKey":"till-7"}}]
/// ```
///
/// `IsBodyBase64` is documented in the Service Bus page on [batches][service-bus] and in Microsoft's
/// announcement of batches for Event Hubs, not in the Event Hubs page.
///
/// A member of a batch has no content type.
///
/// [docs]: https://learn.microsoft.com/rest/api/eventhub/send-batch-events
/// [service-bus]: https://learn.microsoft.com/rest/api/servicebus/send-message-batch
#[derive(Clone)]
pub struct Batch {
    body: Bytes,
    len: usize,
    partition_key: Option<String>,
    service_retry: bool,
}

impl Batch {
    /// The most bytes that one request may bring to a namespace of the Basic tier
    /// ([Quotas and limits][docs]).
    ///
    /// [docs]: https://learn.microsoft.com/azure/event-hubs/event-hubs-quotas
    pub const BASIC_LIMIT: usize = 256 * 1024;

    /// The most bytes that one request may bring to a namespace of the Standard, Premium and
    /// Dedicated tiers. A hub of a self-serve Dedicated cluster can be set to take more.
    pub const STANDARD_LIMIT: usize = 1024 * 1024;

    /// A batch of one event, of any size.
    #[must_use]
    pub fn from_event(event: &Event) -> Self {
        // No limit here: how large one event may be is the service's to judge, which answers 413.
        let mut body = vec![b'['];
        write_member(&mut body, event);
        body.push(b']');
        Self {
            body: body.into(),
            len: 1,
            partition_key: event.partition_key().map(str::to_owned),
            service_retry: event.service_retry(),
        }
    }

    /// The JSON that is sent.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// How many events there are: one or more.
    #[expect(clippy::len_without_is_empty, reason = "a batch is never empty")]
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// The partition key of all its events.
    #[must_use]
    pub fn partition_key(&self) -> Option<&str> {
        self.partition_key.as_deref()
    }

    /// Whether the service may retry by itself when it meets a transient fault: if it may for each
    /// of the events.
    #[must_use]
    pub fn service_retry(&self) -> bool {
        self.service_retry
    }
}

/// Shows the sizes of what may be confidential, and not its text.
impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch")
            .field("len", &self.len)
            .field("body_len", &self.body.len())
            .field("has_partition_key", &self.partition_key.is_some())
            .field("service_retry", &self.service_retry)
            .finish()
    }
}

/// Fills a [`Batch`] up to a limit.
///
/// ```
/// use eventhub_rest::{Batch, BatchBuilder, Error, Event};
///
/// let events = (0..3).map(|n| Event::new(format!("{{\"n\":{n}}}"), "application/json"));
/// let mut builder = BatchBuilder::new(Batch::BASIC_LIMIT);
/// let mut batches = Vec::new();
/// for event in events {
///     let event = event?;
///     if let Err(Error::BatchFull | Error::PartitionKeyDiffers) = builder.try_add(&event) {
///         batches.extend(builder.take());
///         builder.try_add(&event)?;
///     }
/// }
/// batches.extend(builder.take());
/// assert_eq!(batches.len(), 1);
/// # Ok::<(), Error>(())
/// ```
pub struct BatchBuilder {
    limit: usize,
    body: Vec<u8>,
    len: usize,
    partition_key: Option<String>,
    service_retry: bool,
}

impl BatchBuilder {
    /// An empty batch that may grow to `limit` bytes, such as [`Batch::BASIC_LIMIT`].
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { limit, body: Vec::new(), len: 0, partition_key: None, service_retry: true }
    }

    /// Adds `event`. After an error, the batch is as it was before.
    ///
    /// # Errors
    ///
    /// [`Error::BatchFull`] or [`Error::PartitionKeyDiffers`] if the event belongs into a next
    /// batch; [`Error::EventTooLarge`] if none is large enough for it.
    pub fn try_add(&mut self, event: &Event) -> Result<(), Error> {
        if !self.is_empty() && self.partition_key() != event.partition_key() {
            return Err(Error::PartitionKeyDiffers);
        }
        let before = self.body.len();
        // Written first and taken back if it is too long: to compute the length would be to escape
        // the body twice.
        self.body.push(if self.is_empty() { b'[' } else { b',' });
        write_member(&mut self.body, event);
        if let Err(error) = self.check_size(before) {
            self.body.truncate(before);
            return Err(error);
        }
        self.partition_key = event.partition_key().map(str::to_owned);
        // The header is one for the whole request, so an event that forbids it forbids it for all.
        self.service_retry &= event.service_retry();
        self.len += 1;
        Ok(())
    }

    /// The batch, if there is an event in it; this one is empty then.
    pub fn take(&mut self) -> Option<Batch> {
        let limit = self.limit;
        let Self { mut body, len, partition_key, service_retry, .. } =
            // The next body reserves nothing: most batches stay far below their limit, and a batch
            // keeps its memory until it is sent.
            std::mem::replace(self, Self::new(limit));
        body.push(b']');
        (len > 0).then(|| Batch { body: body.into(), len, partition_key, service_retry })
    }

    /// The bytes that the batch has on the wire; 0 if it is empty.
    #[must_use]
    pub fn size(&self) -> usize {
        if self.is_empty() { 0 } else { self.body.len() + 1 }
    }

    /// The bytes that the batch may have on the wire.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// How many events there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no event.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The partition key of all its events.
    #[must_use]
    pub fn partition_key(&self) -> Option<&str> {
        self.partition_key.as_deref()
    }

    /// Whether the batch fits, with the bracket that will close it; the last event in it begins
    /// after the byte at `before`.
    fn check_size(&self, before: usize) -> Result<(), Error> {
        let alone = self.body.len() - before + 1;
        // First, because such an event is too large for any batch, and a caller would start new
        // ones for ever.
        if alone > self.limit {
            Err(Error::EventTooLarge { size: alone, limit: self.limit })
        } else if self.body.len() + 1 > self.limit {
            Err(Error::BatchFull)
        } else {
            Ok(())
        }
    }
}

/// Shows the sizes of what may be confidential, and not its text.
impl fmt::Debug for BatchBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchBuilder")
            .field("len", &self.len)
            .field("size", &self.size())
            .field("limit", &self.limit)
            .field("has_partition_key", &self.partition_key.is_some())
            .finish_non_exhaustive()
    }
}

/// One event as a member of a batch. Members without a value are left out.
fn write_member(out: &mut Vec<u8>, event: &Event) {
    out.extend_from_slice(b"{\"Body\":");
    write_body(out, event);
    // The opening of the object counts as the first separator, so an event without properties has
    // no such member.
    let mut separator: &[u8] = b",\"UserProperties\":{";
    for (name, value) in event.application_properties() {
        out.extend_from_slice(separator);
        json_string::write(out, name.as_bytes());
        out.push(b':');
        write_value(out, &value);
        separator = b",";
    }
    if separator == b"," {
        out.push(b'}');
    }
    if let Some(key) = event.partition_key() {
        out.extend_from_slice(b",\"BrokerProperties\":{\"PartitionKey\":");
        json_string::write(out, key.as_bytes());
        out.push(b'}');
    }
    out.push(b'}');
}

fn write_body(out: &mut Vec<u8>, event: &Event) {
    if event.has_base64_body() {
        out.push(b'"');
        write_base64(out, event.body());
        out.extend_from_slice(b"\",\"IsBodyBase64\":true");
    } else {
        json_string::write(out, event.body());
    }
}

/// Encodes into the buffer itself: the text of a large body would be copied otherwise.
fn write_base64(out: &mut Vec<u8>, bytes: &[u8]) {
    let start = out.len();
    out.resize(start + bytes.len().div_ceil(3) * 4, 0);
    let room = out.get_mut(start..).expect("the buffer was extended from there");
    STANDARD.encode_slice(bytes, room).expect("base64 has four characters for three bytes");
}

fn write_value(out: &mut Vec<u8>, value: &PropertyValue) {
    match value {
        PropertyValue::Null => out.extend_from_slice(b"null"),
        PropertyValue::Boolean(value) => write_json(out, value),
        PropertyValue::Integer(value) => write_json(out, value),
        PropertyValue::Double(value) => write_json(out, value),
        PropertyValue::String(value) => json_string::write(out, value.as_bytes()),
    }
}

fn write_json(out: &mut Vec<u8>, value: &impl serde::Serialize) {
    to_writer(out, value).expect("a number or a boolean is written to memory");
}
