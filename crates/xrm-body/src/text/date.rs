//! The text of dates and times in both formats.

use xrm_context::{DateTime, DateTimeKind, Origin};

use super::Short;

const TICKS_PER_SECOND: i64 = 10_000_000;
const SECONDS_PER_DAY: i64 = 86_400;
/// Days from 0000-03-01, where the calendar's arithmetic begins, to 0001-01-01.
const DAYS_BEFORE_YEAR_1: u32 = 306;
/// Days in 400 years, after which the calendar repeats itself.
const DAYS_PER_ERA: u32 = 146_097;

/// `"/Date(1715933742000)/"` with its solidi escaped; `offset`, in minutes, where one is written.
/// `ticks` is the instant in UTC; what is finer than a millisecond is cut, towards 1970.
#[inline(always)]
pub(crate) fn json_text(ticks: i64, offset: Option<i16>) -> Short {
    let mut text = Short::new();
    text.extend_from_slice(b"\"\\/Date(");
    let milliseconds = (ticks - DateTime::UNIX_EPOCH_TICKS) / DateTime::TICKS_PER_MILLISECOND;
    text.extend_from_slice(itoa::Buffer::new().format(milliseconds).as_bytes());
    if let Some(offset) = offset {
        write_offset(offset, b"", &mut text);
    }
    text.extend_from_slice(b")\\/\"");
    text
}

/// The text of a JSON date as a string holds it, solidi unescaped.
pub(crate) fn json_string(ticks: i64, offset: Option<i16>) -> String {
    json_text(ticks, offset).as_str().replace(['\\', '"'], "")
}

/// `2024-05-17T08:15:42.5` and what tells the kind: `Z`, an offset in minutes, or nothing.
#[inline(always)]
pub(crate) fn xml_text(wall_ticks: i64, kind: DateTimeKind, offset: i16) -> Short {
    let seconds = wall_ticks.div_euclid(TICKS_PER_SECOND);
    // The calendar's arithmetic takes less than half as long in 32 bits.
    let narrow = |number: i64| u32::try_from(number).unwrap_or(0);
    let (year, month, day) = date_of(narrow(seconds.div_euclid(SECONDS_PER_DAY)));
    let second = narrow(seconds.rem_euclid(SECONDS_PER_DAY));
    let [century, year] = [year / 100, year % 100];
    let mut text = *b"0000-00-00T00:00:00";
    let fields = [
        (0, century),
        (2, year),
        (5, month),
        (8, day),
        (11, second / 3600),
        (14, second / 60 % 60),
        (17, second % 60),
    ];
    for (at, value) in fields {
        text[at..at + 2].copy_from_slice(&two_digits(value));
    }
    let mut text = Short::begin_of(&text, text.len());
    write_fraction(wall_ticks.rem_euclid(TICKS_PER_SECOND), &mut text);
    match kind {
        DateTimeKind::Utc => text.push(b'Z'),
        DateTimeKind::Local => write_offset(offset, b":", &mut text),
        DateTimeKind::Unspecified => {}
    }
    text
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
pub(crate) fn write_fraction(ticks: i64, out: &mut Short) {
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

fn write_offset(offset: i16, separator: &[u8], out: &mut Short) {
    out.push(if offset < 0 { b'-' } else { b'+' });
    let minutes = u32::from(offset.unsigned_abs());
    out.extend_from_slice(&two_digits(minutes / 60));
    out.extend_from_slice(separator);
    out.extend_from_slice(&two_digits(minutes % 60));
}

/// Year, month and day of a number of days since 0001-01-01.
fn date_of(days: u32) -> (u32, u32, u32) {
    // Years run from March here, so that a leap day is a year's last.
    let days = days + DAYS_BEFORE_YEAR_1;
    let era = days / DAYS_PER_ERA;
    let day_of_era = days % DAYS_PER_ERA;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (era * 400 + year_of_era + u32::from(month <= 2), month, day)
}

/// Days since 0001-01-01 of a date that the calendar has.
fn days_of(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=9999).contains(&year) || !(1..=length).contains(&day) {
        return None;
    }
    let year = year - i64::from(month <= 2);
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * i64::from(DAYS_PER_ERA) + day_of_era - i64::from(DAYS_BEFORE_YEAR_1))
}

/// Reads a date and time of XML Schema: a date, a time that may be left out, a fraction that is
/// rounded to ticks, and `Z`, an offset, or nothing.
pub(crate) fn read_xml(text: &str) -> Option<DateTime> {
    let mut cursor = Cursor(text.trim().as_bytes());
    let (year, ()) = (cursor.number(4)?, cursor.expect(b'-')?);
    let (month, ()) = (cursor.number(2)?, cursor.expect(b'-')?);
    let mut ticks = days_of(year, month, cursor.number(2)?)? * SECONDS_PER_DAY * TICKS_PER_SECOND;
    if cursor.expect(b'T').is_some() {
        let (hour, ()) = (cursor.number(2)?, cursor.expect(b':')?);
        let (minute, ()) = (cursor.number(2)?, cursor.expect(b':')?);
        let second = cursor.number(2)?;
        let fraction = cursor.fraction()?;
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        ticks += ((hour * 60 + minute) * 60 + second) * TICKS_PER_SECOND + fraction;
    }
    let zone = cursor.zone()?;
    if !cursor.0.is_empty() {
        return None;
    }
    match zone {
        None => DateTime::unspecified(ticks).ok(),
        Some(Zone::Utc) => DateTime::utc(ticks).ok(),
        Some(Zone::Offset(minutes)) => {
            let instant = ticks - i64::from(minutes) * DateTime::TICKS_PER_MINUTE;
            DateTime::read_local(instant, minutes, Origin::Xml).ok()
        }
    }
}

/// Reads a date of ISO 8601 in a JSON body, as [`read_xml`] reads one. A local one keeps its offset
/// when it is written as JSON.
pub(crate) fn read_iso(text: &str) -> Option<DateTime> {
    let value = read_xml(text)?;
    match value.kind() {
        DateTimeKind::Local => {
            DateTime::read_local(value.ticks(), value.offset_minutes(), Origin::Json).ok()
        }
        DateTimeKind::Utc | DateTimeKind::Unspecified => Some(value),
    }
}

enum Zone {
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
        let digit = |index: usize| digits.get(index).map_or(0, |digit| i64::from(digit - b'0'));
        let ticks = (0..7).fold(0, |ticks, index| ticks * 10 + digit(index));
        (count > 0).then(|| ticks + i64::from(digit(7) >= 5))
    }

    fn zone(&mut self) -> Option<Option<Zone>> {
        let Some((&sign, rest)) = self.0.split_first() else { return Some(None) };
        self.0 = rest;
        let sign = match sign {
            b'Z' | b'z' => return Some(Some(Zone::Utc)),
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        let (hours, ()) = (self.number(2)?, self.expect(b':')?);
        let minutes = self.number(2)?;
        let valid = minutes < 60 && hours * 60 + minutes <= 14 * 60;
        let minutes = i16::try_from(hours * 60 + minutes).ok().filter(|_| valid)?;
        Some(Some(Zone::Offset(sign * minutes)))
    }
}
