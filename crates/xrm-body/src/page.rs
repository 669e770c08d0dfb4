//! Where a body is written.
//!
//! Bodies are made of short pieces: names, brackets, ids, words. Appending such a piece to a `Vec`
//! takes longer for the question whether there is room, and for the call that copies so many
//! bytes, than for the copying. So a writer writes on a [`Page`] of fixed size, a [`Line`] at a
//! time: there is room for a whole line or the page is turned, and on the line pieces are copied
//! with the room that they stand in, which is a number of bytes known when the crate is compiled.
//! The cursor then goes on by the piece's own length, and the next piece covers what was too much.

use std::array::from_fn;

use xrm_context::contract::{Piece, copy_few};

use crate::escaping::Escaping;

/// How many bytes there are on a page that is full: it has room for one line more. What it costs to
/// clear a page grows with it; so does the number of lines between two turns. All its bits are set,
/// so that [`Page::line`] can mask with it.
const FULL: usize = 1023;

/// The bytes of a page.
const SIZE: usize = FULL + Line::ROOM;

/// A page, and the pile of those that were written before it.
///
/// A page that is full is turned at once, as the last thing that writing a value does, so that
/// there is always room for a line. The byte that was written last stays on the page, so that it
/// can be looked at and taken back.
pub(crate) struct Page<'a> {
    bytes: [u8; SIZE],
    len: usize,
    /// How many bytes are on the pile.
    piled: usize,
    /// None where bytes are merely counted.
    pile: Option<&'a mut Vec<u8>>,
}

impl<'a> Page<'a> {
    /// A page whose bytes are appended to `pile`.
    pub(crate) fn onto(pile: &'a mut Vec<u8>) -> Self {
        Self { pile: Some(pile), ..Self::counting() }
    }

    /// A page whose bytes are counted and thrown away.
    pub(crate) const fn counting() -> Self {
        Self { bytes: [0; SIZE], len: 0, piled: 0, pile: None }
    }

    /// How many bytes were written.
    #[inline(always)]
    pub(crate) fn len(&self) -> usize {
        self.piled + self.len
    }

    /// The byte that was written last.
    #[inline(always)]
    pub(crate) fn last_mut(&mut self) -> Option<&mut u8> {
        self.bytes.get_mut(self.len.wrapping_sub(1))
    }

    /// Takes the last byte back.
    #[inline(always)]
    pub(crate) fn pop(&mut self) {
        self.len = self.len.saturating_sub(1);
    }

    /// Begins a line.
    #[inline(always)]
    pub(crate) fn line<'p>(&'p mut self) -> Line<'p, 'a> {
        debug_assert!(self.len <= FULL, "a page that is full is turned");
        // The mask changes nothing. It tells the compiler that there is room for a line.
        let at = self.len & FULL;
        Line { page: self, at }
    }

    /// Writes a byte.
    #[inline]
    pub(crate) fn push(&mut self, byte: u8) {
        let mut line = self.line();
        line.byte(byte);
        line.end();
    }

    /// Writes bytes, however many.
    #[inline]
    pub(crate) fn extend_from_slice(&mut self, bytes: &[u8]) {
        let end = self.len.saturating_add(bytes.len());
        match self.bytes.get_mut(self.len..end) {
            Some(place) if end <= FULL => {
                place.copy_from_slice(bytes);
                self.len = end;
            }
            _ => self.extend_by_much(bytes),
        }
    }

    /// Piles up what is written.
    pub(crate) fn finish(&mut self) {
        self.pile_up(self.len);
        self.len = 0;
    }

    #[cold]
    fn extend_by_much(&mut self, bytes: &[u8]) {
        let Some((last, most)) = bytes.split_last() else { return };
        self.finish();
        self.piled += most.len();
        if let Some(pile) = &mut self.pile {
            pile.extend_from_slice(most);
        }
        self.bytes[0] = *last;
        self.len = 1;
    }

    /// Turns a page that is full.
    #[cold]
    #[inline(never)]
    fn turn(&mut self) {
        let last = self.len.saturating_sub(1);
        self.pile_up(last);
        self.bytes[0] = self.bytes[last];
        self.len = 1;
    }

    fn pile_up(&mut self, len: usize) {
        self.piled += len;
        if let Some(pile) = &mut self.pile {
            pile.extend_from_slice(&self.bytes[..len]);
        }
    }
}

/// What is written at a time: a value with all that stands around it. Nothing of it is on the page
/// before its [`end`](Self::end).
pub(crate) struct Line<'p, 'a> {
    page: &'p mut Page<'a>,
    at: usize,
}

impl Line<'_, '_> {
    /// The bytes of a line: the longest has two names, a type hint, four declarations and a
    /// short string.
    const ROOM: usize = 640;
    /// The bytes of a string that is taken for short.
    const STRING: usize = 64;

    /// Ends the line.
    #[inline(always)]
    pub(crate) fn end(self) {
        self.wrap();
    }

    /// Ends the line and begins the next.
    #[inline(always)]
    pub(crate) fn wrap(self) -> Self {
        let Self { page, at } = self;
        page.len = at;
        if at > FULL {
            page.turn();
        }
        page.line()
    }

    /// Whether there is room for a line's last piece and more. Where there is none, the page is
    /// full.
    #[inline(always)]
    pub(crate) fn has_room(&self) -> bool {
        self.at < FULL + Self::ROOM / 2
    }

    /// Takes the last byte back.
    #[inline(always)]
    pub(crate) fn take_back(&mut self) {
        self.at = self.at.saturating_sub(1);
    }

