//! The text of guids.

use uuid::Uuid;

use super::scalar::Scalar;
use crate::output::Cursor;

/// In lower case with dashes.
impl Scalar for Uuid {
    #[inline(always)]
    fn write(self, cursor: &mut Cursor<'_, '_>) {
        for (index, byte) in self.as_bytes().iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                cursor.byte(b'-');
            }
            cursor.bytes(&HEX[usize::from(*byte)]);
        }
    }
}

/// The two digits of each byte.
const HEX: [[u8; 2]; 256] = {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut hex = [[0; 2]; 256];
    let mut byte = 0;
    while byte < hex.len() {
        hex[byte] = [DIGITS[byte >> 4], DIGITS[byte & 0xf]];
        byte += 1;
    }
    hex
};

/// Reads a guid in any of the forms that .NET reads: with dashes, without, in braces or
/// parentheses, in upper case, with blanks around.
pub(crate) fn read_guid(text: &str) -> Option<Uuid> {
    // The platform's own form first. `Uuid::try_parse` is lenient in other ways than .NET, which
    // the rest sorts out.
    if text.len() == uuid::fmt::Hyphenated::LENGTH
        && let Ok(plain) = Uuid::try_parse(text)
    {
        return Some(plain);
    }
    let text = text.trim();
    let parenthesised = text.strip_prefix('(').and_then(|text| text.strip_suffix(')'));
    match parenthesised {
        Some(inner) if inner.len() == 36 => Uuid::try_parse(inner).ok(),
        Some(_) => None,
        // The uuid crate reads URNs, .NET does not; .NET reads the structure of a C initializer,
        // the uuid crate does not.
        None if text.starts_with("urn:") => None,
        None if text.starts_with("{0x") => read_structure(text),
        None => Uuid::try_parse(text).ok(),
    }
}

/// Reads `{0xabcdefab,0xcdef,0xabcd,{0xef,0xab,0xcd,0xef,0xab,0xcd,0xef,0xab}}`.
fn read_structure(text: &str) -> Option<Uuid> {
    let inner = text.strip_prefix('{')?.strip_suffix("}}")?;
    let (fields, bytes) = inner.split_once(",{")?;
    let mut fields = fields.split(',').map(hex);
    let mut bytes = bytes.split(',').map(hex);
    let first = fields.next()??;
    let (second, third) = (fields.next()??, fields.next()??);
    let mut rest = [0; 8];
    for place in &mut rest {
        *place = u8::try_from(bytes.next()??).ok()?;
    }
    if fields.next().is_some() || bytes.next().is_some() {
        return None;
    }
    let (second, third) = (u16::try_from(second).ok()?, u16::try_from(third).ok()?);
    Some(Uuid::from_fields(first, second, third, &rest))
}

fn hex(text: &str) -> Option<u32> {
    let digits = text.trim().strip_prefix("0x")?;
    let valid = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    valid.then(|| u32::from_str_radix(digits, 16).ok()).flatten()
}
