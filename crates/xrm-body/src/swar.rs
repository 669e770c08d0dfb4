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

/// As [`equals`], for the bytes below a space and for `"`. Two bits are swapped so that a quote is a
/// space, and a space none; bytes below a space stay so.
#[inline]
pub(crate) const fn quotes_or_controls(word: u64) -> u64 {
    let swapped = word ^ (ONES * 0x02);
    swapped.wrapping_sub(ONES * 0x21) & !swapped
}

/// How many bytes come before the first that ends a run: `marks` tells it of eight bytes at once,
/// `ends` of one; they have to agree.
#[inline(always)]
pub(crate) fn run(bytes: &[u8], marks: impl Fn(u64) -> u64, ends: impl Fn(&u8) -> bool) -> usize {
    let marked = |chunk: [u8; 8]| marks(u64::from_le_bytes(chunk)) & HIGH;
    let first_of = |marked: u64| (marked.trailing_zeros() / 8) as usize;
    let mut rest = bytes;
    while let Some((chunk, tail)) = rest.split_first_chunk::<8>() {
        let marked = marked(*chunk);
        if marked != 0 {
            return bytes.len() - rest.len() + first_of(marked);
        }
        rest = tail;
    }
    // The last eight bytes overlap with what is known to hold no mark.
    if let Some(last) = bytes.last_chunk::<8>() {
        let marked = marked(*last);
        return if marked == 0 { bytes.len() } else { bytes.len() - 8 + first_of(marked) };
    }
    rest.iter().position(ends).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn marks_and_ends_agree(bytes in prop::collection::vec(any::<u8>(), 0..40), byte: u8) {
            let found = bytes.iter().position(|b| *b == byte || *b < 0x20);
            let marks = |word| equals(word, byte) | controls(word);
            let ends = |b: &u8| *b == byte || *b < 0x20;
            prop_assert_eq!(run(&bytes, marks, ends), found.unwrap_or(bytes.len()));
            let quote = bytes.iter().position(|b| matches!(b, b'"' | 0..0x20));
            let ends = |b: &u8| matches!(b, b'"' | 0..0x20);
            prop_assert_eq!(run(&bytes, quotes_or_controls, ends), quote.unwrap_or(bytes.len()));
        }
    }
}
