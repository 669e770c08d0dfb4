//! `registration`: looks into documents of registrations.

mod add;
mod check;
mod diff;
pub(crate) mod document;
mod explain;
mod show;

pub(crate) use add::event_hub;
pub(crate) use document::Mistake;

use crate::cli::Registration;
use crate::error::Error;
use crate::status::Status;

pub(crate) fn registration(command: Registration) -> Result<Status, Error> {
    match command {
        Registration::AddEndpoint(arguments) => add::add_endpoint(&arguments),
        Registration::AddStep(arguments) => add::add_step(&arguments),
        Registration::Check(arguments) => check::check(&arguments),
        Registration::Diff(arguments) => diff::diff(&arguments),
        Registration::Show(arguments) => show::show(&arguments),
        Registration::Explain(arguments) => explain::explain(&arguments),
    }
}
