//! Why a registration can't be put to work.

use std::fmt;
use std::io;
use std::path::PathBuf;

use xrm_registration::{Problem, Severity};

#[cfg(feature = "documents")]
use crate::document::DocumentError;
use crate::error::Error;

/// Why a registration can't be put to work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SolutionError {
    /// The registration breaks rules, all of which are listed.
    #[error("the registration breaks rules: {}", Listed(.0))]
    Registration(Vec<Problem>),
    /// A step posts to an endpoint that is no event hub.
    #[error("the step `{step}` posts to `{endpoint}`, which is no event hub")]
    NotEventHub {
        /// The step's name.
        step: String,
        /// The endpoint's name.
        endpoint: String,
    },
    /// An endpoint has no shared access key yet, or no token if it authorizes by one.
    #[error("the endpoint `{endpoint}` has no shared access key or token")]
    NoKey {
        /// The endpoint's name.
        endpoint: String,
    },
    /// An endpoint's columns make no connection string.
    #[error("the endpoint `{endpoint}` can't be connected to")]
    Connection {
        /// The endpoint's name.
        endpoint: String,
        /// Why.
        source: azure_sas::Error,
    },
    /// The publisher of an endpoint could not be built.
    #[error("the publisher of the endpoint `{endpoint}` could not be built")]
    Publisher {
        /// The endpoint's name.
        endpoint: String,
        /// Why.
        source: Error,
    },
    /// A step runs a plug-in that was not given.
    #[error("the step `{step}` runs the plug-in `{plugin}`, which was not given")]
    NoPlugin {
        /// The step's name.
        step: String,
        /// The plug-in type's name.
        plugin: String,
    },
    /// Two endpoints, or an endpoint and a plug-in type, have the same name, by which the store
    /// assigns jobs to their workers.
    #[error("`{name}` is the name of two that work on jobs")]
    SameName {
        /// The name.
        name: String,
    },
    /// The file of a registration can't be read.
    #[error("cannot read {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A document is not a valid registration.
    #[cfg(feature = "documents")]
    #[error("the document is not a valid registration")]
    Document(#[source] DocumentError),
    /// A variable that an endpoint names contains no secret.
    #[error("the environment variable {variable} can't be used")]
    Secret {
        /// The variable's name.
        variable: String,
        /// Why.
        source: azure_sas::Error,
    },
    /// The HTTPS client could not be set up.
    #[error("there is no way to send")]
    Transport(#[source] Error),
}

/// Problems after one another.
struct Listed<'a>(&'a [Problem]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        self.0.iter().try_for_each(|problem| {
            write!(f, "{}{problem}", std::mem::replace(&mut separator, "; "))
        })
    }
}

impl SolutionError {
    /// The errors among problems, if there are any.
    pub(super) fn of(problems: Vec<Problem>) -> Result<(), Self> {
        let errors: Vec<_> =
            problems.into_iter().filter(|it| it.severity() == Severity::Error).collect();
        if errors.is_empty() { Ok(()) } else { Err(Self::Registration(errors)) }
    }
}
