//! The states and statuses of a system job.

mod number;

use serde::{Deserialize, Serialize};

/// Declares both enums from one table: a state, then its statuses, the state's default first.
macro_rules! statuses {
    ($(
        $(#[$state_doc:meta])*
        $state_number:literal $state:ident {
            $($(#[$status_doc:meta])* $status_number:literal $status:ident $status_label:literal,)+
        }
    )+) => {
        /// The state of a system job, the platform's `statecode`.
        ///
        /// Numbers and labels: Microsoft's reference of the
        /// [`asyncoperation`](https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/asyncoperation)
        /// table.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(into = "i32", try_from = "i32")]
        // The order of the numbers is that of a job's life, which the derived order follows.
        #[repr(i32)]
        pub enum StateCode {
            $($(#[$state_doc])* $state = $state_number,)+
        }

        /// Why a system job is in its state, the platform's `statuscode`.
        ///
        /// Each status belongs to one [state](Self::state); together they are the pair that the
        /// platform shows. Numbers and labels: Microsoft's reference of the
        /// [`asyncoperation`](https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/asyncoperation)
        /// table. With serde a status is its number.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(into = "i32", try_from = "i32")]
        #[repr(i32)]
        pub enum StatusCode {
            $($($(#[$status_doc])* $status = $status_number,)+)+
        }

        impl StateCode {
            /// Every state, in the order of its number.
            pub const ALL: &[Self] = &[$(Self::$state),+];

            /// The label that the platform shows.
            pub const fn label(self) -> &'static str {
                match self {
                    $(Self::$state => stringify!($state),)+
                }
            }

            /// The statuses of this state; the first is the platform's default for it.
            pub const fn statuses(self) -> &'static [StatusCode] {
                match self {
                    $(Self::$state => &[$(StatusCode::$status),+],)+
                }
            }
        }

        impl StatusCode {
            /// Every status, in the order of its number.
            pub const ALL: &[Self] = &[$($(Self::$status),+),+];

            /// The label that the platform shows.
            pub const fn label(self) -> &'static str {
                match self {
                    $($(Self::$status => $status_label,)+)+
                }
            }

            /// The state that this status belongs to.
            pub const fn state(self) -> StateCode {
                match self {
                    $($(Self::$status)|+ => StateCode::$state,)+
                }
            }
        }
    };
}

statuses! {
    /// Waits for its turn.
    0 Ready {
        /// Waits for a worker; the status of a new job.
        0 WaitingForResources "Waiting For Resources",
    }
    /// Waits for a time, or for somebody to resume it.
    1 Suspended {
        /// Waits for its postponed time or, with none set, for somebody to resume it.
        10 Waiting "Waiting",
    }
    /// Is being worked on.
    2 Locked {
        /// An attempt is being made.
        20 InProgress "In Progress",
        /// An attempt is being made, and the job will pause after it unless it is completed by it.
        21 Pausing "Pausing",
        /// An attempt is being made, and there will be no other.
        22 Canceling "Canceling",
    }
    /// Has ended, and never changes again.
    3 Completed {
        /// The post was accepted.
        30 Succeeded "Succeeded",
        /// The post was given up.
        31 Failed "Failed",
        /// The post was canceled.
        32 Canceled "Canceled",
    }
}

impl StateCode {
    /// Whether a job in this state has ended.
    #[must_use]
    pub const fn is_completed(self) -> bool {
        matches!(self, Self::Completed)
    }
}

impl StatusCode {
    /// Whether a job in this status was completed without success, so nobody will send its message
    /// unless it is retried.
    pub(crate) const fn is_dead(self) -> bool {
        matches!(self, Self::Failed | Self::Canceled)
    }
}
