//! The text of durations: XML Schema's, in both formats.

use xrm_context::TimeSpan;

use super::Short;
use super::date::write_fraction;

const SECOND: i64 = TimeSpan::TICKS_PER_SECOND;

/// `P1DT12H0.0000005S`; zero is `PT0S`.
pub(crate) fn duration_text(span: TimeSpan) -> Short {
    let mut text = Short::new();
    write_duration(span, &mut text);
    text
}

fn write_duration(span: TimeSpan, out: &mut Short) {
    let ticks = span.ticks().unsigned_abs();
    if span.ticks() < 0 {
        out.push(b'-');
    }
    out.push(b'P');
    let unit = |length: i64| length.unsigned_abs();
    let days = ticks / unit(86_400 * SECOND);
    let (hours, minutes) = (ticks / unit(3600 * SECOND) % 24, ticks / unit(60 * SECOND) % 60);
    let (seconds, fraction) = (ticks / unit(SECOND) % 60, ticks % unit(SECOND));
    write_part(days, b'D', out);
    if ticks.is_multiple_of(unit(86_400 * SECOND)) && ticks != 0 {
        return;
    }
    out.push(b'T');
    write_part(hours, b'H', out);
    write_part(minutes, b'M', out);
    if seconds != 0 || fraction != 0 || ticks == 0 {
        out.extend_from_slice(itoa::Buffer::new().format(seconds).as_bytes());
        write_fraction(fraction.cast_signed(), out);
        out.push(b'S');
    }
}

fn write_part(number: u64, unit: u8, out: &mut Short) {
    if number != 0 {
        out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
        out.push(unit);
    }
}

/// Reads a duration of XML Schema. Years and months are 365 and 30 days, as .NET reads them.
pub(crate) fn read_duration(text: &str) -> Option<TimeSpan> {
    let text = text.trim();
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let text = text.strip_prefix('P')?;
    let (date, time) = match text.split_once('T') {
        Some((_, "")) => return None,
        Some((date, time)) => (date, Some(time)),
        None if text.is_empty() => return None,
        None => (text, None),
    };
    let day = i128::from(86_400 * SECOND);
    let mut ticks = read_parts(date, &[('Y', 365 * day), ('M', 30 * day), ('D', day)])?;
    if let Some(time) = time {
        let second = i128::from(SECOND);
        ticks += read_parts(time, &[('H', 3600 * second), ('M', 60 * second), ('S', second)])?;
    }
    i64::try_from(if negative { -ticks } else { ticks }).ok().map(TimeSpan::from_ticks)
}

/// Adds up numbers with units, each unit at most once and in order. Seconds may have a fraction.
fn read_parts(mut text: &str, units: &[(char, i128)]) -> Option<i128> {
    let mut ticks = 0_i128;
    for &(unit, length) in units {
        let Some((number, rest)) = text.split_once(unit) else { continue };
        let (whole, fraction) = match number.split_once('.') {
            Some((whole, fraction)) if unit == 'S' => (whole, read_fraction(fraction)?),
            Some(_) => return None,
            None => (number, 0),
        };
        let valid = !whole.is_empty() && whole.bytes().all(|byte| byte.is_ascii_digit());
        let whole: i64 = valid.then(|| whole.parse().ok()).flatten()?;
        ticks = ticks.checked_add(i128::from(whole).checked_mul(length)?)? + fraction;
        text = rest;
    }
    text.is_empty().then_some(ticks)
}

fn read_fraction(digits: &str) -> Option<i128> {
    let valid = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let padded = digits.bytes().chain(std::iter::repeat(b'0')).take(7);
    valid.then(|| padded.fold(0, |ticks, digit| ticks * 10 + i128::from(digit - b'0')))
}
