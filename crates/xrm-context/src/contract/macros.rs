//! The blocks that describe contract types. They repeat; they do not think.

/// The bytes of a place, from its name and namespace. See [`Slot`](super::Slot).
///
/// The name may be given in pieces: `"ArrayOf" "Entity"`.
macro_rules! slot {
    (member $($name:literal)+ in $namespace:ident) => {
        $crate::contract::slot!(@ $($name)+, $namespace, "\"", $($name,)+ "\":")
    };
    (item $($name:literal)+ in $namespace:ident) => {
        $crate::contract::slot!(@ $($name)+, $namespace,)
    };
    (@ $($name:literal)+, $namespace:ident, $($json:literal),*) => {
        $crate::contract::Slot {
            name: concat!($($name),+),
            namespace: $crate::namespace::Namespace::$namespace,
            declares: None,
            omitted: false,
            since: None,
            json: $crate::contract::JsonText {
                name: concat!($($json),*),
                next: concat!(",", $($json),*),
                piece: const { $crate::contract::Piece::new(concat!($($json),*)) },
            },
            xml: $crate::contract::XmlText {
                open: concat!("<", $($name),+),
                close: concat!("</", $($name,)+ ">"),
            },
            xml_a: $crate::contract::XmlText {
                open: concat!("<a:", $($name),+),
                close: concat!("</a:", $($name,)+ ">"),
            },
            xml_piece: const { $crate::contract::Piece::new(concat!($($name,)+ ">")) },
            xml_tags: $crate::contract::XmlTags {
                open: const {
                    $crate::contract::Piece::new(concat!(
                        "<", $crate::namespace::near_prefix!($namespace), $($name),+
                    ))
                },
                close: const {
                    $crate::contract::Piece::new(concat!(
                        "</", $crate::namespace::near_prefix!($namespace), $($name,)+ ">"
                    ))
                },
                near: const { 1 << $crate::namespace::Namespace::$namespace.index() },
            },
            closes: None,
        }
    };
}

/// The name of a contract type, with its JSON type hint. See [`TypeName`](super::TypeName).
macro_rules! type_name {
    ($($name:literal)+ in $namespace:ident) => {
        $crate::contract::TypeName {
            name: concat!($($name),+),
            namespace: $crate::namespace::Namespace::$namespace,
            json: concat!(
                "\"",
                $($name,)+
                ":",
                $crate::namespace::namespace_text!(json $namespace),
                "\""
            ),
            json_member: concat!(
                "\"__type\":\"",
                $($name,)+
                ":",
                $crate::namespace::namespace_text!(json $namespace),
                "\","
            ),
            xml_hint: concat!(" i:type=\"", $($name,)+ "\">"),
            xml_hint_b: concat!(
                " i:type=\"b:",
                $($name,)+
                "\" xmlns:b=\"",
                $crate::namespace::namespace_text!($namespace),
                "\">"
            ),
        }
    };
}

