//! The text of a duration: XML Schema's, without years and months, whose lengths vary.

use xrm_context::TimeSpan;

const SECOND: i128 = TimeSpan::TICKS_PER_SECOND as i128;
const DAY: i128 = 86_400 * SECOND;
/// The units of the time of day, in their order.
const UNITS: [(char, i128); 3] = [('H', 3600 * SECOND), ('M', 60 * SECOND), ('S', SECOND)];

/// `P1DT2H3M4.5S`; zero is `PT0S`.
pub(super) fn text(span: TimeSpan) -> String {
    let ticks = i128::from(span.ticks().unsigned_abs());
    let sign = if span.ticks() < 0 { "-" } else { "" };
    let mut text = format!("{sign}P");
    if ticks >= DAY {
        text += &format!("{}D", ticks / DAY);
    }
    let mut rest = ticks % DAY;
    if rest == 0 && ticks != 0 {
        return text;
    }
    text.push('T');
    for (unit, length) in &UNITS[..2] {
        if rest >= *length {
            text += &format!("{}{unit}", rest / length);
        }
        rest %= length;
    }
    if rest != 0 || ticks == 0 {
        let seconds = format!("{}.{:07}", rest / SECOND, rest % SECOND);
        text += seconds.trim_end_matches('0').trim_end_matches('.');
        text.push('S');
    }
    text
}

/// What is finer than 100 ns is dropped.
pub(super) fn read(text: &str) -> Option<TimeSpan> {
    let (is_negative, text) = match text.strip_prefix('-') {
        Some(text) => (true, text),
        None => (false, text),
    };
    let text = text.strip_prefix('P')?;
    let (days, time) = match text.split_once('T') {
        Some((days, time)) => (days, Some(time)),
        None => (text, None),
    };
    // Neither `P` nor `T` stands alone.
    if time.unwrap_or(days).is_empty() {
        return None;
    }
    let days = if days.is_empty() { 0 } else { whole(days.strip_suffix('D')?)? };
    let ticks = days.checked_mul(DAY)?.checked_add(time_of_day(time.unwrap_or_default())?)?;
    let ticks = if is_negative { -ticks } else { ticks };
    ticks.try_into().ok().map(TimeSpan::from_ticks)
}

fn time_of_day(mut text: &str) -> Option<i128> {
    let mut ticks = 0_i128;
    for (unit, length) in UNITS {
        let Some((number, rest)) = text.split_once(unit) else { continue };
        text = rest;
        let (number, fraction) = match number.split_once('.') {
            Some((number, fraction)) if unit == 'S' => (number, self::fraction(fraction)?),
            _ => (number, 0),
        };
        let units = whole(number)?.checked_mul(length)?;
        ticks = ticks.checked_add(units)?.checked_add(fraction)?;
    }
    text.is_empty().then_some(ticks)
}

/// Ticks of digits behind the point.
fn fraction(digits: &str) -> Option<i128> {
    whole(digits)?;
    let ticks = digits.get(..digits.len().min(7))?;
    whole(&format!("{ticks:0<7}"))
}

fn whole(digits: &str) -> Option<i128> {
    let is_number = !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_digit());
    if is_number { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use xrm_context::TimeSpan;

    use super::{read, text};

    #[test]
    fn durations_are_read_as_they_were_written() {
        let check = |ticks: i64, expected: &str| {
            let span = TimeSpan::from_ticks(ticks);
            assert_eq!(text(span), expected);
            assert_eq!(read(expected), Some(span), "{expected}");
        };
        check(0, "PT0S");
        check(5, "PT0.0000005S");
        check(600_000_000, "PT1M");
        check(864_000_000_000, "P1D");
        check(-937_845_000_000, "-P1DT2H3M4.5S");
        check(i64::MAX, "P10675199DT2H48M5.4775807S");
        check(i64::MIN, "-P10675199DT2H48M5.4775808S");
        assert_eq!(read("PT90M"), read("PT1H30M"));
    }

    #[test]
    fn what_is_no_duration_is_none() {
        for wrong in [
            "",
            "P",
            "PT",
            "P1DT",
            "1D",
            "P1Y",
            "P1M",
            "PT1S1M",
            "PT1.5M",
            "PT1.S",
            "PT-1S",
            "P1D ",
            "PTS",
            "P99999999D",
            "PT1H1H",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
