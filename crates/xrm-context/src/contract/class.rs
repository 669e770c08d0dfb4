//! Classes: named members in a fixed order.

use super::{Field, Members, Place, Reader, Slot, TypeName, VisitMut, Writer};
use crate::extra::Extra;

/// A class of the contracts: named members in a fixed order.
pub trait Contract: Default {
    /// The contract's name.
    const TYPE: &'static TypeName;
    /// The members' places, in wire order.
    const SLOTS: &'static [Slot];

    /// Writes every member.
    fn write_members<W: Writer>(&self, writer: &mut W);
    /// Reads every member up to the end of the class, which the reader has begun.
    ///
    /// # Errors
    /// What the reader says of the body.
    fn read_members<R: Reader>(reader: &mut R) -> Result<Self, R::Error>;
    /// Shows every value to the visitor.
    fn visit_members(&mut self, visitor: &mut dyn VisitMut);
}

/// Writes one member, unless the body it was read from lacked it, or the generation that is asked
/// for does.
#[inline]
pub(crate) fn write_member<W: Writer, F: Field>(
    field: &F,
    extra: &Extra,
    slot: &Slot,
    index: usize,
    writer: &mut W,
) {
    let is_written = if extra.is_plain() {
        slot.is_written(|| field.is_default(), || writer.generation())
    } else {
        extra.writes(index, slot, || field.is_default(), writer)
    };
    if is_written {
        field.write(writer, slot, Place::Declared);
    }
}

/// Begins a class that is derived of the one that is declared.
#[cold]
#[inline(never)]
pub(crate) fn begin_derived<W: Writer>(
    writer: &mut W,
    slot: &Slot,
    derived: &'static TypeName,
) -> W::Mark {
    writer.begin_class(slot, Place::Object, derived)
}

/// Reads one member into its field.
#[inline]
pub(crate) fn read_member<R: Reader, F: Field>(
    field: &mut F,
    members: &mut Members,
    index: usize,
    reader: &mut R,
) -> Result<(), R::Error> {
    if F::NULL_IS_EMPTY && reader.null()? {
        members.mark_null(index);
    } else {
        *field = F::read(reader)?;
    }
    Ok(())
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
pub(crate) use {class_field, contract};
