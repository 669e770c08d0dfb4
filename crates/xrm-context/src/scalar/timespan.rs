//! .NET's `TimeSpan`.

use chrono::TimeDelta;

use crate::scalar::error::OutOfRange;

/// A duration in ticks of 100 ns, as .NET's `TimeSpan` holds it: about 29,000 years either way.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct TimeSpan(i64);

impl TimeSpan {
    /// Ticks in a second.
    pub const TICKS_PER_SECOND: i64 = 10_000_000;

    /// A duration of this many ticks of 100 ns.
    #[must_use]
    pub const fn from_ticks(ticks: i64) -> Self {
        Self(ticks)
    }

    /// The duration in ticks of 100 ns.
    #[must_use]
    pub const fn ticks(self) -> i64 {
        self.0
    }
}

impl TryFrom<TimeDelta> for TimeSpan {
    type Error = OutOfRange;

    /// Drops what is finer than 100 ns.
    fn try_from(delta: TimeDelta) -> Result<Self, OutOfRange> {
        let seconds = delta.num_seconds().checked_mul(Self::TICKS_PER_SECOND).ok_or(OutOfRange)?;
        let ticks = seconds.checked_add(i64::from(delta.subsec_nanos()) / 100);
        ticks.map(Self).ok_or(OutOfRange)
    }
}

impl From<TimeSpan> for TimeDelta {
    fn from(span: TimeSpan) -> Self {
        let ticks = span.0 % TimeSpan::TICKS_PER_SECOND;
        Self::seconds(span.0 / TimeSpan::TICKS_PER_SECOND) + Self::nanoseconds(ticks * 100)
    }
}
