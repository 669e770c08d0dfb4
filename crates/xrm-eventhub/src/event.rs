//! From a job to the event that an attempt sends.

use std::sync::Arc;

use bytes::Bytes;
use eventhub_rest::{Error, Event};
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
        event = with_property(event, name, value)?;
    }
    event
        .with_property(property::MESSAGE_ID, &job.description().message_id.to_string())?
        .with_property(property::ATTEMPT, &job.progress().retry_count.to_string())
}

/// Adds a property as a header, if it can be one.
fn with_property(event: Event, name: &str, value: &str) -> Result<Event, Error> {
    match event.clone().with_property(name, value) {
        Err(Error::PropertyName { .. } | Error::PropertyValue { .. }) => {
            event.with_application_property(name, value)
        }
        added => added,
    }
}
