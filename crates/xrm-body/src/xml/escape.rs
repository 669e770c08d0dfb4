//! Text in data-contract XML.

use crate::escaping::{Escapes, Escaping};
use crate::output::{Cursor, Output};
use crate::suspects::Suspects;

/// How text is written between tags.
///
/// Besides the three of XML the platform escapes every control character but TAB and LF, and the
/// two non-characters at the end of the basic plane; XML 1.0 forbids some of these even as
/// references, the platform's reader takes them.
#[derive(Clone, Copy)]
pub(super) struct Content;

impl Escaping for Content {
    /// `&`, `<`, `>`, control characters, and the lead byte of the two non-characters. Flipping the bits of
    /// 6 moves `&` to the place of the space, next to the control characters, which makes one range.
    const SUSPECTS: Suspects = Suspects { flipped: 6, last: 0x20, mark: (b'>', 2), other: 0xef };

    #[inline(always)]
    fn escapes(self) -> &'static Escapes {
        &ESCAPES
    }

    #[inline(always)]
    fn write_leading(bytes: &[u8], cursor: &mut Cursor<'_, '_>) -> usize {
        match bytes {
            [0xef, 0xbf, 0xbe, ..] => {
                cursor.bytes(b"&#xFFFE;");
                3
            }
            [0xef, 0xbf, 0xbf, ..] => {
                cursor.bytes(b"&#xFFFF;");
                3
            }
            [byte, ..] => {
                cursor.byte(*byte);
                1
            }
            [] => 0,
        }
    }
}

/// Writes character data.
pub(super) fn write_text(text: &str, output: &mut Output<'_>) {
    Content.write(text, output.cursor()).commit();
}

/// Writes an attribute's value, for double quotes around it.
pub(super) fn write_attribute(text: &str, output: &mut Output<'_>) {
    let mut rest = text;
    // The parts between are text, which may have to be escaped too; only these three differ in
    // attributes.
    while let Some(at) = rest.find(['"', '\t', '\n']) {
        let (before, found) = rest.split_at(at);
        write_text(before, output);
        output.extend_from_slice(match found.as_bytes() {
            [b'"', ..] => b"&quot;",
            [b'\t', ..] => b"&#x9;",
            _ => b"&#xA;",
        });
        rest = &found[1..];
    }
    write_text(rest, output);
}

static ESCAPES: Escapes = {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut escapes = Escapes::none();
    let mut control = 0;
    while control < 0x20 {
        let (high, low) = (HEX[control as usize / 16], HEX[control as usize % 16]);
        escapes = match control {
            // Written as they are in text. A carriage return is escaped, since a reader would make
            // a line feed of it.
            b'\t' | b'\n' => escapes,
            0..16 => escapes.with(control, &[b'&', b'#', b'x', low, b';']),
            _ => escapes.with(control, &[b'&', b'#', b'x', high, low, b';']),
        };
        control += 1;
    }
    escapes.with(b'&', b"&amp;").with(b'<', b"&lt;").with(b'>', b"&gt;").with(0xef, b"")
};

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::escaping::tests::{ANY_TEXT, check_suspects, check_text};

    #[test]
    fn what_is_escaped_is_suspect() {
        check_suspects(Content);
    }

    proptest! {
        #[test]
        fn texts_are_written_as_their_characters(text in ANY_TEXT) {
            check_text(&text, Content);
        }
    }

    #[test]
    fn attributes_escape_quotes_and_blanks() {
        let mut out = Vec::new();
        let mut output = Output::onto(&mut out);
        write_attribute("\t\"a\" & b\n\u{ffff}'", &mut output);
        output.flush();
        assert_eq!(str::from_utf8(&out), Ok("&#x9;&quot;a&quot; &amp; b&#xA;&#xFFFF;'"));
    }
}
