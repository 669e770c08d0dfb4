//! Strings in data-contract JSON.

use crate::escaping::{Escapes, Escaping};
use crate::options::ControlEscapes;
use crate::output::Cursor;
use crate::suspects::Suspects;

/// The platform escapes the solidus and every control character, and each half of a surrogate
/// pair. What is escaped was determined from all 65,536 UTF-16 code units.
impl Escaping for ControlEscapes {
    /// Quotes, backslashes, solidi, control characters, and all that is not ASCII. Flipping the highest bit
    /// puts what is not ASCII first and the control characters right behind it; flipping 0x02 moves
    /// the quote to the place of the space, next to these. So one range covers all but `\\` and `/`.
    const SUSPECTS: Suspects =
        Suspects { flipped: 0x82, last: 0xa0, mark: (b'\\', 0), other: b'/' };

    #[inline(always)]
    fn escapes(self) -> &'static Escapes {
        if self == Self::Letters { &LETTERS } else { &NUMBERS }
    }

    #[inline(always)]
    fn write_leading(bytes: &[u8], cursor: &mut Cursor<'_, '_>) -> usize {
        match bytes {
            // U+0085, U+2028 and U+2029, U+FFFE and U+FFFF, and what UTF-16 has two units for.
            [0xc2, 0x85, ..]
            | [0xe2, 0x80, 0xa8 | 0xa9, ..]
            | [0xef, 0xbf, 0xbe | 0xbf, ..]
            | [0xf0..0xf5, ..] => {
                let (escapes, length, taken) = escape_units(bytes);
                cursor.begin_of(&escapes, length & 15);
                taken
            }
            [byte, ..] => {
                cursor.byte(*byte);
                1
            }
            [] => 0,
        }
    }
}

/// The escapes of the first character's UTF-16 code units, their length, and that of the character.
#[cold]
fn escape_units(bytes: &[u8]) -> ([u8; 12], usize, usize) {
    // The bytes are the rest of a valid string, so the first chunk begins with the whole character.
    let text = bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    let character = text.chars().next().unwrap_or_default();
    let mut escapes = [0; 12];
    let mut length = 0;
    for (place, unit) in escapes.chunks_exact_mut(6).zip(character.encode_utf16(&mut [0; 2])) {
        place.copy_from_slice(&escape_of(*unit));
        length += 6;
    }
    (escapes, length, character.len_utf8())
}

/// `\u0085`
pub(super) const fn escape_of(unit: u16) -> [u8; 6] {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let [high, low] = unit.to_be_bytes();
    let [a, b, c, d] = [high >> 4, high & 15, low >> 4, low & 15];
    [b'\\', b'u', HEX[a as usize], HEX[b as usize], HEX[c as usize], HEX[d as usize]]
}

/// With all control characters escaped by their numbers.
static NUMBERS: Escapes = with_numbers();

/// With letters for those control characters that have one.
static LETTERS: Escapes = with_numbers()
    .with(0x08, b"\\b")
    .with(b'\t', b"\\t")
    .with(b'\n', b"\\n")
    .with(0x0c, b"\\f")
    .with(b'\r', b"\\r");

const fn with_numbers() -> Escapes {
    let mut escapes = Escapes::none().with(b'"', b"\\\"").with(b'\\', b"\\\\").with(b'/', b"\\/");
    let mut control = 0;
    while control < 0x20 {
        escapes = escapes.with(control, &escape_of(control as u16));
        control += 1;
    }
    // These lead the characters beyond ASCII that are escaped, and others.
    let mut leading = 0xef;
    while leading < 0xf5 {
        escapes = escapes.with(leading, b"");
        leading += 1;
    }
    escapes.with(0xc2, b"").with(0xe2, b"")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::escaping::tests::{ANY_TEXT, check_suspects, check_text};

    #[test]
    fn what_is_escaped_is_suspect() {
        check_suspects(ControlEscapes::Numbers);
        check_suspects(ControlEscapes::Letters);
    }

    proptest! {
        #[test]
        fn strings_are_written_as_their_characters(text in ANY_TEXT) {
            check_text(&text, ControlEscapes::Numbers);
            check_text(&text, ControlEscapes::Letters);
        }
    }
}