/// The names that arrays of a type go by. See [`ArrayNames`](super::ArrayNames).
macro_rules! array_names {
    ($contract:literal in $namespace:ident) => {
        &$crate::contract::ArrayNames {
            item: $crate::contract::slot!(item $contract in $namespace),
            array: $crate::contract::type_name!("ArrayOf" $contract in $namespace),
            array_item: $crate::contract::slot!(item "ArrayOf" $contract in $namespace),
            arrays: $crate::contract::type_name!("ArrayOfArrayOf" $contract in $namespace),
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
/// - `"MetadataId" in Metadata => ...`: a base class of another namespace declares the member.
/// - `"TopCount" or nothing => ...`: the member is left out where it has its default.
/// - `"RowVersion" since V7_1 => ...`: that generation of the contracts added the member.
/// - `... => can_be_changed: bool = true`: the member's default, where it is not its type's.
/// - `pub struct UpsertResponse: OrganizationResponse = ...`: the class is derived of that one, which
///   lists the same members: it may stand where the base class is declared.
macro_rules! contract {
    (
        $(#[$doc:meta])*
        pub struct $type:ident $(: $base:ident)? = $contract:literal in $namespace:ident {
            $(
                $(#[$member_doc:meta])*
                $name:literal $(in $own:ident)? $(or $nothing:ident)? $(since $since:ident)? =>
                    $field:ident: $member:ty $(= $default:expr)?,
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
                $(contract!(@slot $name, $namespace $(, $own)?)
                    .of(<$member as $crate::contract::Field>::DECLARED)
                    $(.or(stringify!($nothing)))?
                    $(.since($crate::generation::Generation::$since))?,)*
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
                // The members of most bodies stand in wire order.
                'in_order: {$(
                    let slot = &Self::SLOTS[At::$field as usize];
                    if !reader.take_expected(slot, members.is_empty())? {
                        break 'in_order;
                    }
                    members.take_expected();
                    let read = $crate::contract::read_member(
                        &mut this.$field, &mut members, At::$field as usize, reader,
                    );
                    if let Err(error) = read {
                        return Err(R::within(error, $crate::contract::Step::Member(slot.name)));
                    }
                )*
                    if reader.take_expected_end() {
                        this.extra = members.into_extra();
                        return Ok(this);
                    }
                }
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

        impl $crate::contract::Known for $type {
            const TYPE: &'static $crate::contract::TypeName =
                <Self as $crate::contract::Contract>::TYPE;
            $(
                const BASE: Option<&'static $crate::contract::TypeName> =
                    Some(<$base as $crate::contract::Contract>::TYPE);
            )?
            const ARRAYS: &'static $crate::contract::ArrayNames =
                $crate::contract::array_names!($contract in $namespace);

            fn read_begun<R: $crate::contract::Reader>(reader: &mut R) -> Result<Self, R::Error> {
                $crate::contract::Contract::read_members(reader)
            }
        }

        impl $crate::contract::ListItem for $type {
            const FRAME: &'static $crate::contract::ListFrame = &$crate::contract::ListFrame {
                collection: &$crate::contract::type_name!("ArrayOf" $contract in $namespace),
                item: $crate::contract::slot!(item $contract in $namespace),
                content: $crate::namespace::Namespace::$namespace,
            };
        }
    };
    (@default $member:ty, $default:expr) => { $default };
    (@default $member:ty) => { <$member>::default() };
    (@slot $name:literal, $namespace:ident, $own:ident) => {
        $crate::contract::slot!(member $name in $own)
    };
    (@slot $name:literal, $namespace:ident) => {
        $crate::contract::slot!(member $name in $namespace)
    };
}

/// Lets a class stand as a member, an item, or the value of a pair.
macro_rules! class_field {
    ($type:ident) => {
        impl $crate::contract::Field for $type {
            const DECLARED: Option<$crate::namespace::Namespace> =
                Some(<Self as $crate::contract::Contract>::TYPE.namespace);
            const NULL_IS_EMPTY: bool = true;

            #[inline]
            fn write<W: $crate::contract::Writer>(
                &self,
                writer: &mut W,
                slot: &$crate::contract::Slot,
                place: $crate::contract::Place,
            ) {
                use $crate::contract::{Contract, begin_derived};
                let mark = match self.extra.derived() {
                    None => writer.begin_class(slot, place, <Self as Contract>::TYPE),
                    Some(derived) => begin_derived(writer, slot, derived),
                };
                self.write_members(writer);
                writer.end_class(slot, mark);
            }

            fn read<R: $crate::contract::Reader>(reader: &mut R) -> Result<Self, R::Error> {
                use $crate::contract::Contract;
                reader.begin_class(Some(<Self as Contract>::TYPE))?;
                let derived = reader.derived();
                let mut this = Self::read_members(reader)?;
                if let Some(derived) = derived {
                    this.extra.derive(derived);
                }
                Ok(this)
            }

            fn is_default(&self) -> bool {
                *self == Self::default()
            }

            fn visit(&mut self, visitor: &mut dyn $crate::contract::VisitMut) {
                $crate::contract::Contract::visit_members(self, visitor);
            }
        }
    };
}

/// Describes a base class whose places hold one of its derived classes. An interface has no
/// namespace: its places are `object` places.
macro_rules! base_class {
    (
        $(#[$doc:meta])*
        pub enum $base:ident $(in $namespace:ident)? { $($derived:ident,)* }
    ) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Debug)]
        #[non_exhaustive]
        pub enum $base {
            $(#[doc = concat!("A [`", stringify!($derived), "`].")] $derived(Box<$derived>),)*
            /// A derived class that this version does not know.
            Other(Box<$crate::raw::Raw>),
        }

        $(impl From<$derived> for $base {
            fn from(value: $derived) -> Self {
                Self::$derived(Box::new(value))
            }
        })*

        impl From<$base> for $crate::value::Value {
            fn from(value: $base) -> Self {
                match value {
                    $($base::$derived(value) => Self::$derived(value),)*
                    $base::Other(raw) => Self::Raw(raw),
                }
            }
        }

        impl $crate::contract::Field for $base {
            const DECLARED: Option<$crate::namespace::Namespace> =
                base_class!(@declared $($namespace)?);

            fn write<W: $crate::contract::Writer>(
                &self,
                writer: &mut W,
                slot: &$crate::contract::Slot,
                _: $crate::contract::Place,
            ) {
                let place = $crate::contract::Place::Object;
                match self {
                    $(Self::$derived(value) => value.write(writer, slot, place),)*
                    Self::Other(raw) => writer.raw(slot, raw),
                }
            }

            fn read<R: $crate::contract::Reader>(reader: &mut R) -> Result<Self, R::Error> {
                use $crate::value::Value;
                match Value::read(reader)? {
                    $(Value::$derived(value) => Ok(Self::$derived(value)),)*
                    Value::Raw(raw) => Ok(Self::Other(raw)),
                    _ => Err(reader.invalid($crate::contract::Violation::WrongDerivedType)),
                }
            }

            fn is_default(&self) -> bool {
                false
            }

            fn visit(&mut self, visitor: &mut dyn $crate::contract::VisitMut) {
                match self {
                    $(Self::$derived(value) => value.visit(visitor),)*
                    Self::Other(_) => {}
                }
            }
        }
    };
    (@declared $namespace:ident) => { Some($crate::namespace::Namespace::$namespace) };
    (@declared) => { None };
}

/// Describes an enumeration as an open type: numbers that the contract does not name are held too.
/// `pub flags` instead of `pub struct` makes one whose values combine by bits.
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
            const ARRAYS: &'static $crate::contract::ArrayNames =
                $crate::contract::array_names!($contract in $namespace);

            fn read_begun<R: $crate::contract::Reader>(reader: &mut R) -> Result<Self, R::Error> {
                $crate::contract::Field::read(reader)
            }
        }
    };
}

pub(crate) use {array_names, base_class, class_field, contract, contract_enum, slot, type_name};
