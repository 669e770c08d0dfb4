//! .NET's `DateTime`.

use chrono::{FixedOffset, NaiveDateTime, TimeDelta, Utc};

use crate::scalar::error::OutOfRange;
use crate::scalar::origin::Origin;

/// A date and time in ticks of 100 ns since 0001-01-01, as .NET's `DateTime` holds it, with its
/// kind.
///
/// The default is .NET's `DateTime.MinValue`: 0001-01-01T00:00:00, [unspecified](DateTimeKind).
///
/// ```
/// use xrm_context::{DateTime, DateTimeKind};
///
/// let noon = chrono::DateTime::parse_from_rfc3339("2024-05-17T12:00:00Z")?.to_utc();
/// let value = DateTime::try_from(noon)?;
/// assert_eq!(value.kind(), DateTimeKind::Utc);
/// assert_eq!(value.to_utc(), Some(noon));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct DateTime {
    /// The wall clock for `Unspecified`, else the instant in UTC.
    ticks: i64,
    kind: DateTimeKind,
    offset: i16,
    // An offset is written again only in the format that it was read from. The other format writes that of
    // the writing process, because the platform's readers convert local times to the zone of their machine.
    origin: Origin,
}

/// What the ticks of a [`DateTime`] mean.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum DateTimeKind {
    /// A wall clock in an unknown time zone.
    Unspecified,
    /// An instant, given in UTC.
    Utc,
    /// An instant, given by a wall clock with a known offset.
    Local,
}

impl DateTime {
    /// The greatest number of ticks: 9999-12-31T23:59:59.9999999.
    pub const MAX_TICKS: i64 = 3_155_378_975_999_999_999;
    /// The ticks of 1970-01-01T00:00:00.
    pub const UNIX_EPOCH_TICKS: i64 = 621_355_968_000_000_000;
    /// Ticks in a minute.
    pub const TICKS_PER_MINUTE: i64 = 600_000_000;
    /// Ticks in a millisecond.
    pub const TICKS_PER_MILLISECOND: i64 = 10_000;

    /// An instant in UTC.
    ///
    /// # Errors
    /// [`OutOfRange`] unless `ticks` lies between 0 and [`MAX_TICKS`](Self::MAX_TICKS).
    pub const fn utc(ticks: i64) -> Result<Self, OutOfRange> {
        Self::new(ticks, DateTimeKind::Utc, 0, Origin::Application)
    }

    /// The time that a clock shows, as an instant in UTC. Drops what is finer than 100 ns.
    ///
    /// The clock is an argument because this crate reads none: pass `chrono::Utc::now` (chrono's
    /// feature `clock`), the standard library's clock as below, or in tests a fixed time. A clock
    /// beyond the years 1 to 9999 gives the nearest time that .NET can hold.
    ///
    /// ```
    /// use std::time::SystemTime;
    ///
    /// use xrm_context::{DateTime, Entity};
    ///
    /// let task = Entity::new("task").with("scheduledend", DateTime::now(|| SystemTime::now().into()));
    /// assert!(task.date_time("scheduledend")?.is_some());
    /// # Ok::<(), xrm_context::WrongType>(())
    /// ```
    #[must_use]
    pub fn now(clock: impl FnOnce() -> chrono::DateTime<Utc>) -> Self {
        let instant = clock();
        Self::try_from(instant).unwrap_or_else(|OutOfRange| {
            let is_past = instant < chrono::DateTime::UNIX_EPOCH;
            let ticks = if is_past { 0 } else { Self::MAX_TICKS };
            Self { ticks, kind: DateTimeKind::Utc, ..Self::default() }
        })
    }

    /// A wall clock in an unknown time zone.
    ///
    /// # Errors
    /// [`OutOfRange`] unless `ticks` lies between 0 and [`MAX_TICKS`](Self::MAX_TICKS).
    pub const fn unspecified(ticks: i64) -> Result<Self, OutOfRange> {
        Self::new(ticks, DateTimeKind::Unspecified, 0, Origin::Application)
    }

    /// An instant, given in UTC ticks, and a wall clock `offset` minutes east of UTC.
    ///
    /// # Errors
    /// [`OutOfRange`] unless both the instant and the wall clock lie between 0 and
    /// [`MAX_TICKS`](Self::MAX_TICKS), and the offset within 14 hours.
    pub const fn local(ticks: i64, offset: i16) -> Result<Self, OutOfRange> {
        Self::read_local(ticks, offset, Origin::Application)
    }

    /// As [`local`](Self::local), for a reader: an instant whose offset stood in a body.
    ///
    /// # Errors
    /// As [`local`](Self::local). From JSON, whose reader looks at the instant alone, neither
    /// offset nor wall clock is checked; from XML, a wall clock at either end of time may tell an
    /// instant just beyond it.
    pub const fn read_local(ticks: i64, offset: i16, origin: Origin) -> Result<Self, OutOfRange> {
        let wall = ticks.saturating_add(offset as i64 * Self::TICKS_PER_MINUTE);
        let wall_is_valid = offset.unsigned_abs() <= MAX_OFFSET && is_in_range(wall);
        let valid = match origin {
            Origin::Application => wall_is_valid && is_in_range(ticks),
            Origin::Json => is_in_range(ticks),
            Origin::Xml => wall_is_valid,
        };
        if !valid {
            return Err(OutOfRange);
        }
        Ok(Self { ticks, kind: DateTimeKind::Local, offset, origin })
    }

