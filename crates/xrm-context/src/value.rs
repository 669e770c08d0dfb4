//! What may stand where a contract declares `object`.

mod array;
mod convert;
mod known;
mod typed;

pub use array::{Array, ArrayKind, ElementMismatch};

use known::known_types;
pub use typed::WrongType;

use rust_decimal::Decimal;
use uuid::Uuid;

use crate::attribute::{AliasedValue, BooleanManagedProperty, Money, OptionSetValue};
use crate::collection::{
    EntityReferenceCollection, KeyAttributeCollection, OptionSetValueCollection,
};
use crate::contract::{Field, IntegerKind, Place, Reader, Shape, Slot, VisitMut, Writer};
use crate::entity::{
    ConcurrencyBehavior, Entity, EntityCollection, EntityReference, EntityRole, EntityState,
    Relationship,
};
use crate::namespace::Namespace;
use crate::pair::{KeyValuePairOfStringObject, KeyValuePairOfStringString};
use crate::raw::Raw;
use crate::scalar::{DateTime, Number, NumberValue, TimeSpan};

known_types! {
    /// The value of a column or of a parameter.
    ///
    /// A body in JSON tells less than one in XML: guids, dates, durations, URIs and characters are
    /// read as strings there, collections and byte arrays as arrays of objects, enumerations as
    /// integers. The [typed getters](crate::AttributeCollection) take these forms too.
    pub enum Value {
        /// A record.
        Entity(Box<Entity>),
        /// A reference to a record.
        EntityReference(Box<EntityReference>),
        /// Records.
        EntityCollection(Box<EntityCollection>),
        /// References to records.
        EntityReferenceCollection(EntityReferenceCollection),
        /// A choice.
        OptionSetValue(OptionSetValue),
        /// Several choices.
        OptionSetValueCollection(OptionSetValueCollection),
        /// An amount of money.
        Money(Money),
        /// A flag that a solution may lock.
        BooleanManagedProperty(Box<BooleanManagedProperty>),
        /// A column of a joined record.
        AliasedValue(Box<AliasedValue>),
        /// A relationship.
        Relationship(Box<Relationship>),
        /// The columns of an alternate key.
        KeyAttributeCollection(KeyAttributeCollection),
        /// A name and a value, on its own.
        KeyValuePairOfStringObject(Box<KeyValuePairOfStringObject>),
        /// Two strings.
        KeyValuePairOfStringString(Box<KeyValuePairOfStringString>),
        /// How an update treats row versions.
        ConcurrencyBehavior(ConcurrencyBehavior),
        /// What happened to a record on the client.
        EntityState(EntityState),
        /// An end of a relationship.
        EntityRole(EntityRole),
    }
}

/// Writes an integer, wherever it stands.
macro_rules! integer {
    ($writer:ident, $slot:ident, $place:ident, $kind:ident, $value:expr) => {
        $writer.integer($slot, $place, IntegerKind::$kind, i128::from(*$value))
    };
}

impl Value {
    /// Writes the value in a place of any kind.
    pub(crate) fn write_in<W: Writer>(&self, writer: &mut W, slot: &Slot, place: Place) {
        match self {
            Self::Null => writer.null(slot),
            Self::String(value) => writer.string(slot, place, value),
            Self::Bool(value) => writer.bool(slot, place, *value),
            Self::Int(value) => writer.int(slot, place, *value),
            Self::Long(value) => integer!(writer, slot, place, Long, value),
            Self::Short(value) => integer!(writer, slot, place, Short, value),
            Self::Byte(value) => integer!(writer, slot, place, Byte, value),
            Self::SByte(value) => integer!(writer, slot, place, SByte, value),
            Self::UShort(value) => integer!(writer, slot, place, UShort, value),
            Self::UInt(value) => integer!(writer, slot, place, UInt, value),
            Self::ULong(value) => integer!(writer, slot, place, ULong, value),
            Self::Float(value) => writer.float(slot, place, *value),
            Self::Double(value) => writer.double(slot, place, *value),
            Self::Decimal(value) => writer.decimal(slot, place, *value),
            Self::Number(value) => writer.number(slot, place, value),
            Self::Char(value) => writer.char(slot, place, *value),
            Self::Uri(value) => writer.uri(slot, place, value),
            Self::Guid(value) => writer.guid(slot, place, *value),
            Self::DateTime(value) => writer.date_time(slot, place, *value),
            Self::TimeSpan(value) => writer.time_span(slot, place, *value),
            Self::Bytes(value) => writer.bytes(slot, place, value),
            Self::Object => writer.object(slot),
            Self::Array(value) => value.write(writer, slot, place),
            Self::Raw(value) => writer.raw(slot, value),
            known => known.write_known(writer, slot, place),
        }
    }

    /// Shows the values inside this one to the visitor, but not this one itself.
    pub fn visit_inside(&mut self, visitor: &mut dyn VisitMut) {
        match self {
            Self::Array(array) => array.items_mut().for_each(|item| visitor.value(item)),
            other => other.visit_known(visitor),
        }
    }

    /// Whether this is null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The number, with the type that the platform's reader gives it.
    fn number(&self) -> Option<NumberValue> {
        Some(match self {
            Self::Int(value) => NumberValue::Int(*value),
            Self::Long(value) => NumberValue::Long(*value),
            Self::Decimal(value) => NumberValue::Decimal(*value),
            Self::Float(value) => NumberValue::Float(*value),
            Self::Double(value) => NumberValue::Double(*value),
            Self::Number(number) => number.value(),
            _ => return None,
        })
    }
}

impl Field for Value {
    const DECLARED: Option<Namespace> = None;

    #[inline]
    fn write<W: Writer>(&self, writer: &mut W, slot: &Slot, _place: Place) {
        self.write_in(writer, slot, Place::Object);
    }

    fn read<R: Reader>(reader: &mut R) -> Result<Self, R::Error> {
        match reader.object()? {
            Shape::Complete(value) => Ok(value),
            Shape::Known(known) => known.read_begun(reader),
            Shape::Objects => Array::read_begun(ArrayKind::Object, reader).map(Self::Array),
        }
    }

    fn is_default(&self) -> bool {
        self.is_null()
    }

    fn visit(&mut self, visitor: &mut dyn VisitMut) {
        visitor.value(self);
    }
}

impl PartialEq for Value {
    /// Numbers are equal when type and number are, whatever text they were read from; doubles
    /// when their bits are.
    fn eq(&self, other: &Self) -> bool {
        match (self.number(), other.number()) {
            (Some(a), Some(b)) => a == b,
            (None, None) => self.same(other),
            _ => false,
        }
    }
}
