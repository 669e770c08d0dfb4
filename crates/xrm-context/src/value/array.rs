//! Arrays, which know the type of their items.

use rust_decimal::Decimal;
use uuid::Uuid;

use super::{KnownType, Value};
use crate::contract::{
    ArrayNames, Declared, Field, PathSegment, Reader, Slot, TypeName, Writer, array_names,
    unexpected_null,
};
use crate::scalar::DateTime;

/// The type of an array: what its items are, and in how many dimensions.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ArrayKind {
    element: Element,
    nested: bool,
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
#[non_exhaustive]
pub struct ElementMismatch {
    /// The array's kind.
    pub kind: ArrayKind,
    /// The item's index, from zero.
    pub index: usize,
    /// What the item is.
    pub found: &'static str,
}

/// The scalars that arrays are made of, one in each row: the constant of [`ArrayKind`], the variant of
/// [`Value`] that an item is, the Rust type of a `Vec` that becomes such an array, the item's name in
/// the contract, and how a reader reads it.
macro_rules! scalar_elements {
    ($($(#[$doc:meta])* $kind:ident = $element:ident($rust:ty) $name:literal $read:ident;)*) => {
        /// What the items of an array are.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        enum Element {
            Object,
            $($element,)*
            Known(KnownType),
        }

        impl Element {
            fn names(self) -> &'static ArrayNames {
                match self {
                    Self::Object => array_names!("anyType" in Arrays),
                    $(Self::$element => array_names!($name in Arrays),)*
                    Self::Known(known) => known.array_names(),
                }
            }

            /// Whether the value, which is not null, is of this type.
            fn holds(self, value: &Value) -> bool {
                match (self, value) {
                    (Self::Object, _) $(| (Self::$element, Value::$element(_)))* => true,
                    (Self::Known(known), value) => known.holds(value),
                    _ => false,
                }
            }

            fn read<R: Reader>(self, reader: &mut R) -> Result<Value, R::Error> {
                match self {
                    Self::Object => Value::read(reader),
                    $(Self::$element => reader.$read().map(Value::$element),)*
                    Self::Known(known) => known.read_declared(reader),
                }
            }
        }

        impl ArrayKind {
            $($(#[$doc])* pub const $kind: Self = Self::from_element(Element::$element);)*

            /// The kinds of arrays of scalars.
            const OF_SCALARS: &'static [Self] = &[Self::OBJECT, $(Self::$kind,)* Self::STRINGS];
        }

        $(array_from_items!($kind($rust));)*
    };
}

macro_rules! array_from_items {
    ($kind:ident($item:ty)) => {
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
    };
}

scalar_elements! {
    /// Booleans.
    BOOL = Bool(bool) "boolean" bool;
    /// 32-bit integers.
    INT = Int(i32) "int" int;
    /// Strings.
    STRING = String(String) "string" string;
    /// Double-precision numbers.
    DOUBLE = Double(f64) "double" double;
    /// Decimal numbers.
    DECIMAL = Decimal(Decimal) "decimal" decimal;
    /// Globally unique identifiers.
    GUID = Guid(Uuid) "guid" guid;
    /// Dates and times.
    DATE_TIME = DateTime(DateTime) "dateTime" date_time;
}

array_from_items!(OBJECT(Value));
array_from_items!(STRINGS(Vec<String>));

impl From<Array> for Value {
    fn from(array: Array) -> Self {
        Self::Array(array)
    }
}

impl ArrayKind {
    /// Values of any type.
    pub const OBJECT: Self = Self::from_element(Element::Object);
    /// Arrays of strings.
    pub const STRINGS: Self = Self { element: Element::String, nested: true };

    const fn from_element(element: Element) -> Self {
        Self { element, nested: false }
    }

    /// Values of a contract type. `None` where the platform knows no arrays of it.
    #[must_use]
    pub const fn from_known(known: KnownType) -> Option<Self> {
        if known.array_dimensions() == 0 {
            return None;
        }
        Some(Self::from_element(Element::Known(known)))
    }

    /// Arrays of values of a contract type. `None` where the platform knows none.
    #[must_use]
    pub const fn nested(known: KnownType) -> Option<Self> {
        if known.array_dimensions() < 2 {
            return None;
        }
        Some(Self { element: Element::Known(known), nested: true })
    }

    /// Every kind of array that the platform knows.
    pub fn all() -> impl Iterator<Item = Self> {
        let known = KnownType::ALL.iter().flat_map(|known| {
            [Self::from_known(*known), Self::nested(*known)].into_iter().flatten()
        });
        Self::OF_SCALARS.iter().copied().chain(known)
    }

    /// The array's contract name.
    #[must_use]
    pub fn type_name(self) -> &'static TypeName {
        if self.nested { &self.element.names().arrays } else { &self.element.names().array }
    }

    /// The place of an item.
    fn item(self) -> &'static Slot {
        if self.nested { &self.element.names().array_item } else { &self.element.names().item }
    }

    /// The kind of the items, where they are arrays themselves.
    fn inner(self) -> Option<Self> {
        self.nested.then_some(Self::from_element(self.element))
    }

    /// Whether an item may be null.
    // The items that .NET holds by reference: strings, classes, collections and arrays. Enumerations and the
    // other scalars are held by value there, so their arrays have no null.
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
        if item.is_null() { self.is_nullable() } else { self.element.holds(item) }
    }

    fn read_item<R: Reader>(self, reader: &mut R) -> Result<Value, R::Error> {
        // In an `object` place the reader itself handles null.
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
        self.element.read(reader)
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
    pub fn from_objects(items: Vec<Value>) -> Self {
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

    pub(super) fn write<W: Writer>(&self, writer: &mut W, slot: &Slot, declared: Declared) {
        let item_place =
            if self.kind == ArrayKind::OBJECT { Declared::Object } else { declared.for_items() };
        // The type of an item never brings a namespace along: it is the array's or the default.
        let name = self.kind.type_name();
        let mark = writer.begin_list(slot, declared, name, name.namespace);
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
                .map_err(|error| R::within(error, PathSegment::Item(items.len())))?;
            items.push(item);
        }
        Ok(Self { kind, items })
    }
}
