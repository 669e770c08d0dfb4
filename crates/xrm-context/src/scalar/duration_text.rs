//! The text of durations, XML Schema's in both formats.

use std::fmt;
use std::iter::repeat;
use std::str::FromStr;

use crate::scalar::date_text::write_fraction;
use crate::scalar::error::InvalidText;
use crate::scalar::short_text::ShortText;
use crate::scalar::timespan::TimeSpan;

const SECOND: u64 = TimeSpan::TICKS_PER_SECOND.unsigned_abs();
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// The text of XML Schema, `P1DT12H0.0000005S`; zero is `PT0S`.
#[must_use]
pub fn duration_text(span: TimeSpan) -> ShortText {
    let mut text = ShortText::new();
    let ticks = span.ticks().unsigned_abs();
    if span.ticks() < 0 {
        text.push(b'-');
    }
    text.push(b'P');
    write_part(ticks / DAY, b'D', &mut text);
    let time = ticks % DAY;
    // `T` needs a part behind it; zero is written as `PT0S`.
    if time == 0 && ticks != 0 {
        return text;
    }
    text.push(b'T');
    write_part(time / HOUR, b'H', &mut text);
    write_part(time % HOUR / MINUTE, b'M', &mut text);
    let (seconds, fraction) = (time % MINUTE / SECOND, time % SECOND);
    if seconds != 0 || fraction != 0 || ticks == 0 {
        text.extend_from_slice(itoa::Buffer::new().format(seconds).as_bytes());
        write_fraction(fraction.cast_signed(), &mut text);
        text.push(b'S');
    }
    text
}

fn write_part(number: u64, unit: u8, out: &mut ShortText) {
    if number != 0 {
        out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
        out.push(unit);
    }
}

impl fmt::Display for TimeSpan {
    /// The text of XML Schema: `P1DT12H`, `-PT0.5S`; zero is `PT0S`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(duration_text(*self).as_str())
    }
}

impl FromStr for TimeSpan {
    type Err = InvalidText;

    /// Reads the text of XML Schema. Years and months are 365 and 30 days, as .NET reads them; what
    /// is finer than 100 ns is dropped. The point needs digits on one side only: `PT.5S`, `PT1.S`.
    fn from_str(text: &str) -> Result<Self, InvalidText> {
        read(text).ok_or(InvalidText { expected: "a duration such as P1DT2H3M4.5S" })
    }
}

fn read(text: &str) -> Option<TimeSpan> {
    let (is_negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let text = text.strip_prefix('P')?;
    let (date, time) = match text.split_once('T') {
        Some((_, "")) => return None,
        Some((date, time)) => (date, time),
        None if text.is_empty() => return None,
        None => (text, ""),
    };
    let days = read_parts(date, [('Y', 365 * DAY), ('M', 30 * DAY), ('D', DAY)])?;
    let ticks = days + read_parts(time, [('H', HOUR), ('M', MINUTE), ('S', SECOND)])?;
    i64::try_from(if is_negative { -ticks } else { ticks }).ok().map(TimeSpan::from_ticks)
}

/// Adds up numbers with units, each unit at most once and in order. Seconds may have a fraction.
fn read_parts(mut text: &str, units: [(char, u64); 3]) -> Option<i128> {
    // In 128 bits no sum overflows: an `i64` of years is less than 2^113 ticks.
    let mut ticks = 0_i128;
    for (unit, length) in units {
        let Some((number, rest)) = text.split_once(unit) else { continue };
        let (whole, fraction) = match number.split_once('.') {
            Some(("", "")) => return None,
            Some((whole, "")) if unit == 'S' => (whole, 0),
            Some(("", fraction)) if unit == 'S' => ("0", read_fraction(fraction)?),
            Some((whole, fraction)) if unit == 'S' => (whole, read_fraction(fraction)?),
            Some(_) => return None,
            None => (number, 0),
        };
        let whole: i64 = if is_digits(whole) { whole.parse().ok()? } else { return None };
        ticks += i128::from(whole) * i128::from(length) + fraction;
        text = rest;
    }
    text.is_empty().then_some(ticks)
}

/// The ticks of the digits behind the point.
fn read_fraction(digits: &str) -> Option<i128> {
    let padded = digits.bytes().chain(repeat(b'0')).take(7);
    is_digits(digits).then(|| padded.fold(0, |ticks, digit| ticks * 10 + i128::from(digit - b'0')))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
