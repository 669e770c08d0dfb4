//! Classes: named members in a fixed order.

use super::{Declared, Field, Members, PathSegment, Reader, Slot, TypeName, VisitMut, Writer};
use crate::extra::Extra;

/// A class of the contracts: named members in a fixed order.
///
/// A `contract!` block implements it. What differs from class to class is in the block's
/// expansion, one line for each member; the algorithms are in this file.
pub trait DataContract: Field + Default {
    /// The contract's name.
    const TYPE: &'static TypeName;
    /// The members' places, in wire order.
    const SLOTS: &'static [Slot];

    /// The value that a body without members is read as. The platform's deserializers run no
    /// constructor, so a member that a body lacks has the default of its type, which is not
    /// always that of [`Default`].
    fn blank() -> Self;

    /// Writes every member.
    fn write_members<W: Writer>(&self, writer: &mut W);

    /// Reads members for as long as they come in wire order, in the bytes that the format itself
    /// writes. True if that was all of them and the class has ended.
    ///
    /// # Errors
    /// What the reader says of the body.
    fn read_in_order<R: Reader>(
        &mut self,
        members: &mut Members,
        reader: &mut R,
    ) -> Result<bool, R::Error>;

    /// Reads the member at `index` in [`SLOTS`](Self::SLOTS).
    ///
    /// # Errors
    /// What the reader says of the body.
    fn read_member<R: Reader>(
        &mut self,
        index: usize,
        members: &mut Members,
        reader: &mut R,
    ) -> Result<(), R::Error>;

    /// What the body held beyond the members.
    fn extra(&self) -> &Extra;

    /// What the body held beyond the members, to be changed.
    fn extra_mut(&mut self) -> &mut Extra;

    /// Shows every value to the visitor.
    fn visit_members(&mut self, visitor: &mut dyn VisitMut);

    /// Reads every member up to the end of the class, which the reader has begun.
    ///
    /// Members are read in two ways. Bodies that the platform or this library wrote have all of them
    /// in wire order, so first each is expected where it belongs: comparing with bytes that are known
    /// at compile time is several times as fast as reading a name and looking it up. From the first
    /// member on that is not there (an older server lacks it, a newer one has added one, another
    /// tool orders them otherwise) names are read and looked up.
    ///
    /// # Errors
    /// What the reader says of the body.
    #[inline]
    fn read_members<R: Reader>(reader: &mut R) -> Result<Self, R::Error> {
        let mut class = Self::blank();
        let mut members = Members::new(Self::SLOTS);
        if !class.read_in_order(&mut members, reader)? {
            while let Some(index) = reader.member(&mut members)? {
                let read = class.read_member(index, &mut members, reader);
                if let Err(error) = read {
                    return Err(R::within(error, PathSegment::Member(Self::SLOTS[index].name)));
                }
            }
        }
        *class.extra_mut() = members.into_extra();
        Ok(class)
    }
}

/// Writes a class as a member, an item, or the value of a pair.
#[inline]
pub(crate) fn write_class<C: DataContract, W: Writer>(
    class: &C,
    writer: &mut W,
    slot: &Slot,
    declared: Declared,
) {
    let mark = match class.extra().derived() {
        None => writer.begin_class(slot, declared, C::TYPE),
        Some(derived) => begin_derived(writer, slot, derived),
    };
    class.write_members(writer);
    writer.end_class(slot, mark);
}

/// Begins a class that is derived of the one that is declared.
#[cold]
#[inline(never)]
fn begin_derived<W: Writer>(writer: &mut W, slot: &Slot, derived: &'static TypeName) -> W::Mark {
    writer.begin_class(slot, Declared::Object, derived)
}

/// Reads a class where it is declared.
pub(crate) fn read_class<C: DataContract, R: Reader>(reader: &mut R) -> Result<C, R::Error> {
    reader.begin_class(Some(C::TYPE))?;
    let derived = reader.derived();
    let mut class = C::read_members(reader)?;
    if let Some(derived) = derived {
        class.extra_mut().derive(derived);
    }
    Ok(class)
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
        field.write(writer, slot, Declared::Exactly);
    }
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
        if R::DROPS_MINUS_OF_ZERO && field.drop_minus_of_zero() {
            members.mark_minus_zero(index);
        }
    }
    Ok(())
}

