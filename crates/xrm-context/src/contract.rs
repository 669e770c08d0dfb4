//! The vocabulary that message formats walk.
//!
//! A contract type is described once, by its `contract!` block: the block is the struct, its
//! members in wire order, and the walk over them in both directions. A format is a [`Writer`] and
//! a [`Reader`]; it knows no contract type. All that any format needs to know of a place is in its
//! [`Slot`], so that the formats keep no state about types.

#[macro_use]
mod macros;
mod derived;
mod field;
mod lengths;
mod list;
mod members;
mod piece;

pub use derived::derived_of;
pub use field::{Contract, Field, Known, VisitMut};
pub(crate) use field::{begin_derived, read_member, unexpected_null, write_member};
pub use lengths::Lengths;
pub use list::{ListFrame, ListItem};
pub(crate) use list::{read_items, visit_items, write_items};
pub(crate) use macros::{
    array_names, base_class, class_field, contract, contract_enum, slot, type_name,
};
pub use members::Members;
pub use piece::Piece;

use crate::collection::Key;
pub use crate::collection::PairFrame;
pub use crate::scalar::{ShortText, copy_few, duration_text, json_date_text, xsd_date_text};

use rust_decimal::Decimal;
use uuid::Uuid;

use crate::generation::Generation;
use crate::namespace::Namespace;
use crate::raw::{Raw, UnknownMember};
use crate::scalar::{DateTime, Number, TimeSpan};
use crate::value::{Value, ValueType};

/// The name of a contract type: its local name and its namespace, and the bytes that tell it.
#[derive(Clone, Copy, Debug)]
pub struct TypeName {
    /// The local name, `Entity` for example.
    pub name: &'static str,
    /// The namespace it stands in.
    pub namespace: Namespace,
    /// The value of the JSON type hint, escaped and in quotes:
    /// `"Entity:http:\/\/schemas.microsoft.com\/xrm\/2011\/Contracts"`.
    pub json: &'static str,
    /// The whole member: `"__type":"Entity:...",`.
    pub json_member: &'static str,
    /// The end of a start tag in XML where the type is of the default namespace:
    /// ` i:type="Entity">`.
    pub xml_hint: &'static str,
    /// The same where the type's namespace is to be bound to the prefix `b`:
    /// ` i:type="b:string" xmlns:b="http://www.w3.org/2001/XMLSchema">`.
    pub xml_hint_b: &'static str,
}

impl PartialEq for TypeName {
    fn eq(&self, other: &Self) -> bool {
        (self.name, self.namespace) == (other.name, other.namespace)
    }
}

impl Eq for TypeName {}

/// What stands before a value in JSON. For an item it is empty.
#[derive(Clone, Copy, Debug)]
pub struct JsonText {
    /// `"Name":`
    pub name: &'static str,
    /// `,"Name":`
    pub next: &'static str,
    /// `"Name":`, to be written.
    pub piece: Piece,
}

/// What begins and ends an element in XML, with or without a prefix, to be read.
#[derive(Clone, Copy, Debug)]
pub struct XmlText {
    /// `<Name`
    pub open: &'static str,
    /// `</Name>`
    pub close: &'static str,
}

/// The tags of an element in XML as they stand in most places, whole, to be written.
#[derive(Clone, Copy, Debug)]
pub struct XmlTags {
    /// `<Name`, or `<a:Name` in another namespace than the default.
    pub open: Piece,
    /// `</Name>`, and behind a pair's value the end of the pair.
    pub close: Piece,
    /// The namespace that has to be the default or to have the prefix `a` for the tags to hold, as
    /// the bit at its [index](Namespace::index). No bit where they never hold.
    pub near: u16,
}

/// The names that arrays of a type go by.
#[derive(Debug)]
pub struct ArrayNames {
    /// The place of an item.
    pub item: Slot,
    /// An array's contract name.
    pub array: TypeName,
    /// The place of an array that is an item.
    pub array_item: Slot,
    /// The contract name of an array of arrays.
    pub arrays: TypeName,
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
    /// Whether the member is left out where it has its default.
    pub omitted: bool,
    /// The generation that added the member; none where it was always there.
    pub since: Option<Generation>,
    /// What stands before the value in JSON.
    pub json: JsonText,
    /// The element's beginning and end in XML.
    pub xml: XmlText,
    /// The element's beginning and end in XML where its namespace has the prefix `a`, the first that is
    /// bound.
    pub xml_a: XmlText,
    /// `Name>`, which ends both of the element's tags in XML, to be written.
    pub xml_piece: Piece,
    /// The element's tags where its namespace is near.
    pub xml_tags: XmlTags,
    /// The pair that ends behind the value that stands here.
    pub closes: Option<&'static Self>,
}

impl Slot {
    /// The root of a message body.
    pub const ROOT: &Self = &slot!(item "RemoteExecutionContext" in Contracts);

