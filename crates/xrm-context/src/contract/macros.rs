//! The blocks that describe contract types. They repeat; they do not think.

/// The bytes of a place, from its name and namespace. See [`Slot`](super::Slot).
macro_rules! slot {
    (member $name:literal in $namespace:ident) => {
        $crate::contract::slot!(@ $name, $namespace, concat!("\"", $name, "\":"))
    };
    (item $name:literal in $namespace:ident) => {
        $crate::contract::slot!(@ $name, $namespace, "")
    };
    (@ $name:literal, $namespace:ident, $json:expr) => {
        $crate::contract::Slot {
            name: $name,
            namespace: $crate::namespace::Namespace::$namespace,
            declares: None,
            json: $json,
            xml_open: concat!("<", $name),
            xml_close: concat!("</", $name, ">"),
        }
    };
}

/// The name of a contract type, with its JSON type hint. See [`TypeName`](super::TypeName).
macro_rules! type_name {
    ($name:literal in $namespace:ident) => {
        $crate::contract::TypeName {
            name: $name,
            namespace: $crate::namespace::Namespace::$namespace,
            json: concat!(
                "\"",
                $name,
                ":",
                $crate::namespace::namespace_text!(json $namespace),
                "\""
            ),
        }
    };
}

/// Describes a class: the block is the struct, its members in wire order, its writer and its
/// reader.
///
/// ```text
/// contract! {
///     /// What the type is.
///     pub struct Money = "Money" in Contracts {
///         /// What the member is.
///         "Value" => value: Decimal,       // wire name, Rust name, type
///     }
/// }
/// ```
///
/// A member's default is its type's, or the expression after `=`.
macro_rules! contract {
    (
        $(#[$doc:meta])*
        pub struct $type:ident = $contract:literal in $namespace:ident {
            $(
                $(#[$member_doc:meta])*
                $name:literal => $field:ident: $member:ty $(= $default:expr)?,
            )*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Debug)]
        pub struct $type {
            $($(#[$member_doc])* pub $field: $member,)*
            /// What a body that was read held beyond these members, or lacked of them. Empty in
            /// an application's own values.
            pub extra: $crate::extra::Extra,
        }

        impl Default for $type {
            fn default() -> Self {
                Self {
                    $($field: contract!(@default $member $(, $default)?),)*
                    extra: $crate::extra::Extra::default(),
                }
            }
        }

        impl $crate::contract::Contract for $type {
            const TYPE: &'static $crate::contract::TypeName =
                &$crate::contract::type_name!($contract in $namespace);
            const SLOTS: &'static [$crate::contract::Slot] = &[
                $($crate::contract::slot!(member $name in $namespace)
                    .of(<$member as $crate::contract::Field>::DECLARED),)*
            ];

            #[inline]
            fn write_members<W: $crate::contract::Writer>(&self, writer: &mut W) {
                let mut index = 0;
                $(
                    $crate::contract::write_member(
                        &self.$field, &self.extra, &Self::SLOTS[index], index, writer,
                    );
                    index += 1;
                )*
                self.extra.write_unknown(index, writer);
            }

            fn read_members<R: $crate::contract::Reader>(
                reader: &mut R,
            ) -> Result<Self, R::Error> {
                #[expect(non_camel_case_types, reason = "the members' own names")]
                enum At { $($field,)* }
                let mut this = Self::default();
                let mut members = $crate::contract::Members::new(Self::SLOTS);
                while let Some(index) = reader.member(&mut members)? {
                    let read = match index {
                        $(at if at == At::$field as usize => $crate::contract::read_member(
                            &mut this.$field, &mut members, index, reader,
                        ),)*
                        _ => Ok(()),
                    };
                    if let Err(error) = read {
                        let step = $crate::contract::Step::Member(Self::SLOTS[index].name);
                        return Err(R::within(error, step));
                    }
                }
                this.extra = members.into_extra();
                Ok(this)
            }

            fn visit_members(&mut self, visitor: &mut dyn $crate::contract::VisitMut) {
                $($crate::contract::Field::visit(&mut self.$field, visitor);)*
            }
        }

        $crate::contract::class_field!($type);
    };
    (@default $member:ty, $default:expr) => { $default };
    (@default $member:ty) => { <$member>::default() };
}

/// Lets a class stand as a member, an item, or the value of a pair.
macro_rules! class_field {
    ($type:ident) => {
        impl $crate::contract::Field for $type {
            const DECLARED: Option<$crate::namespace::Namespace> =
                Some(<Self as $crate::contract::Contract>::TYPE.namespace);

            #[inline]
            fn write<W: $crate::contract::Writer>(
                &self,
                writer: &mut W,
                slot: &$crate::contract::Slot,
                place: $crate::contract::Place,
            ) {
                use $crate::contract::Contract;
                let mark = writer.begin_class(slot, place, Self::TYPE);
                self.write_members(writer);
                writer.end_class(slot, mark);
            }

            fn read<R: $crate::contract::Reader>(reader: &mut R) -> Result<Self, R::Error> {
                reader.begin_class()?;
                $crate::contract::Contract::read_members(reader)
            }

            fn is_default(&self) -> bool {
                *self == Self::default()
            }

            fn visit(&mut self, visitor: &mut dyn $crate::contract::VisitMut) {
                $crate::contract::Contract::visit_members(self, visitor);
            }
        }

        impl $crate::contract::Known for $type {
            const TYPE: &'static $crate::contract::TypeName =
                <Self as $crate::contract::Contract>::TYPE;

            fn read_begun<R: $crate::contract::Reader>(reader: &mut R) -> Result<Self, R::Error> {
                $crate::contract::Contract::read_members(reader)
            }
        }
    };
}

/// Describes an enumeration as an open type: numbers that the contract does not name are held too.
macro_rules! contract_enum {
    (
        $(#[$doc:meta])*
        pub struct $type:ident = $contract:literal in $namespace:ident {
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
                flags: false,
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

        impl $crate::contract::Field for $type {
            const DECLARED: Option<$crate::namespace::Namespace> = None;

            fn write<W: $crate::contract::Writer>(
                &self,
                writer: &mut W,
                slot: &$crate::contract::Slot,
                place: $crate::contract::Place,
            ) {
                writer.enumeration(slot, place, Self::TYPE, self.0);
            }

            fn read<R: $crate::contract::Reader>(reader: &mut R) -> Result<Self, R::Error> {
                reader.enumeration(Self::TYPE).map(Self)
            }

            fn is_default(&self) -> bool {
                self.0 == 0
            }
        }

        impl $crate::contract::Known for $type {
            const TYPE: &'static $crate::contract::TypeName = &Self::TYPE.type_name;
            const IS_SCALAR: bool = true;

            fn read_begun<R: $crate::contract::Reader>(reader: &mut R) -> Result<Self, R::Error> {
                $crate::contract::Field::read(reader)
            }
        }
    };
}

/// Describes a code: an integer on the wire, open to values that it does not name.
macro_rules! code {
    (
        $(#[$doc:meta])*
        pub struct $type:ident {
            $($(#[$member_doc:meta])* $constant:ident = $number:literal, $label:literal;)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $type(pub i32);

        impl $type {
            $($(#[$member_doc])* pub const $constant: Self = Self($number);)*

            /// The platform's label for the value, if it has one.
            #[must_use]
            pub const fn label(self) -> Option<&'static str> {
                match self.0 {
                    $($number => Some($label),)*
                    _ => None,
                }
            }
        }

        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self.label() {
                    Some(label) => write!(f, "{} ({label})", self.0),
                    None => write!(f, "{}", self.0),
                }
            }
        }

        impl $crate::contract::Field for $type {
            const DECLARED: Option<$crate::namespace::Namespace> = None;

            #[inline]
            fn write<W: $crate::contract::Writer>(
                &self,
                writer: &mut W,
                slot: &$crate::contract::Slot,
                place: $crate::contract::Place,
            ) {
                writer.int(slot, place, self.0);
            }

            fn read<R: $crate::contract::Reader>(reader: &mut R) -> Result<Self, R::Error> {
                reader.int().map(Self)
            }

            fn is_default(&self) -> bool {
                self.0 == 0
            }
        }
    };
}

pub(crate) use {class_field, code, contract, contract_enum, slot, type_name};
