//! How a command ends.

use std::process::ExitCode;

/// The exit codes of one command, for its help.
macro_rules! exit_codes {
    ($done:literal, $failed:literal, $invalid:literal $(,)?) => {
        concat!("Exit codes:\n  0  ", $done, "\n  1  ", $failed, "\n  2  ", $invalid)
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
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
