//! Contract types that may stand in an `object` place.

use super::{ArrayNames, Field, Reader, TypeName};
use crate::value::Value;

/// A contract type that may stand in an `object` place.
pub trait Known: Field {
    /// The contract's name.
    const TYPE: &'static TypeName;
    /// The class that this one is derived of, where a place may declare that class and hold this.
    const BASE: Option<&'static TypeName> = None;
    /// Whether the value is a mere text, without members or items.
    const IS_SCALAR: bool = false;
    /// Whether the value is a collection.
    const IS_LIST: bool = false;
    /// The names that arrays of the type go by.
    const ARRAYS: &'static ArrayNames;

    /// Reads the content of a value that the reader has begun.
    ///
    /// # Errors
    /// What the reader says of the body.
    fn read_begun<R: Reader>(reader: &mut R) -> Result<Self, R::Error>;

    /// What is left of the value in a format that writes no type hint for it.
    fn into_plain(self) -> Plain
    where
        Self: Into<Value>,
    {
        Plain::Value(self.into())
    }
}

/// What is left of a value of a contract type in a format that writes no type hint for it: JSON, for
/// enumerations and collections.
#[derive(Debug)]
pub enum Plain {
    /// An enumeration's number.
    Number(i32),
    /// A collection's items, or its pairs as values of their own class.
    Items(Vec<Value>),
    /// The value itself.
    Value(Value),
}
