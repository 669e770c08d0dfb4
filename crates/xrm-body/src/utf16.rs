//! Bodies in UTF-16.

use crate::format::MessageFormat;

/// A body that was in UTF-16.
#[derive(Debug)]
pub(crate) struct Transcoded {
    pub(crate) text: String,
    /// How many bytes of the body precede the text.
    before: usize,
}

impl Transcoded {
    /// Where in the body a byte of the text is: the beginning of its character, and the end if there
    /// is none.
    pub(crate) fn offset(&self, at: usize) -> usize {
        // Only errors ask for offsets, so they are counted from the beginning instead of kept.
        let ends = self.text.char_indices().map(|(start, it)| (start + it.len_utf8(), it));
        let passed = ends.take_while(|(end, _)| *end <= at);
        self.before + passed.map(|(_, it)| 2 * it.len_utf16()).sum::<usize>()
    }
}

/// The text of a body in UTF-16, where the platform reads it as such: JSON that begins with an
/// ASCII character, XML that begins with a declaration, and with a byte order mark unless its units are
/// little end first. `None` for any other body, and for UTF-16 that is malformed.
///
/// The platform refuses JSON with a mark, so `strict` reading does.
pub(crate) fn transcode(body: &[u8], format: MessageFormat, strict: bool) -> Option<Transcoded> {
    let (units, rest) = body.as_chunks::<2>();
    let (first, second) = (units.first()?, units.get(1));
    let from_units = |unit: fn([u8; 2]) -> u16, skip: usize| {
        let units = units.iter().skip(skip).map(|bytes| unit(*bytes));
        let text: Option<String> = char::decode_utf16(units).map(Result::ok).collect();
        let text = text.filter(|_| rest.is_empty())?;
        Some(Transcoded { text, before: 2 * skip })
    };
    match (format, first) {
        // A NUL beside the first character means units of two bytes; two more would be UTF-32.
        (MessageFormat::Json, [1..=0x7f, 0]) if second != Some(&[0, 0]) => {
            from_units(u16::from_le_bytes, 0)
        }
        (MessageFormat::Json, [0, 1..=0x7f]) => from_units(u16::from_be_bytes, 0),
        (MessageFormat::Json, [0xff, 0xfe]) if !strict => from_units(u16::from_le_bytes, 1),
        (MessageFormat::Json, [0xfe, 0xff]) if !strict => from_units(u16::from_be_bytes, 1),
        // The byte order marks, little end first and big end first.
        (MessageFormat::Xml, [0xff, 0xfe]) => declared(&from_units(u16::from_le_bytes, 1)?),
        (MessageFormat::Xml, [0xfe, 0xff]) => declared(&from_units(u16::from_be_bytes, 1)?),
        (MessageFormat::Xml, [b'<', 0]) => declared(&from_units(u16::from_le_bytes, 0)?),
        _ => None,
    }
}

/// The XML without its declaration, which has to name the encoding.
fn declared(transcoded: &Transcoded) -> Option<Transcoded> {
    let (declaration, rest) = transcoded.text.strip_prefix("<?xml ")?.split_once("?>")?;
    let is_declared = declaration.to_ascii_lowercase().contains("utf-16");
    let before = transcoded.offset(transcoded.text.len() - rest.len());
    is_declared.then(|| Transcoded { text: rest.to_owned(), before })
}
