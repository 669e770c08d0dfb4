//! Text in data-contract XML.

use crate::page::{Escaping, Line, Page};
use crate::swar;

/// Where a text stands.
///
/// Besides the three of XML the platform escapes every control character but TAB and LF, and the
/// two non-characters at the end of the basic plane; XML 1.0 forbids some of these even as
/// references, the platform's reader takes them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum TextPlace {
    /// Between tags.
    Content,
    /// In an attribute's value, in double quotes.
    Attribute,
}

impl Escaping for TextPlace {
    #[inline(always)]
    fn is_suspect(bytes: [u8; 16]) -> bool {
        let mut any = 0;
        for byte in bytes {
            // Two bits apart, `&` is no more than a space, and a space is more. One bit apart, `<`
            // and `>` are the same.
            let marks = ((byte | 2) ^ b'>').min(byte ^ 0xef);
            any |= u8::from(byte ^ 6 <= 0x20) | u8::from(marks == 0);
        }
        any != 0
    }

    const SUSPECT: [bool; 256] = {
        let mut suspect = [false; 256];
        let mut byte = 0;
        while byte < 0xf0 {
            suspect[byte as usize] = matches!(byte, 0..0x20 | b'<' | b'>' | b'&' | 0xef);
            byte += 1;
        }
        suspect
    };

    #[inline(never)]
    fn write_any(&self, text: &str, page: &mut Page<'_>) {
        let attribute = *self == Self::Attribute;
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let mut line = page.line();
            while at < bytes.len() && line.has_room() {
                if let Some(chunk) = bytes[at..].first_chunk::<16>()
                    && !attribute
                    && !Self::is_suspect(*chunk)
                {
                    line.bytes(chunk);
                    at += 16;
                    continue;
                }
                let (word, count) = swar::word(bytes, at);
                let quotes = if attribute { swar::equals(word, b'"') } else { 0 };
                let clean = swar::before(marks(word) | quotes, count);
                line.begin_of(&word.to_le_bytes(), clean);
                at += clean;
                if clean < count {
                    at += write_character(&bytes[at..], attribute, &mut line);
                }
            }
            line.end();
        }
    }
}

/// Writes character data.
pub(super) fn write_text(text: &str, page: &mut Page<'_>) {
    TextPlace::Content.write_any(text, page);
}

/// Writes an attribute's value, for double quotes around it.
pub(super) fn write_attribute(text: &str, page: &mut Page<'_>) {
    TextPlace::Attribute.write_any(text, page);
}

/// Marks what is suspect in a word.
#[inline(always)]
fn marks(word: u64) -> u64 {
    let brackets = swar::equals(word | 0x0202_0202_0202_0202, b'>');
    brackets | swar::equals(word, b'&') | swar::equals(word, 0xef) | swar::controls(word)
}

/// Writes the suspect character at the beginning, or its first byte, and gives the count of bytes.
#[inline(always)]
fn write_character(bytes: &[u8], attribute: bool, line: &mut Line<'_, '_>) -> usize {
    match bytes {
        [b'&', ..] => line.bytes(b"&amp;"),
        [b'<', ..] => line.bytes(b"&lt;"),
        [b'>', ..] => line.bytes(b"&gt;"),
        [b'"', ..] if attribute => line.bytes(b"&quot;"),
        [byte @ (b'\t' | b'\n'), ..] if !attribute => line.byte(*byte),
        [byte @ 0..0x20, ..] => {
            line.begin_of(&REFERENCES[usize::from(*byte)], if *byte < 16 { 5 } else { 6 });
        }
        [0xef, 0xbf, last @ (0xbe | 0xbf), ..] => {
            line.bytes(if *last == 0xbe { b"&#xFFFE;" } else { b"&#xFFFF;" });
            return 3;
        }
        [byte, ..] => line.byte(*byte),
        [] => {}
    }
    1
}

/// `&#x0;` to `&#x1F;`, filled up with zero bytes.
const REFERENCES: [[u8; 6]; 32] = {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut references = [*b"&#x0;\0"; 32];
    let mut byte = 0;
    while byte < 32 {
        references[byte] = if byte < 16 {
            [b'&', b'#', b'x', HEX[byte], b';', 0]
        } else {
            [b'&', b'#', b'x', HEX[byte / 16], HEX[byte % 16], b';']
        };
        byte += 1;
    }
    references
};
