//! Texts on the stack.

/// The text of a scalar that is no string: none is longer than the room.
pub(crate) struct Short {
    room: [u8; Self::ROOM],
    len: usize,
}

impl Short {
    /// The longest text is a date in XML, then a decimal.
    const ROOM: usize = 40;

    #[inline(always)]
    pub(crate) const fn new() -> Self {
        Self { room: [0; Self::ROOM], len: 0 }
    }

    /// A text that `room` begins with.
    #[inline(always)]
    pub(crate) fn begin_of<const N: usize>(room: &[u8; N], len: usize) -> Self {
        let mut text = Self::new();
        text.room[..N].copy_from_slice(room);
        text.len = len;
        text
    }

    #[inline(always)]
    pub(crate) fn push(&mut self, byte: u8) {
        self.room[self.len] = byte;
        self.len += 1;
    }

    #[inline(always)]
    pub(crate) fn extend_from_slice(&mut self, bytes: &[u8]) {
        copy_few(bytes, &mut self.room[self.len..]);
        self.len += bytes.len();
    }

    /// Appends the same byte so many times.
    pub(crate) fn fill(&mut self, count: usize, byte: u8) {
        self.room[self.len..self.len + count].fill(byte);
        self.len += count;
    }

    /// The text and what room there is behind it.
    #[inline(always)]
    pub(crate) fn place(&self) -> &[u8; Self::ROOM] {
        &self.room
    }

    #[inline(always)]
    pub(crate) fn len(&self) -> usize {
        self.len.min(Self::ROOM)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.room[..self.len()]
    }

    pub(crate) fn as_str(&self) -> &str {
        str::from_utf8(self.as_bytes()).expect("the text of a scalar is ASCII")
    }
}

/// Copies bytes of which there are few: by one or two numbers of bytes that are known when the
/// crate is compiled, which takes no call.
#[inline(always)]
pub(crate) fn copy_few(bytes: &[u8], place: &mut [u8]) {
    let copied = copy_ends::<64>(bytes, place)
        || copy_ends::<32>(bytes, place)
        || copy_ends::<16>(bytes, place)
        || copy_ends::<8>(bytes, place)
        || copy_ends::<4>(bytes, place)
        || copy_ends::<2>(bytes, place)
        || copy_ends::<1>(bytes, place);
    if !copied {
        place[..bytes.len()].copy_from_slice(bytes);
    }
}

/// Copies the first and the last `N` of bytes that these are all of. False for fewer or more.
#[inline(always)]
fn copy_ends<const N: usize>(bytes: &[u8], place: &mut [u8]) -> bool {
    let (Some(first), Some(last)) = (bytes.first_chunk::<N>(), bytes.last_chunk::<N>()) else {
        return false;
    };
    if bytes.len() > 2 * N {
        return false;
    }
    place[..N].copy_from_slice(first);
    place[bytes.len() - N..bytes.len()].copy_from_slice(last);
    true
}
