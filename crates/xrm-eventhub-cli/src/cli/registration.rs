//! `registration`: what can be asked of a registration.

mod solution;

use std::path::PathBuf;

use clap::{Args, Subcommand};

pub(crate) use solution::{DocumentFormat, ExportRegistration, ImportRegistration, Messages};

const DOCUMENTS: &str = "\
Documents are TOML or JSON, told by the end of the file's name, .toml or .json; `-` is standard
input, where JSON begins with a brace.

Exit codes:
  0  done
  1  what was asked about is wrong, or the output can't be written
  2  something that was given can't be used: the arguments, a document";

#[derive(Debug, Subcommand)]
pub(crate) enum Registration {
    Check(CheckRegistration),
    Explain(ExplainRegistration),
    Import(ImportRegistration),
    Export(ExportRegistration),
}

/// Say what is wrong with a registration, all at once.
///
/// Standard output gets a line for each problem: `error[no-key]: endpoint ...: there is no shared
/// access key ...`, or `warning[...]` for what works but is probably not as meant; nothing if
/// nothing was found. The word in brackets stays the same from version to version. No line holds a
/// secret.
#[derive(Args, Debug)]
#[command(after_help = DOCUMENTS)]
pub(crate) struct CheckRegistration {
    /// The registration's document.
    #[arg(value_name = "FILE")]
    pub(crate) registration: PathBuf,
    /// Let steps of Service Bus and Event Hubs be synchronous.
    #[arg(long)]
    pub(crate) allow_synchronous: bool,
    /// End with exit code 1 for warnings too.
    #[arg(long)]
    pub(crate) deny_warnings: bool,
    #[command(flatten)]
    pub(crate) form: Form,
}

/// Say of each step whether an operation fires it, and if not, the first reason why.
///
/// Steps stand in the order of the document; those that fire have the number at which they do. With
/// --json, there is a line for each step, with `id`, `name`, `fires`, `order`, `reason` and
/// `text`.
#[derive(Args, Debug)]
#[command(after_help = DOCUMENTS)]
pub(crate) struct ExplainRegistration {
    /// The registration's document.
    #[arg(value_name = "FILE")]
    pub(crate) registration: PathBuf,
    /// The operation's document.
    pub(crate) operation: PathBuf,
    #[command(flatten)]
    pub(crate) form: Form,
}

/// How results are printed.
#[derive(Args, Debug)]
pub(crate) struct Form {
    /// Print JSON for programs.
    #[arg(long)]
    pub(crate) json: bool,
}
