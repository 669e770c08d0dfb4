//! What a message has beside its body.

use std::sync::Arc;

use bytes::Bytes;
use eventhub_rest::{Event, PropertyValue};
use xrm_context::RemoteExecutionContext;
use xrm_jobs::Payload;

use crate::claims::Claims;

/// The property that the platform adds to a message from which it removed members ([Azure
/// integration][size]).
///
/// [size]: https://learn.microsoft.com/power-apps/developer/data-platform/azure-integration
const MESSAGE_MAX_SIZE_EXCEEDED: &str = "MessageMaxSizeExceeded";

/// The properties of the message of a context, which every attempt sends along.
pub(crate) fn message_properties(
    context: &RemoteExecutionContext,
    claims: Option<&Claims>,
    is_trimmed: bool,
) -> Vec<(String, PropertyValue)> {
    let mut properties = claims.map(|claims| claims.of(context)).unwrap_or_default();
    if is_trimmed {
        properties.push((MESSAGE_MAX_SIZE_EXCEEDED.to_owned(), true.into()));
    }
    properties
}

/// A job's message as an event. The service does not retry it by itself: the job does.
pub(crate) fn event(
    payload: &Payload,
    properties: &[(String, PropertyValue)],
) -> Result<Event, eventhub_rest::Error> {
    let body = Bytes::from_owner(Arc::clone(payload.body()));
    let event = Event::new(body, payload.content_type())?.without_service_retry();
    match properties {
        // The mark alone is worth no batch, which would take the content type away. As a header,
        // its name travels in lower case.
        [(name, PropertyValue::Boolean(true))] if name == MESSAGE_MAX_SIZE_EXCEEDED => {
            event.with_property(name, "true")
        }
        properties => properties.iter().try_fold(event, |event, (name, value)| {
            event.with_application_property(name, value.clone())
        }),
    }
}
