//! Encoded values, split without being copied
//! ([AMQP 1.0, part 1](https://docs.oasis-open.org/amqp/core/v1.0/os/amqp-core-types-v1.0-os.html)).
//!
//! Nothing here allocates, and nothing trusts a size or a count: each is compared with the bytes that
//! are there. So a nine-byte list that announces four billion items is an error, and not 256 GiB.

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// How deep values may be nested. The types of the protocol need seven levels; the rest is for bodies
/// of events. Readers that descend by recursion, as Microsoft's Rust client does, overflow their stack
/// at a few thousand levels.
const MAX_DEPTH: u8 = 64;

/// Why bytes are not the values that they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DecodeError {
    #[error("a value ends too early")]
    Truncated,
    #[error("0x{0:02x} is no format code")]
    FormatCode(u8),
    #[error("a value is nested more than {MAX_DEPTH} levels deep")]
    TooDeep,
    #[error("a list, map or array has another length than it says")]
    Length,
    #[error("a text is not UTF-8")]
    Utf8,
    #[error("a value is not {0}")]
    Type(&'static str),
    #[error("the mandatory field {0} is missing")]
    Missing(&'static str),
    #[error("the sections of a message are not in order")]
    Sections,
}

/// An encoded value: where it begins and ends, and its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Element<'a> {
    /// All of it, the descriptor included.
    encoded: &'a [u8],
    /// The encoded descriptor, if it is described.
    descriptor: Option<&'a [u8]>,
    /// The format code of the value, without the descriptor; `0x00` if that is described again.
    code: u8,
    /// What follows the format code and the size.
    payload: &'a [u8],
}

/// Splits the first value off.
pub(crate) fn split(bytes: &[u8]) -> Result<(Element<'_>, &[u8]), DecodeError> {
    split_at_depth(bytes, 0)
}

/// Checks that the bytes are whole values, down to the innermost ones, and not too deep.
pub(crate) fn check(bytes: &[u8]) -> Result<(), DecodeError> {
    let mut rest = bytes;
    while !rest.is_empty() {
        let (element, tail) = split(rest)?;
        element.check(0)?;
        rest = tail;
    }
    Ok(())
}

fn split_at_depth(bytes: &[u8], depth: u8) -> Result<(Element<'_>, &[u8]), DecodeError> {
    // A descriptor may be described itself, without end.
    if depth >= MAX_DEPTH {
        return Err(DecodeError::TooDeep);
    }
    let (&code, rest) = bytes.split_first().ok_or(DecodeError::Truncated)?;
    if code != 0 {
        let (payload, rest) = split_payload(code, rest)?;
        return Ok((
            Element { encoded: until(bytes, rest), descriptor: None, code, payload },
            rest,
        ));
    }
    let (descriptor, rest) = split_at_depth(rest, depth + 1)?;
    let (value, rest) = split_at_depth(rest, depth + 1)?;
    let (code, payload) = match value.descriptor {
        Some(_) => (0, value.encoded),
        None => (value.code, value.payload),
    };
    let descriptor = Some(descriptor.encoded);
    Ok((Element { encoded: until(bytes, rest), descriptor, code, payload }, rest))
}

/// The part of `bytes` before `rest`, which is their end.
fn until<'a>(bytes: &'a [u8], rest: &[u8]) -> &'a [u8] {
    &bytes[..bytes.len() - rest.len()]
}

/// Splits off what follows a format code, without the size. The high nibble of a code is the category
/// of its width (1.2).
fn split_payload(code: u8, bytes: &[u8]) -> Result<(&[u8], &[u8]), DecodeError> {
    let (length, bytes) = match code >> 4 {
        0x4 => (0, bytes),
        0x5 => (1, bytes),
        0x6 => (2, bytes),
        0x7 => (4, bytes),
        0x8 => (8, bytes),
        0x9 => (16, bytes),
        0xa | 0xc | 0xe => split_size(bytes, 1)?,
        0xb | 0xd | 0xf => split_size(bytes, 4)?,
        _ => return Err(DecodeError::FormatCode(code)),
    };
    bytes.split_at_checked(length).ok_or(DecodeError::Truncated)
}

fn split_size(bytes: &[u8], width: usize) -> Result<(usize, &[u8]), DecodeError> {
    let (size, rest) = bytes.split_at_checked(width).ok_or(DecodeError::Truncated)?;
    Ok((number(size), rest))
}

/// Up to four bytes as a number. A `usize` has 32 bits at least wherever Tokio runs.
fn number(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |number, byte| number << 8 | usize::from(*byte))
}

