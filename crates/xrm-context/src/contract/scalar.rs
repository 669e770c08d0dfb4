//! Scalars: the names of their types, and their places as members.

use rust_decimal::Decimal;
use uuid::Uuid;

use super::{
    Declared, Field, PairFrame, Reader, Sealed, Slot, TypeName, VisitMut, Writer, type_name,
};
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

/// Lets scalars stand as members: `bool: bool(*it), bool` is written as `writer.bool(.., *it)`, with
/// `it` for the value, and read as `reader.bool()`. Methods of `Field` that a type has beyond these
/// follow in braces.
macro_rules! scalar_fields {
    ($($type:ty: $write:ident($it:ident => $value:expr), $read:ident $({ $($more:item)* })?;)*) => {$(
        impl Sealed for $type {}

        impl Field for $type {
            const DECLARED: Option<Namespace> = None;

            #[inline]
            fn write<W: Writer>(&self, writer: &mut W, slot: &Slot, declared: Declared) {
                let $it = self;
                writer.$write(slot, declared, $value);
            }

            #[inline]
            fn read<R: Reader>(reader: &mut R) -> Result<Self, R::Error> {
                reader.$read()
            }

            fn is_default(&self) -> bool {
                *self == Self::default()
            }

            $($($more)*)?
        }
    )*};
}

scalar_fields! {
    bool: bool(it => *it), bool;
    i32: int(it => *it), int;
    f64: double(it => *it), double {
        #[inline]
        fn drop_minus_of_zero(&mut self) -> bool {
            let is_minus_zero = *self == 0.0 && self.is_sign_negative();
            if is_minus_zero {
                *self = 0.0;
            }
            is_minus_zero
        }
    };
    Decimal: decimal(it => *it), decimal;
    Uuid: guid(it => *it), guid;
    String: string(it => it), string;
    DateTime: date_time(it => *it), date_time {
        fn visit(&mut self, visitor: &mut dyn VisitMut) {
            visitor.date_time(self);
        }
    };
    Key: string(it => it), key {
        // Most pairs by far have such keys, so writers may write the pair's begin and its key at once.
        #[inline(always)]
        fn begin_pair<W: Writer>(
            &self,
            writer: &mut W,
            frame: &'static PairFrame,
            declared: Declared,
        ) -> W::Mark {
            writer.begin_pair(frame, declared, self)
        }
    };
}

impl Sealed for i64 {}

impl Field for i64 {
    const DECLARED: Option<Namespace> = None;

    fn write<W: Writer>(&self, writer: &mut W, slot: &Slot, declared: Declared) {
        writer.integer(slot, declared, IntegerKind::Long, (*self).into());
    }

    fn read<R: Reader>(reader: &mut R) -> Result<Self, R::Error> {
        let number = reader.integer(IntegerKind::Long)?;
        Ok(Self::try_from(number).expect("the reader checks the range"))
    }

    fn is_default(&self) -> bool {
        *self == 0
    }
}
