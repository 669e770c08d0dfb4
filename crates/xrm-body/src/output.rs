//! The buffer that a body is written through.
//!
//! Bodies are made of short literals: names, brackets, ids, words. Appending such a literal to a `Vec` takes
//! longer for the check of its capacity and for the call of `memcpy` than for the copying itself. So
//! a writer writes into an [`Output`] of fixed size in front of the `Vec`, through a [`Cursor`] that has
//! room for everything that is written in one go. Behind the cursor, a literal is copied together with
//! the rest of the array that holds it: a number of bytes known at compile time, which takes a
//! few instructions and no call. The cursor then advances by the literal's own length, and the
//! next literal overwrites the excess.

use xrm_context::contract::{Literal, copy_few};

/// The length from which the buffer is flushed: behind it there is room for one more cursor. A larger
/// buffer costs more to clear for each body, a smaller one is flushed more often. All bits are set, so
/// that [`Output::cursor`] can mask with it.
const FULL: usize = 1023;

/// The most bytes of a string that is written in the short way.
pub(crate) const SHORT_STRING: usize = 64;

/// The bytes of the buffer.
const SIZE: usize = FULL + Cursor::ROOM;

/// A buffer of fixed size in front of a `Vec`.
///
/// A full buffer is flushed as the last thing that writing a value does, so there is always room for a
/// cursor. The byte that was written last stays in the buffer: writers look at it and take it back.
pub(crate) struct Output<'a> {
    bytes: [u8; SIZE],
    len: usize,
    /// How many bytes were flushed.
    flushed: usize,
    /// None if bytes are merely counted.
    target: Option<&'a mut Vec<u8>>,
}

impl<'a> Output<'a> {
    /// An output whose bytes are appended to `target`.
    pub(crate) fn onto(target: &'a mut Vec<u8>) -> Self {
        Self { target: Some(target), ..Self::counting() }
    }

    /// An output whose bytes are counted and discarded.
    pub(crate) const fn counting() -> Self {
        Self { bytes: [0; SIZE], len: 0, flushed: 0, target: None }
    }

    /// How many bytes were written.
    #[inline(always)]
    pub(crate) fn len(&self) -> usize {
        self.flushed + self.len
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

    /// Begins to write something that fits in [`Cursor::ROOM`].
    #[inline(always)]
    pub(crate) fn cursor<'o>(&'o mut self) -> Cursor<'o, 'a> {
        debug_assert!(self.len <= FULL, "a full buffer is flushed");
        // The mask changes nothing. It shows the compiler that there is room for a cursor, which
        // removes the bounds checks from what is written at constant distances.
        let at = self.len & FULL;
        Cursor { output: self, at }
    }

    /// Writes a byte.
    #[inline]
    pub(crate) fn push(&mut self, byte: u8) {
        let mut cursor = self.cursor();
        cursor.byte(byte);
        cursor.commit();
    }

    /// Writes bytes, however many.
    #[inline]
    pub(crate) fn extend_from_slice(&mut self, bytes: &[u8]) {
        let end = self.len.saturating_add(bytes.len());
        match self.bytes.get_mut(self.len..end) {
            // Up to `FULL` only: behind it there must remain room for a cursor.
            Some(place) if end <= FULL => {
                place.copy_from_slice(bytes);
                self.len = end;
            }
            _ => self.extend_by_much(bytes),
        }
    }

    /// Appends what is in the buffer to the target.
    pub(crate) fn flush(&mut self) {
        self.append(self.len);
        self.len = 0;
    }

    #[cold]
    fn extend_by_much(&mut self, bytes: &[u8]) {
        // The last byte stays in the buffer, as after every write.
        let Some((last, most)) = bytes.split_last() else { return };
        self.flush();
        self.flushed += most.len();
        if let Some(target) = &mut self.target {
            target.extend_from_slice(most);
        }
        self.bytes[0] = *last;
        self.len = 1;
    }

    /// Flushes all but the last byte.
    #[cold]
    #[inline(never)]
    fn flush_full(&mut self) {
        let last = self.len.saturating_sub(1);
        self.append(last);
        self.bytes[0] = self.bytes[last];
        self.len = 1;
    }

    fn append(&mut self, len: usize) {
        self.flushed += len;
        if let Some(target) = &mut self.target {
            target.extend_from_slice(&self.bytes[..len]);
        }
    }
}

/// Writes one value with all that surrounds it. Nothing of it counts as written before
/// [`commit`](Self::commit).
pub(crate) struct Cursor<'o, 'a> {
    output: &'o mut Output<'a>,
    at: usize,
}

impl Cursor<'_, '_> {
    /// How many bytes may be written before a commit. The longest is a start tag with two names, a type
    /// hint and four namespace declarations, and a short string.
    const ROOM: usize = 640;

