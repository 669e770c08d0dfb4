//! Contract types that may stand in an `object` place.

use super::{ArrayNames, Field, Reader, TypeName};

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
}

impl<K: Known> Known for Box<K> {
    const TYPE: &'static TypeName = K::TYPE;
    const IS_SCALAR: bool = K::IS_SCALAR;
    const IS_LIST: bool = K::IS_LIST;
    const ARRAYS: &'static ArrayNames = K::ARRAYS;

    fn read_begun<R: Reader>(reader: &mut R) -> Result<Self, R::Error> {
        K::read_begun(reader).map(Self::new)
    }
}
