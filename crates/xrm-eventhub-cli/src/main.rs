//! The command `xrm-eventhub`: convert, publish, sign, explain, manage event hubs
//! and system jobs, read and write registrations, and run a local Event Hubs server.
//!
//! `cli.rs` is the list of commands, and nothing imports it. A command is one file with its
//! arguments, its run and its errors, in a folder with its kin; what several commands are given is in
//! `given`, and what they print goes through `terminal`.

mod body;
mod cli;
mod dead_letters;
mod error;
mod given;
mod hub;
mod jobs;
mod listen;
mod local;
mod machine;
mod publish;
mod registration;
mod sas;
mod schedule;
mod tasks;
mod terminal;
mod trigger;

use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::Cli;
use crate::given::store;
use crate::terminal::{output, warnings};

// One thread: a command waits for the network and for the store, which has threads of its own.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    warnings::print();
    let result = Cli::parse().run().await;
    store::close_all().await;
    result.unwrap_or_else(|error| output::error(&error)).into()
}
