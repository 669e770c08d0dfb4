//! How a command ends: its exit code, and the error if it ends early.

use std::error::Error as StdError;
use std::fmt::{self, Display};
use std::process::ExitCode;

/// The exit codes of one command, for its help.
macro_rules! exit_codes {
    ($done:literal, $failed:literal, $invalid:literal $(, $damaged:literal)? $(,)?) => {
        // Texts of several lines are wrapped by hand, with five blanks: clap does not know the list.
        concat!(
            "Exit codes:\n  0  ", $done, "\n  1  ", $failed, "\n  2  ", $invalid
            $(, "\n  3  ", $damaged)?
        )
    };
}
pub(crate) use exit_codes;

/// Each row is an exit code and its meaning for all commands: the enum, and the list in `--help`,
/// which a test compares with the README.
macro_rules! exits {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $meaning:literal;)*) => {
        /// How a command ends.
        ///
        /// The order matters: of several inputs, the highest code wins.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Exit {
            $($(#[$doc])* $name = $code,)*
        }

        /// The exit codes of all commands.
        pub(crate) const EXIT_CODES: &str = exit_codes!($($meaning),*);
    };
}

// clap ends with 2 for arguments that it refuses, so 2 is also the code of what is refused later.
exits! {
    /// All was done.
    Done = 0, "done";
    /// The command was understood, and what it was to do failed.
    Failed = 1, "the operation failed: a job is not Succeeded, is missing, or can't be changed as asked;
     a token or a registration is wrong; an event hub was not created, shown or deleted, or a
     publisher not revoked or restored; a hub can't be reached or listened on; a job store
     fails; the output can't be written";
    /// The command can't do anything with what it was given, however often it is run.
    InvalidInput = 2, "invalid arguments, environment or input";
    /// Waiting does not help: somebody has to repair or replace the store.
    DamagedStore = 3, "the job store is damaged, or its file was removed or replaced";
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command ended before it was done: what standard error gets, and the exit code.
///
/// Each place that makes one decides which of the exit codes it is: no list elsewhere has to be
/// kept in step.
#[derive(Debug)]
pub(crate) struct Error {
    exit: Exit,
    /// With its causes: nobody matches on them, so they need not be kept.
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