impl<'a> Element<'a> {
    /// All of it, as it was encoded.
    pub(crate) fn encoded(&self) -> &'a [u8] {
        self.encoded
    }

    /// The descriptor, if it is a number or one of the names in `names`.
    pub(crate) fn descriptor(&self, names: &[(&str, u64)]) -> Option<u64> {
        let (descriptor, _) = split(self.descriptor?).ok()?;
        if let Ok(name) = descriptor.text() {
            return names.iter().find(|(it, _)| *it == name).map(|(_, code)| *code);
        }
        descriptor.unsigned().ok()
    }

    /// The value without its descriptor.
    pub(crate) fn without_descriptor(self) -> Self {
        match self.descriptor {
            // What `split` found once, it finds again.
            Some(descriptor) => {
                split(&self.encoded[1 + descriptor.len()..]).map_or(self, |(it, _)| it)
            }
            None => self,
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        self.code == 0x40
    }

    /// An unsigned integer of any width.
    pub(crate) fn unsigned(&self) -> Result<u64, DecodeError> {
        match (self.code, self.payload) {
            (0x43 | 0x44, _) => Ok(0),
            (0x50 | 0x52 | 0x53 | 0x60 | 0x70 | 0x80, bytes) => {
                Ok(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
            }
            _ => Err(DecodeError::Type("an unsigned integer")),
        }
    }

    /// A signed integer of any width.
    pub(crate) fn signed(&self) -> Result<i64, DecodeError> {
        match (self.code, self.payload) {
            (0x51 | 0x54 | 0x55 | 0x61 | 0x71 | 0x81, bytes @ [first, ..]) => {
                let sign = if first & 0x80 == 0 { 0 } else { -1 };
                Ok(bytes.iter().fold(sign, |number, byte| number << 8 | i64::from(*byte)))
            }
            _ => Err(DecodeError::Type("a signed integer")),
        }
    }

    /// A float or a double.
    pub(crate) fn double(&self) -> Result<f64, DecodeError> {
        match (self.code, self.payload) {
            (0x72, &[a, b, c, d]) => Ok(f32::from_be_bytes([a, b, c, d]).into()),
            (0x82, &[a, b, c, d, e, f, g, h]) => Ok(f64::from_be_bytes([a, b, c, d, e, f, g, h])),
            _ => Err(DecodeError::Type("a double")),
        }
    }

    pub(crate) fn boolean(&self) -> Result<bool, DecodeError> {
        match (self.code, self.payload) {
            (0x41, _) | (0x56, [1]) => Ok(true),
            (0x42, _) | (0x56, [0]) => Ok(false),
            _ => Err(DecodeError::Type("a Boolean")),
        }
    }

    /// A string or a symbol: clients write one where the protocol has the other.
    pub(crate) fn text(&self) -> Result<&'a str, DecodeError> {
        match self.code {
            0xa1 | 0xb1 | 0xa3 | 0xb3 => {
                str::from_utf8(self.payload).map_err(|_| DecodeError::Utf8)
            }
            _ => Err(DecodeError::Type("a text")),
        }
    }

    pub(crate) fn binary(&self) -> Result<&'a [u8], DecodeError> {
        match self.code {
            0xa0 | 0xb0 => Ok(self.payload),
            _ => Err(DecodeError::Type("binary")),
        }
    }

    pub(crate) fn uuid(&self) -> Option<Uuid> {
        Uuid::from_slice(self.payload).ok().filter(|_| self.code == 0x98)
    }

    /// A timestamp, if it is one that chrono can hold.
    pub(crate) fn timestamp(&self) -> Option<DateTime<Utc>> {
        let bytes = self.payload.try_into().ok().filter(|_| self.code == 0x83)?;
        DateTime::from_timestamp_millis(i64::from_be_bytes(bytes))
    }

    pub(crate) fn character(&self) -> Option<char> {
        let bytes = self.payload.try_into().ok().filter(|_| self.code == 0x73)?;
        char::from_u32(u32::from_be_bytes(bytes))
    }

    /// The items of a list.
    pub(crate) fn list(&self) -> Result<Items<'a>, DecodeError> {
        match self.code {
            0x45 => Ok(Items { left: 0, bytes: &[] }),
            0xc0 => Items::new(self.payload, 1),
            0xd0 => Items::new(self.payload, 4),
            _ => Err(DecodeError::Type("a list")),
        }
    }

    /// The keys and values of a map, in turn; an even number of them.
    pub(crate) fn map(&self) -> Result<Items<'a>, DecodeError> {
        let items = match self.code {
            0xc1 => Items::new(self.payload, 1)?,
            0xd1 => Items::new(self.payload, 4)?,
            _ => return Err(DecodeError::Type("a map")),
        };
        if items.left % 2 == 0 { Ok(items) } else { Err(DecodeError::Length) }
    }

    /// The value of a key that is a text; none if this is no map, or has no such key.
    pub(crate) fn get(&self, key: &str) -> Option<Self> {
        self.pairs().find(|(it, _)| it.text() == Ok(key)).map(|(_, value)| value)
    }

    /// The pairs of a map up to the first that can't be read; none if this is no map.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (Self, Self)> + use<'a> {
        let mut items = self.map().unwrap_or_default();
        std::iter::from_fn(move || Some((items.next()?.ok()?, items.next()?.ok()?)))
    }

    /// The texts of an array of symbols, or the one text if it is no array.
    pub(crate) fn texts(&self) -> Vec<&'a str> {
        if let Ok(text) = self.text() {
            return vec![text];
        }
        let Ok(Array { code, mut left, mut bytes }) = self.array() else { return Vec::new() };
        let mut texts = Vec::new();
        while left > 0 {
            let Ok((payload, rest)) = split_payload(code, bytes) else { break };
            let element = Self { encoded: payload, descriptor: None, code, payload };
            texts.extend(element.text());
            (left, bytes) = (left - 1, rest);
        }
        texts
    }

    fn array(&self) -> Result<Array<'a>, DecodeError> {
        let width = match self.code {
            0xe0 => 1,
            0xf0 => 4,
            _ => return Err(DecodeError::Type("an array")),
        };
        let (left, bytes) = split_size(self.payload, width)?;
        let (&code, bytes) = bytes.split_first().ok_or(DecodeError::Truncated)?;
        // Items without bytes, such as an array of nulls, have no count that their size bounds.
        if left > bytes.len() && left > 0 {
            return Err(DecodeError::Length);
        }
        Ok(Array { code, left, bytes })
    }

    fn check(&self, depth: u8) -> Result<(), DecodeError> {
        if depth >= MAX_DEPTH {
            return Err(DecodeError::TooDeep);
        }
        if let Some(descriptor) = self.descriptor {
            split(descriptor)?.0.check(depth + 1)?;
        }
        match self.code {
            0x00 => self.without_descriptor().check(depth + 1),
            0x45 | 0xc0 | 0xd0 => check_items(self.list()?, depth),
            0xc1 | 0xd1 => check_items(self.map()?, depth),
            0xe0 | 0xf0 => self.check_array(depth),
            0xa1 | 0xb1 | 0xa3 | 0xb3 => self.text().map(drop),
            0x40..=0x44
            | 0x50..=0x56
            | 0x60
            | 0x61
            | 0x70..=0x74
            | 0x80..=0x84
            | 0x94
            | 0x98
            | 0xa0
            | 0xb0 => Ok(()),
            code => Err(DecodeError::FormatCode(code)),
        }
    }

    fn check_array(&self, depth: u8) -> Result<(), DecodeError> {
        let width = if self.code == 0xe0 { 1 } else { 4 };
        let (_, constructor) = split_size(self.payload, width)?;
        // The constructor may be described: a descriptor before the code of the items.
        let (code, bytes) = match constructor {
            [0, rest @ ..] => {
                let (descriptor, rest) = split_at_depth(rest, depth + 1)?;
                descriptor.check(depth + 1)?;
                rest.split_first().ok_or(DecodeError::Truncated)?
            }
            [code, rest @ ..] => (code, rest),
            [] => return Err(DecodeError::Truncated),
        };
        let (mut left, mut bytes) = (split_size(self.payload, width)?.0, bytes);
        if left > bytes.len() {
            return Err(DecodeError::Length);
        }
        while left > 0 {
            let (payload, rest) = split_payload(*code, bytes)?;
            let item = Self { encoded: payload, descriptor: None, code: *code, payload };
            item.check(depth + 1)?;
            (left, bytes) = (left - 1, rest);
        }
        if bytes.is_empty() { Ok(()) } else { Err(DecodeError::Length) }
    }
}

fn check_items(items: Items<'_>, depth: u8) -> Result<(), DecodeError> {
    for item in items {
        item?.check(depth + 1)?;
    }
    Ok(())
}

/// The items of an array, whose constructor is not described.
struct Array<'a> {
    code: u8,
    left: usize,
    bytes: &'a [u8],
}

/// The items of a list or a map, up to the first that is not whole.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Items<'a> {
    left: usize,
    bytes: &'a [u8],
}

impl<'a> Items<'a> {
    fn new(payload: &'a [u8], width: usize) -> Result<Self, DecodeError> {
        let (left, bytes) = split_size(payload, width)?;
        // An item takes a byte at least.
        if left > bytes.len() { Err(DecodeError::Length) } else { Ok(Self { left, bytes }) }
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = Result<Element<'a>, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            // Bytes after the last item are told once.
            let surplus = std::mem::take(&mut self.bytes);
            return (!surplus.is_empty()).then_some(Err(DecodeError::Length));
        }
        let item = split(self.bytes);
        (self.left, self.bytes) = match item {
            Ok((_, rest)) => (self.left - 1, rest),
            Err(_) => (0, &[][..]),
        };
        Some(item.map(|(element, _)| element))
    }
}
