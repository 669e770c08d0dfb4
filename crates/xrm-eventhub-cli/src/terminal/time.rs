//! Times and ages, as people tell them and are told them.

use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

/// A moment, told by its time or by how far it is from now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    At(DateTime<Utc>),
    Away(TimeDelta),
}

impl Moment {
    /// The moment, if it is one that has been. What is out of the range of times is as far as
    /// times go.
    pub(crate) fn ago(self, now: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::At(time) => time,
            Self::Away(delta) => now.checked_sub_signed(delta).unwrap_or(DateTime::<Utc>::MIN_UTC),
        }
    }

    /// The moment, if it is one to come.
    pub(crate) fn ahead(self, now: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::At(time) => time,
            Self::Away(delta) => now.checked_add_signed(delta).unwrap_or(DateTime::<Utc>::MAX_UTC),
        }
    }

    pub(crate) fn parse_time(text: &str) -> Result<DateTime<Utc>, &'static str> {
        let time = DateTime::parse_from_rfc3339(text);
        time.map(|it| it.to_utc()).map_err(|_| "a time is told as in 2026-01-05T08:00:00Z")
    }
}

impl FromStr for Moment {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.contains('-') {
            return Self::parse_time(text).map(Self::At);
        }
        let told = "a time is told as in 2026-01-05T08:00:00Z, or by a number and s, m, h, d or w, \
                    as in 90m";
        age(text).map(Self::Away).map_err(|_| told)
    }
}

/// An age such as `90m`.
pub(crate) fn age(text: &str) -> Result<TimeDelta, &'static str> {
    let end = text.find(|it: char| !it.is_ascii_digit()).unwrap_or(text.len());
    let (count, unit) = text.split_at(end);
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        "w" => 7 * 24 * 60 * 60,
        _ => return Err("an age is a number and s, m, h, d or w, as in 90m"),
    };
    let seconds = count.parse::<i64>().ok().and_then(|it| it.checked_mul(seconds));
    seconds.and_then(TimeDelta::try_seconds).ok_or("the age is out of range")
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

/// A time, and how long ago it was or in which time it will be.
pub(crate) fn with_age(time: DateTime<Utc>, now: DateTime<Utc>) -> String {
    format!("{} ({})", utc(time), distance(time, now))
}

/// How long ago a time was, or in which time it will be.
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
pub(crate) fn duration(delta: TimeDelta) -> String {
    let seconds = delta.num_seconds();
    let units = [(24 * 60 * 60, "d"), (60 * 60, "h"), (60, "min")];
    let unit = units.into_iter().find(|(length, _)| seconds / length >= 2);
    match unit {
        Some((length, unit)) => format!("{} {unit}", seconds / length),
        None if seconds == 0 => format!("{} ms", delta.num_milliseconds()),
        None => format!("{seconds} s"),
    }
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
        let told = |milliseconds| distance(now + TimeDelta::milliseconds(milliseconds), now);
        assert_eq!(told(-250), "250 ms ago");
        assert_eq!(told(-1_000), "1 s ago");
        assert_eq!(told(-59_000), "59 s ago");
        assert_eq!(told(119_000), "in 119 s");
        assert_eq!(told(120_000), "in 2 min");
        assert_eq!(told(-2 * 3_600_000), "2 h ago");
        assert_eq!(told(-48 * 3_600_000), "2 d ago");
    }
}