    /// Writes a byte.
    #[inline(always)]
    pub(crate) fn byte(&mut self, byte: u8) {
        let at = self.at;
        self.page.bytes[at] = byte;
        self.at += 1;
    }

    /// Writes a few bytes.
    #[inline(always)]
    pub(crate) fn bytes<const N: usize>(&mut self, bytes: &[u8; N]) {
        self.begin_of(bytes, N);
    }

    /// Writes the first `length` of some bytes, and leaves the others to be covered.
    #[inline(always)]
    pub(crate) fn begin_of<const N: usize>(&mut self, bytes: &[u8; N], length: usize) {
        let at = self.at;
        self.page.bytes[at..at + N].copy_from_slice(bytes);
        self.at += length;
    }

    /// Writes a name.
    #[inline(always)]
    pub(crate) fn piece(&mut self, piece: &Piece) {
        self.piece_in::<32>(piece);
    }

    /// Writes a name with what stands around it.
    #[inline(always)]
    pub(crate) fn long_piece(&mut self, piece: &Piece) {
        self.piece_in::<48>(piece);
    }

    /// Writes a piece of any length.
    #[inline(always)]
    pub(crate) fn any_piece(&mut self, piece: &Piece) {
        self.begin_of(piece.place(), piece.length());
    }

    /// Writes a piece, of which most have no more than `N` bytes.
    #[inline(always)]
    fn piece_in<const N: usize>(&mut self, piece: &Piece) {
        let at = self.at;
        self.page.bytes[at..at + N].copy_from_slice(&piece.place()[..N]);
        if piece.length() > N {
            self.page.bytes[at..at + Piece::ROOM].copy_from_slice(piece.place());
        }
        self.at += piece.length();
    }

    /// Writes a literal.
    #[inline(always)]
    pub(crate) fn literal(&mut self, literal: &str) {
        let (bytes, at) = (literal.as_bytes(), self.at);
        let place = &mut self.page.bytes[at..];
        copy_few(bytes, place);
        self.at += bytes.len();
    }

    /// Writes a string that is short and has nothing suspect in it: it is copied and looked at
    /// sixteen bytes at a time. False, and nothing written, for any other.
    #[inline(always)]
    pub(crate) fn string(&mut self, text: &str, escaping: impl Escaping) -> bool {
        let (bytes, at) = (text.as_bytes(), self.at);
        let place = self.page.bytes[at..].first_chunk_mut();
        if place.is_none_or(|place| copy(escaping, bytes, place)) {
            return false;
        }
        self.at += bytes.len().min(Self::STRING);
        true
    }
}

/// Copies bytes and says whether any of them is suspect, or whether they are too many. Chunks
/// overlap where the length is none of theirs. Each length has its own few steps, without a loop,
/// so that they need few registers.
#[inline(always)]
fn copy<E: Escaping>(escaping: E, bytes: &[u8], place: &mut [u8; Line::STRING]) -> bool {
    let len = bytes.len();
    if len >= 16 {
        return if len < 32 {
            copy_ends::<E, 16>(bytes, place)
        } else {
            len > Line::STRING || copy_ends::<E, 32>(bytes, place)
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
    let Some(end) = len.checked_sub(1) else { return false };
    for at in [0, len / 2, end] {
        place[at] = bytes[at];
        if !escaping.escapes().is_plain(bytes[at]) {
            return true;
        }
    }
    false
}

/// Copies the first and the last `N` of bytes that these are all of.
#[inline(always)]
fn copy_ends<E: Escaping, const N: usize>(bytes: &[u8], place: &mut [u8; Line::STRING]) -> bool {
    let (Some(first), Some(last)) = (bytes.first_chunk::<N>(), bytes.last_chunk::<N>()) else {
        return true;
    };
    let suspect = E::SUSPECTS.any_of_both(first, last);
    place[..N].copy_from_slice(first);
    place[bytes.len() - N..bytes.len()].copy_from_slice(last);
    suspect
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Step {
        Line(usize),
        Extend(usize),
        Push,
        Replace,
        Pop,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (0..500_usize).prop_map(Step::Line),
            (0..5_000_usize).prop_map(Step::Extend),
            Just(Step::Push),
            Just(Step::Replace),
            Just(Step::Pop),
        ]
    }

    proptest! {
        #[test]
        fn pages_make_up_what_was_written(steps in prop::collection::vec(step(), 0..60)) {
            let (mut written, mut pile) = (b"before".to_vec(), b"before".to_vec());
            let (mut page, mut count) = (Page::onto(&mut pile), Page::counting());
            for (step, byte) in steps.into_iter().zip(b'0'..) {
                for page in [&mut page, &mut count] {
                    match step {
                        Step::Line(length) => {
                            let mut line = page.line();
                            (0..length).for_each(|_| line.byte(byte));
                            line.end();
                        }
                        Step::Extend(length) => page.extend_from_slice(&vec![byte; length]),
                        Step::Push => page.push(byte),
                        Step::Replace => page.last_mut().into_iter().for_each(|last| *last = byte),
                        Step::Pop => {
                            // A writer takes a byte back to write something in its place.
                            page.push(b'?');
                            page.pop();
                            page.push(byte);
                        }
                    }
                }
                match step {
                    Step::Line(length) | Step::Extend(length) => {
                        written.resize(written.len() + length, byte);
                    }
                    Step::Push | Step::Pop => written.push(byte),
                    Step::Replace if written.len() > 6 => {
                        written.pop();
                        written.push(byte);
                    }
                    Step::Replace => {}
                }
                prop_assert_eq!((page.len(), count.len()), (written.len() - 6, written.len() - 6));
            }
            page.finish();
            prop_assert_eq!(pile, written);
        }
    }
}
