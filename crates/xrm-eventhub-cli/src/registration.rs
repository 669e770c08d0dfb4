//! `registration`: looks into documents of registrations, and makes them of solutions and solutions
//! of them.

mod add;
mod check;
mod diff;
mod explain;
mod export;
mod import;
mod show;
mod solution;

pub(crate) use add::event_hub;

use xrm_registration::schema;

use crate::cli::{DocumentKind, Registration};
use crate::error::Error;
use crate::status::Status;
use crate::terminal::output;

pub(crate) fn registration(command: Registration) -> Result<Status, Error> {
    match command {
        Registration::AddEndpoint(arguments) => add::add_endpoint(&arguments),
        Registration::AddStep(arguments) => add::add_step(&arguments),
        Registration::Check(arguments) => check::check(&arguments),
        Registration::Diff(arguments) => diff::diff(&arguments),
        Registration::Show(arguments) => show::show(&arguments),
        Registration::Explain(arguments) => explain::explain(&arguments),
        Registration::Schema(arguments) => print_schema(arguments.of),
        Registration::Import(arguments) => import::import(&arguments),
        Registration::Export(arguments) => export::export(&arguments),
    }
}

/// `registration schema`
fn print_schema(of: DocumentKind) -> Result<Status, Error> {
    let schema = match of {
        DocumentKind::Registration => schema::REGISTRATION,
        DocumentKind::Operation => schema::OPERATION,
    };
    output::bytes(schema.as_bytes())?;
    Ok(Status::Done)
}
