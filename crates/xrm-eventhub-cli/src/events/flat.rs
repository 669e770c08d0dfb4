//! What a listener wants to know of an event.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use xrm_eventhub::RemoteExecutionContext;
use xrm_eventhub::body::flat::{Changes, changes};

use crate::error::Error;
use crate::input::Input;
use crate::output;

/// An event, as the endpoint shows it.
#[derive(Deserialize)]
struct Event {
    partition: String,
    sequence: i64,
    body_base64: String,
}

/// A context, as one line of output.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ContextLine<'a> {
    message: Option<&'a str>,
    table: Option<&'a str>,
    id: String,
    operation_id: String,
    changes: Changes,
}

/// Prints the line of an event.
pub(super) fn print(line: &[u8]) -> Result<(), Error> {
    let event: Event = serde_json::from_slice(line).map_err(Error::Event)?;
    let body = STANDARD.decode(&event.body_base64);
    let body = body.map_err(|it| Error::Event(serde::de::Error::custom(it)))?;
    let name = format!("event {} of partition {}", event.sequence, event.partition);
    let context = Input::of(name, body).recognise()?;
    let line = serde_json::to_string(&ContextLine::of(&context)).map_err(Error::Event)?;
    output::line(&line)
}

impl<'a> ContextLine<'a> {
    fn of(context: &'a RemoteExecutionContext) -> Self {
        Self {
            message: context.message_name.as_deref(),
            table: context.primary_entity_name.as_deref(),
            id: context.primary_entity_id.to_string(),
            operation_id: context.operation_id.to_string(),
            changes: changes(context),
        }
    }
}
