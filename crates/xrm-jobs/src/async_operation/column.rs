//! The values of columns, in JSON.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::attempt::AttemptHistory;
use crate::cause::Cause;
use crate::description::OperationType;
use crate::error::Error;
use crate::error_code::ErrorCode;
use crate::revision::Revision;
use crate::status::{StateCode, StatusCode};

/// What a column can hold.
pub(super) trait Column: Sized {
    /// What it is, in the words of an error.
    const EXPECTED: &str;

    fn read(value: &Value) -> Option<Self>;
    fn write(&self) -> Value;
}

/// The value of a column; `None` where it is missing or null.
pub(super) fn read<T: Column>(
    object: &Map<String, Value>,
    column: &'static str,
) -> Result<Option<T>, Error> {
    match object.get(column) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match T::read(value) {
            Some(value) => Ok(Some(value)),
            None => Err(Error::Column { column, expected: T::EXPECTED }),
        },
    }
}

pub(super) fn write<T: Column>(value: &T) -> Value {
    value.write()
}

/// Columns that serde reads and writes as the platform does.
macro_rules! by_serde {
    ($($type:ty => $expected:literal,)+) => {$(
        impl Column for $type {
            const EXPECTED: &str = $expected;

            fn read(value: &Value) -> Option<Self> {
                Self::deserialize(value).ok()
            }

            fn write(&self) -> Value {
                json!(self)
            }
        }
    )+};
}

by_serde! {
    AttemptHistory => "a list of attempts",
    Cause => "a cause",
    DateTime<Utc> => "a time, such as 2026-01-05T08:00:00Z",
    ErrorCode => "a signed number of 32 bits",
    StateCode => "a state of a system job: 0 to 3",
    StatusCode => "a status of a system job: 0, 10, 20 to 22 or 30 to 32",
    String => "a text",
    bool => "true or false",
    f64 => "a number",
    i32 => "a signed number of 32 bits",
    u32 => "an unsigned number of 32 bits",
}

impl Column for Uuid {
    const EXPECTED: &str = "a GUID";

    fn read(value: &Value) -> Option<Self> {
        Self::parse_str(value.as_str()?).ok()
    }

    fn write(&self) -> Value {
        json!(self.to_string())
    }
}

impl Column for OperationType {
    const EXPECTED: &str = i32::EXPECTED;

    fn read(value: &Value) -> Option<Self> {
        i32::read(value).map(Self)
    }

    fn write(&self) -> Value {
        self.0.write()
    }
}

impl Column for Revision {
    const EXPECTED: &str = "an unsigned number of 64 bits";

    fn read(value: &Value) -> Option<Self> {
        value.as_u64().map(Self)
    }

    fn write(&self) -> Value {
        json!(self.0)
    }
}
