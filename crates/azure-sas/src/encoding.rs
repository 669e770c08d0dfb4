//! How values are written in a token: percent-encoding, whole numbers, times, and the check for
//! characters that belong in no part of it.

use chrono::{DateTime, Utc};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};
use zeroize::Zeroizing;

use crate::error::Reason;

/// Everything but the unreserved characters of [RFC 3986, 2.3], in upper-case hex.
///
/// Clients differ in the case of the hex digits; the service signs over the text as sent, so the
/// choice is free as long as it is made once.
///
/// [RFC 3986, 2.3]: https://www.rfc-editor.org/rfc/rfc3986#section-2.3
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

pub(crate) fn encode(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, RESERVED)
}

/// `None` for a `%` without two hex digits, or if the bytes are not UTF-8.
///
/// A `+` stays a `+`: this is the encoding of URIs, not that of HTML forms.
pub(crate) fn decode(text: &str) -> Option<String> {
    // `percent_decode_str` keeps a broken escape as it is, and then another text is checked than
    // the service checks.
    if !text.split('%').skip(1).all(starts_with_two_hex_digits) {
        return None;
    }
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8().ok()?;
    Some(decoded.into_owned())
}

fn starts_with_two_hex_digits(text: &str) -> bool {
    matches!(text.as_bytes(), [a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit())
}

/// `start`, and then the fields as `name=value`: `first` before the first one, `separator` before
/// the others.
pub(crate) fn joined(
    start: &str,
    first: &str,
    separator: &str,
    fields: &[(&str, &str)],
) -> Zeroizing<String> {
    // Room for all of it at once: a growing buffer would leave copies of the secret behind.
    let lengths = fields.iter().map(|(name, value)| name.len() + value.len() + 2);
    let mut text = Zeroizing::new(String::with_capacity(start.len() + lengths.sum::<usize>()));
    text.push_str(start);
    for (index, (name, value)) in fields.iter().enumerate() {
        text.extend([if index == 0 { first } else { separator }, name, "=", value]);
    }
    text
}

/// A whole number: digits alone, without the sign that [`str::parse`] would allow.
pub(crate) fn number(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// The time that an `se` of so many seconds since the Unix epoch names. Beyond the calendar of
/// chrono, which ends in the year 262142, every time is its last: such a token does not expire.
pub(crate) fn time(seconds: u64) -> DateTime<Utc> {
    let time = i64::try_from(seconds).ok().and_then(|it| DateTime::from_timestamp(it, 0));
    time.unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// Checks that a name or a secret has characters, none of them a control character: one of these
/// is always a mistake, such as the line break of a file that a key was read from.
pub(crate) fn check_text(text: &str) -> Result<(), Reason> {
    match text {
        "" => Err(Reason::Empty),
        _ if has_control(text) => Err(Reason::Character),
        _ => Ok(()),
    }
}

pub(crate) fn has_control(text: &str) -> bool {
    text.contains(char::is_control)
}
