//! `registration schema`

use clap::{Args, ValueEnum};
use xrm_registration::schema;

use crate::error::{Error, Exit};
use crate::terminal::output;

/// Print the JSON Schema of a document, for editors.
///
/// Taplo finds it in TOML by a first line `#:schema registration.schema.json`; others find it in
/// JSON by a member `$schema`.
#[derive(Args, Debug)]
pub(crate) struct PrintSchema {
    /// The document.
    #[arg(default_value = "registration")]
    of: Document,
}

/// A document that has a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Document {
    /// That of a registration.
    Registration,
    /// That of an operation.
    Operation,
}

impl PrintSchema {
    pub(crate) fn run(&self) -> Result<Exit, Error> {
        output::text(match self.of {
            Document::Registration => schema::REGISTRATION,
            Document::Operation => schema::OPERATION,
        })?;
        Ok(Exit::Done)
    }
}
