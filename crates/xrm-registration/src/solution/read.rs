//! XML, as much of it as solutions need, read from a stream.

mod fields;
mod meter;
mod reader;

pub(super) use fields::{Columns, Fields};
pub(super) use reader::{Reader, Tag, Token};
