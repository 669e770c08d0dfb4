//! Times as whole microseconds since 1970, which sort and compare as the times do.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::error::Error;

/// The microsecond in which a time lies. Every time that there is fits.
pub(crate) fn floor_to_micros(time: DateTime<Utc>) -> i64 {
    // Rounds down before 1970 too, so the order of times is kept.
    time.timestamp_micros()
}

/// The first microsecond that is not before a time.
pub(crate) fn ceil_to_micros(time: DateTime<Utc>) -> i64 {
    floor_to_micros(time).saturating_add(i64::from(!is_whole(time)))
}

pub(super) fn is_whole(time: DateTime<Utc>) -> bool {
    time.timestamp_subsec_nanos().is_multiple_of(1000)
}

/// The time, or the end of the calendar beyond which it lies.
pub(crate) fn clamp_micros(micros: i64) -> DateTime<Utc> {
    let end = if micros < 0 { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
    DateTime::from_timestamp_micros(micros).unwrap_or(end)
}

pub(super) fn from_micros(id: Uuid, micros: i64) -> Result<DateTime<Utc>, Error> {
    DateTime::from_timestamp_micros(micros)
        .ok_or(Error::Inconsistent { id, reason: "a time is outside of the calendar" })
}
