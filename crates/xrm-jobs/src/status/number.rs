//! States and statuses as the platform's numbers and labels, and from the numbers.

use std::fmt;

use super::{StateCode, StatusCode};
use crate::error::Error;

impl StatusCode {
    /// The status of a `(statecode, statuscode)` pair.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownState`] or [`Error::UnknownStatus`] for a number outside the platform's
    /// lists, [`Error::StatusOutsideState`] when the status belongs to another state.
    pub fn from_pair(statecode: i32, statuscode: i32) -> Result<Self, Error> {
        let state = StateCode::try_from(statecode)?;
        let status = Self::try_from(statuscode)?;
        if status.state() != state {
            return Err(Error::StatusOutsideState { state, status });
        }
        Ok(status)
    }
}

/// Converts a code to the platform's number and to its label, and from the number.
macro_rules! numbered {
    ($($code:ident $column:literal $unknown:ident,)+) => {$(
        impl $code {
            #[doc = concat!("The platform's number, its `", $column, "`.")]
            #[must_use]
            pub const fn number(self) -> i32 {
                self as i32
            }
        }

        impl From<$code> for i32 {
            fn from(code: $code) -> Self {
                code.number()
            }
        }

        impl TryFrom<i32> for $code {
            type Error = Error;

            fn try_from(number: i32) -> Result<Self, Error> {
                let found = Self::ALL.iter().copied().find(|it| it.number() == number);
                found.ok_or(Error::$unknown { number })
            }
        }

        impl fmt::Display for $code {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.label())
            }
        }
    )+};
}

numbered! {
    StateCode "statecode" UnknownState,
    StatusCode "statuscode" UnknownStatus,
}
