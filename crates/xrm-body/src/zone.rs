//! The time zone of the process that writes a body.

#[cfg(feature = "chrono-tz")]
mod iana;

use std::fmt;

/// The offsets of a time zone, in minutes that its clock is ahead of UTC.
///
/// .NET writes a date of unspecified kind to JSON as if it were a local time of the process, and
/// shows every local time that it read from the other format by the process's own clock. For the
/// encoders, the process's time zone is UTC unless [`EncodeOptions::zone`](crate::EncodeOptions::zone)
/// sets another.
///
/// [`Utc`] and [`Fixed`] are built in. With the feature `chrono-tz`, the zones of the IANA database
/// are zones too: `EncodeOptions::new(format).zone(chrono_tz::Europe::Paris)`.
pub trait Zone: fmt::Debug + Send + Sync {
    /// The offset in force at an instant, given in ticks of UTC.
    fn offset_at_instant(&self, utc_ticks: i64) -> i16;

    /// The offset in force when the wall clock shows these ticks. For a time that the clock shows
    /// twice, or never, it is the standard offset.
    fn offset_at_wall(&self, wall_ticks: i64) -> i16;
}

/// The zone of the prime meridian: always UTC.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Utc;

impl Zone for Utc {
    fn offset_at_instant(&self, _: i64) -> i16 {
        0
    }

    fn offset_at_wall(&self, _: i64) -> i16 {
        0
    }
}

/// A zone that never changes its offset, in minutes east of UTC.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fixed(pub i16);

impl Zone for Fixed {
    fn offset_at_instant(&self, _: i64) -> i16 {
        self.0
    }

    fn offset_at_wall(&self, _: i64) -> i16 {
        self.0
    }
}
