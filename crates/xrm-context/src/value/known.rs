//! The contract types that may stand in an `object` place: one word each.

use super::Value;
use crate::contract::{Known, Place, Reader, Slot};
use crate::namespace::Namespace;

/// Makes `enum Value` of the scalars and of the named contract types.
///
/// `Entity boxed [1]` names the type `Entity`, held in a box, whose arrays the platform knows in
/// one dimension. `json` behind it says that in an `object` place only JSON takes the type, unless it
/// is an item of an array.
macro_rules! known_types {
    (
        $(#[$doc:meta])*
        pub enum $value:ident {
            $($(#[$known_doc:meta])* $known:ident $held:ident [$arrays:literal] $($only:ident)?,)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default)]
        #[non_exhaustive]
        pub enum $value {
            /// No value.
            #[default]
            Null,
            /// A Boolean.
            Bool(bool),
            /// A 32-bit integer.
            Int(i32),
            /// A 64-bit integer.
            Long(i64),
            /// A 16-bit integer.
            Short(i16),
            /// An 8-bit integer without a sign.
            Byte(u8),
            /// An 8-bit integer.
            SByte(i8),
            /// A 16-bit integer without a sign.
            UShort(u16),
            /// A 32-bit integer without a sign.
            UInt(u32),
            /// A 64-bit integer without a sign.
            ULong(u64),
            /// A single-precision number.
            Float(f32),
            /// A double-precision number.
            Double(f64),
            /// A decimal number with its scale.
            Decimal(Decimal),
            /// A number that was read with a text of its own.
            Number(Box<Number>),
            /// A UTF-16 code unit.
            Char(u16),
            /// A string.
            String(String),
            /// A URI.
            Uri(String),
            /// A globally unique identifier.
            Guid(Uuid),
            /// A date and time.
            DateTime(DateTime),
            /// A duration.
            TimeSpan(TimeSpan),
            /// A byte array.
            Bytes(Vec<u8>),
            /// A bare `System.Object`: a value without content.
            Object,
            /// An array.
            Array(Array),
            /// A value of a contract type that this version does not know.
            Raw(Box<Raw>),
            $($(#[$known_doc])* $known($crate::value::held!($held $known)),)*
        }

        impl $value {
            /// Writes a value of a contract type; the scalars are written before.
            fn write_known<W: Writer>(&self, writer: &mut W, slot: &Slot, place: Place) {
                match self {
                    $(Self::$known(value) => {
                        $(
                            let $only = <$known as $crate::contract::Known>::TYPE;
                            if $crate::value::known::is_on_its_own(slot, place)
                                && writer.refuses($only)
                            {
                                return;
                            }
                        )?
                        Field::write(value, writer, slot, place);
                    })*
                    _ => writer.null(slot),
                }
            }

            fn visit_known(&mut self, visitor: &mut dyn VisitMut) {
                match self {
                    $(Self::$known(value) => Field::visit(value, visitor),)*
                    _ => {}
                }
            }

            /// Whether both are of one type and hold the same; numbers are compared before.
            fn same(&self, other: &Self) -> bool {
                match (self, other) {
                    (Self::Null, Self::Null) | (Self::Object, Self::Object) => true,
                    (Self::Bool(a), Self::Bool(b)) => a == b,
                    (Self::Short(a), Self::Short(b)) => a == b,
                    (Self::Byte(a), Self::Byte(b)) => a == b,
                    (Self::SByte(a), Self::SByte(b)) => a == b,
                    (Self::UShort(a), Self::UShort(b)) | (Self::Char(a), Self::Char(b)) => a == b,
                    (Self::UInt(a), Self::UInt(b)) => a == b,
                    (Self::ULong(a), Self::ULong(b)) => a == b,
                    (Self::String(a), Self::String(b)) | (Self::Uri(a), Self::Uri(b)) => a == b,
                    (Self::Guid(a), Self::Guid(b)) => a == b,
                    (Self::DateTime(a), Self::DateTime(b)) => a == b,
                    (Self::TimeSpan(a), Self::TimeSpan(b)) => a == b,
                    (Self::Bytes(a), Self::Bytes(b)) => a == b,
                    (Self::Array(a), Self::Array(b)) => a == b,
                    (Self::Raw(a), Self::Raw(b)) => a == b,
                    $((Self::$known(a), Self::$known(b)) => a == b,)*
                    _ => false,
                }
            }

            /// What the value is, by the name of its type.
            #[must_use]
            pub fn type_name(&self) -> &'static str {
                match self {
                    Self::Null => "null",
                    Self::Bool(_) => "Boolean",
                    Self::Int(_) => "Int32",
                    Self::Long(_) => "Int64",
                    Self::Short(_) => "Int16",
                    Self::Byte(_) => "Byte",
                    Self::SByte(_) => "SByte",
                    Self::UShort(_) => "UInt16",
                    Self::UInt(_) => "UInt32",
                    Self::ULong(_) => "UInt64",
                    Self::Float(_) => "Single",
                    Self::Double(_) => "Double",
                    Self::Decimal(_) => "Decimal",
                    Self::Number(_) => "number",
                    Self::Char(_) => "Char",
                    Self::String(_) => "String",
                    Self::Uri(_) => "Uri",
                    Self::Guid(_) => "Guid",
                    Self::DateTime(_) => "DateTime",
                    Self::TimeSpan(_) => "TimeSpan",
                    Self::Bytes(_) => "Byte[]",
                    Self::Object => "Object",
                    Self::Array(array) => array.kind().type_name().name,
                    Self::Raw(_) => "value of an unknown contract type",
                    $(Self::$known(_) => stringify!($known),)*
                }
            }
        }

        /// A contract type that may stand in an `object` place.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[non_exhaustive]
        pub enum KnownType { $($(#[$known_doc])* $known,)* }

        impl KnownType {
            /// Every known type.
            pub const ALL: &'static [Self] = &[$(Self::$known,)*];

            /// The type's contract name.
            #[must_use]
            #[inline]
            pub fn type_name(self) -> &'static $crate::contract::TypeName {
                match self { $(Self::$known => <$known as $crate::contract::Known>::TYPE,)* }
            }

            /// The names that arrays of the type go by.
            #[must_use]
            pub fn array_names(self) -> &'static $crate::contract::ArrayNames {
                match self { $(Self::$known => <$known as $crate::contract::Known>::ARRAYS,)* }
            }

            /// In how many dimensions the platform knows arrays of the type: none, one or two.
            #[must_use]
            pub const fn array_dimensions(self) -> u8 {
                match self { $(Self::$known => $arrays,)* }
            }

            /// The contract of the class that the type is derived of, where a place may declare that
            /// class and hold a value of this type.
            #[must_use]
            pub fn base(self) -> Option<&'static $crate::contract::TypeName> {
                match self { $(Self::$known => <$known as $crate::contract::Known>::BASE,)* }
            }

            /// Whether values of the type are mere texts: enumerations.
            #[must_use]
            pub fn is_scalar(self) -> bool {
                match self { $(Self::$known => <$known as $crate::contract::Known>::IS_SCALAR,)* }
            }

            /// Whether values of the type are collections.
            #[must_use]
            pub fn is_list(self) -> bool {
                match self { $(Self::$known => <$known as $crate::contract::Known>::IS_LIST,)* }
            }

            pub(crate) fn read_begun<R: Reader>(self, reader: &mut R) -> Result<$value, R::Error> {
                match self {
                    $(Self::$known => $crate::value::known::read_begun::<$known, R>(reader),)*
                }
            }

            /// Reads a value where this type is declared.
            pub(crate) fn read_declared<R: Reader>(
                self,
                reader: &mut R,
            ) -> Result<$value, R::Error> {
                match self {
                    $(Self::$known => <$known as Field>::read(reader).map(Into::into),)*
                }
            }

            /// Whether the value is of this type.
            pub(crate) fn is_of(self, value: &$value) -> bool {
                match (self, value) {
                    $((Self::$known, $value::$known(_)) => true,)*
                    _ => false,
                }
            }
        }

        $(impl From<$known> for $value {
            fn from(value: $known) -> Self {
                Self::$known(value.into())
            }
        })*
    };
}

/// Reads the content of a value of this type, which the reader has begun.
///
/// Not in line: a value inside a value would take the stack of all types that there are.
#[inline(never)]
pub(super) fn read_begun<K: Known + Into<Value>, R: Reader>(
    reader: &mut R,
) -> Result<Value, R::Error> {
    K::read_begun(reader).map(Into::into)
}

/// Whether a value stands in an `object` place by itself, and not as an item of an array.
///
/// Reading JSON makes arrays of collections, and the platform writes their items in XML, of types
/// too that it knows from the collection alone: the fixture `executemultiple-response` shows that
/// of one. By itself, such a type is refused: `val-orgrequest`.
pub(super) fn is_on_its_own(slot: &Slot, place: Place) -> bool {
    place == Place::Object && slot.namespace != Namespace::Arrays
}

/// How a value holds a contract type: a large one in a box.
macro_rules! held {
    (boxed $known:ident) => { Box<$known> };
    (inline $known:ident) => { $known };
}

pub(super) use {held, known_types};
