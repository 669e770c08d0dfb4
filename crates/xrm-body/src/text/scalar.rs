//! Scalars that both formats write alike.

use xrm_context::contract::ShortText;

use crate::output::Cursor;

/// A scalar whose text is the same in both formats, and ASCII without anything to escape.
pub(crate) trait Scalar {
    /// Writes the text.
    fn write(self, cursor: &mut Cursor<'_, '_>);
}

impl Scalar for bool {
    #[inline(always)]
    fn write(self, cursor: &mut Cursor<'_, '_>) {
        if self {
            cursor.bytes(b"true");
        } else {
            cursor.bytes(b"false");
        }
    }
}

impl Scalar for i32 {
    #[inline(always)]
    fn write(self, cursor: &mut Cursor<'_, '_>) {
        match u8::try_from(self) {
            Ok(digit @ 0..10) => cursor.byte(b'0' + digit),
            _ => cursor.text(itoa::Buffer::new().format(self)),
        }
    }
}

impl Scalar for i128 {
    #[inline(always)]
    fn write(self, cursor: &mut Cursor<'_, '_>) {
        cursor.text(itoa::Buffer::new().format(self));
    }
}

impl Scalar for &ShortText {
    #[inline(always)]
    fn write(self, cursor: &mut Cursor<'_, '_>) {
        cursor.begin_of(self.buffer(), self.length());
    }
}
