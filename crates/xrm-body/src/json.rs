//! Data-contract JSON.

mod escape;
mod lexer;
mod reader;
mod writer;

pub(crate) use reader::JsonReader;
pub(crate) use writer::{JsonWriter, instant_and_offset};
