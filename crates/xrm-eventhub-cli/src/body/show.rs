//! `body show`

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use xrm_eventhub::body::Decoded;
use xrm_eventhub::body::flat::{Changes, changes};

use crate::error::{Error, Exit};
use crate::given::input::{Input, ReadingArgs};
use crate::terminal::output;

/// Summarize bodies, one JSON line per body.
///
/// A line has what a consumer wants from the context: `message`, `table`, `id`, `operationId`,
/// and `changes`, the columns with their values before and after, as far as the request and the
/// images have them. The first character of a body shows its format.
#[derive(Args, Debug)]
pub(crate) struct ShowBodies {
    /// The files to read; `-` is standard input.
    #[arg(value_name = "INPUT", default_value = "-")]
    inputs: Vec<PathBuf>,
    #[command(flatten)]
    reading: ReadingArgs,
}

impl ShowBodies {
    pub(crate) fn run(&self) -> Result<Exit, Error> {
        for path in &self.inputs {
            print(&Input::read(path)?, self.reading)?;
        }
        Ok(Exit::Done)
    }
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

/// Prints the line of the context in a body of either format.
pub(crate) fn print(input: &Input, reading: ReadingArgs) -> Result<(), Error> {
    let Decoded { context, findings, .. } = input.recognize(reading)?;
    input.note(&findings);
    output::json(&ContextLine {
        message: context.message_name.as_deref(),
        table: context.primary_entity_name.as_deref(),
        id: context.primary_entity_id.to_string(),
        operation_id: context.operation_id.to_string(),
        changes: changes(&context),
    })
}
