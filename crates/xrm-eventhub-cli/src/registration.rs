//! `registration`: looks into documents of registrations, and makes them of solutions and solutions
//! of them.

mod check;
mod diff;
mod document;
mod explain;
mod export;
mod import;
mod show;
mod solution;

pub(crate) use document::Mistake;

use crate::cli::Registration;
use crate::error::Error;
use crate::status::Status;

pub(crate) fn registration(command: Registration) -> Result<Status, Error> {
    match command {
        Registration::Check(arguments) => check::check(&arguments),
        Registration::Diff(arguments) => diff::diff(&arguments),
        Registration::Show(arguments) => show::show(&arguments),
        Registration::Explain(arguments) => explain::explain(&arguments),
        Registration::Import(arguments) => import::import(&arguments),
        Registration::Export(arguments) => export::export(&arguments),
    }
}
