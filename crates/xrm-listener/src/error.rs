//! Why a listener ended, and why a store failed.

use std::error::Error as StdError;
use std::fmt;

use crate::source::SourceError;

/// Why a listener could not start, or ended before it was asked to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The settings of a builder are wrong.
    #[error("the listener can't be built: {0}")]
    Options(String),
    /// The event source refused, and trying again does not help.
    #[error("the hub can't be received from")]
    Source(#[from] SourceError),
    /// The store failed before the first event was received. Failures later on are retried.
    #[error("the checkpoint store failed")]
    Store(#[from] StoreError),
    /// There is no partition of this name.
    #[error("the hub has no partition {name:?}; its partitions are {}", .partitions.join(", "))]
    NoPartition {
        /// The name that was asked for.
        name: String,
        /// The partitions of the hub.
        partitions: Vec<String>,
    },
}

/// A failure of a checkpoint store or a dead letter store.
///
/// ```
/// use xrm_listener::StoreError;
///
/// let error = StoreError::new("the table is locked");
/// assert_eq!(error.to_string(), "the table is locked");
/// ```
#[derive(Debug)]
pub struct StoreError {
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl StoreError {
    /// A failure, in words for the log. They must not contain a secret.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), source: None }
    }

    /// The same, with what caused it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for StoreError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|it| &**it as _)
    }
}

/// An error and its causes, as one line for a log or a dead letter.
pub(crate) fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_names_every_cause() {
        let error = Error::from(StoreError::new("no room").with_source("disk 3 is full"));
        assert_eq!(chain(&error), "the checkpoint store failed: no room: disk 3 is full");
    }
}
