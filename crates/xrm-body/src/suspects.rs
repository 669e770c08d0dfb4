//! The bytes that a format may have to escape, found sixteen at a time.
//!
//! Every string is checked for them, so the check is one rule of arithmetic without branches or table
//! lookups, which the compiler turns into vector instructions: a handful for sixteen bytes.

/// A set of bytes that are *suspect*: they may have to be escaped, and all that are escaped are among
/// them. It covers more than it has to if that makes the rule shorter.
pub(crate) struct Suspects {
    /// Bits to flip before a byte is compared with `last`. They bring scattered bytes into one range.
    pub(crate) flipped: u8,
    /// The end of that range: bytes from zero to this one are suspect.
    pub(crate) last: u8,
    /// A byte that is suspect too, and bits in which it may differ: `(b'>', 2)` are `>` and `<`.
    pub(crate) mark: (u8, u8),
    /// One more suspect byte.
    pub(crate) other: u8,
}

impl Suspects {
    /// Whether any of these bytes is suspect.
    #[inline(always)]
    pub(crate) fn any<const N: usize>(&self, bytes: [u8; N]) -> bool {
        // Without a way out of the loop, which would keep the compiler from using vectors.
        let mut any = false;
        for byte in bytes {
            any |= self.distance(byte) == 0;
        }
        any
    }

    /// Whether any byte of either is suspect. The distances are combined before they are compared with
    /// zero: one comparison for two bytes.
    #[inline(always)]
    pub(crate) fn any_of_both<const N: usize>(&self, first: &[u8; N], last: &[u8; N]) -> bool {
        let mut any = false;
        for (first, last) in first.iter().zip(last) {
            any |= self.distance(*first).min(self.distance(*last)) == 0;
        }
        any
    }

    /// Zero for a byte that is suspect. A minimum stands for "or": there are vector instructions for
    /// it, and for the saturating subtraction that makes a range out of one comparison.
    #[inline(always)]
    fn distance(&self, byte: u8) -> u8 {
        let (mark, optional) = self.mark;
        let low = (byte ^ self.flipped).saturating_sub(self.last);
        low.min((byte | optional) ^ mark).min(byte ^ self.other)
    }
}
