//! Times and ages, as people write and read them.

use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use clap::Args;

use crate::machine;

/// The time from which ages are counted.
#[derive(Args, Debug)]
#[command(next_help_heading = None::<&str>)]
pub(crate) struct NowArgs {
    /// Use this time as now, such as 2026-01-05T08:00:00Z [default: the clock's].
    #[arg(long, value_name = "TIME", value_parser = Moment::parse_time)]
    now: Option<DateTime<Utc>>,
}

impl NowArgs {
    pub(crate) fn time(&self) -> DateTime<Utc> {
        self.now.unwrap_or_else(machine::time)
    }
}

/// A time, or a distance from now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    At(DateTime<Utc>),
    Away(TimeDelta),
}

impl Moment {
    /// The moment, if it is in the past. Beyond the range of times, it is the first of them.
    pub(crate) fn ago(self, now: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::At(time) => time,
            Self::Away(delta) => now.checked_sub_signed(delta).unwrap_or(DateTime::<Utc>::MIN_UTC),
        }
    }

    /// The moment, if it is to come. Beyond the range of times, it is the last of them.
    pub(crate) fn ahead(self, now: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::At(time) => time,
            Self::Away(delta) => now.checked_add_signed(delta).unwrap_or(DateTime::<Utc>::MAX_UTC),
        }
    }

    fn parse_time(text: &str) -> Result<DateTime<Utc>, &'static str> {
        let time = DateTime::parse_from_rfc3339(text);
        time.map(|it| it.to_utc()).map_err(|_| "expected a time such as 2026-01-05T08:00:00Z")
    }
}

impl FromStr for Moment {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // Every time has a dash, and no age has one.
        if text.contains('-') {
            return Self::parse_time(text).map(Self::At);
        }
        let expected =
            "expected a time such as 2026-01-05T08:00:00Z or an age such as 90m, 12h, 7d";
        age(text).map(Self::Away).map_err(|_| expected)
    }
}

/// An age such as `90m`.
pub(crate) fn age(text: &str) -> Result<TimeDelta, &'static str> {
    const OUT_OF_RANGE: &str = "the age is out of range";
    const EXPECTED: &str = "expected an age such as 90m, 12h, 7d";

    // humantime also accepts fractions, and rounds them to nanoseconds without a word.
    if text.contains('.') {
        return Err(EXPECTED);
    }
    let age = humantime::parse_duration(text).map_err(|error| match error {
        humantime::DurationError::NumberOverflow => OUT_OF_RANGE,
        _ => EXPECTED,
    })?;
    TimeDelta::from_std(age).map_err(|_| OUT_OF_RANGE)
}

/// A time in seconds since the Unix epoch.
pub(crate) fn unix_time(text: &str) -> Result<DateTime<Utc>, String> {
    let seconds = text.parse::<u64>().map_err(|error| error.to_string())?;
    let time = i64::try_from(seconds).ok().and_then(|it| DateTime::from_timestamp(it, 0));
    time.ok_or_else(|| "the time is out of range".to_owned())
}

/// A time to the second, in UTC.
pub(crate) fn utc(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A time, and its distance from now.
pub(crate) fn with_age(time: DateTime<Utc>, now: DateTime<Utc>) -> String {
    format!("{} ({})", utc(time), distance(time, now))
}

/// The distance of a time from now: `2 h ago`, `in 119 s`.
pub(crate) fn distance(time: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let delta = time.signed_duration_since(now);
    if delta > TimeDelta::zero() {
        format!("in {}", duration(delta))
    } else {
        format!("{} ago", duration(-delta))
    }
}

/// A duration in the largest unit of which there are at least two, or in seconds, or in
/// milliseconds if it is shorter than a second.
///
/// One unit reads faster in a column than all of them, as humantime prints (`2h 3m 11s 250ms`).
pub(crate) fn duration(delta: TimeDelta) -> String {
    let units = [(delta.num_days(), "d"), (delta.num_hours(), "h"), (delta.num_minutes(), "min")];
    // Two at least, because `1 d` could be anything up to two days: `47 h` says more.
    let unit = units.into_iter().find(|(count, _)| *count >= 2);
    let (count, unit) = unit.unwrap_or_else(|| match delta.num_seconds() {
        0 => (delta.num_milliseconds(), "ms"),
        seconds => (seconds, "s"),
    });
    format!("{count} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_time_or_an_age() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(10);
        let ago = |text: &str| text.parse::<Moment>().map(|it| it.ago(now));
        assert_eq!(ago("2d"), Ok(DateTime::UNIX_EPOCH + TimeDelta::days(8)));
        assert_eq!(ago("1w"), Ok(DateTime::UNIX_EPOCH + TimeDelta::days(3)));
        assert_eq!(ago("1970-01-02T01:00:00+01:00"), Ok(DateTime::UNIX_EPOCH + TimeDelta::days(1)));
        assert_eq!(ago("99999999999d"), Ok(DateTime::<Utc>::MIN_UTC));
        let ahead = "36h".parse::<Moment>().map(|it| it.ahead(now));
        assert_eq!(ahead, Ok(now + TimeDelta::hours(36)));
        for wrong in ["", "7", "d", "-1d", "1.5h", "7x", "99999999999999999999d", "2026-01-05"] {
            assert!(wrong.parse::<Moment>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_distance_is_told_in_few_words() {
        let now = DateTime::UNIX_EPOCH;
        let text = |milliseconds| distance(now + TimeDelta::milliseconds(milliseconds), now);
        assert_eq!(text(-250), "250 ms ago");
        assert_eq!(text(-1_000), "1 s ago");
        assert_eq!(text(-59_000), "59 s ago");
        assert_eq!(text(119_000), "in 119 s");
        assert_eq!(text(120_000), "in 2 min");
        assert_eq!(text(-2 * 3_600_000), "2 h ago");
        assert_eq!(text(-48 * 3_600_000), "2 d ago");
    }
}
