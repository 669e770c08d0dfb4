//! The bytes that a format may have to escape.
//!
//! Whether there is one among sixteen is asked of every string. So it is told by a rule that takes
//! the same few steps, without a branch, for sixteen bytes as for one.

/// The bytes that are suspect.
pub(crate) struct Suspects {
    /// With these bits flipped, ...
    pub(crate) flipped: u8,
    /// ... all bytes up to this one are suspect.
    pub(crate) last: u8,
    /// A byte that is suspect too, and bits that it need not have: `(b'>', 2)` are `>` and `<`.
    pub(crate) mark: (u8, u8),
    /// Another byte that is suspect too.
    pub(crate) other: u8,
}

impl Suspects {
    /// Whether any of these bytes is suspect.
    #[inline(always)]
    pub(crate) fn any<const N: usize>(&self, bytes: [u8; N]) -> bool {
        let mut any = false;
        for byte in bytes {
            any |= self.distance(byte) == 0;
        }
        any
    }

    /// Whether any byte of either is suspect.
    #[inline(always)]
    pub(crate) fn any_of_both<const N: usize>(&self, first: &[u8; N], last: &[u8; N]) -> bool {
        let mut any = false;
        for (first, last) in first.iter().zip(last) {
            any |= self.distance(*first).min(self.distance(*last)) == 0;
        }
        any
    }

    /// Zero for a byte that is suspect.
    #[inline(always)]
    fn distance(&self, byte: u8) -> u8 {
        let (mark, optional) = self.mark;
        let low = (byte ^ self.flipped).saturating_sub(self.last);
        low.min((byte | optional) ^ mark).min(byte ^ self.other)
    }
}
