//! Text in data-contract XML.

use crate::sink::Sink;
use crate::swar;

/// Appends character data. Besides the three of XML the platform escapes every control character
/// but TAB and LF, and the two non-characters at the end of the basic plane; XML 1.0 forbids some
/// of these even as references, the platform's reader takes them.
#[inline]
pub(crate) fn write_text(text: &str, out: &mut impl Sink) {
    if swar::holds(text.as_bytes(), marks) {
        return write_with(text, false, out);
    }
    out.extend_from_slice(text.as_bytes());
}

/// Appends an attribute's value, for double quotes around it.
pub(crate) fn write_attribute(text: &str, out: &mut impl Sink) {
    write_with(text, true, out);
}

#[cold]
fn write_with(text: &str, attribute: bool, out: &mut impl Sink) {
    let bytes = text.as_bytes();
    let mut clean = 0;
    let mut at = 0;
    while at < bytes.len() {
        at += clean_run(&bytes[at..]);
        let Some(&byte) = bytes.get(at) else { break };
        let (escape, length): (&[u8], usize) = match byte {
            b'&' => (b"&amp;", 1),
            b'<' => (b"&lt;", 1),
            b'>' => (b"&gt;", 1),
            b'"' if attribute => (b"&quot;", 1),
            b'\t' | b'\n' if !attribute => {
                at += 1;
                continue;
            }
            0..0x20 => (&REFERENCES[usize::from(byte)], 1),
            0xef if bytes[at..].starts_with("\u{fffe}".as_bytes()) => (b"&#xFFFE;", 3),
            0xef if bytes[at..].starts_with("\u{ffff}".as_bytes()) => (b"&#xFFFF;", 3),
            _ => {
                at += 1;
                continue;
            }
        };
        out.extend_from_slice(&bytes[clean..at]);
        let end = escape.iter().position(|byte| *byte == 0).unwrap_or(escape.len());
        out.extend_from_slice(&escape[..end]);
        at += length;
        clean = at;
    }
    out.extend_from_slice(&bytes[clean..]);
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

/// Marks what may have to be escaped.
#[inline(always)]
fn marks(word: u64) -> u64 {
    // One bit apart, `<` and `>` are the same.
    let brackets = swar::equals(word | 0x0202_0202_0202_0202, b'>');
    let others = swar::equals(word, b'&') | swar::equals(word, b'"');
    brackets | others | swar::equals(word, 0xef) | swar::controls(word)
}

/// How many bytes come before one that may have to be escaped.
#[inline(always)]
fn clean_run(bytes: &[u8]) -> usize {
    swar::run(bytes, marks, |byte| matches!(byte, b'&' | b'<' | b'>' | b'"' | 0..0x20 | 0xef))
}
