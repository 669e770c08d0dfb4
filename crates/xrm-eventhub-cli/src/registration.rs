//! `registration`: documents of registrations.

pub(crate) mod add;
mod arguments;
mod check;
mod diff;
mod explain;
mod export;
mod folder;
mod import;
mod packed;
mod schema;
mod show;
mod test;

use clap::Subcommand;

use crate::error::{Error, Exit};

#[derive(Debug, Subcommand)]
pub(crate) enum RegistrationCommand {
    AddEndpoint(add::AddEndpoint),
    AddStep(add::AddStep),
    Check(check::CheckRegistration),
    Diff(diff::DiffRegistrations),
    Show(show::ShowRegistration),
    Explain(explain::ExplainRegistration),
    Schema(schema::PrintSchema),
    Import(import::ImportRegistration),
    Export(export::ExportRegistration),
    Test(test::TestEndpoint),
}

impl RegistrationCommand {
    pub(crate) async fn run(&self) -> Result<Exit, Error> {
        match self {
            Self::AddEndpoint(it) => it.run(),
            Self::AddStep(it) => it.run(),
            Self::Check(it) => it.run(),
            Self::Diff(it) => it.run(),
            Self::Show(it) => it.run(),
            Self::Explain(it) => it.run(),
            Self::Schema(it) => it.run(),
            Self::Import(it) => it.run(),
            Self::Export(it) => it.run(),
            Self::Test(it) => it.run().await,
        }
    }
}
