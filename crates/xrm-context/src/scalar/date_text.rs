//! The texts of dates and times: XML Schema's `xs:dateTime`, and the `/Date(...)/` of data-contract
//! JSON.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};

use crate::scalar::datetime::{DateTime, DateTimeKind};
use crate::scalar::error::InvalidText;
use crate::scalar::origin::Origin;
use crate::scalar::short_text::ShortText;

const TICKS_PER_SECOND: i64 = 10_000_000;
const SECONDS_PER_DAY: i64 = 86_400;

/// The text of XML Schema, `2024-05-17T08:15:42.5`, and what shows the kind: `Z`, an offset in
/// minutes, or nothing.
///
/// [`DateTime`]'s `Display` in parts, for writers that have a time zone of their own.
#[must_use]
#[inline(always)]
pub fn xsd_date_text(wall_ticks: i64, kind: DateTimeKind, offset: i16) -> ShortText {
    let seconds = wall_ticks.div_euclid(TICKS_PER_SECOND);
    // From here on in 32 bits, where division takes less than half as long.
    let narrow = |number: i64| u32::try_from(number).unwrap_or(0);
    let [year, month, day] = date_of(narrow(seconds.div_euclid(SECONDS_PER_DAY)));
    let second = narrow(seconds.rem_euclid(SECONDS_PER_DAY));
    let mut text = *b"0000-00-00T00:00:00";
    let fields = [
        (0, year / 100),
        (2, year % 100),
        (5, month),
        (8, day),
        (11, second / 3600),
        (14, second / 60 % 60),
        (17, second % 60),
    ];
    for (at, value) in fields {
        text[at..at + 2].copy_from_slice(&two_digits(value));
    }
    let mut text = ShortText::from_prefix(&text, text.len());
    write_fraction(wall_ticks.rem_euclid(TICKS_PER_SECOND), &mut text);
    match kind {
        DateTimeKind::Utc => text.push(b'Z'),
        DateTimeKind::Local => write_offset(offset, b":", &mut text),
        DateTimeKind::Unspecified => {}
    }
    text
}

/// The text of data-contract JSON, `/Date(1715933742000)/`, with `+hhmm` behind the number where
/// an `offset` is given in minutes.
///
/// `ticks` is the instant in UTC; what is finer than a millisecond is cut, towards 1970. `solidus`
/// is `/` or, inside a JSON body, `\/`.
#[must_use]
#[inline(always)]
pub fn json_date_text<const N: usize>(
    ticks: i64,
    offset: Option<i16>,
    solidus: &[u8; N],
) -> ShortText {
    let mut text = ShortText::new();
    text.extend_from_slice(solidus);
    text.extend_from_slice(b"Date(");
    let milliseconds = (ticks - DateTime::UNIX_EPOCH_TICKS) / DateTime::TICKS_PER_MILLISECOND;
    text.extend_from_slice(itoa::Buffer::new().format(milliseconds).as_bytes());
    if let Some(offset) = offset {
        write_offset(offset, b"", &mut text);
    }
    text.push(b')');
    text.extend_from_slice(solidus);
    text
}

/// Year, month and day of a number of days since 0001-01-01.
#[inline]
fn date_of(days: u32) -> [u32; 3] {
    let date = i32::try_from(days + 1).ok().and_then(NaiveDate::from_num_days_from_ce_opt);
    date.map_or([0; 3], |date| [date.year().unsigned_abs(), date.month(), date.day()])
}

fn two_digits(value: u32) -> [u8; 2] {
    TWO_DIGITS[(value % 100) as usize]
}

/// `00` to `99`
const TWO_DIGITS: [[u8; 2]; 100] = {
    let mut digits = [*b"00"; 100];
    let mut value = 0;
    while value < digits.len() {
        digits[value] = [b"0123456789"[value / 10], b"0123456789"[value % 10]];
        value += 1;
    }
    digits
};

/// Appends a point and up to seven digits, without trailing zeros.
#[inline]
pub(super) fn write_fraction(ticks: i64, out: &mut ShortText) {
    if ticks == 0 {
        return;
    }
    let mut text = *b".0000000";
    let mut rest = ticks;
    for place in text[1..].iter_mut().rev() {
        *place = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
    }
    let end = text.iter().rposition(|digit| *digit != b'0').map_or(0, |last| last + 1);
    out.extend_from_slice(&text[..end]);
}

