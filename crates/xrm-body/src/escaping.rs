//! Escaping strings: the loop that both formats share, and the table of what each byte becomes.

use std::array::from_fn;

use crate::output::{Cursor, SHORT_STRING};
use crate::suspects::Suspects;

/// How a format writes strings.
pub(crate) trait Escaping: Copy {
    /// The bytes that the format may have to escape, and maybe more.
    const SUSPECTS: Suspects;

    /// What the format writes for each byte.
    fn escapes(self) -> &'static Escapes;

    /// Writes the first character if it is escaped, else the first byte, and returns how many bytes
    /// it wrote. Called if the table can't decide, because a character beyond ASCII begins there.
    fn write_leading(bytes: &[u8], cursor: &mut Cursor<'_, '_>) -> usize;

    /// Writes a string that is short and has nothing to escape, checked while it is copied. Returns
    /// false, with nothing written, for any other string.
    #[inline(always)]
    fn write_short(self, text: &str, cursor: &mut Cursor<'_, '_>) -> bool {
        let room = cursor.string_room();
        if room.is_none_or(|room| copy(self, text.as_bytes(), room)) {
            return false;
        }
        cursor.advance(text.len());
        true
    }

    /// Writes a string of any length, and commits as often as it takes.
    ///
    /// Sixteen bytes without a suspect are copied as they are. Otherwise eight are looked up in the table
    /// one by one, which costs no branch per byte, since each byte has an escape of fixed size there.
    #[inline(always)]
    fn write<'p, 'a>(self, text: &str, mut cursor: Cursor<'p, 'a>) -> Cursor<'p, 'a> {
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            if !cursor.has_room() {
                cursor = cursor.next();
            }
            let written = match rest.first_chunk::<16>() {
                Some(chunk) if !Self::SUSPECTS.any(*chunk) => {
                    cursor.bytes(chunk);
                    chunk.len()
                }
                _ => self.write_few(rest, &mut cursor),
            };
            rest = &rest[written..];
        }
        cursor
    }

    /// Writes the first few of some bytes, and gives how many.
    #[inline(always)]
    fn write_few(self, bytes: &[u8], cursor: &mut Cursor<'_, '_>) -> usize {
        match bytes.first_chunk::<8>() {
            Some(few) => self.write_each(few, bytes, cursor),
            None => self.write_each(bytes, bytes, cursor),
        }
    }

    /// Writes each of the few that some bytes begin with, up to one that depends on what follows.
    #[inline(always)]
    fn write_each(self, few: &[u8], bytes: &[u8], cursor: &mut Cursor<'_, '_>) -> usize {
        let escapes = self.escapes();
        for (at, byte) in few.iter().enumerate() {
            let (escape, length) = escapes.of(*byte);
            if length == 0 {
                return at + Self::write_leading(&bytes[at..], cursor);
            }
            cursor.begin_of(escape, length);
        }
        few.len()
    }
}

/// Copies bytes and returns whether any of them is suspect, or whether they are too many. Each range of
/// lengths is copied as two chunks, the first bytes and the last, which overlap unless they are the
/// whole: two loads and two stores without a loop, as `memcpy` does it for short lengths.
#[inline(always)]
fn copy<E: Escaping>(escaping: E, bytes: &[u8], place: &mut [u8; SHORT_STRING]) -> bool {
    let len = bytes.len();
    if len >= 16 {
        return if len < 32 {
            copy_ends::<E, 16>(bytes, place)
        } else {
            len > SHORT_STRING || copy_ends::<E, 32>(bytes, place)
        };
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        let suspect = E::SUSPECTS.any::<16>(from_fn(|at| [first, last][at / 8][at % 8]));
        place[..8].copy_from_slice(first);
        place[len - 8..len].copy_from_slice(last);
        return suspect;
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        let suspect = E::SUSPECTS.any::<16>(from_fn(|at| [first, last][at / 4 % 2][at % 4]));
        place[..4].copy_from_slice(first);
        place[len - 4..len].copy_from_slice(last);
        return suspect;
    }
    // Of one to three bytes, the first, the middle and the last are all.
    let Some(end) = len.checked_sub(1) else { return false };
    for at in [0, len / 2, end] {
        place[at] = bytes[at];
        if !escaping.escapes().is_plain(bytes[at]) {
            return true;
        }
    }
    false
}

