//! States and statuses from the platform's numbers.

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

impl TryFrom<i32> for StateCode {
    type Error = Error;

    fn try_from(number: i32) -> Result<Self, Error> {
        with_number(Self::ALL, number).ok_or(Error::UnknownState { number })
    }
}

impl TryFrom<i32> for StatusCode {
    type Error = Error;

    fn try_from(number: i32) -> Result<Self, Error> {
        with_number(Self::ALL, number).ok_or(Error::UnknownStatus { number })
    }
}

fn with_number<T: Copy + Into<i32>>(all: &[T], number: i32) -> Option<T> {
    all.iter().copied().find(|it| (*it).into() == number)
}