#[inline]
fn write_offset(offset: i16, separator: &[u8], out: &mut ShortText) {
    out.push(if offset < 0 { b'-' } else { b'+' });
    let minutes = u32::from(offset.unsigned_abs());
    out.extend_from_slice(&two_digits(minutes / 60));
    out.extend_from_slice(separator);
    out.extend_from_slice(&two_digits(minutes % 60));
}

impl fmt::Display for DateTime {
    /// The text of XML Schema: `2024-05-17T08:15:42.5`, and `Z` behind a UTC time, `+02:00` behind
    /// a local one. A wall clock beyond the calendar, which the offsets of JSON bodies can lead to,
    /// is written in UTC.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wall = self.wall_ticks();
        let text = if (0..=Self::MAX_TICKS).contains(&wall) {
            xsd_date_text(wall, self.kind(), self.offset_minutes())
        } else {
            xsd_date_text(self.ticks(), DateTimeKind::Utc, 0)
        };
        f.pad(text.as_str())
    }
}

impl FromStr for DateTime {
    type Err = InvalidText;

    /// Reads the text of XML Schema: a date, a time that may be missing, a fraction that is rounded
    /// to ticks, and `Z`, an offset, or nothing.
    fn from_str(text: &str) -> Result<Self, InvalidText> {
        Self::from_xsd_text(text, Origin::Application)
            .ok_or(InvalidText { expected: "a date and time such as 2024-05-17T08:15:42Z" })
    }
}

impl DateTime {
    /// Reads the text of XML Schema that a format found in a body, as `FromStr` does for
    /// applications. A local time remembers the format, as [`read_local`](Self::read_local)
    /// explains.
    #[doc(hidden)]
    #[must_use]
    pub fn from_xsd_text(text: &str, origin: Origin) -> Option<Self> {
        Self::from_full_text(text, origin).or_else(|| {
            // In bodies, .NET reads XML Schema's months and years too.
            (origin == Origin::Xml).then(|| Self::from_month_text(text, origin)).flatten()
        })
    }

    /// Reads a month or a year, `2024-05`, as its first day.
    #[cold]
    fn from_month_text(text: &str, origin: Origin) -> Option<Self> {
        let (year, rest) = text.split_at_checked(4)?;
        let (month, zone) = match rest.as_bytes() {
            // An offset: the text is a year.
            [b'-', _, _, b':', ..] => ("-01", rest),
            [b'-', _, _, ..] => rest.split_at_checked(3)?,
            _ => ("-01", rest),
        };
        let is_zone = zone.is_empty() || zone.starts_with(['Z', 'z', '+', '-']);
        let first = || Self::from_full_text(&format!("{year}{month}-01T00:00:00{zone}"), origin);
        is_zone.then(first).flatten()
    }

    #[inline]
    fn from_full_text(text: &str, origin: Origin) -> Option<Self> {
        let mut cursor = Cursor(text.as_bytes());
        let (year, ()) = (cursor.number(4)?, cursor.expect(b'-')?);
        let (month, ()) = (cursor.number(2)?, cursor.expect(b'-')?);
        let date = NaiveDate::from_ymd_opt(
            i32::try_from(year).ok()?,
            u32::try_from(month).ok()?,
            u32::try_from(cursor.number(2)?).ok()?,
        )?;
        let mut seconds = i64::from(date.num_days_from_ce() - 1) * SECONDS_PER_DAY;
        let mut fraction = 0;
        if cursor.expect(b'T').is_some() {
            let (hour, ()) = (cursor.number(2)?, cursor.expect(b':')?);
            let (minute, ()) = (cursor.number(2)?, cursor.expect(b':')?);
            let second = cursor.number(2)?;
            fraction = cursor.fraction()?;
            if hour > 23 || minute > 59 || second > 59 {
                return None;
            }
            seconds += (hour * 60 + minute) * 60 + second;
        }
        let wall = seconds * TICKS_PER_SECOND + fraction;
        let zone = cursor.zone()?;
        if !cursor.0.is_empty() || !(0..=Self::MAX_TICKS).contains(&wall) {
            return None;
        }
        match zone {
            Zone::Unspecified => Self::unspecified(wall).ok(),
            Zone::Utc => Self::utc(wall).ok(),
            Zone::Offset(minutes) => {
                let instant = wall - i64::from(minutes) * Self::TICKS_PER_MINUTE;
                Self::read_local(instant, minutes, origin).ok()
            }
        }
    }