    /// The member's name in JSON, which a dictionary's pairs spell otherwise than in XML.
    #[must_use]
    pub fn json_name(&self) -> &'static str {
        self.json.name.trim_matches(['"', ':'])
    }

    /// The same place with what its declared type brings along.
    pub(crate) const fn of(self, declared: Option<Namespace>) -> Self {
        let declares = match declared {
            Some(namespace) if !namespace.is(self.namespace) => declared,
            _ => None,
        };
        let near = if declares.is_none() { self.xml_tags.near } else { 0 };
        Self { declares, xml_tags: XmlTags { near, ..self.xml_tags }, ..self }
    }

    /// The same place, of a pair's value that ends the pair; `close` are the end tags of both in XML
    /// where the pair's namespace is the default.
    pub(crate) const fn closing(self, pair: &'static Self, close: Piece) -> Self {
        let near = if pair.namespace.is(Namespace::Contracts) { self.xml_tags.near } else { 0 };
        let xml_tags = XmlTags { close, near, ..self.xml_tags };
        Self { xml_tags, closes: Some(pair), ..self }
    }

    /// The same place, left out where the member has its default: the member `or nothing`.
    pub(crate) const fn or(self, _nothing: &str) -> Self {
        Self { omitted: true, ..self }
    }

    /// The same place, of a member that a later generation added.
    pub(crate) const fn since(self, generation: Generation) -> Self {
        Self { since: Some(generation), ..self }
    }

    /// Whether the member is written: not where it is left out by default, nor where the
    /// generation that is asked for lacks it. Most members ask for neither.
    #[inline(always)]
    pub(crate) fn is_written(
        &self,
        is_default: impl FnOnce() -> bool,
        generation: impl FnOnce() -> Option<Generation>,
    ) -> bool {
        if self.omitted && is_default() {
            return false;
        }
        self.since.is_none_or(|since| generation().is_none_or(|asked| since <= asked))
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
    /// Whether a value at a place that [closes](Slot::closes) a pair is written with the pair's end.
    /// Otherwise no value is written at such a place, and a pair ends as a class.
    const ENDS_PAIRS: bool = false;

    /// The generation of the contracts whose members are written, all of them and no others. By
    /// default there is none: a value is written with the members that it was read with, and an
    /// application's own value with all.
    fn generation(&self) -> Option<Generation> {
        None
    }

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
    /// Whether the format refuses values of this type in `object` places; if so, that is the
    /// writer's error.
    fn refuses(&mut self, name: &'static TypeName) -> bool;
    /// Writes a bare `System.Object`, a value without content.
    fn object(&mut self, slot: &Slot);

    /// Begins a class or a pair of type `name`.
    fn begin_class(&mut self, slot: &Slot, place: Place, name: &'static TypeName) -> Self::Mark;
    /// Ends what [`begin_class`](Self::begin_class) began.
    fn end_class(&mut self, slot: &Slot, mark: Self::Mark);
    /// Begins a pair whose key is a string, and writes the key. So begin most of all pairs.
    fn begin_pair(&mut self, frame: &'static PairFrame, place: Place, key: &str) -> Self::Mark {
        let pair = self.begin_class(&frame.item, place, frame.pair);
        self.string(&frame.slots[0], Place::Declared, key);
        pair
    }
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
    fn object(&mut self) -> Result<Shape, Self::Error>;

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
    fn within(error: Self::Error, step: Step<'_>) -> Self::Error;
}

/// What stands in an `object` place.
#[derive(Debug)]
pub enum Shape {
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
    #[error("a key stands twice in the collection")]
    DuplicateKey,
    /// The value in a place of a base class is of no class that is derived from it.
    #[error("the value is of no derived class of the place's")]
    WrongDerivedType,
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

/// The names of the scalars' types.
pub mod scalar_type {
    use super::TypeName;

    macro_rules! scalar_types {
        ($($(#[$doc:meta])* $constant:ident = $name:literal in $namespace:ident;)*) => {
            $($(#[$doc])* pub const $constant: &TypeName = &type_name!($name in $namespace);)*
        };
    }

    scalar_types! {
        /// A string.
        STRING = "string" in Schema;
        /// A Boolean.
        BOOLEAN = "boolean" in Schema;
        /// A single-precision number.
        FLOAT = "float" in Schema;
        /// A double-precision number.
        DOUBLE = "double" in Schema;
        /// A decimal number.
        DECIMAL = "decimal" in Schema;
        /// A date and time.
        DATE_TIME = "dateTime" in Schema;
        /// A byte array.
        BASE64 = "base64Binary" in Schema;
        /// A URI.
        URI = "anyURI" in Schema;
        /// A bare `System.Object`.
        OBJECT = "anyType" in Schema;
        /// A globally unique identifier.
        GUID = "guid" in Serialization;
        /// A UTF-16 code unit.
        CHAR = "char" in Serialization;
        /// A duration.
        DURATION = "duration" in Serialization;
    }
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

            /// The type's name.
            #[must_use]
            #[inline]
            pub const fn type_name(self) -> &'static TypeName {
                match self { $(Self::$kind => &type_name!($name in Schema),)* }
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
