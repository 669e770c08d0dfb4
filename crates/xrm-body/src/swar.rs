//! SWAR, SIMD within a register: searching eight bytes at a time with the arithmetic of a `u64`.
//!
//! The readers look for the bytes that end a run of plain text: a quote, a backslash, a `<`. In message
//! bodies such runs are short, which is why wider vectors lost to this: their setup costs more than
//! the search.
//!
//! The test for a zero byte, `(word - 0x01...) & !word & 0x80...`, is that of [Bit Twiddling Hacks][zero].
//! A subtraction may borrow into the bytes above a match, so only the lowest mark is right, and a run
//! ends at the lowest. `eventhub-rest` escapes all marks of a word and needs an exact test, which is
//! one operation longer; therefore the two do not share these functions.
//!
//! [zero]: https://graphics.stanford.edu/~seander/bithacks.html#ZeroInWord

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// Sets the high bit of each byte that is `byte`. Only the lowest of the set high bits is certain; the
/// other seven bits of each byte mean nothing.
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

/// The number of bytes before the first that ends a run. `marks` finds it among eight bytes, `ends`
/// decides for one; they have to agree.
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
