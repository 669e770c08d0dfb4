//! Scalars that both formats write alike.

use xrm_context::contract::ShortText;

use crate::page::Line;

/// A scalar whose text is the same in both formats, and ASCII without anything to escape.
pub(crate) trait Scalar {
    /// Writes the text.
    fn write(self, line: &mut Line<'_, '_>);
}

impl Scalar for bool {
    #[inline(always)]
    fn write(self, line: &mut Line<'_, '_>) {
        if self {
            line.bytes(b"true");
        } else {
            line.bytes(b"false");
        }
    }
}

impl Scalar for i32 {
    #[inline(always)]
    fn write(self, line: &mut Line<'_, '_>) {
        match u8::try_from(self) {
            Ok(digit @ 0..10) => line.byte(b'0' + digit),
            _ => line.literal(itoa::Buffer::new().format(self)),
        }
    }
}

impl Scalar for i128 {
    #[inline(always)]
    fn write(self, line: &mut Line<'_, '_>) {
        line.literal(itoa::Buffer::new().format(self));
    }
}

impl Scalar for &ShortText {
    #[inline(always)]
    fn write(self, line: &mut Line<'_, '_>) {
        line.begin_of(self.buffer(), self.len());
    }
}
