//! What is read as a JSON body is JSON to `serde_json` too, apart from what the platform takes
//! beyond the letter of JSON: a byte order mark, leading zeros, no digit behind the point, a comma
//! behind the last member, and doubles that are no number. Bodies in UTF-16 are left out.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde::de::{Deserialize, IgnoredAny};
use xrm_body::{MessageFormat, decode};

fuzz_target!(|body: &[u8]| {
    if is_utf16(body) || decode(body, MessageFormat::Json).is_err() {
        return;
    }
    let strict = to_the_letter(body);
    let mut reader = serde_json::Deserializer::from_slice(&strict);
    reader.disable_recursion_limit();
    let read = IgnoredAny::deserialize(&mut reader).and_then(|_| reader.end());
    if let Err(error) = read {
        panic!("{error}\n{}", strict.escape_ascii());
    }
});

/// As the body's reader tells it, by the byte order mark or the first character.
fn is_utf16(body: &[u8]) -> bool {
    matches!(body, [0, ..] | [_, 0, ..] | [0xff, 0xfe, ..] | [0xfe, 0xff, ..])
}

/// The body without the leniencies, which all stand outside of strings.
fn to_the_letter(body: &[u8]) -> Vec<u8> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    while let [first, ..] = rest {
        if let Some(after) = after_no_number(rest) {
            out.extend_from_slice(b"null");
            rest = after;
            continue;
        }
        let length = match first {
            b'"' => string_length(rest),
            b'-' | b'0'..=b'9' => number_length(rest),
            _ => 1,
        };
        let (token, after) = rest.split_at(length);
        match first {
            b'-' | b'0'..=b'9' => number_to_the_letter(token, &mut out),
            b',' if is_last(after) => {}
            _ => out.extend_from_slice(token),
        }
        rest = after;
    }
    out
}

/// What stands behind a double that is no number in JSON.
fn after_no_number(text: &[u8]) -> Option<&[u8]> {
    let doubles: [&[u8]; 5] = [b"NaN", b"INF", b"-INF", b"Infinity", b"-Infinity"];
    doubles.into_iter().find_map(|double| text.strip_prefix(double))
}

fn string_length(text: &[u8]) -> usize {
    let mut escaped = false;
    let end = text.iter().skip(1).position(|byte| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |end| end + 2)
}

fn number_length(text: &[u8]) -> usize {
    let number = |byte: &u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
    text.iter().position(|byte| !number(byte)).unwrap_or(text.len())
}

/// Whether nothing but blanks stands before the bracket that closes.
fn is_last(after: &[u8]) -> bool {
    matches!(after.trim_ascii_start(), [b'}' | b']', ..])
}

fn number_to_the_letter(number: &[u8], out: &mut Vec<u8>) {
    let (sign, digits) = match number {
        [b'-', digits @ ..] => (&b"-"[..], digits),
        digits => (&b""[..], digits),
    };
    let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
    let mut digits = &digits[zeros..];
    out.extend_from_slice(sign);
    if !digits.first().is_some_and(u8::is_ascii_digit) {
        out.extend_from_slice(if zeros > 0 { b"0" } else { b"" });
    }
    while let [first, after @ ..] = digits {
        out.push(*first);
        if *first == b'.' && !after.first().is_some_and(u8::is_ascii_digit) {
            out.push(b'0');
        }
        digits = after;
    }
}
