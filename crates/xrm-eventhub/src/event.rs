//! From a job to the event that an attempt sends.

use std::sync::Arc;

use bytes::Bytes;
use eventhub_rest::{Error, Event, PropertyValue};
use xrm_jobs::{Payload, SystemJob};

use crate::property;

/// The job's message as an event. The service does not retry it by itself: the job does.
pub(crate) fn event(job: &SystemJob, payload: &Payload) -> Result<Event, Error> {
    let body = Bytes::from_owner(Arc::clone(payload.body()));
    let mut event = Event::new(body, payload.content_type())?.without_service_retry();
    if let Some(key) = &job.description().partition_key {
        event = event.with_partition_key(key)?;
    }
    for (name, value) in payload.properties() {
        event = match is_free(payload) {
            true => event.with_application_property(name, typed(name, value))?,
            false => event.with_property(name, value)?,
        };
    }
    event
        .with_property(property::MESSAGE_ID, &job.description().message_id.to_string())?
        .with_property(property::ATTEMPT, &job.progress().retry_count.to_string())
}

/// Whether the properties have names that no header can have, such as the platform's claims. All
/// travel in JSON then, with their names and types as they are; else, no property is worth a batch,
/// which would take the content type away.
fn is_free(payload: &Payload) -> bool {
    payload.properties().iter().any(|(name, _)| name.contains(':'))
}

fn typed(name: &str, value: &str) -> PropertyValue {
    if name == property::MESSAGE_MAX_SIZE_EXCEEDED { true.into() } else { value.into() }
}