    /// Reads the text that data-contract JSON gives a date: `/Date(1715933742000)/` for UTC,
    /// `/Date(1715933742000+0200)/` for a local time. Blanks may stand around and inside, as the
    /// platform's reader allows. It takes any text behind the sign, and converts the instant to its own
    /// zone: a text that is no offset, `+00:00` aside, is one of zero here.
    #[must_use]
    pub fn from_json_text(text: &str) -> Option<Self> {
        let inner = text.trim().strip_prefix("/Date(")?.strip_suffix(")/")?;
        // The first character may be the sign of the number, a later one is that of the offset: a plus
        // wherever it is, else a minus.
        let sign = |sign| inner.char_indices().skip(1).find(|(_, it)| *it == sign);
        let (number, offset) = match sign('+').or_else(|| sign('-')) {
            Some((at, _)) => (&inner[..at], Some(parse_offset(&inner[at..]).unwrap_or(0))),
            None => (inner, None),
        };
        let milliseconds: i64 = number.trim_ascii().parse().ok()?;
        let ticks = milliseconds
            .checked_mul(Self::TICKS_PER_MILLISECOND)?
            .checked_add(Self::UNIX_EPOCH_TICKS)?;
        match offset {
            Some(offset) => Self::read_local(ticks, offset, Origin::Json).ok(),
            None => Self::utc(ticks).ok(),
        }
    }
}

/// Minutes from `+hhmm`, `-hhmm` or `+hh:mm`, or fewer digits.
fn parse_offset(text: &str) -> Option<i16> {
    let (sign, digits) = text.split_at_checked(1)?;
    let digits = digits.trim_end();
    let plain = match digits.as_bytes() {
        [_, _, b':', _, _] => digits.replacen(':', "", 1),
        _ => digits.to_owned(),
    };
    let digits = plain.as_str();
    let valid = (1..=4).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    let number: i16 = if valid { digits.parse().ok()? } else { return None };
    let minutes = if digits.len() > 2 { number / 100 * 60 + number % 100 } else { number * 60 };
    Some(if sign == "-" { -minutes } else { minutes })
}

enum Zone {
    Unspecified,
    Utc,
    Offset(i16),
}

struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    fn expect(&mut self, byte: u8) -> Option<()> {
        self.0 = self.0.strip_prefix(&[byte])?;
        Some(())
    }

    fn number(&mut self, digits: usize) -> Option<i64> {
        let (text, rest) = self.0.split_at_checked(digits)?;
        let valid = text.iter().all(u8::is_ascii_digit);
        self.0 = rest;
        valid.then(|| text.iter().fold(0, |number, digit| number * 10 + i64::from(digit - b'0')))
    }

    /// The ticks of a fraction of a second, rounded half up; 0 where there is none.
    fn fraction(&mut self) -> Option<i64> {
        if self.expect(b'.').is_none() {
            return Some(0);
        }
        let count = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at(count);
        self.0 = rest;
        // .NET keeps seven digits and rounds by the eighth alone.
        let digit = |index: usize| digits.get(index).map_or(0, |digit| i64::from(digit - b'0'));
        let ticks = (0..7).fold(0, |ticks, index| ticks * 10 + digit(index));
        (count > 0).then(|| ticks + i64::from(digit(7) >= 5))
    }

    fn zone(&mut self) -> Option<Zone> {
        let Some((&sign, rest)) = self.0.split_first() else { return Some(Zone::Unspecified) };
        self.0 = rest;
        let sign = match sign {
            b'Z' | b'z' => return Some(Zone::Utc),
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        let (hours, ()) = (self.number(2)?, self.expect(b':')?);
        let minutes = self.number(2)?;
        let valid = minutes < 60 && hours * 60 + minutes <= 14 * 60;
        let minutes = i16::try_from(hours * 60 + minutes).ok().filter(|_| valid)?;
        Some(Zone::Offset(sign * minutes))
    }
}
