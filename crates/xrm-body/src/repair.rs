//! Repair of bodies that were damaged on their way, on request only.
//!
//! A tool that reads UTF-8 as Windows-1252 turns `é` into `Ã©`, and `€` into `â‚¬`. The result is valid
//! UTF-8, and nothing proves that it was not meant so. Therefore [`decode`](crate::decode) does not
//! change it, and [`windows_1252`] repairs it on request and lists what it changed:
//!
//! ```
//! use xrm_body::{MessageFormat, decode, repair};
//!
//! let body = r#"{"OrganizationName":"CafÃ© MÃ¼ller"}"#;
//! let repair = repair::windows_1252(body);
//! let context = decode(repair.text.as_bytes(), MessageFormat::Json)?;
//! assert_eq!(context.organization_name.as_deref(), Some("Café Müller"));
//!
//! let changes: Vec<_> = repair.changes.iter().map(ToString::to_string).collect();
//! assert_eq!(changes, ["`Ã©` is `é` (at byte 24)", "`Ã¼` is `ü` (at byte 30)"]);
//! # Ok::<(), xrm_body::Error>(())
//! ```
//!
//! Windows-1252 is defined as in the [Encoding Standard](https://encoding.spec.whatwg.org/#windows-1252)
//! and in .NET: the five bytes that Microsoft's table leaves open are control characters. Text that was
//! read as ISO 8859-1, which has control characters for 27 more bytes, is repaired as well.
//!
//! Text that was damaged twice shows new signs of damage once it is repaired: call the function until it
//! changes nothing.
//!
//! Deliberately absent: damage inside of escapes (`\u00c3\u00a9`), and other code pages.

use std::borrow::Cow;
use std::fmt;
use std::str;

/// A repaired text, and what was changed in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Repair<'a> {
    /// The text; borrowed if nothing was changed.
    pub text: Cow<'a, str>,
    /// The changes, in order; empty if there is no sign of damage.
    pub changes: Vec<Change>,
}

/// Characters that were one character, each of whose bytes was read as a character.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// The offset in bytes in the damaged text, from zero.
    pub offset: usize,
    /// The characters found there.
    pub found: String,
    /// The character that they were.
    pub repaired: char,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is `{}` (at byte {})", self.found, self.repaired, self.offset)
    }
}

/// Repairs text whose UTF-8 was read as Windows-1252 or ISO 8859-1: each two, three or four characters
/// in a row that are the bytes of one character beyond ASCII, unless that is a control character.
///
/// To detect damage without repairing it, see the [changes](Repair::changes).
///
/// ```
/// use xrm_body::repair;
///
/// assert_eq!(repair::windows_1252("5 â‚¬").text, "5 €");
/// assert!(repair::windows_1252("5 €").changes.is_empty());
/// ```
#[must_use]
pub fn windows_1252(text: &str) -> Repair<'_> {
    let mut changes = Vec::new();
    let mut repaired = String::new();
    let (mut rest, mut copied) = (text, 0);
    while let Some(first) = rest.chars().next() {
        let offset = text.len() - rest.len();
        let Some((character, found)) = mangled(rest) else {
            rest = &rest[first.len_utf8()..];
            continue;
        };
        repaired.push_str(&text[copied..offset]);
        repaired.push(character);
        changes.push(Change { offset, found: found.to_owned(), repaired: character });
        rest = &rest[found.len()..];
        copied = offset + found.len();
    }
    if changes.is_empty() {
        return Repair { text: Cow::Borrowed(text), changes };
    }
    repaired.push_str(&text[copied..]);
    Repair { text: Cow::Owned(repaired), changes }
}

/// The character whose bytes the text begins with, and the characters that they became.
fn mangled(text: &str) -> Option<(char, &str)> {
    let first = byte_of(text.chars().next()?)?;
    // The lead byte of a character in UTF-8 and its length. 0xc0, 0xc1 and those above 0xf4 begin
    // none.
    let length = match first {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return None,
    };
    let mut bytes = [0; 4];
    let mut characters = text.char_indices();
    for byte in bytes.iter_mut().take(length) {
        *byte = byte_of(characters.next()?.1)?;
    }
    let end = characters.next().map_or(text.len(), |(end, _)| end);
    // Text that was not damaged hardly ever forms valid UTF-8 by chance, which is why this is a
    // sign.
    let character = str::from_utf8(bytes.get(..length)?).ok()?.chars().next()?;
    (!character.is_control()).then(|| (character, &text[..end]))
}

/// The byte beyond ASCII that is this character in Windows-1252 or in ISO 8859-1.
fn byte_of(character: char) -> Option<u8> {
    match character {
        '\u{80}'..='\u{ff}' => u8::try_from(character).ok(),
        _ => {
            let place = FROM_80.iter().position(|other| *other == character)?;
            u8::try_from(place).ok().map(|place| place + 0x80)
        }
    }
}

/// The characters of Windows-1252 for the bytes 0x80 to 0x9f.
const FROM_80: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];
