//! Data-contract XML, as text.

mod bindings;
mod escape;
mod raw;
mod reader;
mod scope;
mod start;
mod tag;
mod writer;

pub(crate) use reader::XmlReader;
pub(crate) use writer::XmlWriter;

/// The namespace of `i:nil` and `i:type`.
const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";
