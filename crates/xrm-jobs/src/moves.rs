//! The one table of what may follow what.

use std::fmt;

use crate::status::StatusCode;

/// Declares the moves: the variant and its name in errors.
macro_rules! moves {
    ($(#[$doc:meta])* pub enum Move { $($(#[$move_doc:meta])* $variant:ident $name:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Move {
            $($(#[$move_doc])* $variant,)+
        }

        impl Move {
            /// Every move.
            pub const ALL: &[Self] = &[$(Self::$variant),+];
        }

        impl fmt::Display for Move {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(match self {
                    $(Self::$variant => $name,)+
                })
            }
        }
    };
}

moves! {
    /// What can be done to a system job. Nothing else changes its status.
    ///
    /// The table of [`target`](Self::target), blank where the move is refused:
    ///
    /// | move | Waiting For Resources | Waiting | In Progress | Pausing | Canceling |
    /// |---|---|---|---|---|---|
    /// | `Begin` | In Progress | In Progress, once due | | | |
    /// | `Succeed` | | | Succeeded | Succeeded | Succeeded |
    /// | `Fail` | | | Failed | Failed | Failed |
    /// | `WaitUntil` | | | Waiting | Waiting | Canceled |
    /// | `Suspend` | | | Waiting | Waiting | Canceled |
    /// | `Abandon` | | | Waiting For Resources | Waiting | Canceled |
    /// | `Hold` | Waiting | Waiting | | | |
    /// | `GiveUp` | Failed | Failed | | | |
    /// | `Cancel` | Canceled | Canceled | Canceling | Canceling | |
    /// | `Pause` | Waiting | Waiting | Pausing | Pausing | |
    /// | `Resume` | | Waiting For Resources | | | |
    /// | `Postpone` | Waiting | Waiting | Pausing | Pausing | |
    ///
    /// The three completed statuses have no move at all.
    ///
    /// Which state a user may cancel (Ready, Suspended, Locked), resume (Suspended), postpone (Ready,
    /// Locked) and pause (Locked), and that a completed job stays as it is, is Microsoft's table in
    /// [Asynchronous service](https://learn.microsoft.com/power-apps/developer/data-platform/asynchronous-service)
    /// and [Monitor and manage system jobs](https://learn.microsoft.com/power-platform/admin/monitor-manage-system-jobs).
    /// Five things those pages leave open are decided here:
    ///
    /// - An attempt under way can't be called back. Cancel, pause and postpone therefore leave a request
    ///   in a locked job (Canceling, Pausing), and the attempt's own outcome comes first: what was
    ///   delivered is Succeeded, whatever was requested meanwhile.
    /// - A waiting job can be postponed again.
    /// - A job without an attempt under way can be paused too. The platform offers that for locked jobs
    ///   alone, where it takes effect after the attempt.
    /// - An attempt of a crashed worker ends with its lease, and counts as failed.
    /// - A job that is postponed, paused or due again waits in Suspended.
    pub enum Move {
        /// A worker starts an attempt.
        Begin "begin",
        /// The attempt delivered the message.
        Succeed "succeed",
        /// The attempt failed, and no other one will be made.
        Fail "fail",
        /// The attempt failed, and another one will be made at a given time.
        WaitUntil "wait until",
        /// The attempt failed, and another one will be made when somebody resumes the job.
        Suspend "suspend",
        /// The worker of the attempt has crashed, and its lease has ended.
        Abandon "abandon",
        /// A worker suspends the job without an attempt, because an attempt would fail.
        Hold "hold",
        /// A worker gives the job up without another attempt.
        GiveUp "give up",
        /// Somebody cancels the job.
        Cancel "cancel",
        /// Somebody pauses the job until it is resumed.
        Pause "pause",
        /// Somebody lets a waiting job run now.
        Resume "resume",
        /// Somebody postpones the job to a given time.
        Postpone "postpone",
    }
}

impl Move {
    /// The status in which this move leaves a job that is `from`, or `None` if it is not legal.
    #[must_use]
    pub const fn target(self, from: StatusCode) -> Option<StatusCode> {
        use StatusCode::{
            Canceled, Canceling, Failed, InProgress, Pausing, Succeeded, Waiting,
            WaitingForResources,
        };
        Some(match (self, from) {
            // Grouped by who moves: a worker at the start, the attempt, a worker without an attempt, a
            // person. Whether a waiting job is due is asked in `SystemJob::begin`, which has the time.
            (Self::Begin, WaitingForResources | Waiting) => InProgress,

            (Self::Succeed, InProgress | Pausing | Canceling) => Succeeded,
            (Self::Fail, InProgress | Pausing | Canceling) => Failed,
            (Self::WaitUntil | Self::Suspend, InProgress | Pausing) => Waiting,
            // The one place where a request to cancel takes effect: no attempt follows.
            (Self::WaitUntil | Self::Suspend | Self::Abandon, Canceling) => Canceled,
            (Self::Abandon, InProgress) => WaitingForResources,
            (Self::Abandon, Pausing) => Waiting,

            (Self::Hold, WaitingForResources | Waiting) => Waiting,
            (Self::GiveUp, WaitingForResources | Waiting) => Failed,

            (Self::Cancel, WaitingForResources | Waiting) => Canceled,
            // A later request replaces an earlier one, except that nothing undoes a cancellation.
            (Self::Cancel, InProgress | Pausing) => Canceling,
            (Self::Pause, WaitingForResources | Waiting) => Waiting,
            (Self::Pause, InProgress | Pausing) => Pausing,
            (Self::Resume, Waiting) => WaitingForResources,
            (Self::Postpone, WaitingForResources | Waiting) => Waiting,
            (Self::Postpone, InProgress | Pausing) => Pausing,

            _ => return None,
        })
    }
}
