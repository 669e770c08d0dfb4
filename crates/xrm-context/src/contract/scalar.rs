//! Scalars: the names of their types, and their places as members.

use rust_decimal::Decimal;
use uuid::Uuid;

use super::{Field, PairFrame, Place, Reader, Slot, TypeName, VisitMut, Writer, type_name};
use crate::collection::Key;
use crate::namespace::Namespace;
use crate::scalar::DateTime;

/// The names of the scalars' types.
pub mod scalar_type {
    use super::{TypeName, type_name};

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

macro_rules! scalar_fields {
    ($($type:ty => $method:ident;)*) => {$(
        impl Field for $type {
            const DECLARED: Option<Namespace> = None;

            #[inline]
            fn write<W: Writer>(&self, writer: &mut W, slot: &Slot, place: Place) {
                writer.$method(slot, place, *self);
            }

            #[inline]
            fn read<R: Reader>(reader: &mut R) -> Result<Self, R::Error> {
                reader.$method()
            }

            fn is_default(&self) -> bool {
                *self == Self::default()
            }
        }
    )*};
}

scalar_fields! {
    bool => bool;
    i32 => int;
    f64 => double;
    Decimal => decimal;
    Uuid => guid;
}

impl Field for String {
    const DECLARED: Option<Namespace> = None;

    #[inline]
    fn write<W: Writer>(&self, writer: &mut W, slot: &Slot, place: Place) {
        writer.string(slot, place, self);
    }

    #[inline]
    fn read<R: Reader>(reader: &mut R) -> Result<Self, R::Error> {
        reader.string()
    }

    fn is_default(&self) -> bool {
        self.is_empty()
    }
}

impl Field for Key {
    const DECLARED: Option<Namespace> = None;

    #[inline]
    fn write<W: Writer>(&self, writer: &mut W, slot: &Slot, place: Place) {
        writer.string(slot, place, self);
    }

    #[inline(always)]
    fn begin_pair<W: Writer>(
        &self,
        writer: &mut W,
        frame: &'static PairFrame,
        place: Place,
    ) -> W::Mark {
        writer.begin_pair(frame, place, self)
    }

    #[inline]
    fn read<R: Reader>(reader: &mut R) -> Result<Self, R::Error> {
        reader.key()
    }

    fn is_default(&self) -> bool {
        self.is_empty()
    }
}

impl Field for i64 {
    const DECLARED: Option<Namespace> = None;

    fn write<W: Writer>(&self, writer: &mut W, slot: &Slot, place: Place) {
        writer.integer(slot, place, IntegerKind::Long, (*self).into());
    }

    fn read<R: Reader>(reader: &mut R) -> Result<Self, R::Error> {
        let number = reader.integer(IntegerKind::Long)?;
        Ok(Self::try_from(number).expect("the reader checks the range"))
    }

    fn is_default(&self) -> bool {
        *self == 0
    }
}

impl Field for DateTime {
    const DECLARED: Option<Namespace> = None;

    #[inline]
    fn write<W: Writer>(&self, writer: &mut W, slot: &Slot, place: Place) {
        writer.date_time(slot, place, *self);
    }

    #[inline]
    fn read<R: Reader>(reader: &mut R) -> Result<Self, R::Error> {
        reader.date_time()
    }

    fn is_default(&self) -> bool {
        *self == Self::default()
    }

    fn visit(&mut self, visitor: &mut dyn VisitMut) {
        visitor.date_time(self);
    }
}
