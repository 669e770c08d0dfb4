//! The path to a value inside a body.

/// One step of the path to a value inside a body.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PathSegment<'a> {
    /// A member of a class.
    Member(&'a str),
    /// The value of the pair with this key.
    Key(&'a str),
    /// The item with this index, from zero.
    Item(usize),
}
