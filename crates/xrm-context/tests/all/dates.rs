use chrono::{DateTime as Chrono, FixedOffset, NaiveDate, TimeDelta, Utc};
use xrm_context::{DateTime, DateTimeKind, InvalidText, OutOfRange, TimeSpan};

fn instant(text: &str) -> Chrono<FixedOffset> {
    Chrono::parse_from_rfc3339(text).expect("a date of RFC 3339")
}

#[test]
fn chrono_goes_in_and_comes_out() {
    let local = instant("2024-05-17T10:15:42.1234567+02:00");
    let value = DateTime::try_from(local).unwrap();
    assert_eq!((value.kind(), value.offset_minutes()), (DateTimeKind::Local, 120));
    assert_eq!(value.to_utc(), Some(local.to_utc()));
    assert_eq!(value.to_naive(), Some(local.naive_local()));

    let utc: Chrono<Utc> = local.to_utc();
    let value = DateTime::try_from(utc).unwrap();
    assert_eq!((value.kind(), value.ticks()), (DateTimeKind::Utc, 638_515_305_421_234_567));
    assert_eq!(value.to_utc(), Some(utc));

    let value = DateTime::try_from(local.naive_local()).unwrap();
    assert_eq!((value.kind(), value.to_utc()), (DateTimeKind::Unspecified, None));
    assert_eq!(value.to_naive(), Some(local.naive_local()));
}

#[test]
fn the_default_is_min_value() {
    let start = NaiveDate::from_ymd_opt(1, 1, 1).and_then(|date| date.and_hms_opt(0, 0, 0));
    assert_eq!(DateTime::default().to_naive(), start);
    assert_eq!(DateTime::default(), DateTime::unspecified(0).unwrap());
}

#[test]
fn what_dot_net_can_not_hold_is_refused() {
    let before = NaiveDate::from_ymd_opt(0, 12, 31).unwrap().and_hms_opt(23, 59, 59).unwrap();
    let after = NaiveDate::from_ymd_opt(10_000, 1, 1).unwrap().and_hms_opt(0, 0, 0).unwrap();
    assert_eq!(DateTime::try_from(before), Err(OutOfRange));
    assert_eq!(DateTime::try_from(after), Err(OutOfRange));
    assert_eq!(DateTime::try_from(before.and_utc()), Err(OutOfRange));
    assert_eq!(DateTime::utc(-1), Err(OutOfRange));
    assert_eq!(DateTime::utc(DateTime::MAX_TICKS + 1), Err(OutOfRange));
    assert!(DateTime::utc(DateTime::MAX_TICKS).is_ok());
    assert_eq!(DateTime::local(0, -1), Err(OutOfRange));
    assert_eq!(DateTime::local(DateTime::UNIX_EPOCH_TICKS, 841), Err(OutOfRange));
    assert!(DateTime::local(DateTime::UNIX_EPOCH_TICKS, 840).is_ok());
}

#[test]
fn json_texts_are_read_as_the_platform_reads_them() {
    let check = |text: &str, kind, milliseconds: i64| {
        let value = DateTime::from_json_text(text).unwrap_or_else(|| panic!("{text} is a date"));
        let ticks = DateTime::UNIX_EPOCH_TICKS + milliseconds * DateTime::TICKS_PER_MILLISECOND;
        assert_eq!((value.kind(), value.ticks()), (kind, ticks), "{text}");
    };
    check("/Date(1506409448000)/", DateTimeKind::Utc, 1_506_409_448_000);
    check("/Date(1506409448000-0700)/", DateTimeKind::Local, 1_506_409_448_000);
    check("/Date(-1)/", DateTimeKind::Utc, -1);
    check("/Date(-5-0100)/", DateTimeKind::Local, -5);
    check("/Date(+5)/", DateTimeKind::Utc, 5);
    check(" /Date( 5 )/ ", DateTimeKind::Utc, 5);
    check("/Date(5+05)/", DateTimeKind::Local, 5);
    check("/Date(5+9999)/", DateTimeKind::Local, 5);
    // .NET's reader looks for the sign, and reads nothing behind it.
    check("/Date(5+)/", DateTimeKind::Local, 5);
    check("/Date(5+x)/", DateTimeKind::Local, 5);
    check("/Date(5+00:00)/", DateTimeKind::Local, 5);
    let refused = [
        "",
        "/Date()/",
        "/Date(5",
        "Date(5)",
        "/DATE(5)/",
        "/Date(1.5)/",
        "/Date(1e3)/",
        "/Date(253402300800000)/",
        "/Date(-62135596800001)/",
        "/Date(99999999999999999999)/",
        "2017-09-26T07:04:08Z",
        "/Date(é)/",
    ];
    for text in refused {
        assert_eq!(DateTime::from_json_text(text), None, "{text}");
    }
}

