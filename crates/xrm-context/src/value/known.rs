//! The contract types that may stand in an `object` place: one word each.

use super::Value;
use crate::contract::{Declared, Known, Reader, Slot};
use crate::namespace::Namespace;

/// Makes `enum Value` of the scalars and of the named contract types.
///
/// `Bool(bool) "Boolean";` is a scalar: the variant, what it holds, and what errors call it. From what
/// `converted` scalars hold, a value is made by `From`; `wrapped` ones share their Rust type with
/// another, or are no type of an application's.
///
/// `Entity boxed [1]` names the type `Entity`, held in a box, whose arrays the platform knows in
/// one dimension. `json` behind it says that the platform knows the type from a collection only: in an
/// `object` place only JSON takes it, unless it is an item of an array. `unread` says the same, but that the
/// platform writes the type in XML, which it can't read again.
// The block expands to the enum, its equality, names and conversions, and to `enum KnownType`, one
// variant for each contract type. What it does for a known type it asks of the type's impl of
// `Known`: the arm for `Entity` in `type_name` is
// `Self::Entity => <Entity as Known>::TYPE`.
macro_rules! known_types {
    (
        $(#[$doc:meta])*
        pub enum $value:ident {
            converted {
                $($(#[$converted_doc:meta])* $converted:ident($rust:ty) $converted_name:literal;)*
            }
            wrapped {
                $($(#[$wrapped_doc:meta])* $wrapped:ident($inner:ty) $wrapped_name:literal;)*
            }
            known {
                $(
                    $(#[$known_doc:meta])*
                    $known:ident $held:ident [$arrays:literal] $($only:ident)?,
                )*
            }
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default)]
        #[non_exhaustive]
        pub enum $value {
            /// No value.
            #[default]
            Null,
            /// A bare `System.Object`: a value without content.
            Object,
            /// An array.
            Array(Array),
            $($(#[$converted_doc])* $converted($rust),)*
            $($(#[$wrapped_doc])* $wrapped($inner),)*
            $($(#[$known_doc])* $known($crate::value::held!($held $known)),)*
        }

        $(impl From<$rust> for $value {
            fn from(value: $rust) -> Self {
                Self::$converted(value)
            }
        })*

        $(impl From<$known> for $value {
            fn from(value: $known) -> Self {
                Self::$known(value.into())
            }
        })*

        impl $value {
            /// Writes a value of a contract type; the scalars are written before.
            fn write_known<W: Writer>(&self, writer: &mut W, slot: &Slot, declared: Declared) {
                match self {
                    $(Self::$known(value) => {
                        $(
                            let name = <$known as $crate::contract::Known>::TYPE;
                            if $crate::value::known::is_json_only!($only)
                                && $crate::value::known::is_on_its_own(slot, declared)
                                && writer.refuses(slot, name)
                            {
                                return;
                            }
                        )?
                        Field::write(value, writer, slot, declared);
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
                    (Self::Array(a), Self::Array(b)) => a == b,
                    $((Self::$converted(a), Self::$converted(b)) => a == b,)*
                    $((Self::$wrapped(a), Self::$wrapped(b)) => a == b,)*
                    $((Self::$known(a), Self::$known(b)) => a == b,)*
                    _ => false,
                }
            }

            /// The name of the value's type, as errors give it.
            #[must_use]
            pub fn type_name(&self) -> &'static str {
                match self {
                    Self::Null => "null",
                    Self::Object => "Object",
                    Self::Array(array) => array.kind().type_name().name,
                    $(Self::$converted(_) => $converted_name,)*
                    $(Self::$wrapped(_) => $wrapped_name,)*
                    $(Self::$known(_) => stringify!($known),)*
                }
            }

            /// What is left of the value in a format that writes no type hint for it.
            #[doc(hidden)]
            #[must_use]
            pub fn into_plain(self) -> $crate::contract::Plain {
                match self {
                    $(Self::$known(value) => {
                        $crate::contract::Known::into_plain($crate::value::unheld!($held value))
                    })*
                    other => $crate::contract::Plain::Value(other),
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

            /// Whether the platform knows the type from a collection only: in an `object` place, it reads it
            /// from JSON only, unless it is an item of an array.
            #[must_use]
            pub const fn is_known_by_collection(self) -> bool {
                match self { $(Self::$known => !concat!($(stringify!($only))?).is_empty(),)* }
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
            pub(crate) fn holds(self, value: &$value) -> bool {
                match (self, value) {
                    $((Self::$known, $value::$known(_)) => true,)*
                    _ => false,
                }
            }
        }
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
pub(super) fn is_on_its_own(slot: &Slot, declared: Declared) -> bool {
    declared == Declared::Object && slot.namespace != Namespace::Arrays
}

/// Whether the word behind a type says that XML refuses it.
macro_rules! is_json_only {
    (json) => {
        true
    };
    (unread) => {
        false
    };
}

/// How a value holds a contract type: a large one in a box.
macro_rules! held {
    (boxed $known:ident) => { Box<$known> };
    (inline $known:ident) => { $known };
}

/// The contract type that a value holds in that way.
macro_rules! unheld {
    (boxed $value:ident) => {
        *$value
    };
    (inline $value:ident) => {
        $value
    };
}

pub(super) use {held, is_json_only, known_types, unheld};
