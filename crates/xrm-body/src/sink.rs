//! Where a body is written to.

/// What the writers need of it: a buffer that takes the bytes, or a mere count of them.
pub(crate) trait Sink {
    /// Appends a byte.
    fn push(&mut self, byte: u8);
    /// Appends bytes.
    fn extend_from_slice(&mut self, bytes: &[u8]);
    /// Appends the same byte so many times.
    fn fill(&mut self, count: usize, byte: u8);
    /// Takes the last byte away.
    fn pop(&mut self);
    /// Puts the byte in the place of a last comma, or else behind what there is.
    fn close(&mut self, bracket: u8);
    /// How many bytes there are.
    fn len(&self) -> usize;
}

impl Sink for Vec<u8> {
    #[inline(always)]
    fn push(&mut self, byte: u8) {
        self.push(byte);
    }

    #[inline(always)]
    fn extend_from_slice(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }

    fn fill(&mut self, count: usize, byte: u8) {
        self.resize(self.len() + count, byte);
    }

    #[inline(always)]
    fn pop(&mut self) {
        self.pop();
    }

    #[inline(always)]
    fn close(&mut self, bracket: u8) {
        match self.last_mut() {
            Some(comma) if *comma == b',' => *comma = bracket,
            _ => self.push(bracket),
        }
    }

    #[inline(always)]
    fn len(&self) -> usize {
        self.len()
    }
}

/// Counts bytes and keeps none but the last.
#[derive(Default)]
pub(crate) struct Count {
    bytes: usize,
    last: u8,
}

impl Sink for Count {
    fn push(&mut self, byte: u8) {
        self.bytes += 1;
        self.last = byte;
    }

    fn extend_from_slice(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len();
        self.last = bytes.last().copied().unwrap_or(self.last);
    }

    fn fill(&mut self, count: usize, byte: u8) {
        self.bytes += count;
        self.last = if count > 0 { byte } else { self.last };
    }

    fn pop(&mut self) {
        self.bytes -= 1;
    }

    fn close(&mut self, bracket: u8) {
        self.bytes += usize::from(self.last != b',');
        self.last = bracket;
    }

    fn len(&self) -> usize {
        self.bytes
    }
}
