//! The command `xrm-eventhub`: convert, publish, sign, explain, manage event hubs
//! and system jobs, look into registrations, and run a local Event Hubs endpoint.
//!
//! `xrm-eventhub --help` tells what it does. Here each subcommand is a module with one function,
//! which prints through `output` and ends in a `Status` or an `Error`.

mod body;
mod cli;
mod error;
mod given;
mod hub;
mod jobs;
mod local;
mod machine;
mod publish;
mod registration;
mod sas;
mod status;
mod tasks;
mod terminal;
mod trigger;

use std::process::ExitCode;

use clap::Parser as _;

use crate::body::{convert, show};
use crate::cli::{Body, Cli, Command, Hub, Local, Publisher, Sas};
use crate::error::Error;
use crate::local::{events, serve};
use crate::sas::{explain, sign};
use crate::status::Status;
use crate::terminal::{output, warnings};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    warnings::tell();
    let status = run(Cli::parse().command).await.unwrap_or_else(|error| {
        output::error(&error);
        error.status()
    });
    status.into()
}

async fn run(command: Command) -> Result<Status, Error> {
    match command {
        Command::Body(Body::Convert(arguments)) => convert::convert(&arguments),
        Command::Body(Body::Show(arguments)) => show::show(&arguments),
        Command::Publish(arguments) => publish::publish(&arguments).await,
        Command::Hub(Hub::Create(arguments)) => hub::create(&arguments).await,
        Command::Hub(Hub::Show(arguments)) => hub::show(&arguments).await,
        Command::Hub(Hub::List) => hub::list().await,
        Command::Hub(Hub::Delete(arguments)) => hub::delete(&arguments).await,
        Command::Hub(Hub::Publisher(command)) => match command {
            Publisher::Revoke(arguments) => hub::revoke(&arguments).await,
            Publisher::Restore(arguments) => hub::restore(&arguments).await,
            Publisher::List(arguments) => hub::list_revoked(&arguments).await,
        },
        Command::Jobs(command) => jobs::jobs(*command).await,
        Command::Local(Local::Serve(arguments)) => serve::serve(arguments).await,
        Command::Local(Local::Events(arguments)) => events::events(&arguments).await,
        Command::Registration(command) => registration::registration(command),
        Command::Trigger(arguments) => trigger::trigger(&arguments).await,
        Command::Tasks(arguments) => tasks::tasks(&arguments).await,
        Command::Sas(Sas::Sign(arguments)) => sign::sign(&arguments),
        Command::Sas(Sas::Explain(arguments)) => explain::explain(&arguments),
    }
}
