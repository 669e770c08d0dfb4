//! XML, as much of it as solutions need, read from a stream, and YAML in its place.

pub(super) mod fields;
mod meter;
pub(super) mod reader;
pub(super) mod yaml;