/// Reads the member that is expected next, if it is there: its place, and its index as a constant,
/// so that the comparison is with bytes known at compile time. Inlined for that reason.
#[inline(always)]
pub(crate) fn read_expected<R: Reader, F: Field>(
    field: &mut F,
    slot: &'static Slot,
    members: &mut Members,
    index: usize,
    reader: &mut R,
) -> Result<bool, R::Error> {
    if !reader.take_expected(slot, members.is_empty())? {
        return Ok(false);
    }
    members.take_expected();
    match read_member(field, members, index, reader) {
        Ok(()) => Ok(true),
        Err(error) => Err(R::within(error, PathSegment::Member(slot.name))),
    }
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
/// - `... => can_be_changed: bool = true`: the member's default, where it is not its type's. A body
///   without the member is read as the type's all the same.
/// - `pub struct OrganizationUpsertResponse: OrganizationResponse = ...`: the class is derived of that one, which
///   lists the same members: it may stand where the base class is declared.
// It expands to the struct, with the field `extra` behind those of the block, its `Default`, and
// five impls. Those of `Field`, `Known` and `ListItem` call functions of this folder; the one of
// `DataContract` has a line for each member:
//
// pub struct Money { pub value: Decimal, pub extra: Extra }
//
// impl DataContract for Money {
//     const TYPE: &TypeName = &type_name!("Money" in Contracts);
//     const SLOTS: &[Slot] = &[slot!(member "Value" in Contracts)];
//
//     fn blank() -> Self {
//         Self { value: Decimal::default(), extra: Extra::default() }
//     }
//     fn write_members(&self, writer) {
//         write_member(&self.value, &self.extra, &Self::SLOTS[0], 0, writer);
//         self.extra.write_unknown(1, writer);
//     }
//     fn read_in_order(&mut self, members, reader) -> Result<bool, _> {
//         if !read_expected(&mut self.value, &Self::SLOTS[0], members, 0, reader)? {
//             return Ok(false);
//         }
//         Ok(reader.take_expected_end())
//     }
//     fn read_member(&mut self, index, members, reader) -> Result<(), _> {
//         match index {
//             0 => read_member(&mut self.value, members, 0, reader),
//             _ => Ok(()),
//         }
//     }
//     // extra, extra_mut, visit_members
// }
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
                    $($field: $crate::contract::contract!(@default $member $(, $default)?),)*
                    extra: $crate::extra::Extra::default(),
                }
            }
        }

        const _: () = {
            use $crate::contract::{
                ArrayNames, DataContract, Field, Known, ListFrame, ListItem, Members, Declared, Reader,
                Sealed, Slot, TypeName, VisitMut, Writer, array_names, contract, read_class,
                read_expected, read_member, slot, type_name, write_class, write_member,
            };
            use $crate::extra::Extra;
            use $crate::namespace::Namespace;

            #[expect(non_camel_case_types, reason = "the members' own names")]
            enum At { $($field,)* }

            impl DataContract for $type {
                const TYPE: &'static TypeName = &type_name!($contract in $namespace);
                const SLOTS: &'static [Slot] = &[$(Slot {
                    omitted: contract!(@omitted $($nothing)?),
                    since: contract!(@since $($since)?),
                    ..contract!(@slot $name, $namespace $(, $own)?)
                        .declaring(<$member as Field>::DECLARED)
                },)*];

                #[inline]
                fn blank() -> Self {
                    Self { $($field: <$member>::default(),)* extra: Extra::default() }
                }

                #[inline]
                fn write_members<W: Writer>(&self, writer: &mut W) {
                    $(write_member(
                        &self.$field,
                        &self.extra,
                        &Self::SLOTS[At::$field as usize],
                        At::$field as usize,
                        writer,
                    );)*
                    self.extra.write_unknown(Self::SLOTS.len(), writer);
                }

                #[inline(always)]
                fn read_in_order<R: Reader>(
                    &mut self,
                    members: &mut Members,
                    reader: &mut R,
                ) -> Result<bool, R::Error> {
                    $(
                        let (slot, index) =
                            (&Self::SLOTS[At::$field as usize], At::$field as usize);
                        if !read_expected(&mut self.$field, slot, members, index, reader)? {
                            return Ok(false);
                        }
                    )*
                    Ok(reader.take_expected_end())
                }

                #[inline(always)]
                fn read_member<R: Reader>(
                    &mut self,
                    index: usize,
                    members: &mut Members,
                    reader: &mut R,
                ) -> Result<(), R::Error> {
                    match index {
                        $(at if at == At::$field as usize => {
                            read_member(&mut self.$field, members, index, reader)
                        })*
                        _ => Ok(()),
                    }
                }

                #[inline(always)]
                fn extra(&self) -> &Extra {
                    &self.extra
                }

                #[inline(always)]
                fn extra_mut(&mut self) -> &mut Extra {
                    &mut self.extra
                }

                fn visit_members(&mut self, visitor: &mut dyn VisitMut) {
                    $(self.$field.visit(visitor);)*
                }
            }

            impl Sealed for $type {}

            impl Field for $type {
                const DECLARED: Option<Namespace> =
                    Some(<Self as DataContract>::TYPE.namespace);
                const NULL_IS_EMPTY: bool = true;

                #[inline]
                fn write<W: Writer>(&self, writer: &mut W, slot: &Slot, declared: Declared) {
                    write_class(self, writer, slot, declared);
                }

                fn read<R: Reader>(reader: &mut R) -> Result<Self, R::Error> {
                    read_class(reader)
                }

                fn is_default(&self) -> bool {
                    *self == Self::default()
                }

                fn visit(&mut self, visitor: &mut dyn VisitMut) {
                    self.visit_members(visitor);
                }
            }

            impl Known for $type {
                const TYPE: &'static TypeName = <Self as DataContract>::TYPE;
                $(
                    const BASE: Option<&'static TypeName> = Some(<$base as DataContract>::TYPE);
                )?
                const ARRAYS: &'static ArrayNames = array_names!($contract in $namespace);

                fn read_begun<R: Reader>(reader: &mut R) -> Result<Self, R::Error> {
                    Self::read_members(reader)
                }
            }

            impl ListItem for $type {
                const FRAME: &'static ListFrame = &ListFrame {
                    collection: &type_name!("ArrayOf" $contract in $namespace),
                    item: slot!(item $contract in $namespace),
                    content: Namespace::$namespace,
                };
            }
        };
    };
    (@default $member:ty, $default:expr) => { $default };
    (@default $member:ty) => { <$member>::default() };
    (@omitted nothing) => { true };
    (@omitted) => { false };
    (@since $since:ident) => { Some($crate::generation::Generation::$since) };
    (@since) => { None };
    (@slot $name:literal, $namespace:ident, $own:ident) => {
        $crate::contract::slot!(member $name in $own)
    };
    (@slot $name:literal, $namespace:ident) => {
        $crate::contract::slot!(member $name in $namespace)
    };
}
pub(crate) use contract;
