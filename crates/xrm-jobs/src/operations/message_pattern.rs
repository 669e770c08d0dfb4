//! The part of a message that is the same for all failures of a kind.

use std::net::{IpAddr, SocketAddr};

use uuid::Uuid;

/// How many characters of a pattern are kept.
const MAX_CHARS: usize = 512;

/// The text before numbers that distinguish failures: the status of a response and its codes.
const DISTINCTIVE: [&str; 3] = ["status=", "code=", "code : "];

/// A message with placeholders for what differs from job to job.
///
/// | in the message | in the pattern |
/// |---|---|
/// | GUIDs, and words of hexadecimal digits or of letters and digits by turns | `<id>` |
/// | dates and times as in `2026-01-05T08:00:00Z` | `<time>` |
/// | addresses, with or without a port | `<address>` |
/// | other numbers, also within words | `<n>` |
///
/// The platform's error codes (`0x80044175`) stay, and so does a number after `status=` or `code=`:
/// they distinguish failures. A pattern is cut after 512 characters.
///
/// ```
/// use xrm_jobs::operations::message_pattern;
///
/// let message = "throttled: status=429; host_id=worker-7f9c4d8b6-x2x9z; \
///                now=2026-01-05T08:00:00Z; body_bytes=1834";
/// assert_eq!(
///     message_pattern(message),
///     "throttled: status=429; host_id=worker-<id>-<id>; now=<time>; body_bytes=<n>"
/// );
/// ```
#[must_use]
pub fn message_pattern(message: &str) -> String {
    let mut pattern = String::with_capacity(message.len().min(MAX_CHARS));
    let mut rest = message;
    // Reads the message once from left to right: at each place the longest thing that is known, else
    // a word, else one character.
    while let Some(first) = rest.chars().next() {
        let length = match part(rest) {
            Some((length, placeholder)) => {
                pattern.push_str(placeholder);
                length
            }
            None if first.is_ascii_alphanumeric() => {
                let word = &rest[..run(rest, |it| it.is_ascii_alphanumeric())];
                // What was written so far ends with the text before the word.
                let is_distinctive = DISTINCTIVE.iter().any(|it| ends_with(&pattern, it));
                if is_distinctive {
                    pattern.push_str(word);
                } else {
                    push_word(&mut pattern, word);
                }
                word.len()
            }
            None => {
                pattern.push(first);
                first.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    if let Some((end, _)) = pattern.char_indices().nth(MAX_CHARS) {
        pattern.truncate(end);
    }
    pattern
}

/// The length of what the text begins with, if it is more than a word, and its placeholder.
fn part(text: &str) -> Option<(usize, &'static str)> {
    let found = guid(text).map(|it| (it, "<id>"));
    let found = found.or_else(|| time(text).map(|it| (it, "<time>")));
    let found = found.or_else(|| address(text).map(|it| (it, "<address>")));
    found.filter(|(length, _)| !text[*length..].starts_with(|it: char| it.is_ascii_alphanumeric()))
}

fn guid(text: &str) -> Option<usize> {
    let guid = text.get(..36)?;
    // Only the form with dashes has so many characters and begins with none of its own.
    let is_plain = guid.starts_with(|it: char| it.is_ascii_hexdigit());
    (is_plain && Uuid::try_parse(guid).is_ok()).then_some(guid.len())
}

fn time(text: &str) -> Option<usize> {
    let date = "0000-00-00".len();
    let is_date = run(text, |it| it.is_ascii_digit()) == 4
        && text.bytes().take(date).enumerate().all(|(place, it)| match place {
            4 | 7 => it == b'-',
            _ => it.is_ascii_digit(),
        });
    if !is_date || text.len() < date {
        return None;
    }
    let is_time = |it: char| it.is_ascii_digit() || matches!(it, ':' | '.' | '+');
    let rest = &text[date..];
    let hours = match rest.strip_prefix(['T', ' ']) {
        Some(hours) if hours.starts_with(|it: char| it.is_ascii_digit()) => 1 + run(hours, is_time),
        _ => return Some(date),
    };
    let length = date + hours;
    let zone = usize::from(text[length..].starts_with('Z'));
    Some(if zone > 0 { length + zone } else { without_point(&text[..length]) })
}

fn address(text: &str) -> Option<usize> {
    let text = &text[..run(text, |it| it.is_ascii_hexdigit() || matches!(it, '.' | ':'))];
    let length = without_point(text);
    let address = &text[..length];
    let is_address = address.parse::<IpAddr>().is_ok() || address.parse::<SocketAddr>().is_ok();
    // `::` is an address, and punctuation.
    (is_address && address.contains(|it: char| it.is_ascii_hexdigit())).then_some(length)
}

/// The length without the punctuation that follows.
fn without_point(text: &str) -> usize {
    text.trim_end_matches(['.', ':']).len()
}

fn push_word(pattern: &mut String, word: &str) {
    if is_error_code(word) {
        pattern.push_str(word);
    } else if is_id(word) {
        pattern.push_str("<id>");
    } else {
        push_without_numbers(pattern, word);
    }
}

fn is_error_code(word: &str) -> bool {
    let digits = word.strip_prefix("0x");
    digits.is_some_and(|it| it.len() == 8 && it.bytes().all(|it| it.is_ascii_hexdigit()))
}

/// Whether letters and digits alternate as in no ordinary word.
fn is_id(word: &str) -> bool {
    let is_digit: Vec<_> = word.bytes().map(|it| it.is_ascii_digit()).collect();
    // Three turns: "abc123", "utf8" and "x86" are words, "x2x9z" is the suffix of a pod.
    let turns = is_digit.windows(2).filter(|it| it[0] != it[1]).count();
    let is_long_hex = word.len() >= 8 && word.bytes().all(|it| it.is_ascii_hexdigit());
    turns >= 3 || (turns >= 1 && is_long_hex)
}

fn push_without_numbers(pattern: &mut String, word: &str) {
    let mut rest = word;
    while !rest.is_empty() {
        let (text, others) = rest.split_at(run(rest, |it| !it.is_ascii_digit()));
        pattern.push_str(text);
        let digits = run(others, |it| it.is_ascii_digit());
        if digits > 0 {
            push_number(pattern);
        }
        rest = &others[digits..];
    }
}

/// A number that is written in parts, such as 1,834.50, is one.
fn push_number(pattern: &mut String) {
    // The separator is in the pattern already, and goes with the part behind it.
    let is_part = [".", ","].iter().any(|it| pattern.ends_with(&format!("<n>{it}")));
    if is_part {
        pattern.pop();
    } else {
        pattern.push_str("<n>");
    }
}

/// The length of the characters at the start for which the condition holds, in bytes.
fn run(text: &str, is_such: impl Fn(char) -> bool) -> usize {
    text.find(|it| !is_such(it)).unwrap_or(text.len())
}

fn ends_with(text: &str, end: &str) -> bool {
    let start = text.len().checked_sub(end.len());
    start.and_then(|it| text.get(it..)).is_some_and(|it| it.eq_ignore_ascii_case(end))
}
