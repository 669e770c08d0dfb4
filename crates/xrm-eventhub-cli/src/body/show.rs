//! `body show`

use std::path::PathBuf;

use clap::Args;
use xrm_eventhub::body::Decoded;
use xrm_eventhub::body::flat::summaries;

use crate::error::{Error, Exit};
use crate::given::input::{Input, ReadingArgs};
use crate::terminal::output;

/// Summarize bodies, one JSON line per record.
///
/// A line has what a consumer wants from the context: `message`, `table`, `id`, `operationId`,
/// and `changes`, the columns with their values before and after, as far as the request and the
/// images have them. `request` and `response` have the other parameters: the related records of an
/// Associate, the state of a SetState, those of a custom API. A message with several records,
/// CreateMultiple or UpdateMultiple, has a line for each. The first character of a body shows its
/// format. Signs that a body is no execution context go to standard error.
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

/// Prints the lines of the context in a body of either format.
pub(crate) fn print(input: &Input, reading: ReadingArgs) -> Result<(), Error> {
    let Decoded { context, findings, .. } = input.recognize(reading)?;
    input.note(&findings);
    output::json_lines(summaries(&context))
}
