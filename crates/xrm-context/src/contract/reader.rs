//! What a format reads from.

use rust_decimal::Decimal;
use uuid::Uuid;

use super::{EnumType, IntegerKind, Lengths, Members, PathSegment, Slot, TypeName};
use crate::collection::Key;
use crate::scalar::DateTime;
use crate::value::{Value, ValueType};

/// A format's source. The reader stands at a value whenever one of the value methods is called.
///
/// # Errors
/// Every method fails with the reader's error where the body has something else at its place.
pub trait Reader {
    /// What reading fails with.
    type Error;

    /// Whether the platform's reader of the format loses the sign of a declared double that is zero.
    const DROPS_MINUS_OF_ZERO: bool = false;

    /// How long the collections were that were read so far.
    fn lengths(&mut self) -> &mut Lengths;

    /// Whether a null stands here; it is consumed.
    fn null(&mut self) -> Result<bool, Self::Error>;
    /// Reads a Boolean.
    fn bool(&mut self) -> Result<bool, Self::Error>;
    /// Reads an integer of the given contract type, checked against its range.
    fn integer(&mut self, kind: IntegerKind) -> Result<i128, Self::Error>;
    /// Reads a 32-bit integer.
    fn int(&mut self) -> Result<i32, Self::Error>;
    /// Reads a double-precision number.
    fn double(&mut self) -> Result<f64, Self::Error>;
    /// Reads a decimal number with its scale.
    fn decimal(&mut self) -> Result<Decimal, Self::Error>;
    /// Reads a string.
    fn string(&mut self) -> Result<String, Self::Error>;
    /// Reads the key of a pair, a string.
    fn key(&mut self) -> Result<Key, Self::Error> {
        self.string().map(Key::from)
    }
    /// Reads a globally unique identifier.
    fn guid(&mut self) -> Result<Uuid, Self::Error>;
    /// Reads a date and time.
    fn date_time(&mut self) -> Result<DateTime, Self::Error>;
    /// Reads an enumeration value: a number in JSON, names in XML.
    fn enumeration(&mut self, kind: &'static EnumType) -> Result<i32, Self::Error>;

    /// Begins the value of an `object` place.
    fn object(&mut self) -> Result<ObjectContent, Self::Error>;

    /// Begins a class, which is declared as this type, or a pair.
    fn begin_class(&mut self, declared: Option<&'static TypeName>) -> Result<(), Self::Error>;
    /// The class of the value that was begun last, where that is one derived of the declared class
    /// and the format told it before the first member. A format that tells it by a member puts it
    /// into the [`Members`].
    fn derived(&mut self) -> Option<&'static TypeName> {
        None
    }
    /// Steps to the member that is expected next, whose slot this is, if it stands here in the
    /// very bytes that the format writes before most values; `first` tells that no member was met
    /// before. False, and nothing is consumed, where it does not: [`member`](Self::member) tells
    /// what stands here then.
    ///
    /// This is a shortcut, for slots that are known when the walk over a class is compiled.
    fn take_expected(&mut self, _slot: &'static Slot, _first: bool) -> Result<bool, Self::Error> {
        Ok(false)
    }
    // The three shortcuts below are optional: their defaults always decline, and reading goes on in the
    // general way. They are the reason why reading compares bytes instead of parsing for most of a body.
    /// Takes the end of a class whose members were taken as expected, if it stands here in the
    /// very bytes that the format writes. The same shortcut.
    fn take_expected_end(&mut self) -> bool {
        false
    }
    /// Steps to the next member that the class has; its index in the class's slots. `None` at the
    /// end, which is consumed. A member that the class does not have is kept in `members`.
    fn member(&mut self, members: &mut Members) -> Result<Option<usize>, Self::Error>;
    /// Takes a collection without items, if one stands here in the very bytes that the format
    /// writes. This is a shortcut too: most collections are empty.
    fn take_empty_list(&mut self) -> bool {
        false
    }
    /// Begins a collection.
    fn begin_list(&mut self) -> Result<(), Self::Error>;
    /// Steps to the next item named by `slot`; false at the end, which is consumed.
    /// `count` is the number of items read so far.
    fn item(&mut self, slot: &'static Slot, count: usize) -> Result<bool, Self::Error>;

    /// Whether a pair may lack its value, which is null then, and have members that are dropped.
    fn is_strict(&self) -> bool;
    /// The error for a value that breaks a rule of the contract rather than of the format.
    fn invalid(&self, what: Violation) -> Self::Error;
    /// Says in an error on its way up which step of the path it passed.
    fn within(error: Self::Error, segment: PathSegment<'_>) -> Self::Error;
}

/// What stands in an `object` place.
#[derive(Debug)]
pub enum ObjectContent {
    /// A value that is complete already: null, a scalar, or one kept raw.
    Complete(Value),
    /// A known contract type, begun; its content comes next.
    Known(ValueType),
    /// An array of `object` places, begun; its items come next. JSON names no collection type.
    Objects,
}

/// A rule of the contracts that a body can break.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Violation {
    /// A pair has no key.
    #[error("a pair has no key")]
    MissingKey,
    /// A pair has no value.
    #[error("a pair has no value")]
    MissingValue,
    /// The same key stands twice in a collection.
    #[error("a key appears twice in the collection")]
    DuplicateKey,
    /// The value in a place of a base class is of no class that is derived from it.
    #[error("the value is of no derived class of the place's")]
    WrongDerivedType,
    /// A null stands where the contract has none.
    #[error("the contract does not allow null here")]
    UnexpectedNull,
}
