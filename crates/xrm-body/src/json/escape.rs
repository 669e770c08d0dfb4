//! Strings in data-contract JSON.

use crate::EncodeOptions;
use crate::sink::Sink;
use crate::swar;

/// What a byte of UTF-8 means for a string.
const CLEAN: u8 = 0;
/// The byte is escaped with a backslash before it.
const BACKSLASH: u8 = 1;
/// The byte is a control character.
const CONTROL: u8 = 2;
/// The byte begins a character of which some are escaped.
const MAYBE: u8 = 3;

const CLASS: [u8; 256] = {
    let mut class = [CLEAN; 256];
    let mut byte = 0;
    while byte < 0x20 {
        class[byte] = CONTROL;
        byte += 1;
    }
    class[b'"' as usize] = BACKSLASH;
    class[b'\\' as usize] = BACKSLASH;
    class[b'/' as usize] = BACKSLASH;
    class[0xc2] = MAYBE; // U+0085
    class[0xe2] = MAYBE; // U+2028, U+2029
    class[0xef] = MAYBE; // U+FFFE, U+FFFF
    let mut byte = 0xf0; // beyond the basic plane
    while byte < 0xf5 {
        class[byte] = MAYBE;
        byte += 1;
    }
    class
};

/// Appends the text of a string, without its quotes.
///
/// The platform escapes the solidus and every control character, and each half of a surrogate
/// pair. The table was made from all 65,536 UTF-16 code units.
#[inline(never)]
pub(crate) fn write_escaped(text: &str, options: &EncodeOptions<'_>, out: &mut impl Sink) {
    if swar::holds(text.as_bytes(), marks) {
        return write_suspect(text, options.controls, out);
    }
    out.extend_from_slice(text.as_bytes());
}

/// Appends a text that holds something that may have to be escaped.
#[cold]
fn write_suspect(text: &str, controls: ControlEscapes, out: &mut impl Sink) {
    let bytes = text.as_bytes();
    let mut clean = 0;
    while let Some(at) = next_suspect(bytes, clean) {
        let (escape, length) = escape_of(text, at, controls);
        out.extend_from_slice(&bytes[clean..at]);
        out.extend_from_slice(escape.as_slice());
        clean = at + length;
    }
    out.extend_from_slice(&bytes[clean..]);
}

/// The first byte from `from` on that begins an escaped character.
#[inline(always)]
fn next_suspect(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += clean_run(&bytes[at..]);
        let byte = bytes.get(at)?;
        if CLASS[usize::from(*byte)] != CLEAN && is_escaped(&bytes[at..]) {
            return Some(at);
        }
        at += 1;
    }
}

/// Marks what may have to be escaped: quotes, backslashes, solidi, control characters, and all that
/// is no ASCII.
#[inline(always)]
fn marks(word: u64) -> u64 {
    let quotes = swar::equals(word, b'"') | swar::equals(word, b'\\') | swar::equals(word, b'/');
    quotes | swar::controls(word) | swar::beyond_ascii(word)
}

/// How many bytes come before one that may begin an escaped character.
#[inline(always)]
fn clean_run(bytes: &[u8]) -> usize {
    swar::run(bytes, marks, |byte| CLASS[usize::from(*byte)] != CLEAN || !byte.is_ascii())
}

/// Whether the character that `bytes` begin with is escaped; its first byte is not clean.
fn is_escaped(bytes: &[u8]) -> bool {
    match bytes {
        [0xc2, second, ..] => *second == 0x85,
        [0xe2, second, third, ..] => *second == 0x80 && matches!(third, 0xa8 | 0xa9),
        [0xef, second, third, ..] => *second == 0xbf && matches!(third, 0xbe | 0xbf),
        _ => true,
    }
}

/// How control characters are escaped that JSON has a short escape for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ControlEscapes {
    /// `\u000a`, as .NET Framework before 4.7 does it and the platform.
    Numbers,
    /// `\n`, as later runtimes do it.
    Letters,
}

/// What stands behind the backslash of an escape of two characters.
fn letter_of(character: char, controls: ControlEscapes) -> Option<u8> {
    let letters = controls == ControlEscapes::Letters;
    Some(match character {
        '"' => b'"',
        '\\' => b'\\',
        '/' => b'/',
        '\u{8}' if letters => b'b',
        '\t' if letters => b't',
        '\n' if letters => b'n',
        '\u{c}' if letters => b'f',
        '\r' if letters => b'r',
        _ => return None,
    })
}

/// An escape on the stack: `\/`, `\u0085` or two of the latter.
struct Escape {
    text: [u8; 12],
    length: usize,
}

impl Escape {
    fn as_slice(&self) -> &[u8] {
        &self.text[..self.length]
    }
}

/// The escape of the character at `at`, and how many bytes the character takes.
#[inline(always)]
fn escape_of(text: &str, at: usize, controls: ControlEscapes) -> (Escape, usize) {
    let mut escape = Escape { text: *b"\\u0000\\u0000", length: 0 };
    let Some(character) = text.get(at..).and_then(|rest| rest.chars().next()) else {
        return (escape, 1);
    };
    if let Some(letter) = letter_of(character, controls) {
        escape.text[1] = letter;
        escape.length = 2;
        return (escape, 1);
    }
    let mut units = [0; 2];
    for (index, unit) in character.encode_utf16(&mut units).iter().enumerate() {
        for (place, shift) in escape.text[index * 6 + 2..].iter_mut().zip([12, 8, 4, 0]) {
            *place = b"0123456789abcdef"[usize::from(unit >> shift & 0xf)];
        }
        escape.length += 6;
    }
    (escape, character.len_utf8())
}
