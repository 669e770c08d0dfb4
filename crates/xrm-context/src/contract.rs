//! The vocabulary that message formats walk.
//!
//! A contract type is described once, by its `contract!` block: the block is the struct, its
//! members in wire order, and the walk over them in both directions. A format is a [`Writer`] and
//! a [`Reader`]; it knows no contract type. All that any format needs to know of a place is in its
//! [`Slot`], so that the formats keep no state about types.

#[macro_use]
mod macros;
mod field;
mod members;

pub use field::{Contract, Field, Known, VisitMut};
pub(crate) use field::{read_member, unexpected_null, write_member};
pub(crate) use macros::{class_field, code, contract, contract_enum, slot, type_name};
pub use members::Members;

use rust_decimal::Decimal;
use uuid::Uuid;

use crate::namespace::Namespace;
use crate::raw::{Raw, UnknownMember};
use crate::scalar::{DateTime, Number, TimeSpan};
use crate::value::{KnownType, Value};

/// The name of a contract type: its local name and its namespace.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TypeName {
    /// The local name, `Entity` for example.
    pub name: &'static str,
    /// The namespace it stands in.
    pub namespace: Namespace,
    /// The value of the JSON type hint, escaped and in quotes:
    /// `"Entity:http:\/\/schemas.microsoft.com\/xrm\/2011\/Contracts"`.
    pub json: &'static str,
}

/// A place where a value stands: a member of a class, an item of a collection, the key or the
/// value of a pair, or the root of a body.
///
/// The literals are the place's own bytes in each format, made when the crate is compiled.
#[derive(Clone, Copy, Debug)]
pub struct Slot {
    /// The local name of the member or item.
    pub name: &'static str,
    /// The namespace of the class that declares the member, or of the collection of the item.
    pub namespace: Namespace,
    /// The namespace of the declared type, when that is a class or collection of another
    /// namespace than the slot's: XML declares it on the slot's element.
    pub declares: Option<Namespace>,
    /// What stands before the value in JSON: `"Name":`, or nothing for an item.
    pub json: &'static str,
    /// The start of the element in XML, without a prefix: `<Name`.
    pub xml_open: &'static str,
    /// The end tag in XML, without a prefix: `</Name>`.
    pub xml_close: &'static str,
}

impl Slot {
    /// The same place with what its declared type brings along.
    pub(crate) const fn of(self, declared: Option<Namespace>) -> Self {
        let declares = match declared {
            Some(namespace) if !namespace.is(self.namespace) => declared,
            _ => None,
        };
        Self { declares, ..self }
    }
}

/// How the declared type of a place relates to the value that stands there. It decides where a
/// type hint (`__type`, `i:type`) is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// The declared type is the value's own: no hint.
    Declared,
    /// The declared type is `object`: a hint in XML on every value, in JSON on class values.
    Object,
    /// An item of a collection that itself stands in an `object` place: a hint in JSON on class
    /// values, none in XML.
    ObjectItem,
}

impl Place {
    /// The place of the items of a collection that stands here.
    #[must_use]
    pub const fn of_items(self) -> Self {
        match self {
            Self::Declared => Self::Declared,
            Self::Object | Self::ObjectItem => Self::ObjectItem,
        }
    }
}

/// A format's sink. Writing can't be interrupted: a value that the format can't hold is remembered
/// by the writer as its error, and the walk goes on.
pub trait Writer {
    /// What the end of a class or collection needs to know of its beginning.
    type Mark: Copy;

