//! Why a command ends early, and with which exit code.

use std::error::Error as StdError;
use std::fmt::{self, Display};

use crate::exit::Exit;

/// Why a command ended before it was done: what standard error gets, and the exit code.
///
/// Each place that makes one decides which of the two exit codes it is: no list elsewhere has to be
/// kept in step.
#[derive(Debug)]
pub(crate) struct Error {
    exit: Exit,
    text: String,
    check: Option<&'static str>,
}

impl Error {
    pub(crate) fn new(exit: Exit, what: impl Display) -> Self {
        Self { exit, text: what.to_string(), check: None }
    }

    /// What was asked for failed.
    pub(crate) fn failed(what: impl Display) -> Self {
        Self::new(Exit::Failed, what)
    }

    /// The arguments, the environment or an input is invalid.
    pub(crate) fn invalid(what: impl Display) -> Self {
        Self::new(Exit::InvalidInput, what)
    }

    /// Nobody reads standard output any more, so there is nobody to print an error for.
    pub(crate) fn broken_pipe() -> Self {
        Self::failed("")
    }

    #[must_use]
    pub(crate) fn caused_by(mut self, cause: &(dyn StdError + 'static)) -> Self {
        self.text.push_str(": ");
        self.text.push_str(&chain(cause));
        self
    }

    /// What to check, in place of what was said before.
    #[must_use]
    pub(crate) fn with_check(self, check: &'static str) -> Self {
        Self { check: Some(check), ..self }
    }

    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    pub(crate) fn is_silent(&self) -> bool {
        self.text.is_empty()
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        self.check.map_or(Ok(()), |it| write!(f, "\nCheck: {it}"))
    }
}

/// Puts what a command was about in front of a library's error.
pub(crate) trait OrError<T> {
    /// What was asked for failed.
    fn or_failed(self, what: impl Display) -> Result<T, Error>;

    /// The arguments, the environment or an input is invalid.
    fn or_invalid(self, what: impl Display) -> Result<T, Error>;
}

impl<T, E: StdError + 'static> OrError<T> for Result<T, E> {
    fn or_failed(self, what: impl Display) -> Result<T, Error> {
        self.map_err(|it| Error::failed(what).caused_by(&it))
    }

    fn or_invalid(self, what: impl Display) -> Result<T, Error> {
        self.map_err(|it| Error::invalid(what).caused_by(&it))
    }
}

/// An error and its causes, as `an outcome was lost: the storage is full`.
pub(crate) fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(&format!(": {cause}"));
        next = cause.source();
    }
    text
}
