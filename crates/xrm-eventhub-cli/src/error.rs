//! Why a command ends early, and with which exit code.

use std::io;
use std::path::PathBuf;

use xrm_eventhub::rest::manage::ManageError;
use xrm_eventhub::rest::{self, RefusalKind, Verdict};
use xrm_eventhub::sas::TokenError;
use xrm_eventhub::{MessageFormat, body, sas};
use xrm_jobs::{StoreError, StoreErrorKind};
use xrm_registration::solution;

use crate::given::document::Mistake;
use crate::given::environment;
use crate::status::Status;

/// Why a command ended before it was done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("the environment variable {name} is not set")]
    NoVariable { name: String },
    #[error(
        "the name of an environment variable is letters, digits, `_`, `-` and `.`; what was given \
         is none, and not shown, for it may be a secret"
    )]
    NoVariableName,
    #[error("the environment variable {name} is not text")]
    VariableNotText { name: String },
    #[error("the environment variable {name} can't be used")]
    Variable { name: String, source: sas::Error },

    #[error("{name} can't be read")]
    Read { name: String, source: io::Error },
    #[error("{name} is neither a JSON nor an XML body: offset 0, path (root)")]
    NeitherFormat { name: String },
    #[error("{name} is no {format} body: {}", position(source))]
    Decode { name: String, format: MessageFormat, source: body::Error },
    #[error("{name} tells of no operation: it has no MessageName")]
    NoMessage { name: String },
    #[error("{name} can't be written as {format}: {}", position(source))]
    Encode { name: String, format: MessageFormat, source: body::Error },
    #[error("{} can't be written", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("standard output can't be written")]
    Output(#[source] io::Error),

    #[error("{name} is neither TOML nor JSON: it ends neither in .toml nor in .json")]
    DocumentFormat { name: String },
    #[error("{name} is longer than {limit} bytes")]
    DocumentTooLong { name: String, limit: usize },
    #[error("{name} is no document of {what}")]
    Document { name: String, what: &'static str, source: Mistake },

    #[error("{name} can't be added to, for what it is or how it is written")]
    NotAppendable { name: String },
    #[error("the registration has no endpoint named {name}")]
    NoEndpoint { name: String },
    #[error("the registration can't be put to work")]
    NotAtWork(#[source] xrm_eventhub::SolutionError),
    #[error("{name} is a packed solution, which is to be named as a file")]
    PackedInput { name: String },
    #[error("{name} is no packed solution: there is no customizations.xml in it")]
    NoCustomizations { name: String },
    #[error(
        "the environment variable {variable} is not set, which is to hold the key of the endpoint \
         `{endpoint}`"
    )]
    NoKeyVariable { variable: String, endpoint: String },
    #[error("{} is no folder of an unpacked solution", path.display())]
    NoSolution { path: PathBuf },
    #[error(transparent)]
    Solution(solution::Error),
    #[error(transparent)]
    ExportRegistration(solution::ExportError),

    #[error("the connection string in {} can't be published to", environment::CONNECTION_STRING)]
    NoHub(#[source] rest::Error),
    #[error("there is nothing to publish with")]
    Publisher(#[source] xrm_eventhub::Error),
    #[error("publishing had to stop")]
    Publish(#[source] xrm_eventhub::Error),

    #[error("the token can't be signed")]
    Sign(#[source] sas::Error),

    #[error("the token is longer than {limit} bytes")]
    TokenTooLong { limit: usize },
    #[error("the token is not text")]
    TokenNotText,

    #[error("the event hub, its rule or its publisher can't have this name")]
    Names(#[source] rest::Error),
    #[error("there is nothing to send requests with")]
    Client(#[source] rest::Error),
    #[error("there is no token to manage with")]
    NoToken(#[source] TokenError),
    #[error("{what}")]
    Manage { what: String, source: ManageError },
    #[error("{what}")]
    Revocation { what: String, source: ManageError },
    #[error("the event hub {hub} has no rule {rule}")]
    NoRule { hub: String, rule: String },
    #[error("the key of the rule {rule} is withheld")]
    NoKey { rule: String, source: rest::Error },

    #[error("a store is told as sqlite:PATH or postgres:VARIABLE")]
    StoreUrl,
    #[error("there is no job store at {}", path.display())]
    NoStore { path: PathBuf },
    #[error("the job store in {name} can't be opened")]
    OpenStore { name: String, source: xrm_jobs::Error },
    #[error(transparent)]
    Jobs(xrm_jobs::Error),
    #[error("{name} can't be imported as a whole")]
    Import { name: String, source: xrm_jobs::Error },
    #[error("no jobs are named: tell which, by --id or a filter, or --all")]
    NothingSelected,

    #[error("the local endpoint can't be served")]
    Serve(#[from] eventhub_local::Error),
    #[error("signals can't be waited for")]
    Signals(#[source] io::Error),

    #[error("there is no endpoint at {authority}")]
    Connect { authority: String, source: io::Error },
    #[error("the endpoint at {authority} broke off")]
    Exchange { authority: String, source: hyper::Error },
    #[error("an event can't be read")]
    Event(#[source] serde_json::Error),
    #[error("the endpoint at {authority} does not show events: {verdict}")]
    NoEvents { authority: String, verdict: Box<Verdict> },
}

impl Error {
    /// The exit code.
    pub(crate) fn status(&self) -> Status {
        match self {
            Self::NoVariable { .. }
            | Self::NoVariableName
            | Self::VariableNotText { .. }
            | Self::Variable { .. }
            | Self::Read { .. }
            | Self::NeitherFormat { .. }
            | Self::Decode { .. }
            | Self::NoMessage { .. }
            | Self::Encode { .. }
            | Self::DocumentFormat { .. }
            | Self::DocumentTooLong { .. }
            | Self::Document { .. }
            | Self::NotAppendable { .. }
            | Self::NoEndpoint { .. }
            | Self::NotAtWork(_)
            | Self::PackedInput { .. }
            | Self::NoCustomizations { .. }
            | Self::NoKeyVariable { .. }
            | Self::NoSolution { .. }
            | Self::Solution(_)
            | Self::ExportRegistration(_)
            | Self::NoHub(_)
            | Self::Sign(_)
            | Self::TokenTooLong { .. }
            | Self::TokenNotText
            | Self::StoreUrl
            | Self::NoStore { .. }
            | Self::Import { .. }
            | Self::NothingSelected
            | Self::Names(_) => Status::BadInput,
            Self::OpenStore { source, .. } if is_no_store(source) => Status::BadInput,
            Self::Serve(eventhub_local::Error::Listen { .. }) => Status::Unsuccessful,
            Self::Serve(_) => Status::BadInput,
            _ => Status::Unsuccessful,
        }
    }

    /// What to check, where that is known.
    pub(crate) fn check(&self) -> Option<&'static str> {
        match self {
            Self::Revocation { source: ManageError::NotFound(_), .. } => {
                Some("The event hub exists, and the publisher is revoked.")
            }
            Self::Revocation { source: ManageError::Conflict(_), .. } => {
                Some("The publisher is not revoked yet.")
            }
            Self::Manage { source, .. } | Self::Revocation { source, .. } => check_hub(source),
            _ => None,
        }
    }

    /// Whether nobody reads standard output any more, which is nothing to talk about.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// Whether what was given is no store, or none of this version, however often it is tried.
fn is_no_store(error: &xrm_jobs::Error) -> bool {
    use StoreErrorKind::{Corrupt, ForeignSchema, NewerSchema, Options};
    let kind = error.store_error().map(StoreError::kind);
    matches!(kind, Some(Corrupt | ForeignSchema | NewerSchema | Options))
}

/// What to check about a hub that was not managed.
fn check_hub(failure: &ManageError) -> Option<&'static str> {
    Some(match failure {
        ManageError::BadRequest(_) => "The namespace's tier has what was asked for.",
        ManageError::Unauthorized(refusal) if refusal.kind() == RefusalKind::InvalidSignature => {
            "The SharedAccessKeyName and SharedAccessKey are those of a policy of the namespace, or of this hub."
        }
        ManageError::Unauthorized(_) => "The connection string is one of a policy with Manage.",
        ManageError::Forbidden(_) => "The namespace's tier allows one more.",
        ManageError::NotFound(_) => "The name is that of an event hub of this namespace.",
        ManageError::Conflict(_) => "The name is not taken, and nothing else changes the hub.",
        ManageError::NoAnswer(_) => {
            "The Endpoint of the connection string is right, and can be reached from here."
        }
        _ => return None,
    })
}

/// Where in a body something is wrong. What it is comes after, as the cause.
fn position(error: &body::Error) -> String {
    let offset = error.offset().map(|offset| format!("offset {offset}, ")).unwrap_or_default();
    match &*error.path() {
        "" => format!("{offset}path (root)"),
        path => format!("{offset}path {path}"),
    }
}