/// Copies the first and the last `N` bytes, between which there are none.
#[inline(always)]
fn copy_ends<E: Escaping, const N: usize>(bytes: &[u8], place: &mut [u8; SHORT_STRING]) -> bool {
    let (Some(first), Some(last)) = (bytes.first_chunk::<N>(), bytes.last_chunk::<N>()) else {
        return true;
    };
    let suspect = E::SUSPECTS.any_of_both(first, last);
    place[..N].copy_from_slice(first);
    place[bytes.len() - N..bytes.len()].copy_from_slice(last);
    suspect
}

/// What a format writes for each byte: up to seven bytes, and their number in the eighth. A fixed size
/// lets every escape be copied as one word; the cursor advances by the number alone.
pub(crate) struct Escapes([[u8; Self::ROOM]; 256]);

impl Escapes {
    const ROOM: usize = 8;

    /// Each byte is written as it is.
    pub(crate) const fn none() -> Self {
        let mut escapes = [[0, 0, 0, 0, 0, 0, 0, 1]; 256];
        let mut byte = 0;
        while byte < u8::MAX {
            byte += 1;
            escapes[byte as usize][0] = byte;
        }
        Self(escapes)
    }

    /// The same table with another text for a byte. An empty text means that the byte may begin a
    /// character that is escaped, which depends on the bytes that follow.
    pub(crate) const fn with(mut self, byte: u8, escape: &[u8]) -> Self {
        let place = &mut self.0[byte as usize];
        *place = [0; Self::ROOM];
        let mut at = 0;
        while at < escape.len() {
            place[at] = escape[at];
            place[Self::ROOM - 1] += 1;
            at += 1;
        }
        self
    }

    /// Whether a byte is written as it is in every context.
    #[inline(always)]
    pub(crate) fn is_plain(&self, byte: u8) -> bool {
        self.of(byte).1 == 1
    }

    /// What is written for a byte, and its length.
    #[inline(always)]
    fn of(&self, byte: u8) -> (&[u8; Self::ROOM], usize) {
        let escape = &self.0[usize::from(byte)];
        // The mask changes nothing. It shows the compiler how far the cursor advances.
        (escape, usize::from(escape[Self::ROOM - 1] & 7))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::output::Output;

    /// Texts short and long, most with something to escape.
    pub(crate) const ANY_TEXT: &str =
        "[ -~]{0,70}(.|[\\x00-\u{2100}]{0,9}|[\u{ffd0}-\u{10030}])[ -~]{0,70}";

    /// What a format writes for a string, the short way if that can be.
    fn written(text: &str, escaping: impl Escaping) -> Vec<u8> {
        let mut out = Vec::new();
        let mut output = Output::onto(&mut out);
        let mut cursor = output.cursor();
        if !escaping.write_short(text, &mut cursor) {
            cursor = escaping.write(text, cursor);
        }
        cursor.commit();
        output.flush();
        out
    }

    /// A string is written as its characters are.
    pub(crate) fn check_text(text: &str, escaping: impl Escaping) {
        let alone = |character: char| written(character.encode_utf8(&mut [0; 4]), escaping);
        let expected: Vec<u8> = text.chars().flat_map(alone).collect();
        assert_eq!(written(text, escaping), expected, "{text:?}");
    }

    /// What is not written as it is, is suspect.
    pub(crate) fn check_suspects<E: Escaping>(escaping: E) {
        for byte in 0..=u8::MAX {
            let is_found = escaping.escapes().is_plain(byte) || E::SUSPECTS.any([byte]);
            assert!(is_found, "{byte:#x} is escaped but not suspect");
        }
    }
}