#[test]
fn durations_go_in_and_come_out() {
    let delta = TimeDelta::days(-1) - TimeDelta::nanoseconds(500);
    let span = TimeSpan::try_from(delta).unwrap();
    assert_eq!(span.ticks(), -864_000_000_005);
    assert_eq!(TimeDelta::from(span), delta);
    assert_eq!(TimeSpan::try_from(TimeDelta::MAX), Err(OutOfRange));
    let longest = TimeSpan::from_ticks(i64::MAX);
    assert_eq!(TimeSpan::try_from(TimeDelta::from(longest)), Ok(longest));
}

#[test]
fn dates_are_read_as_they_are_written() {
    let check = |written: &str, expected: &str| {
        let value: DateTime = written.parse().unwrap_or_else(|_| panic!("{written} is a date"));
        assert_eq!(value.to_string(), expected);
    };
    for same in [
        "2026-11-23T10:00:00Z",
        "2026-11-23T10:00:00",
        "2026-11-23T10:00:00.0000001Z",
        "2026-11-23T10:00:00.5+05:30",
        "2026-11-23T10:00:00-00:30",
        "2024-02-29T23:59:59",
        "2000-02-29T00:00:00",
        "0001-01-01T00:00:00",
        "9999-12-31T23:59:59.9999999",
    ] {
        check(same, same);
    }
    check("2026-11-23", "2026-11-23T00:00:00");
    check("2026-11-23T10:00:00.50z", "2026-11-23T10:00:00.5Z");
    check("2026-11-23T10:00:00.00000005", "2026-11-23T10:00:00.0000001");
}

#[test]
fn texts_that_are_not_dates_are_refused() {
    for wrong in [
        "",
        "now",
        "2026-02-30",
        "1900-02-29",
        "2026-11-23T25:00:00Z",
        "2026-11-23T10:00:00Z ",
        "2026-11-23t10:00:00Z",
        "2026-11-23T10:00Z",
        "0000-01-01T00:00:00Z",
        "+12026-11-23T10:00:00",
        "9999-12-31T23:59:59.99999999+01:00",
        "2026-11-23T10:00:00+15:00",
        "0001-01-01T00:00:00+01:00",
    ] {
        assert!(wrong.parse::<DateTime>().is_err(), "{wrong}");
    }
    let message = "now".parse::<DateTime>().map_err(|error| error.to_string());
    assert_eq!(message, Err("expected a date and time such as 2024-05-17T08:15:42Z".into()));
}

#[test]
fn a_wall_clock_beyond_the_calendar_is_written_in_utc() {
    let value = DateTime::from_json_text("/Date(-62135596800000-0100)/").unwrap();
    assert_eq!(value.to_string(), "0001-01-01T00:00:00Z");
}

#[test]
fn durations_are_read_as_they_are_written() {
    let check = |ticks: i64, expected: &str| {
        let span = TimeSpan::from_ticks(ticks);
        assert_eq!(span.to_string(), expected);
        assert_eq!(expected.parse(), Ok(span), "{expected}");
    };
    check(0, "PT0S");
    check(5, "PT0.0000005S");
    check(600_000_000, "PT1M");
    check(864_000_000_000, "P1D");
    check(-937_845_000_000, "-P1DT2H3M4.5S");
    check(i64::MAX, "P10675199DT2H48M5.4775807S");
    check(i64::MIN, "-P10675199DT2H48M5.4775808S");
    assert_eq!("PT90M".parse::<TimeSpan>(), "PT1H30M".parse());
    assert_eq!("P1Y1M".parse::<TimeSpan>(), "P395D".parse());
}

#[test]
fn texts_that_are_not_durations_are_refused() {
    for wrong in [
        "",
        "P",
        "PT",
        "P1DT",
        "1D",
        "PT1S1M",
        "PT1.5M",
        "PT.S",
        "PT-1S",
        "P1D ",
        "PTS",
        "P99999999D",
        "PT1H1H",
        "P9223372036854775807Y",
    ] {
        let read: Result<TimeSpan, InvalidText> = wrong.parse();
        assert!(read.is_err(), "{wrong}");
    }
}
