//! The zones of the IANA database.

use chrono::{DateTime, FixedOffset, NaiveDateTime, Offset as _, TimeDelta, TimeZone as _};
use chrono_tz::{OffsetComponents as _, OffsetName as _, Tz};
use xrm_context::DateTime as Ticks;

use super::Zone;

/// A zone of the IANA database, as .NET reckons with it: a wall time that the clock shows twice, or
/// never, is taken for standard time, and there is no local mean time, so that dates before the
/// zone's standard time have its standard offset of 1970.
impl Zone for Tz {
    fn offset_at_instant(&self, utc_ticks: i64) -> i16 {
        date_of(utc_ticks).map_or(0, |utc| minutes(offset_at(*self, utc)))
    }

    fn offset_at_wall(&self, wall_ticks: i64) -> i16 {
        date_of(wall_ticks).map_or(0, |wall| minutes(standard_offset_at_wall(*self, wall)))
    }
}

/// The offset at a wall time: of the instants at which the clock can show it, the later one's.
/// Clocks are ahead in summer, so this is standard time.
///
/// No zone changes its offset twice within two days, so the offsets in force a day before and a
/// day after are the only candidates.
fn standard_offset_at_wall(zone: Tz, wall: NaiveDateTime) -> FixedOffset {
    let day = TimeDelta::days(1);
    let on = |date: Option<NaiveDateTime>| offset_at(zone, date.unwrap_or(wall));
    let (before, after) = (on(wall.checked_sub_signed(day)), on(wall.checked_add_signed(day)));
    let shows = |offset: FixedOffset| {
        let utc = wall.checked_sub_offset(offset);
        utc.is_some_and(|utc| offset_at(zone, utc) == offset)
    };
    // Of two offsets, the smaller is standard time, also in Dublin, where the database calls winter
    // time the exception.
    let standard = if before.local_minus_utc() < after.local_minus_utc() { before } else { after };
    let other = if standard == before { after } else { before };
    // A time that the clock shows once belongs to the offset under which it does.
    if shows(other) && !shows(standard) { other } else { standard }
}

fn offset_at(zone: Tz, utc: NaiveDateTime) -> FixedOffset {
    let offset = zone.offset_from_utc_datetime(&utc);
    // Windows, and so .NET on the platform, has no local mean time.
    if offset.abbreviation() != Some("LMT") {
        return offset.fix();
    }
    let in_1970 = zone.offset_from_utc_datetime(&DateTime::UNIX_EPOCH.naive_utc());
    let standard = i32::try_from(in_1970.base_utc_offset().num_seconds()).ok();
    standard.and_then(FixedOffset::east_opt).unwrap_or_else(|| offset.fix())
}

fn date_of(ticks: i64) -> Option<NaiveDateTime> {
    // Microseconds, which `TimeDelta` holds for all years of .NET; offsets need no better.
    let since_epoch =
        TimeDelta::microseconds((ticks.saturating_sub(Ticks::UNIX_EPOCH_TICKS)).div_euclid(10));
    DateTime::UNIX_EPOCH.naive_utc().checked_add_signed(since_epoch)
}

fn minutes(offset: FixedOffset) -> i16 {
    i16::try_from(offset.local_minus_utc() / 60).expect("no zone is a day away from UTC")
}

#[cfg(test)]
mod tests {
    use chrono_tz::{America::New_York, Asia::Kolkata, Europe::Dublin, Europe::Paris};

    use super::*;

    fn at_wall(zone: Tz, wall: &str) -> i16 {
        zone.offset_at_wall(ticks(wall))
    }

    fn ticks(text: &str) -> i64 {
        let date: NaiveDateTime = text.parse().unwrap();
        Ticks::UNIX_EPOCH_TICKS + date.and_utc().timestamp() * 10_000_000
    }

    #[test]
    fn a_wall_time_has_one_offset() {
        for (zone, wall, offset) in [
            (New_York, "2024-01-15T12:00:00", -300),
            (New_York, "2024-07-15T12:00:00", -240),
            (Paris, "2024-07-15T12:00:00", 120),
            (Kolkata, "2024-07-15T12:00:00", 330),
            // The hour around each change, by the minute.
            (New_York, "2024-03-10T01:59:59", -300),
            (New_York, "2024-03-10T03:00:00", -240),
            (New_York, "2024-11-03T00:59:59", -240),
            (New_York, "2024-11-03T02:00:00", -300),
            (Paris, "2024-03-31T01:59:59", 60),
            (Paris, "2024-03-31T03:00:00", 120),
        ] {
            assert_eq!(at_wall(zone, wall), offset, "{zone} {wall}");
        }
    }

    #[test]
    fn a_time_that_the_clock_skips_or_shows_twice_is_standard_time() {
        for (zone, wall, standard) in [
            (New_York, "2024-03-10T02:30:00", -300),
            (New_York, "2024-11-03T01:30:00", -300),
            (Paris, "2024-03-31T02:30:00", 60),
            (Paris, "2024-10-27T02:30:00", 60),
            (Dublin, "2024-03-31T01:30:00", 0),
            (Dublin, "2024-10-27T01:30:00", 0),
        ] {
            assert_eq!(at_wall(zone, wall), standard, "{zone} {wall}");
        }
    }

    #[test]
    fn there_is_no_local_mean_time() {
        for (zone, offset) in [(New_York, -300), (Paris, 60), (Kolkata, 330)] {
            assert_eq!(zone.offset_at_instant(0), offset, "{zone}");
            assert_eq!(zone.offset_at_wall(0), offset, "{zone}");
        }
    }

    #[test]
    fn every_instant_of_dotnet_has_an_offset() {
        for ticks in [i64::MIN, 0, Ticks::MAX_TICKS, i64::MAX] {
            let (instant, wall) =
                (New_York.offset_at_instant(ticks), New_York.offset_at_wall(ticks));
            assert!(matches!((instant, wall), (-300, -300) | (0, 0)), "{ticks}: {instant} {wall}");
        }
    }
}