    /// Makes what was written part of the output.
    #[inline(always)]
    pub(crate) fn commit(self) {
        self.next();
    }

    /// Commits and begins again.
    #[inline(always)]
    pub(crate) fn next(self) -> Self {
        let Self { output, at } = self;
        output.len = at;
        if at > FULL {
            output.flush_full();
        }
        output.cursor()
    }

    /// Whether there is room for a closing tag and more. If not, a commit flushes.
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
        self.output.bytes[at] = byte;
        self.at += 1;
    }

    /// Writes a few bytes.
    #[inline(always)]
    pub(crate) fn bytes<const N: usize>(&mut self, bytes: &[u8; N]) {
        self.begin_of(bytes, N);
    }

    /// Writes the first `length` of some bytes. The others are written too, and overwritten next.
    #[inline(always)]
    pub(crate) fn begin_of<const N: usize>(&mut self, bytes: &[u8; N], length: usize) {
        let at = self.at;
        self.output.bytes[at..at + N].copy_from_slice(bytes);
        self.at += length;
    }

    /// Writes a name.
    #[inline(always)]
    pub(crate) fn literal(&mut self, literal: &Literal) {
        self.literal_of::<32>(literal);
    }

    /// Writes a name with its tag around it.
    #[inline(always)]
    pub(crate) fn long_literal(&mut self, literal: &Literal) {
        self.literal_of::<48>(literal);
    }

    /// Writes a literal of any length.
    #[inline(always)]
    pub(crate) fn any_literal(&mut self, literal: &Literal) {
        self.begin_of(literal.buffer(), literal.length());
    }

    /// Writes a literal. Most have no more than `N` bytes, and copying these alone is cheaper.
    #[inline(always)]
    fn literal_of<const N: usize>(&mut self, literal: &Literal) {
        let at = self.at;
        self.output.bytes[at..at + N].copy_from_slice(&literal.buffer()[..N]);
        // Rare, and the second copy overwrites the first.
        if literal.length() > N {
            self.output.bytes[at..at + Literal::CAPACITY].copy_from_slice(literal.buffer());
        }
        self.at += literal.length();
    }

    /// Writes a short text that is not known at compile time, or is known as a string only.
    #[inline(always)]
    pub(crate) fn text(&mut self, text: &str) {
        let (bytes, at) = (text.as_bytes(), self.at);
        copy_few(bytes, &mut self.output.bytes[at..]);
        self.at += bytes.len();
    }

    /// Where a short string can be copied to, before [`advance`](Self::advance) makes it written.
    #[inline(always)]
    pub(crate) fn string_room(&mut self) -> Option<&mut [u8; SHORT_STRING]> {
        self.output.bytes[self.at..].first_chunk_mut()
    }

    /// Takes so many bytes of the [room](Self::string_room) for written.
    #[inline(always)]
    pub(crate) fn advance(&mut self, length: usize) {
        // The minimum changes nothing. It shows the compiler how far the cursor advances.
        self.at += length.min(SHORT_STRING);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Action {
        Write(usize),
        Extend(usize),
        Push,
        Replace,
        Pop,
    }

    fn action() -> impl Strategy<Value = Action> {
        prop_oneof![
            (0..500_usize).prop_map(Action::Write),
            (0..5_000_usize).prop_map(Action::Extend),
            Just(Action::Push),
            Just(Action::Replace),
            Just(Action::Pop),
        ]
    }

    proptest! {
        #[test]
        fn cursors_and_slices_make_up_what_was_written(actions in prop::collection::vec(action(), 0..60)) {
            let (mut written, mut target) = (b"before".to_vec(), b"before".to_vec());
            let (mut output, mut count) = (Output::onto(&mut target), Output::counting());
            for (action, byte) in actions.into_iter().zip(b'0'..) {
                for output in [&mut output, &mut count] {
                    match action {
                        Action::Write(length) => {
                            let mut cursor = output.cursor();
                            (0..length).for_each(|_| cursor.byte(byte));
                            cursor.commit();
                        }
                        Action::Extend(length) => output.extend_from_slice(&vec![byte; length]),
                        Action::Push => output.push(byte),
                        Action::Replace => output.last_mut().into_iter().for_each(|last| *last = byte),
                        Action::Pop => {
                            // A writer takes a byte back to write something in its place.
                            output.push(b'?');
                            output.pop();
                            output.push(byte);
                        }
                    }
                }
                match action {
                    Action::Write(length) | Action::Extend(length) => {
                        written.resize(written.len() + length, byte);
                    }
                    Action::Push | Action::Pop => written.push(byte),
                    Action::Replace if written.len() > 6 => {
                        written.pop();
                        written.push(byte);
                    }
                    Action::Replace => {}
                }
                prop_assert_eq!((output.len(), count.len()), (written.len() - 6, written.len() - 6));
            }
            output.flush();
            prop_assert_eq!(target, written);
        }
    }
}
