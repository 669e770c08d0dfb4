//! What may stand as a member: scalars, classes, collections, and options and boxes of them.

use rust_decimal::Decimal;
use uuid::Uuid;

use super::{
    ArrayNames, EnumType, IntegerKind, Members, PairFrame, Place, Reader, Slot, TypeName,
    Violation, Writer,
};
use crate::collection::Key;
use crate::extra::Extra;
use crate::namespace::Namespace;
use crate::scalar::DateTime;
use crate::value::Value;

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

/// A value that may stand as a member.
pub trait Field: Sized {
    /// The namespace of the declared type, if it is a class or a collection.
    const DECLARED: Option<Namespace>;
    /// Whether a null member is read as an empty value and remembered: true for collections and
    /// classes, which the platform's own types never leave null. `Option` tells null itself.
    const NULL_IS_EMPTY: bool = false;

    /// Writes the value at the place.
    fn write<W: Writer>(&self, writer: &mut W, slot: &Slot, place: Place);
    /// Begins a pair that has this value as its key.
    #[inline(always)]
    fn begin_pair<W: Writer>(
        &self,
        writer: &mut W,
        frame: &'static PairFrame,
        place: Place,
    ) -> W::Mark {
        let pair = writer.begin_class(&frame.item, place, frame.pair);
        self.write(writer, &frame.slots[0], Place::Declared);
        pair
    }
    /// Reads a value.
    ///
    /// # Errors
    /// What the reader says of the body.
    fn read<R: Reader>(reader: &mut R) -> Result<Self, R::Error>;
    /// The value that stands for null, if the type has one.
    #[must_use]
    fn of_null() -> Option<Self> {
        None
    }
    /// Whether the value is what stands for an absent member.
    fn is_default(&self) -> bool;
    /// Shows every value inside to the visitor.
    fn visit(&mut self, _visitor: &mut dyn VisitMut) {}
}

/// A contract type that may stand in an `object` place.
pub trait Known: Field {
    /// The contract's name.
    const TYPE: &'static TypeName;
    /// The class that this one is derived of, where a place may declare that class and hold this.
    const BASE: Option<&'static TypeName> = None;
    /// Whether the value is a mere text, without members or items.
    const IS_SCALAR: bool = false;
    /// Whether the value is a collection.
    const IS_LIST: bool = false;
    /// The names that arrays of the type go by.
    const ARRAYS: &'static ArrayNames;

    /// Reads the content of a value that the reader has begun.
    ///
    /// # Errors
    /// What the reader says of the body.
    fn read_begun<R: Reader>(reader: &mut R) -> Result<Self, R::Error>;
}

/// Sees every value of a tree and may change it in place.
pub trait VisitMut {
    /// A value in an `object` place. Call [`Value::visit_inside`] to go deeper.
    fn value(&mut self, value: &mut Value);
    /// A date in a member that is declared as one.
    fn date_time(&mut self, value: &mut DateTime);
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

impl<F: Field> Field for Option<F> {
    const DECLARED: Option<Namespace> = F::DECLARED;

    #[inline]
    fn write<W: Writer>(&self, writer: &mut W, slot: &Slot, place: Place) {
        match self {
            Some(value) => value.write(writer, slot, place),
            None => writer.null(slot),
        }
    }

    #[inline]
    fn read<R: Reader>(reader: &mut R) -> Result<Self, R::Error> {
        if reader.null()? { Ok(None) } else { F::read(reader).map(Some) }
    }

    fn of_null() -> Option<Self> {
        Some(None)
    }

    fn is_default(&self) -> bool {
        self.is_none()
    }

    fn visit(&mut self, visitor: &mut dyn VisitMut) {
        if let Some(value) = self {
            value.visit(visitor);
        }
    }
}

impl<F: Field> Field for Box<F> {
    const DECLARED: Option<Namespace> = F::DECLARED;
    const NULL_IS_EMPTY: bool = F::NULL_IS_EMPTY;

    #[inline]
    fn write<W: Writer>(&self, writer: &mut W, slot: &Slot, place: Place) {
        F::write(self, writer, slot, place);
    }

    #[inline]
    fn read<R: Reader>(reader: &mut R) -> Result<Self, R::Error> {
        F::read(reader).map(Self::new)
    }

    fn is_default(&self) -> bool {
        F::is_default(self)
    }

    fn visit(&mut self, visitor: &mut dyn VisitMut) {
        F::visit(self, visitor);
    }
}

impl<K: Known> Known for Box<K> {
    const TYPE: &'static TypeName = K::TYPE;
    const IS_SCALAR: bool = K::IS_SCALAR;
    const IS_LIST: bool = K::IS_LIST;
    const ARRAYS: &'static ArrayNames = K::ARRAYS;

    fn read_begun<R: Reader>(reader: &mut R) -> Result<Self, R::Error> {
        K::read_begun(reader).map(Self::new)
    }
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

    /// The members whose bits are set and were not told by an earlier member.
    fn flags_in(&self, value: i32) -> impl Iterator<Item = (&'static str, i32)> {
        let mut rest = value;
        self.members.iter().copied().filter(move |(_, bits)| {
            let told = *bits != 0 && rest & bits == *bits;
            rest &= if told { !bits } else { -1 };
            told
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

/// The error for a null where the contract has none.
pub(crate) fn unexpected_null<R: Reader>(reader: &R) -> R::Error {
    reader.invalid(Violation::UnexpectedNull)
}
