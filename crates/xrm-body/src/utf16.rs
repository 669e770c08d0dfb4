//! Bodies in UTF-16.

use crate::MessageFormat;

/// The text of a body in UTF-16, where the platform reads it as such: JSON that begins with an
/// ASCII character, XML that begins with a byte order mark and a declaration. `None` for any other
/// body, and for UTF-16 that is malformed.
pub(crate) fn transcode(body: &[u8], format: MessageFormat) -> Option<String> {
    let (units, rest) = body.as_chunks::<2>();
    let (first, second) = (units.first()?, units.get(1));
    let from_units = |unit: fn([u8; 2]) -> u16, skip: usize| {
        let units = units.iter().skip(skip).map(|bytes| unit(*bytes));
        let text: Option<String> = char::decode_utf16(units).map(Result::ok).collect();
        text.filter(|_| rest.is_empty())
    };
    match (format, first) {
        // A NUL right after the first character tells the width, and two more of them UTF-32.
        (MessageFormat::Json, [1..=0x7f, 0]) if second != Some(&[0, 0]) => {
            from_units(u16::from_le_bytes, 0)
        }
        (MessageFormat::Json, [0, 1..=0x7f]) => from_units(u16::from_be_bytes, 0),
        (MessageFormat::Xml, [0xff, 0xfe]) => declared(&from_units(u16::from_le_bytes, 1)?),
        (MessageFormat::Xml, [0xfe, 0xff]) => declared(&from_units(u16::from_be_bytes, 1)?),
        _ => None,
    }
}

/// The XML without its declaration, which has to name the encoding.
fn declared(text: &str) -> Option<String> {
    let (declaration, rest) = text.strip_prefix("<?xml ")?.split_once("?>")?;
    declaration.to_ascii_lowercase().contains("utf-16").then(|| rest.to_owned())
}
