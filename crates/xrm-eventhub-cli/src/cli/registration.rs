//! `registration`: what can be asked of a registration.

mod solution;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{AddEndpoint, AddStep};

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
    AddEndpoint(AddEndpoint),
    AddStep(AddStep),
    Check(CheckRegistration),
    Diff(DiffRegistrations),
    Show(ShowRegistration),
    Explain(ExplainRegistration),
    Schema(DocumentSchema),
    Import(ImportRegistration),
    Export(ExportRegistration),
}

/// Say what is wrong with a registration, all at once.
///
/// Standard output gets a line for each problem: `error[no-key]: endpoint ...: there is no shared
/// access key ...`, or `warning[...]` for what works but is probably not as meant; nothing if
/// nothing was found. The word in brackets stays the same from version to version. No line holds a
/// secret. With --json, lines have `severity`, `problem`, which is the word, `place`, `id` and
/// `text`.
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

/// Say in what a registration differs from an earlier one.
///
/// Standard output gets a line for each difference; nothing if there is none. Endpoints, plug-in
/// types, steps, and the images of one step are taken for the same by their ids or, where no other
/// has the id, by their names. With --json, lines have `place`, `id`, `change`, which is `added`,
/// `removed` or `changed`, `column`, `from` and `to`.
#[derive(Args, Debug)]
#[command(after_help = DOCUMENTS)]
pub(crate) struct DiffRegistrations {
    /// The earlier document.
    pub(crate) earlier: PathBuf,
    /// The later document.
    pub(crate) later: PathBuf,
    #[command(flatten)]
    pub(crate) form: Form,
}

/// Show a registration: endpoints, plug-in types, and steps with their images.
///
/// With --json, there is a line for each endpoint, plug-in type and step, as it would stand in a
/// document in JSON, after its `kind`.
#[derive(Args, Debug)]
#[command(after_help = DOCUMENTS)]
pub(crate) struct ShowRegistration {
    /// The registration's document.
    #[arg(value_name = "FILE")]
    pub(crate) registration: PathBuf,
    #[command(flatten)]
    pub(crate) form: Form,
}

/// Say of each step whether an operation fires it, and if not, the first reason why.
///
/// Steps stand in the order of the document; those that fire have the number at which they do, or
/// the numbers where the operation is several. With --json, there is a line for each step, with
/// `id`, `name`, `fires`, `order`, which is a list of these numbers, `reason` and `text`.
#[derive(Args, Debug)]
#[command(after_help = DOCUMENTS)]
pub(crate) struct ExplainRegistration {
    /// The registration's document.
    #[arg(value_name = "FILE")]
    pub(crate) registration: PathBuf,
    /// The operation's document.
    pub(crate) operation: PathBuf,
    /// Take it for a body, of either format, and explain what that tells of.
    #[arg(long)]
    pub(crate) recorded: bool,
    #[command(flatten)]
    pub(crate) form: Form,
}

/// Print the JSON Schema of a document, for editors.
///
/// Taplo finds it in TOML by a first line `#:schema registration.schema.json`; others find it in
/// JSON by a member `$schema`.
#[derive(Args, Debug)]
pub(crate) struct DocumentSchema {
    /// Of which document.
    #[arg(default_value = "registration")]
    pub(crate) of: DocumentKind,
}

/// A document that has a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DocumentKind {
    /// That of a registration.
    Registration,
    /// That of an operation.
    Operation,
}

/// How results are printed.
#[derive(Args, Debug)]
pub(crate) struct Form {
    /// Print JSON for programs.
    #[arg(long)]
    pub(crate) json: bool,
}
