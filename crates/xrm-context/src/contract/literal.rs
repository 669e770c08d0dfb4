//! Short literals that are cheap to write.

use std::fmt;

/// A short literal at the beginning of a buffer of fixed size.
///
/// A writer copies a part of the buffer, or all of it, and advances by the literal's length. To copy a
/// number of bytes that is known at compile time takes few instructions and no call; what was copied
/// beyond the literal is overwritten by what comes next.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Literal {
    buffer: [u8; Self::CAPACITY],
    length: u8,
}

impl Literal {
    /// Enough for the longest name of the contracts in its tag, and another tag.
    pub const CAPACITY: usize = 80;

    /// The literal in its buffer.
    ///
    /// # Panics
    /// If the literal is longer than the buffer: at compile time, because all literals are constants.
    #[must_use]
    pub const fn new(literal: &str) -> Self {
        assert!(literal.len() < Self::CAPACITY, "the literal is short");
        let mut this = Self { buffer: [b' '; Self::CAPACITY], length: 0 };
        while this.length() < literal.len() {
            this.buffer[this.length()] = literal.as_bytes()[this.length()];
            this.length += 1;
        }
        this
    }

    /// The literal, with blanks behind it.
    #[must_use]
    #[inline(always)]
    pub const fn buffer(&self) -> &[u8; Self::CAPACITY] {
        &self.buffer
    }

    /// The length of the literal in bytes.
    #[must_use]
    #[inline(always)]
    pub const fn length(&self) -> usize {
        self.length as usize
    }
}

impl fmt::Debug for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        String::from_utf8_lossy(&self.buffer[..self.length()]).fmt(f)
    }
}
