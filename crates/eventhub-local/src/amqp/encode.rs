//! Writing encoded values: each function appends one to a buffer.
//!
//! Descriptors are written as small numbers, and lists, maps and arrays with sizes of 32 bits. Both
//! are what every client reads; Microsoft's Python client hangs at a descriptor of eight bytes, and
//! can't read the empty list `0x45`.

use chrono::{DateTime, Utc};

pub(crate) fn null(out: &mut Vec<u8>) {
    out.push(0x40);
}

pub(crate) fn boolean(out: &mut Vec<u8>, value: bool) {
    out.push(if value { 0x41 } else { 0x42 });
}

pub(crate) fn ubyte(out: &mut Vec<u8>, value: u8) {
    out.extend([0x50, value]);
}

pub(crate) fn ushort(out: &mut Vec<u8>, value: u16) {
    out.push(0x60);
    out.extend(value.to_be_bytes());
}

pub(crate) fn uint(out: &mut Vec<u8>, value: u32) {
    match value.to_be_bytes() {
        [0, 0, 0, 0] => out.push(0x43),
        [0, 0, 0, value] => out.extend([0x52, value]),
        value => {
            out.push(0x70);
            out.extend(value);
        }
    }
}

pub(crate) fn ulong(out: &mut Vec<u8>, value: u64) {
    match value.to_be_bytes() {
        [0, 0, 0, 0, 0, 0, 0, 0] => out.push(0x44),
        [0, 0, 0, 0, 0, 0, 0, value] => out.extend([0x53, value]),
        value => {
            out.push(0x80);
            out.extend(value);
        }
    }
}

pub(crate) fn int(out: &mut Vec<u8>, value: i32) {
    match i8::try_from(value) {
        Ok(value) => out.extend([0x54, value.cast_unsigned()]),
        Err(_) => {
            out.push(0x71);
            out.extend(value.to_be_bytes());
        }
    }
}

pub(crate) fn long(out: &mut Vec<u8>, value: i64) {
    match i8::try_from(value) {
        Ok(value) => out.extend([0x55, value.cast_unsigned()]),
        Err(_) => {
            out.push(0x81);
            out.extend(value.to_be_bytes());
        }
    }
}

pub(crate) fn double(out: &mut Vec<u8>, value: f64) {
    out.push(0x82);
    out.extend(value.to_be_bytes());
}

pub(crate) fn timestamp(out: &mut Vec<u8>, value: DateTime<Utc>) {
    out.push(0x83);
    out.extend(value.timestamp_millis().to_be_bytes());
}

pub(crate) fn binary(out: &mut Vec<u8>, value: &[u8]) {
    variable(out, 0xa0, value);
}

pub(crate) fn string(out: &mut Vec<u8>, value: &str) {
    variable(out, 0xa1, value.as_bytes());
}

pub(crate) fn symbol(out: &mut Vec<u8>, value: &str) {
    variable(out, 0xa3, value.as_bytes());
}

/// The descriptor of the value that comes next.
pub(crate) fn descriptor(out: &mut Vec<u8>, code: u8) {
    out.extend([0x00, 0x53, code]);
}

/// A list of so many items, which `items` appends.
pub(crate) fn list(out: &mut Vec<u8>, count: u32, items: impl FnOnce(&mut Vec<u8>)) {
    sized(out, 0xd0, |out| {
        out.extend(count.to_be_bytes());
        items(out);
    });
}

/// A map of so many pairs, whose keys and values `items` appends.
pub(crate) fn map(out: &mut Vec<u8>, pairs: u32, items: impl FnOnce(&mut Vec<u8>)) {
    sized(out, 0xd1, |out| {
        out.extend((pairs * 2).to_be_bytes());
        items(out);
    });
}

/// An array of texts of one kind, `0xb1` for strings or `0xb3` for symbols.
pub(crate) fn array(
    out: &mut Vec<u8>,
    code: u8,
    texts: impl ExactSizeIterator<Item = impl AsRef<str>>,
) {
    sized(out, 0xf0, |out| {
        out.extend(size(texts.len()));
        out.push(code);
        for text in texts {
            let text = text.as_ref().as_bytes();
            out.extend(size(text.len()));
            out.extend_from_slice(text);
        }
    });
}

/// A value whose size of 32 bits comes before it.
fn sized(out: &mut Vec<u8>, code: u8, value: impl FnOnce(&mut Vec<u8>)) {
    out.push(code);
    let start = out.len();
    out.extend([0; 4]);
    value(out);
    let size = size(out.len() - start - 4);
    out[start..start + 4].copy_from_slice(&size);
}

/// Bytes after their size: `code` has a size of 8 bits, and 0x10 more is the same with 32.
fn variable(out: &mut Vec<u8>, code: u8, bytes: &[u8]) {
    match u8::try_from(bytes.len()) {
        Ok(length) => out.extend([code, length]),
        Err(_) => {
            out.push(code + 0x10);
            out.extend(size(bytes.len()));
        }
    }
    out.extend_from_slice(bytes);
}

fn size(length: usize) -> [u8; 4] {
    u32::try_from(length).expect("no message reaches 4 GiB").to_be_bytes()
}
