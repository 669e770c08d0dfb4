//! The text of a date and time: XML Schema's.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use xrm_context::{DateTime, DateTimeKind};

const TICKS_PER_SECOND: i64 = 10_000_000;

/// `2026-11-23T10:00:00.5` and what tells the kind: `Z`, an offset, or nothing.
pub(super) fn text(value: DateTime) -> Option<String> {
    let fraction = format!("{:07}", value.wall_ticks().rem_euclid(TICKS_PER_SECOND));
    let point = if fraction.bytes().all(|it| it == b'0') { "" } else { "." };
    let fraction = fraction.trim_end_matches('0');
    let offset = value.offset_minutes();
    let zone = match value.kind() {
        DateTimeKind::Unspecified => String::new(),
        DateTimeKind::Utc => "Z".to_owned(),
        DateTimeKind::Local => {
            let sign = if offset < 0 { '-' } else { '+' };
            let minutes = offset.unsigned_abs();
            format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
        }
    };
    let wall = value.to_naive()?.format("%Y-%m-%dT%H:%M:%S");
    Some(format!("{wall}{point}{fraction}{zone}"))
}

/// What is finer than 100 ns is dropped. A date alone is its midnight.
pub(super) fn read(text: &str) -> Option<DateTime> {
    if let Ok(instant) = chrono::DateTime::parse_from_rfc3339(text) {
        let is_utc = text.ends_with(['Z', 'z']);
        return if is_utc { instant.to_utc().try_into().ok() } else { instant.try_into().ok() };
    }
    let wall = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").or_else(|_| {
        NaiveDate::parse_from_str(text, "%Y-%m-%d").map(|it| it.and_time(NaiveTime::MIN))
    });
    wall.ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::{read, text};

    #[test]
    fn dates_are_read_as_they_were_written() {
        let check = |written: &str, expected: &str| {
            let value = read(written).unwrap_or_else(|| panic!("{written} is a date"));
            assert_eq!(text(value).as_deref(), Some(expected));
        };
        for same in [
            "2026-11-23T10:00:00Z",
            "2026-11-23T10:00:00",
            "2026-11-23T10:00:00.0000001Z",
            "2026-11-23T10:00:00.5+05:30",
            "2026-11-23T10:00:00-00:30",
            "0001-01-01T00:00:00",
            "9999-12-31T23:59:59.9999999",
        ] {
            check(same, same);
        }
        check("2026-11-23", "2026-11-23T00:00:00");
        check("2026-11-23t10:00:00.50z", "2026-11-23T10:00:00.5Z");
    }

    #[test]
    fn what_is_no_date_is_none() {
        for wrong in [
            "",
            "now",
            "2026-02-30",
            "2026-11-23T25:00:00Z",
            "0000-01-01T00:00:00Z",
            "+12026-11-23T10:00:00",
            "2026-11-23T10:00:00+15:00",
            "0001-01-01T00:00:00+01:00",
        ] {
            assert!(read(wrong).is_none(), "{wrong}");
        }
    }
}
