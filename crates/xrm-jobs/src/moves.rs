//! The one table of what may follow what.

use std::fmt;

use crate::status::{StateCode, StatusCode};

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
    ///
    /// Two rules go further than that table, in [three places](Self::is_beyond_the_platform):
    ///
    /// - A Ready or Suspended job can be paused too, not only a locked one. On the platform, jobs are
    ///   Ready for moments. Here they are Ready for as long as no worker runs or a backlog lasts, which is
    ///   when people want to hold them back.
    /// - A waiting job can be postponed again. On the platform, it would have to be resumed before, and
    ///   could be attempted in between.
    ///
    /// Three things those pages leave open are decided here:
    ///
    /// - An attempt under way can't be called back. Cancel, pause and postpone therefore leave a request
    ///   in a locked job (Canceling, Pausing), and the attempt's own outcome comes first: what was
    ///   delivered is Succeeded, whatever was requested meanwhile.
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
            // The platform's table has Pause for Locked alone: see the type's documentation.
            (Self::Pause, WaitingForResources | Waiting) => Waiting,
            (Self::Pause, InProgress | Pausing) => Pausing,
            (Self::Resume, Waiting) => WaitingForResources,
            // The platform's table has Postpone for Ready and Locked, and not for Suspended.
            (Self::Postpone, WaitingForResources | Waiting) => Waiting,
            (Self::Postpone, InProgress | Pausing) => Pausing,

            _ => return None,
        })
    }

    /// Whether the move is legal here and the platform's table of [user
    /// operations](https://learn.microsoft.com/power-apps/developer/data-platform/asynchronous-service)
    /// does not have it: to pause a Ready or Suspended job, and to postpone a Suspended one.
    ///
    /// ```
    /// use xrm_jobs::{Move, StatusCode};
    ///
    /// assert!(Move::Pause.is_beyond_the_platform(StatusCode::WaitingForResources));
    /// assert!(!Move::Pause.is_beyond_the_platform(StatusCode::InProgress));
    /// ```
    #[must_use]
    pub const fn is_beyond_the_platform(self, from: StatusCode) -> bool {
        matches!(
            (self, from.state()),
            (Self::Pause, StateCode::Ready | StateCode::Suspended)
                | (Self::Postpone, StateCode::Suspended)
        )
    }
}
