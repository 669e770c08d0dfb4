//! How much was read of a file, and where in it that was.

use std::io::{self, BufRead, Read};

use crate::solution::limits::Limits;

/// What a tag or a text may have besides its own length: its brackets, and the bracket after it.
// Two characters before a text, three after it, twelve around CDATA; 64 is more than all.
const MARGIN: usize = 64;

/// A position in a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Position {
    pub(super) offset: u64,
    pub(super) line: u64,
    pub(super) column: u64,
}

/// Which limit was reached. It comes as the cause of an I/O error, for nothing else goes through a
/// parser.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub(super) enum Exhausted {
    #[error("the file is too large")]
    File,
    #[error("a text is too long")]
    Text,
}

/// A reader that follows what is taken from it, and ends when that is too much: of the file, or
/// since the last call of [`renew`](Self::renew). A parser gathers a whole text before it hands it
/// out, so only its reader can end that.
pub(super) struct Meter<'a> {
    input: &'a mut dyn BufRead,
    position: Position,
    file_left: u64,
    text_left: usize,
    text: usize,
}

impl<'a> Meter<'a> {
    pub(super) fn new(input: &'a mut dyn BufRead, limits: Limits) -> Self {
        let text = limits.text.saturating_add(MARGIN);
        let position = Position { offset: 0, line: 1, column: 1 };
        Self { input, position, file_left: limits.bytes, text_left: text, text }
    }

    pub(super) const fn position(&self) -> Position {
        self.position
    }

    /// Begins another text.
    pub(super) const fn renew(&mut self) {
        self.text_left = self.text;
    }
}

impl BufRead for Meter<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let available = self.input.fill_buf()?;
        if available.is_empty() {
            return Ok(available);
        }
        if self.file_left == 0 {
            return Err(io::Error::other(Exhausted::File));
        }
        if self.text_left == 0 {
            return Err(io::Error::other(Exhausted::Text));
        }
        // Cut to what is left: the parser may take all that it is shown.
        let file_left = usize::try_from(self.file_left).unwrap_or(usize::MAX);
        let length = available.len().min(file_left).min(self.text_left);
        Ok(&available[..length])
    }

    fn consume(&mut self, amount: usize) {
        // The parser says how many bytes it took, not which. They are still in the buffer: nothing
        // was asked for since it saw them.
        if amount == 0 {
            return;
        }
        if let Ok(available) = self.input.fill_buf() {
            for byte in available.iter().take(amount) {
                self.position.pass(*byte);
            }
        }
        self.input.consume(amount);
        self.text_left = self.text_left.saturating_sub(amount);
        self.file_left = self.file_left.saturating_sub(u64::try_from(amount).unwrap_or(u64::MAX));
    }
}

impl Read for Meter<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let length = self.fill_buf()?.read(out)?;
        self.consume(length);
        Ok(length)
    }
}

impl Position {
    const fn pass(&mut self, byte: u8) {
        self.offset += 1;
        if byte == b'\n' {
            self.line += 1;
            self.column = 1;
        } else if byte & 0b1100_0000 != 0b1000_0000 {
            // The first byte of a character: the others of UTF-8 are 10xxxxxx. Columns count
            // characters, as editors do.
            self.column += 1;
        }
    }
}
