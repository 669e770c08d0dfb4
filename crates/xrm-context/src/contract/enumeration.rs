//! Enumerations: their numbers and names.

use super::TypeName;

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

impl EnumType {
    /// The name of the member with this number.
    #[must_use]
    pub fn name_of(&self, number: i32) -> Option<&'static str> {
        self.members.iter().find(|(_, value)| *value == number).map(|(name, _)| *name)
    }

    /// Whether XML writes nothing for a value: flags of which none is set, where the contract has no
    /// name for that.
    ///
    /// Source: `EnumDataContract.WriteEnumValue` of [.NET Framework][source], which asks whether a
    /// bit is left without a name, and not whether a name was written.
    ///
    /// [source]: https://github.com/microsoft/referencesource/blob/master/System.Runtime.Serialization/System/Runtime/Serialization/EnumDataContract.cs
    #[must_use]
    pub fn is_nameless_zero(&self, value: i32) -> bool {
        self.flags && value == 0 && self.name_of(0).is_none()
    }

    /// Shows the names that XML writes for a value, in declaration order: one, or for flags one
    /// for each bit. False, and nothing shown, where the value or a bit of it has no name.
    pub fn for_each_name(&self, value: i32, mut show: impl FnMut(&'static str)) -> bool {
        if self.is_nameless_zero(value) {
            return true;
        }
        if !self.flags || value == 0 {
            return self.name_of(value).map(show).is_some();
        }
        if self.flags_in(value).fold(value, |rest, (_, bits)| rest & !bits) != 0 {
            return false;
        }
        self.flags_in(value).for_each(|(name, _)| show(name));
        true
    }

    /// The members whose bits are set and no earlier member covers.
    fn flags_in(&self, value: i32) -> impl Iterator<Item = (&'static str, i32)> {
        // In declaration order, each member takes its bits away: a member whose bits are all those of
        // earlier ones (`All`) is therefore not named again.
        let mut rest = value;
        self.members.iter().copied().filter(move |(_, bits)| {
            let is_new = *bits != 0 && rest & bits == *bits;
            rest &= if is_new { !bits } else { -1 };
            is_new
        })
    }

    /// The number of the member with this name, in the contract's own spelling.
    #[must_use]
    pub fn number_of(&self, name: &str) -> Option<i32> {
        self.members.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    /// The value of a text in XML: a name, or for flags names with blanks between them.
    #[must_use]
    pub fn value_of(&self, text: &str) -> Option<i32> {
        if !self.flags {
            return self.number_of(text);
        }
        let mut names = text.split_ascii_whitespace();
        names.try_fold(0, |value, name| Some(value | self.number_of(name)?))
    }
}

/// Describes an enumeration as an open type: numbers that the contract does not name are held too.
/// `pub flags` instead of `pub struct` makes one whose values combine by bits.
///
/// ```text
/// contract_enum! {
///     /// An end of a relationship.
///     pub struct EntityRole = "EntityRole" in Contracts {
///         /// The table that refers.
///         REFERENCING = "Referencing", 0;
///     }
/// }
/// ```
// This expands to `pub struct EntityRole(pub i32)` with the constant `EntityRole::REFERENCING`, the method
// `name`, the description `EntityRole::TYPE` and the type's place as a member and as a value.
macro_rules! contract_enum {
    ($(#[$doc:meta])* pub struct $($rest:tt)*) => {
        contract_enum!(@ false, [$(#[$doc])*] $($rest)*);
    };
    ($(#[$doc:meta])* pub flags $type:ident $($rest:tt)*) => {
        contract_enum!(@ true, [$(#[$doc])*] $type $($rest)*);

        impl std::ops::BitOr for $type {
            type Output = Self;

            fn bitor(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }
        }

        impl $type {
            /// Whether all bits of `other` are set.
            #[must_use]
            pub const fn contains(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }
        }
    };
    (
        @ $flags:literal, [$(#[$doc:meta])*]
        $type:ident = $contract:literal in $namespace:ident {
            $($(#[$member_doc:meta])* $constant:ident = $name:literal, $number:literal;)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $type(pub i32);

        impl $type {
            $($(#[$member_doc])* pub const $constant: Self = Self($number);)*

            /// The contract's description of the enumeration.
            pub const TYPE: &'static $crate::contract::EnumType = &$crate::contract::EnumType {
                type_name: $crate::contract::type_name!($contract in $namespace),
                flags: $flags,
                members: &[$(($name, $number),)*],
            };

            /// The value's name, if the contract has one for it.
            #[must_use]
            pub fn name(self) -> Option<&'static str> {
                Self::TYPE.name_of(self.0)
            }
        }

        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self.name() {
                    Some(name) => write!(f, "{name}"),
                    None => write!(f, concat!(stringify!($type), "({})"), self.0),
                }
            }
        }

        const _: () = {
            use $crate::contract::{
                ArrayNames, Field, Known, Declared, Plain, Reader, Sealed, Slot, TypeName, Writer,
                array_names,
            };

            impl Sealed for $type {}

            impl Field for $type {
                const DECLARED: Option<$crate::namespace::Namespace> = None;

                fn write<W: Writer>(&self, writer: &mut W, slot: &Slot, declared: Declared) {
                    writer.enumeration(slot, declared, Self::TYPE, self.0);
                }

                fn read<R: Reader>(reader: &mut R) -> Result<Self, R::Error> {
                    reader.enumeration(Self::TYPE).map(Self)
                }

                fn is_default(&self) -> bool {
                    self.0 == 0
                }
            }

            impl Known for $type {
                const TYPE: &'static TypeName = &Self::TYPE.type_name;
                const IS_SCALAR: bool = true;
                const ARRAYS: &'static ArrayNames = array_names!($contract in $namespace);

                fn read_begun<R: Reader>(reader: &mut R) -> Result<Self, R::Error> {
                    Field::read(reader)
                }

                fn into_plain(self) -> Plain {
                    Plain::Number(self.0)
                }
            }
        };
    };
}
pub(crate) use contract_enum;
