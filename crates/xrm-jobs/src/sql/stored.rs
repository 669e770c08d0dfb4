//! How a job's values are stored.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::time::{floor_to_micros, from_micros};
use crate::attempt::AttemptHistory;
use crate::cause::Cause;
use crate::description::OperationType;
use crate::error::Error;
use crate::error_code::ErrorCode;
use crate::other_columns::OtherColumns;
use crate::revision::Revision;
use crate::status::{StateCode, StatusCode};

/// A value that a column keeps as an `S`.
pub(super) trait StoredAs<S>: Sized {
    fn store(&self) -> S;

    /// The value in the row of the job with this id.
    fn load(stored: S, id: Uuid) -> Result<Self, Error>;
}

impl<T: StoredAs<S>, S> StoredAs<Option<S>> for Option<T> {
    fn store(&self) -> Option<S> {
        self.as_ref().map(T::store)
    }

    fn load(stored: Option<S>, id: Uuid) -> Result<Self, Error> {
        stored.map(|it| T::load(it, id)).transpose()
    }
}

/// Declares stored values: the type, what is stored, how it is stored, how it is read.
macro_rules! stored {
    ($($type:ty as $stored:ty: |$value:ident| $store:expr, |$found:ident, $id:pat_param| $load:expr;)+) => {$(
        impl StoredAs<$stored> for $type {
            fn store(&self) -> $stored {
                let $value = self;
                $store
            }

            fn load($found: $stored, $id: Uuid) -> Result<Self, Error> {
                $load
            }
        }
    )+};
}

stored! {
    bool as bool: |it| *it, |it, _| Ok(it);
    i32 as i32: |it| *it, |it, _| Ok(it);
    String as String: |it| it.clone(), |it, _| Ok(it);
    Uuid as Uuid: |it| *it, |it, _| Ok(it);
    OperationType as i32: |it| it.0, |it, _| Ok(Self(it));
    ErrorCode as i32: |it| it.0, |it, _| Ok(Self(it));
    StateCode as i32: |it| it.number(), |it, _| it.try_into();
    StatusCode as i32: |it| it.number(), |it, _| it.try_into();
    Cause as String: |it| it.id().to_owned(), |it, _| it.try_into();
    // SQL has no unsigned numbers: a count is the next larger signed one, and a revision all 64
    // bits, whatever their sign.
    u32 as i64: |it| (*it).into(), |it, id| it.try_into().map_err(|_| Error::Inconsistent {
        id,
        reason: "its number of attempts is negative or too large",
    });
    Revision as i64: |it| it.0.cast_signed(), |it, _| Ok(Self(it.cast_unsigned()));
    // Microseconds, which sort as the times do in every database.
    DateTime<Utc> as i64: |it| floor_to_micros(*it), |it, id| from_micros(id, it);
    // JSON, because no query asks for a part of the history.
    AttemptHistory as String:
        |it| serde_json::to_string(it).expect("numbers, times and texts are always JSON"),
        |it, id| serde_json::from_str(&it).map_err(|_| Error::Inconsistent {
            id,
            reason: "the history of its attempts can't be read",
        });
    Box<OtherColumns> as String:
        |it| serde_json::to_string(it).expect("numbers, times and texts are always JSON"),
        |it, id| serde_json::from_str(&it).map_err(|_| Error::Inconsistent {
            id,
            reason: "its other columns can't be read",
        });
}
