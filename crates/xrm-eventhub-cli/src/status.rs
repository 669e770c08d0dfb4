use std::process::ExitCode;

/// How the command ends: its exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Status {
    /// 0: all was done.
    Done,
    /// 1: something was tried without success.
    Unsuccessful,
    /// 2: something that was given can't be used. This wins over 1.
    BadInput,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        match status {
            Status::Done => Self::SUCCESS,
            Status::Unsuccessful => Self::from(1),
            Status::BadInput => Self::from(2),
        }
    }
}
