//! The values of columns, in JSON.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::attempt::AttemptHistory;
use crate::cause::Cause;
use crate::description::OperationType;
use crate::error::Error;
use crate::error_code::ErrorCode;
use crate::revision::Revision;
use crate::status::{StateCode, StatusCode};

/// What a column can hold. serde reads and writes it as the platform does.
pub(super) trait Column: Serialize + DeserializeOwned {
    /// What it is, in the words of an error.
    const EXPECTED: &str;
}

/// The value of a column; `None` where it is missing or null.
pub(super) fn read<T: Column>(
    object: &Map<String, Value>,
    column: &'static str,
) -> Result<Option<T>, Error> {
    match object.get(column) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match T::deserialize(value) {
            Ok(value) => Ok(Some(value)),
            Err(_) => Err(Error::Column { column, expected: T::EXPECTED }),
        },
    }
}

macro_rules! columns {
    ($($type:ty => $expected:literal,)+) => {$(
        impl Column for $type {
            const EXPECTED: &str = $expected;
        }
    )+};
}

columns! {
    AttemptHistory => "a list of attempts",
    Cause => "a cause",
    DateTime<Utc> => "a time, such as 2026-01-05T08:00:00Z",
    ErrorCode => "a signed number of 32 bits",
    OperationType => "a signed number of 32 bits",
    Revision => "an unsigned number of 64 bits",
    StateCode => "a state of a system job: 0 to 3",
    StatusCode => "a status of a system job: 0, 10, 20 to 22 or 30 to 32",
    String => "a text",
    Uuid => "a GUID",
    bool => "true or false",
    f64 => "a number",
    i32 => "a signed number of 32 bits",
    i64 => "a signed number of 64 bits",
    u32 => "an unsigned number of 32 bits",
}
