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