    /// Writes the absence of a value.
    fn null(&mut self, slot: &Slot);
    /// Writes a Boolean.
    fn bool(&mut self, slot: &Slot, place: Place, value: bool);
    /// Writes an integer of any width; `kind` is its contract type.
    fn integer(&mut self, slot: &Slot, place: Place, kind: IntegerKind, value: i128);
    /// Writes a 32-bit integer, the most frequent of all.
    fn int(&mut self, slot: &Slot, place: Place, value: i32) {
        self.integer(slot, place, IntegerKind::Int, value.into());
    }
    /// Writes a single-precision number.
    fn float(&mut self, slot: &Slot, place: Place, value: f32);
    /// Writes a double-precision number.
    fn double(&mut self, slot: &Slot, place: Place, value: f64);
    /// Writes a decimal number with its scale.
    fn decimal(&mut self, slot: &Slot, place: Place, value: Decimal);
    /// Writes a number that was read from a body with a text of its own.
    fn number(&mut self, slot: &Slot, place: Place, value: &Number);
    /// Writes a UTF-16 code unit.
    fn char(&mut self, slot: &Slot, place: Place, value: u16);
    /// Writes a string.
    fn string(&mut self, slot: &Slot, place: Place, value: &str);
    /// Writes a URI.
    fn uri(&mut self, slot: &Slot, place: Place, value: &str);
    /// Writes a globally unique identifier.
    fn guid(&mut self, slot: &Slot, place: Place, value: Uuid);
    /// Writes a date and time.
    fn date_time(&mut self, slot: &Slot, place: Place, value: DateTime);
    /// Writes a duration.
    fn time_span(&mut self, slot: &Slot, place: Place, value: TimeSpan);
    /// Writes a byte array.
    fn bytes(&mut self, slot: &Slot, place: Place, value: &[u8]);
    /// Writes an enumeration value: a number in JSON, names in XML.
    fn enumeration(&mut self, slot: &Slot, place: Place, kind: &'static EnumType, value: i32);
    /// Writes a bare `System.Object`, a value without content.
    fn object(&mut self, slot: &Slot);

    /// Begins a class or a pair of type `name`.
    fn begin_class(&mut self, slot: &Slot, place: Place, name: &'static TypeName) -> Self::Mark;
    /// Ends what [`begin_class`](Self::begin_class) began.
    fn end_class(&mut self, slot: &Slot, mark: Self::Mark);
    /// Begins a collection of type `name` whose items are of a type in the namespace `items`.
    fn begin_list(
        &mut self,
        slot: &Slot,
        place: Place,
        name: &'static TypeName,
        items: Namespace,
    ) -> Self::Mark;
    /// Ends what [`begin_list`](Self::begin_list) began.
    fn end_list(&mut self, slot: &Slot, mark: Self::Mark);

    /// Writes a value that was kept as it stood in a body.
    fn raw(&mut self, slot: &Slot, value: &Raw);
    /// Writes a member that was kept as it stood in a body.
    fn unknown_member(&mut self, member: &UnknownMember);
}

/// A format's source. The reader stands at a value whenever one of the value methods is called.
///
/// # Errors
/// Every method fails with the reader's error where the body has something else at its place.
#[expect(clippy::missing_errors_doc, reason = "told once, for the whole trait")]
pub trait Reader {
    /// What reading fails with.
    type Error;

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
    /// Reads a globally unique identifier.
    fn guid(&mut self) -> Result<Uuid, Self::Error>;
    /// Reads a date and time.
    fn date_time(&mut self) -> Result<DateTime, Self::Error>;
    /// Reads an enumeration value: a number in JSON, names in XML.
    fn enumeration(&mut self, kind: &'static EnumType) -> Result<i32, Self::Error>;

    /// Begins the value of an `object` place.
    fn object(&mut self) -> Result<Shape, Self::Error>;

    /// Begins a class or a pair.
    fn begin_class(&mut self) -> Result<(), Self::Error>;
    /// Steps to the next member that the class has; its index in the class's slots. `None` at the
    /// end, which is consumed. A member that the class does not have is kept in `members`.
    fn member(&mut self, members: &mut Members) -> Result<Option<usize>, Self::Error>;
    /// Begins a collection.
    fn begin_list(&mut self) -> Result<(), Self::Error>;
    /// Steps to the next item named by `slot`; false at the end, which is consumed.
    /// `count` is the number of items read so far.
    fn item(&mut self, slot: &Slot, count: usize) -> Result<bool, Self::Error>;

    /// The error for a value that breaks a rule of the contract rather than of the format.
    fn invalid(&self, what: Violation) -> Self::Error;
    /// Says in an error on its way up which step of the path it passed.
    fn within(error: Self::Error, step: Step<'_>) -> Self::Error;
}

/// What stands in an `object` place.
#[derive(Debug)]
pub enum Shape {
    /// A value that is complete already: null, a scalar, or one kept raw.
    Complete(Value),
    /// A known contract type, begun; its content comes next.
    Known(KnownType),
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
    /// A pair has a member besides its key and its value, which would be lost.
    #[error("a pair has a member besides key and value")]
    UnknownPairMember,
    /// The same key stands twice in a collection.
    #[error("a key stands twice in the collection")]
    DuplicateKey,
    /// A null stands where the contract has none.
    #[error("null stands where the contract allows none")]
    UnexpectedNull,
}

/// One step of the path to a value inside a body.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step<'a> {
    /// A member of a class.
    Member(&'a str),
    /// The value of the pair with this key.
    Key(&'a str),
    /// The item with this index, from zero.
    Item(usize),
}

/// An enumeration of the contracts: its numbers and names.
#[derive(PartialEq, Eq, Debug)]
pub struct EnumType {
    /// The contract's name.
    pub type_name: TypeName,
    /// Whether values combine by bits.
    pub flags: bool,
    /// Name and number of each member, in declaration order.
    pub members: &'static [(&'static str, i32)],
}

macro_rules! integer_kinds {
    ($($(#[$doc:meta])* $kind:ident = $type:ty, $name:literal;)*) => {
        /// The integer types of the contracts.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum IntegerKind { $($(#[$doc])* $kind,)* }

        impl IntegerKind {
            /// Every integer type.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)*];

            /// The type's name in XML Schema.
            #[must_use]
            pub const fn xml_name(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }

            /// Whether the type holds this number.
            #[must_use]
            pub fn holds(self, value: i128) -> bool {
                match self { $(Self::$kind => <$type>::try_from(value).is_ok(),)* }
            }
        }
    };
}

integer_kinds! {
    /// 32 bits, .NET's `int`.
    Int = i32, "int";
    /// 64 bits, .NET's `long`.
    Long = i64, "long";
    /// 16 bits, .NET's `short`.
    Short = i16, "short";
    /// 8 bits without a sign, .NET's `byte`.
    Byte = u8, "unsignedByte";
    /// 8 bits, .NET's `sbyte`.
    SByte = i8, "byte";
    /// 16 bits without a sign, .NET's `ushort`.
    UShort = u16, "unsignedShort";
    /// 32 bits without a sign, .NET's `uint`.
    UInt = u32, "unsignedInt";
    /// 64 bits without a sign, .NET's `ulong`.
    ULong = u64, "unsignedLong";
}
