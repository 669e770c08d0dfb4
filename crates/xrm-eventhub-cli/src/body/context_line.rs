//! What a listener wants to know of a body.

use serde::Serialize;
use xrm_eventhub::RemoteExecutionContext;
use xrm_eventhub::body::flat::{Changes, changes};

use crate::cli::Reading;
use crate::error::Error;
use crate::given::input::Input;
use crate::terminal::output;

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

/// Prints the line of the context in a body of either format.
pub(crate) fn print(input: &Input, reading: Reading) -> Result<(), Error> {
    let context = input.recognise_with(reading)?;
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
