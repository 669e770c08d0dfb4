//! XML, as much of it as solutions need, read from a stream.

pub(super) mod fields;
mod meter;
pub(super) mod reader;
