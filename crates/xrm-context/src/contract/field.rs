//! What may stand as a member: scalars, classes, collections, and options and boxes of them.

use super::{Declared, PairFrame, Reader, Sealed, Slot, Violation, Writer};
use crate::namespace::Namespace;
use crate::scalar::DateTime;
use crate::value::Value;

/// A value that may stand as a member.
pub trait Field: Sealed + Sized {
    /// The namespace of the declared type, if it is a class or a collection.
    const DECLARED: Option<Namespace>;
    /// Whether a null member is read as an empty value and remembered in `Extra`: true for collections
    /// and classes, which the platform's own types never leave null, so that applications need not deal
    /// with it. `Option` represents null itself.
    const NULL_IS_EMPTY: bool = false;

    /// Writes the value at the place.
    fn write<W: Writer>(&self, writer: &mut W, slot: &Slot, declared: Declared);
    /// Begins a pair that has this value as its key. It is a method of the key because a pair of a
    /// string key, as most are, begins with one literal and the key.
    #[inline(always)]
    fn begin_pair<W: Writer>(
        &self,
        writer: &mut W,
        frame: &'static PairFrame,
        declared: Declared,
    ) -> W::Mark {
        let pair = writer.begin_class(&frame.item, declared, frame.pair);
        self.write(writer, &frame.slots[0], Declared::Exactly);
        pair
    }
    /// Reads a value.
    ///
    /// # Errors
    /// What the reader says of the body.
    fn read<R: Reader>(reader: &mut R) -> Result<Self, R::Error>;
    /// The value that stands for null, if the type has one.
    #[must_use]
    fn null_value() -> Option<Self> {
        None
    }
    /// Whether the value is what stands for an absent member.
    fn is_default(&self) -> bool;
    /// Makes a negative zero a zero. True if it was one.
    #[inline(always)]
    fn drop_minus_of_zero(&mut self) -> bool {
        false
    }
    /// Shows every value inside to the visitor.
    fn visit(&mut self, _visitor: &mut dyn VisitMut) {}
}

/// Sees every value of a tree and may change it in place.
pub trait VisitMut {
    /// A value in an `object` place. Call [`Value::visit_inside`] to go deeper.
    fn value(&mut self, value: &mut Value);
    /// A date in a member that is declared as one.
    fn date_time(&mut self, value: &mut DateTime);
}

impl<F: Field> Sealed for Option<F> {}

impl<F: Field> Field for Option<F> {
    const DECLARED: Option<Namespace> = F::DECLARED;

    #[inline]
    fn write<W: Writer>(&self, writer: &mut W, slot: &Slot, declared: Declared) {
        match self {
            Some(value) => value.write(writer, slot, declared),
            None => writer.null(slot),
        }
    }

    #[inline]
    fn read<R: Reader>(reader: &mut R) -> Result<Self, R::Error> {
        if reader.null()? { Ok(None) } else { F::read(reader).map(Some) }
    }

    fn null_value() -> Option<Self> {
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

impl<F: Field> Sealed for Box<F> {}

// Boxes break the cycle of classes that contain themselves (`ParentContext`). Because of this impl there
// can be none for all `DataContract`s at once: a `Box` of a type of another crate could be one, so the two
// would overlap. `contract!` writes the impl for each class.
impl<F: Field> Field for Box<F> {
    const DECLARED: Option<Namespace> = F::DECLARED;
    const NULL_IS_EMPTY: bool = F::NULL_IS_EMPTY;

    #[inline]
    fn write<W: Writer>(&self, writer: &mut W, slot: &Slot, declared: Declared) {
        F::write(self, writer, slot, declared);
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

/// The error for a null where the contract has none.
pub(crate) fn unexpected_null<R: Reader>(reader: &R) -> R::Error {
    reader.invalid(Violation::UnexpectedNull)
}
