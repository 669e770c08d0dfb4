//! Short literals that are cheap to write.

use std::fmt;

/// A short literal at the beginning of a place of fixed size.
///
/// A writer copies a part of the place, or all of it, and goes on behind the literal. To copy a
/// number of bytes that is known when the crate is compiled takes few instructions and no call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    place: [u8; Self::ROOM],
    length: u8,
}

impl Piece {
    /// The bytes of a literal's place, enough for the longest name of the contracts in its tag, and
    /// another tag.
    pub const ROOM: usize = 80;

    /// The literal in its place.
    ///
    /// # Panics
    /// If the literal is longer than its place. Literals are made when the crate is compiled.
    #[must_use]
    pub const fn new(literal: &str) -> Self {
        assert!(literal.len() < Self::ROOM, "a piece is short");
        let mut piece = Self { place: [b' '; Self::ROOM], length: 0 };
        while piece.length() < literal.len() {
            piece.place[piece.length()] = literal.as_bytes()[piece.length()];
            piece.length += 1;
        }
        piece
    }

    /// The literal, with blanks behind it.
    #[must_use]
    #[inline(always)]
    pub const fn place(&self) -> &[u8; Self::ROOM] {
        &self.place
    }

    /// How long the literal is.
    #[must_use]
    #[inline(always)]
    pub const fn length(&self) -> usize {
        self.length as usize
    }
}

impl fmt::Debug for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        String::from_utf8_lossy(&self.place[..self.length()]).fmt(f)
    }
}
