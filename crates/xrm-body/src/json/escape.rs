//! Strings in data-contract JSON.

use crate::page::{Escaping, Line, Page};
use crate::swar;

/// The platform escapes the solidus and every control character, and each half of a surrogate
/// pair. What is escaped was determined from all 65,536 UTF-16 code units.
impl Escaping for ControlEscapes {
    /// What may begin an escaped character: quotes, backslashes, solidi, control characters, and
    /// all that is no ASCII.
    #[inline(always)]
    fn is_suspect(bytes: [u8; 16]) -> bool {
        let mut any = 0;
        for byte in bytes {
            // One bit apart, a quote is no more than a space, and a space is more.
            let marks = (byte ^ b'\\').min(byte ^ b'/');
            any |= u8::from((byte ^ 2).cast_signed() <= 0x20) | u8::from(marks == 0);
        }
        any != 0
    }

    const SUSPECT: [bool; 256] = {
        let mut suspect = [true; 256];
        let mut byte = 0x20;
        while byte < 0x80 {
            suspect[byte as usize] = matches!(byte, b'"' | b'\\' | b'/');
            byte += 1;
        }
        suspect
    };

    #[inline(never)]
    fn write_any(&self, text: &str, page: &mut Page<'_>) {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let mut line = page.line();
            while at < bytes.len() && line.has_room() {
                if let Some(chunk) = bytes[at..].first_chunk::<16>()
                    && !Self::is_suspect(*chunk)
                {
                    line.bytes(chunk);
                    at += 16;
                    continue;
                }
                let (word, count) = swar::word(bytes, at);
                let clean = swar::before(marks(word), count);
                line.begin_of(&word.to_le_bytes(), clean);
                at += clean;
                if clean < count {
                    at += write_character(text, at, *self, &mut line);
                }
            }
            line.end();
        }
    }
}

/// Marks what is suspect in a word.
#[inline(always)]
fn marks(word: u64) -> u64 {
    swar::equals_or_beyond(word, b'"')
        | swar::equals_or_beyond(word, b'\\')
        | swar::equals_or_beyond(word, b'/')
        | swar::controls_or_beyond(word)
        | swar::beyond_ascii(word)
}

/// Writes the suspect character at `at`, and gives how many bytes it has.
#[inline(always)]
fn write_character(
    text: &str,
    at: usize,
    controls: ControlEscapes,
    line: &mut Line<'_, '_>,
) -> usize {
    let bytes = &text.as_bytes()[at..];
    match bytes {
        [byte @ (b'"' | b'\\' | b'/'), ..] => {
            line.bytes(&[b'\\', *byte]);
            1
        }
        [byte @ 0..0x80, ..] => {
            match letter_of(*byte).filter(|_| controls == ControlEscapes::Letters) {
                Some(letter) => line.bytes(&[b'\\', letter]),
                None => line.bytes(&escape_of((*byte).into())),
            }
            1
        }
        // Of two bytes, U+0085 alone is escaped.
        [first @ 0x80..0xe0, second, ..] if [*first, *second] != [0xc2, 0x85] => {
            line.bytes(&[*first, *second]);
            2
        }
        // Of three bytes, U+2028 and U+2029, and U+FFFE and U+FFFF.
        [first @ 0xe0..0xf0, second, third, ..]
            if !matches!(
                [*first, *second, *third],
                [0xe2, 0x80, 0xa8 | 0xa9] | [0xef, 0xbf, 0xbe | 0xbf]
            ) =>
        {
            line.bytes(&[*first, *second, *third]);
            3
        }
        _ => write_units(text, at, line),
    }
}

/// Writes a character as the escapes of its UTF-16 code units, and gives how many bytes it has.
#[cold]
fn write_units(text: &str, at: usize, line: &mut Line<'_, '_>) -> usize {
    let Some(character) = text.get(at..).and_then(|rest| rest.chars().next()) else { return 1 };
    for unit in character.encode_utf16(&mut [0; 2]) {
        line.bytes(&escape_of(*unit));
    }
    character.len_utf8()
}

/// `\u0085`
pub(super) fn escape_of(unit: u16) -> [u8; 6] {
    let digit = |shift: u16| b"0123456789abcdef"[usize::from(unit >> shift & 0xf)];
    [b'\\', b'u', digit(12), digit(8), digit(4), digit(0)]
}

/// What stands behind the backslash in the short escape of a control character.
fn letter_of(control: u8) -> Option<u8> {
    Some(match control {
        0x08 => b'b',
        b'\t' => b't',
        b'\n' => b'n',
        0x0c => b'f',
        b'\r' => b'r',
        _ => return None,
    })
}

/// How control characters are escaped that JSON has a short escape for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ControlEscapes {
    /// `\u000a`, as .NET Framework before 4.7 does it and the platform.
    Numbers,
    /// `\n`, as later runtimes do it.
    Letters,
}
