//! Arrays, which know the type of their items.

use rust_decimal::Decimal;
use uuid::Uuid;

use super::{KnownType, Value};
use crate::contract::{
    ArrayNames, Field, Place, Reader, Slot, Step, TypeName, Writer, array_names, unexpected_null,
};
use crate::scalar::DateTime;

/// The type of an array: what its items are, and in how many dimensions.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ArrayKind {
    element: Element,
    nested: bool,
}

/// What the items of an array are.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Element {
    Object,
    Bool,
    Int,
    String,
    Double,
    Decimal,
    Guid,
    DateTime,
    Known(KnownType),
}

/// An array whose items are all of one type.
#[derive(Clone, PartialEq, Debug)]
pub struct Array {
    kind: ArrayKind,
    items: Vec<Value>,
}

/// An item that an array of this kind can't hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("item {index} is of type {found}, which {} does not hold", kind.type_name().name)]
pub struct ElementMismatch {
    /// The array's kind.
    pub kind: ArrayKind,
    /// The item's index, from zero.
    pub index: usize,
    /// What the item is.
    pub found: &'static str,
}

impl ArrayKind {
    /// Values of any type.
    pub const OBJECT: Self = Self::of_element(Element::Object);
    /// Booleans.
    pub const BOOL: Self = Self::of_element(Element::Bool);
    /// 32-bit integers.
    pub const INT: Self = Self::of_element(Element::Int);
    /// Strings.
    pub const STRING: Self = Self::of_element(Element::String);
    /// Arrays of strings.
    pub const STRINGS: Self = Self { element: Element::String, nested: true };
    /// Double-precision numbers.
    pub const DOUBLE: Self = Self::of_element(Element::Double);
    /// Decimal numbers.
    pub const DECIMAL: Self = Self::of_element(Element::Decimal);
    /// Globally unique identifiers.
    pub const GUID: Self = Self::of_element(Element::Guid);
    /// Dates and times.
    pub const DATE_TIME: Self = Self::of_element(Element::DateTime);

    /// The kinds of arrays of scalars.
    const OF_SCALARS: [Self; 9] = [
        Self::OBJECT,
        Self::BOOL,
        Self::INT,
        Self::STRING,
        Self::STRINGS,
        Self::DOUBLE,
        Self::DECIMAL,
        Self::GUID,
        Self::DATE_TIME,
    ];

    const fn of_element(element: Element) -> Self {
        Self { element, nested: false }
    }

    /// Values of a contract type. `None` where the platform knows no arrays of it.
    #[must_use]
    pub const fn of(known: KnownType) -> Option<Self> {
        if known.array_dimensions() == 0 {
            return None;
        }
        Some(Self::of_element(Element::Known(known)))
    }

    /// Arrays of values of a contract type. `None` where the platform knows none.
    #[must_use]
    pub const fn of_arrays_of(known: KnownType) -> Option<Self> {
        if known.array_dimensions() < 2 {
            return None;
        }
        Some(Self { element: Element::Known(known), nested: true })
    }

    /// Every kind of array that the platform knows.
    pub fn all() -> impl Iterator<Item = Self> {
        let known = KnownType::ALL
            .iter()
            .flat_map(|known| [Self::of(*known), Self::of_arrays_of(*known)].into_iter().flatten());
        Self::OF_SCALARS.into_iter().chain(known)
    }