    const fn new(
        ticks: i64,
        kind: DateTimeKind,
        offset: i16,
        origin: Origin,
    ) -> Result<Self, OutOfRange> {
        if !is_in_range(ticks) {
            return Err(OutOfRange);
        }
        Ok(Self { ticks, kind, offset, origin })
    }

    /// What the ticks mean.
    #[must_use]
    pub const fn kind(self) -> DateTimeKind {
        self.kind
    }

    /// The ticks: the instant in UTC for [`Utc`](DateTimeKind::Utc) and
    /// [`Local`](DateTimeKind::Local), the wall clock for
    /// [`Unspecified`](DateTimeKind::Unspecified).
    #[must_use]
    pub const fn ticks(self) -> i64 {
        self.ticks
    }

    /// Minutes that a local time's clock is ahead of UTC; 0 for the other kinds.
    #[must_use]
    pub const fn offset_minutes(self) -> i16 {
        self.offset
    }

    /// The ticks that the wall clock shows.
    #[must_use]
    pub const fn wall_ticks(self) -> i64 {
        self.ticks + self.offset as i64 * Self::TICKS_PER_MINUTE
    }

    /// Where a local time comes from: its offset is the one to write only there.
    #[must_use]
    pub const fn origin(self) -> Origin {
        self.origin
    }

    /// The instant, unless the kind is unspecified.
    #[must_use]
    pub fn to_utc(self) -> Option<chrono::DateTime<Utc>> {
        match self.kind {
            DateTimeKind::Unspecified => None,
            DateTimeKind::Utc | DateTimeKind::Local => {
                Some(naive_from_ticks(self.ticks)?.and_utc())
            }
        }
    }

    /// What the wall clock shows.
    #[must_use]
    pub fn to_naive(self) -> Option<NaiveDateTime> {
        naive_from_ticks(self.wall_ticks())
    }
}

/// The greatest offset of a time zone, in minutes: XML Schema's, and that of .NET's `DateTimeOffset`.
const MAX_OFFSET: u16 = 14 * 60;

const fn is_in_range(ticks: i64) -> bool {
    ticks >= 0 && ticks <= DateTime::MAX_TICKS
}

fn naive_from_ticks(ticks: i64) -> Option<NaiveDateTime> {
    // Euclidean division, because times before 1970 are negative and nanoseconds must not be.
    let since_epoch = ticks - DateTime::UNIX_EPOCH_TICKS;
    let seconds = since_epoch.div_euclid(10_000_000);
    let nanoseconds = u32::try_from(since_epoch.rem_euclid(10_000_000) * 100).ok()?;
    chrono::DateTime::from_timestamp(seconds, nanoseconds).map(|instant| instant.naive_utc())
}

fn ticks_from_naive(naive: NaiveDateTime) -> Result<i64, OutOfRange> {
    let since: TimeDelta = naive.and_utc() - chrono::DateTime::UNIX_EPOCH;
    since
        .num_seconds()
        .checked_mul(10_000_000)
        .and_then(|ticks| ticks.checked_add(i64::from(since.subsec_nanos()) / 100))
        .and_then(|ticks| ticks.checked_add(DateTime::UNIX_EPOCH_TICKS))
        .ok_or(OutOfRange)
}

impl Default for DateTime {
    fn default() -> Self {
        Self { ticks: 0, kind: DateTimeKind::Unspecified, offset: 0, origin: Origin::Application }
    }
}

impl PartialEq for DateTime {
    /// Equal kind, ticks and offset. Where the value comes from is no part of it.
    fn eq(&self, other: &Self) -> bool {
        (self.kind, self.ticks, self.offset) == (other.kind, other.ticks, other.offset)
    }
}

impl Eq for DateTime {}

impl TryFrom<chrono::DateTime<Utc>> for DateTime {
    type Error = OutOfRange;

    /// Kind UTC. Drops what is finer than 100 ns.
    fn try_from(instant: chrono::DateTime<Utc>) -> Result<Self, OutOfRange> {
        ticks_from_naive(instant.naive_utc()).and_then(Self::utc)
    }
}

impl TryFrom<chrono::DateTime<FixedOffset>> for DateTime {
    type Error = OutOfRange;

    /// Kind local, with the offset's minutes. Drops what is finer than 100 ns.
    fn try_from(instant: chrono::DateTime<FixedOffset>) -> Result<Self, OutOfRange> {
        let minutes =
            i16::try_from(instant.offset().local_minus_utc() / 60).map_err(|_| OutOfRange)?;
        Self::local(ticks_from_naive(instant.naive_utc())?, minutes)
    }
}

impl TryFrom<NaiveDateTime> for DateTime {
    type Error = OutOfRange;

    /// Kind unspecified. Drops what is finer than 100 ns.
    fn try_from(wall: NaiveDateTime) -> Result<Self, OutOfRange> {
        ticks_from_naive(wall).and_then(Self::unspecified)
    }
}
