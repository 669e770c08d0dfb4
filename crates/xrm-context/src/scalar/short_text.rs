//! Texts on the stack.

/// The ASCII text of a scalar in a buffer of fixed size.
///
/// The writers of bodies copy the whole buffer and advance by the text's length: copying a number of
/// bytes that is known at compile time takes a few instructions and no call.
#[derive(Clone, Copy)]
pub struct ShortText {
    buffer: [u8; Self::CAPACITY],
    len: usize,
}

impl ShortText {
    /// Enough for every scalar: the longest texts are those of dates with an offset (33 bytes) and
    /// of decimals (31).
    pub const CAPACITY: usize = 40;

    /// An empty text.
    #[must_use]
    #[inline(always)]
    pub const fn new() -> Self {
        Self { buffer: [0; Self::CAPACITY], len: 0 }
    }

    /// The first `len` bytes of `buffer`.
    #[must_use]
    #[inline(always)]
    pub fn from_prefix<const N: usize>(buffer: &[u8; N], len: usize) -> Self {
        let mut text = Self::new();
        text.buffer[..N].copy_from_slice(buffer);
        text.len = len;
        text
    }

    /// Appends a byte.
    #[inline(always)]
    pub fn push(&mut self, byte: u8) {
        self.buffer[self.len] = byte;
        self.len += 1;
    }

    /// Appends a few bytes.
    #[inline(always)]
    pub fn extend_from_slice(&mut self, bytes: &[u8]) {
        copy_few(bytes, &mut self.buffer[self.len..]);
        self.len += bytes.len();
    }

    /// Appends `count` copies of a byte.
    pub fn fill(&mut self, count: usize, byte: u8) {
        self.buffer[self.len..self.len + count].fill(byte);
        self.len += count;
    }

    /// The buffer that the text is at the start of.
    #[must_use]
    #[inline(always)]
    pub fn buffer(&self) -> &[u8; Self::CAPACITY] {
        &self.buffer
    }

    /// The number of bytes.
    #[must_use]
    #[inline(always)]
    pub fn length(&self) -> usize {
        // The bound lets the compiler drop the checks of slices.
        self.len.min(Self::CAPACITY)
    }

    /// The text as bytes.
    #[must_use]
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        &self.buffer[..self.length()]
    }

    /// The text.
    #[must_use]
    #[inline]
    #[expect(clippy::missing_panics_doc, reason = "only ASCII is appended")]
    pub fn as_str(&self) -> &str {
        str::from_utf8(self.as_bytes()).expect("the text of a scalar is ASCII")
    }
}

impl Default for ShortText {
    fn default() -> Self {
        Self::new()
    }
}

/// Copies a few bytes by one or two copies of a size that is known at compile time, which takes
/// no call to `memcpy`. More than 128 bytes are copied by such a call.
#[inline(always)]
pub fn copy_few(bytes: &[u8], target: &mut [u8]) {
    let copied = copy_ends::<64>(bytes, target)
        || copy_ends::<32>(bytes, target)
        || copy_ends::<16>(bytes, target)
        || copy_ends::<8>(bytes, target)
        || copy_ends::<4>(bytes, target)
        || copy_ends::<2>(bytes, target)
        || copy_ends::<1>(bytes, target);
    if !copied {
        target[..bytes.len()].copy_from_slice(bytes);
    }
}

/// Copies the first and the last `N` bytes, which overlap or meet, if `bytes` has `N` to `2 * N`.
/// Returns false and copies nothing for any other length.
#[inline(always)]
fn copy_ends<const N: usize>(bytes: &[u8], target: &mut [u8]) -> bool {
    let (Some(first), Some(last)) = (bytes.first_chunk::<N>(), bytes.last_chunk::<N>()) else {
        return false;
    };
    if bytes.len() > 2 * N {
        return false;
    }
    target[..N].copy_from_slice(first);
    target[bytes.len() - N..bytes.len()].copy_from_slice(last);
    true
}