    /// The array's contract name.
    #[must_use]
    pub fn type_name(self) -> &'static TypeName {
        if self.nested { &self.names().arrays } else { &self.names().array }
    }

    /// The place of an item.
    fn item(self) -> &'static Slot {
        if self.nested { &self.names().array_item } else { &self.names().item }
    }

    fn names(self) -> &'static ArrayNames {
        match self.element {
            Element::Object => array_names!("anyType" in Arrays),
            Element::Bool => array_names!("boolean" in Arrays),
            Element::Int => array_names!("int" in Arrays),
            Element::String => array_names!("string" in Arrays),
            Element::Double => array_names!("double" in Arrays),
            Element::Decimal => array_names!("decimal" in Arrays),
            Element::Guid => array_names!("guid" in Arrays),
            Element::DateTime => array_names!("dateTime" in Arrays),
            Element::Known(known) => known.array_names(),
        }
    }

    /// The kind of the items, where they are arrays themselves.
    fn inner(self) -> Option<Self> {
        self.nested.then_some(Self::of_element(self.element))
    }

    /// Whether an item may be null.
    fn is_nullable(self) -> bool {
        match self.element {
            _ if self.nested => true,
            Element::Object | Element::String => true,
            Element::Known(known) => !known.is_scalar(),
            _ => false,
        }
    }

    fn holds(self, item: &Value) -> bool {
        if let Some(inner) = self.inner() {
            return match item {
                Value::Array(array) => array.kind == inner,
                item => item.is_null(),
            };
        }
        match (self.element, item) {
            (_, Value::Null) => self.is_nullable(),
            (Element::Object, _)
            | (Element::Bool, Value::Bool(_))
            | (Element::Int, Value::Int(_))
            | (Element::String, Value::String(_))
            | (Element::Double, Value::Double(_))
            | (Element::Decimal, Value::Decimal(_))
            | (Element::Guid, Value::Guid(_))
            | (Element::DateTime, Value::DateTime(_)) => true,
            (Element::Known(known), item) => known.is_of(item),
            _ => false,
        }
    }

    fn read_item<R: Reader>(self, reader: &mut R) -> Result<Value, R::Error> {
        if self == Self::OBJECT {
            return Value::read(reader);
        }
        if reader.null()? {
            return if self.is_nullable() { Ok(Value::Null) } else { Err(unexpected_null(reader)) };
        }
        if let Some(inner) = self.inner() {
            reader.begin_list()?;
            return Array::read_begun(inner, reader).map(Value::Array);
        }
        match self.element {
            Element::Object => Value::read(reader),
            Element::Bool => reader.bool().map(Value::Bool),
            Element::Int => reader.int().map(Value::Int),
            Element::String => reader.string().map(Value::String),
            Element::Double => reader.double().map(Value::Double),
            Element::Decimal => reader.decimal().map(Value::Decimal),
            Element::Guid => reader.guid().map(Value::Guid),
            Element::DateTime => reader.date_time().map(Value::DateTime),
            Element::Known(known) => known.read_declared(reader),
        }
    }
}

impl Array {
    /// An array of these items.
    ///
    /// # Errors
    /// [`ElementMismatch`] for the first item that is not of the kind. Null is an item of every
    /// kind whose items .NET holds by reference.
    pub fn new(kind: ArrayKind, items: Vec<Value>) -> Result<Self, ElementMismatch> {
        match items.iter().position(|item| !kind.holds(item)) {
            Some(index) => Err(ElementMismatch { kind, index, found: items[index].type_name() }),
            None => Ok(Self { kind, items }),
        }
    }

    /// An array of values of any type.
    #[must_use]
    pub fn of_objects(items: Vec<Value>) -> Self {
        Self { kind: ArrayKind::OBJECT, items }
    }

    /// The type of the array.
    #[must_use]
    pub fn kind(&self) -> ArrayKind {
        self.kind
    }

    /// The items.
    #[must_use]
    pub fn items(&self) -> &[Value] {
        &self.items
    }

    /// The items, given away.
    #[must_use]
    pub fn into_items(self) -> Vec<Value> {
        self.items
    }

    pub(super) fn items_mut(&mut self) -> impl Iterator<Item = &mut Value> {
        self.items.iter_mut()
    }

    pub(super) fn write<W: Writer>(&self, writer: &mut W, slot: &Slot, place: Place) {
        let item_place =
            if self.kind == ArrayKind::OBJECT { Place::Object } else { place.of_items() };
        // The type of an item never brings a namespace along: it is the array's or the default.
        let name = self.kind.type_name();
        let mark = writer.begin_list(slot, place, name, name.namespace);
        for item in &self.items {
            Value::write_in(writer, self.kind.item(), item_place, item);
        }
        writer.end_list(slot, mark);
    }

    /// Reads the items of an array that the reader has begun.
    pub(super) fn read_begun<R: Reader>(kind: ArrayKind, reader: &mut R) -> Result<Self, R::Error> {
        let mut items = Vec::new();
        while reader.item(kind.item(), items.len())? {
            let item = kind
                .read_item(reader)
                .map_err(|error| R::within(error, Step::Item(items.len())))?;
            items.push(item);
        }
        Ok(Self { kind, items })
    }
}

macro_rules! arrays_of {
    ($($kind:ident($item:ty);)*) => {$(
        impl From<Vec<$item>> for Array {
            fn from(items: Vec<$item>) -> Self {
                let items = items.into_iter().map(Value::from).collect();
                Self { kind: ArrayKind::$kind, items }
            }
        }

        impl From<Vec<$item>> for Value {
            fn from(items: Vec<$item>) -> Self {
                Self::Array(items.into())
            }
        }
    )*};
}

arrays_of! {
    OBJECT(Value);
    BOOL(bool);
    INT(i32);
    STRING(String);
    STRINGS(Vec<String>);
    DOUBLE(f64);
    DECIMAL(Decimal);
    GUID(Uuid);
    DATE_TIME(DateTime);
}
