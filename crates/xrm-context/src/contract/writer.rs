//! What a format writes to.

use rust_decimal::Decimal;
use uuid::Uuid;

use super::{Declared, EnumType, IntegerKind, PairFrame, Slot, TypeName};
use crate::generation::Generation;
use crate::namespace::Namespace;
use crate::raw::{Raw, UnknownMember};
use crate::scalar::{DateTime, Number, TimeSpan};

/// A format's sink. Writing can't be interrupted: a value that the format can't hold is remembered
/// by the writer as its error, and the walk goes on.
pub trait Writer {
    /// What the end of a class or collection needs to know of its beginning.
    // XML keeps where the content begins and which namespaces were bound before; JSON needs nothing.
    // It is returned and passed back, so that writers need no stack of their own.
    type Mark: Copy;
    /// Whether a value at a place that [closes](Slot::closes) a pair is written with the pair's end.
    /// Otherwise no value is written at such a place, and a pair ends as a class.
    const ENDS_PAIRS: bool = false;

    /// The generation of the contracts whose members are written, all of them and no others. By
    /// default there is none: a value is written with the members that it was read with, and an
    /// application's own value with all.
    fn generation(&self) -> Option<Generation> {
        None
    }

    /// Writes the absence of a value.
    fn null(&mut self, slot: &Slot);
    /// Writes a Boolean.
    fn bool(&mut self, slot: &Slot, declared: Declared, value: bool);
    /// Writes the negative zero of a declared double that the format's reader drops the sign of. False
    /// if the format has none, and the zero is to be written.
    fn minus_zero(&mut self, _slot: &Slot) -> bool {
        false
    }
    /// Writes an integer of any width; `kind` is its contract type.
    fn integer(&mut self, slot: &Slot, declared: Declared, kind: IntegerKind, value: i128);
    /// Writes a 32-bit integer.
    // A method of its own because nearly all integers are of this type, and 128 bits are slow to format.
    fn int(&mut self, slot: &Slot, declared: Declared, value: i32) {
        self.integer(slot, declared, IntegerKind::Int, value.into());
    }
    /// Writes a single-precision number.
    fn float(&mut self, slot: &Slot, declared: Declared, value: f32);
    /// Writes a double-precision number.
    fn double(&mut self, slot: &Slot, declared: Declared, value: f64);
    /// Writes a decimal number with its scale.
    fn decimal(&mut self, slot: &Slot, declared: Declared, value: Decimal);
    /// Writes a number that was read from a body with a text of its own.
    fn number(&mut self, slot: &Slot, declared: Declared, value: &Number);
    /// Writes a UTF-16 code unit.
    fn char(&mut self, slot: &Slot, declared: Declared, value: u16);
    /// Writes a string.
    fn string(&mut self, slot: &Slot, declared: Declared, value: &str);
    /// Writes a URI.
    fn uri(&mut self, slot: &Slot, declared: Declared, value: &str);
    /// Writes a globally unique identifier.
    fn guid(&mut self, slot: &Slot, declared: Declared, value: Uuid);
    /// Writes a date and time.
    fn date_time(&mut self, slot: &Slot, declared: Declared, value: DateTime);
    /// Writes a duration.
    fn time_span(&mut self, slot: &Slot, declared: Declared, value: TimeSpan);
    /// Writes a byte array.
    fn bytes(&mut self, slot: &Slot, declared: Declared, value: &[u8]);
    /// Writes an enumeration value: a number in JSON, names in XML.
    fn enumeration(&mut self, slot: &Slot, declared: Declared, kind: &'static EnumType, value: i32);
    /// Whether the format refuses values of this type in `object` places; if so, that is the
    /// writer's error.
    fn refuses(&mut self, slot: &Slot, name: &'static TypeName) -> bool;
    /// Writes a bare `System.Object`, a value without content.
    fn object(&mut self, slot: &Slot);

    /// Begins a class or a pair of type `name`.
    fn begin_class(
        &mut self,
        slot: &Slot,
        declared: Declared,
        name: &'static TypeName,
    ) -> Self::Mark;
    /// Ends what [`begin_class`](Self::begin_class) began.
    fn end_class(&mut self, slot: &Slot, mark: Self::Mark);
    /// Begins a pair whose key is a string, and writes the key. So begin most of all pairs.
    fn begin_pair(
        &mut self,
        frame: &'static PairFrame,
        declared: Declared,
        key: &str,
    ) -> Self::Mark {
        let pair = self.begin_class(&frame.item, declared, frame.pair);
        self.string(&frame.slots[0], Declared::Exactly, key);
        pair
    }
    /// Begins a collection of type `name` whose items are of a type in the namespace `items`.
    fn begin_list(
        &mut self,
        slot: &Slot,
        declared: Declared,
        name: &'static TypeName,
        items: Namespace,
    ) -> Self::Mark;
    /// Ends what [`begin_list`](Self::begin_list) began.
    fn end_list(&mut self, slot: &Slot, mark: Self::Mark);

    /// Writes a value that was kept as it stood in a body.
    fn raw(&mut self, slot: &Slot, value: &Raw);
    /// Writes a member that was kept as it stood in a body.
    fn unknown_member(&mut self, member: UnknownMember<'_>);
}
