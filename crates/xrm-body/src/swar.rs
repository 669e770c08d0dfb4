//! Eight bytes at a time: finding the bytes of a text that mean something to a format.
//!
//! Runs between such bytes are short in message bodies, which is why wider vectors lost to this.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// The high bit of each of eight bytes that is `byte`. Bits above the first one set may be wrong,
/// as may all others than the high ones.
#[inline]
pub(crate) const fn equals(word: u64, byte: u8) -> u64 {
    let difference = word ^ u64::from_le_bytes([byte; 8]);
    difference.wrapping_sub(ONES) & !difference
}

/// As [`equals`], for the bytes below a space.
#[inline]
pub(crate) const fn controls(word: u64) -> u64 {
    word.wrapping_sub(ONES * 0x20) & !word
}

/// As [`equals`], for the bytes that are no ASCII.
#[inline]
pub(crate) const fn beyond_ascii(word: u64) -> u64 {
    word
}

/// How many bytes come before the first that ends a run: `marks` tells it of eight bytes at once,
/// `ends` of one; they have to agree.
#[inline]
pub(crate) fn run(bytes: &[u8], marks: impl Fn(u64) -> u64, ends: impl Fn(&u8) -> bool) -> usize {
    let mut rest = bytes;
    while let Some((chunk, tail)) = rest.split_first_chunk::<8>() {
        let marked = marks(u64::from_le_bytes(*chunk)) & HIGH;
        if marked != 0 {
            return bytes.len() - rest.len() + (marked.trailing_zeros() / 8) as usize;
        }
        rest = tail;
    }
    bytes.len() - rest.len() + rest.iter().position(ends).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn marks_and_ends_agree(bytes in prop::collection::vec(any::<u8>(), 0..40), byte: u8) {
            let found = bytes.iter().position(|b| *b == byte || *b < 0x20 || *b >= 0x80);
            let marks = |word| equals(word, byte) | controls(word) | beyond_ascii(word);
            let ends = |b: &u8| *b == byte || *b < 0x20 || *b >= 0x80;
            prop_assert_eq!(run(&bytes, marks, ends), found.unwrap_or(bytes.len()));
        }
    }
}
