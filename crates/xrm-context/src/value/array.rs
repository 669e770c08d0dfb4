//! Arrays, which know the type of their items.

use rust_decimal::Decimal;
use uuid::Uuid;

use super::{KnownType, Value};
use crate::contract::{Place, Reader, Slot, Step, TypeName, Writer, slot, type_name};
use crate::namespace::Namespace;
use crate::scalar::DateTime;

macro_rules! arrays {
    ($($(#[$doc:meta])* $kind:ident = $array:literal of $item:literal in $namespace:ident;)*) => {
        /// The type of an array's items.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[non_exhaustive]
        pub enum ArrayKind { $($(#[$doc])* $kind,)* }

        impl ArrayKind {
            /// Every kind of array.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)*];

            /// The array's contract name.
            #[must_use]
            pub fn type_name(self) -> &'static TypeName {
                match self { $(Self::$kind => &type_name!($array in $namespace),)* }
            }

            /// The place of an item.
            fn item(self) -> &'static Slot {
                match self { $(Self::$kind => &slot!(item $item in $namespace),)* }
            }
        }
    };
}

arrays! {
    /// Values of any type.
    Object = "ArrayOfanyType" of "anyType" in Arrays;
    /// Booleans.
    Bool = "ArrayOfboolean" of "boolean" in Arrays;
    /// 32-bit integers.
    Int = "ArrayOfint" of "int" in Arrays;
    /// Strings.
    String = "ArrayOfstring" of "string" in Arrays;
    /// Arrays of strings.
    Strings = "ArrayOfArrayOfstring" of "ArrayOfstring" in Arrays;
    /// Double-precision numbers.
    Double = "ArrayOfdouble" of "double" in Arrays;
    /// Decimal numbers.
    Decimal = "ArrayOfdecimal" of "decimal" in Arrays;
    /// Globally unique identifiers.
    Guid = "ArrayOfguid" of "guid" in Arrays;
    /// Dates and times.
    DateTime = "ArrayOfdateTime" of "dateTime" in Arrays;
    /// Amounts of money.
    Money = "ArrayOfMoney" of "Money" in Contracts;
    /// Choices.
    OptionSetValue = "ArrayOfOptionSetValue" of "OptionSetValue" in Contracts;
    /// Records.
    Entity = "ArrayOfEntity" of "Entity" in Contracts;
    /// References to records.
    EntityReference = "ArrayOfEntityReference" of "EntityReference" in Contracts;
    /// Pages of records.
    EntityCollection = "ArrayOfEntityCollection" of "EntityCollection" in Contracts;
}

/// An array whose items are all of one type.
#[derive(Clone, PartialEq, Debug)]
pub struct Array {
    kind: ArrayKind,
    items: Vec<Value>,
}

/// An item that an array of this kind can't hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("item {index} is a {found}, which {} does not hold", kind.type_name().name)]
pub struct ElementMismatch {
    /// The array's kind.
    pub kind: ArrayKind,
    /// The item's index, from zero.
    pub index: usize,
    /// What the item is.
    pub found: &'static str,
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
        Self { kind: ArrayKind::Object, items }
    }

    /// The type of the items.
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
        let item_place = match self.kind {
            ArrayKind::Object => Place::Object,
            _ => place.of_items(),
        };
        // The type of an item never brings a namespace along: it is the array's or the default.
        let items = self.kind.type_name().namespace;
        let mark = writer.begin_list(slot, place, self.kind.type_name(), items);
        for item in &self.items {
            item.write_in(writer, self.kind.item(), item_place);
        }
        writer.end_list(slot, mark);
    }

    pub(super) fn read<R: Reader>(kind: ArrayKind, reader: &mut R) -> Result<Self, R::Error> {
        reader.begin_list()?;
        Self::read_begun(kind, reader)
    }

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

impl ArrayKind {
    /// The contract type of the items, where they are no scalars.
    fn known(self) -> Option<KnownType> {
        Some(match self {
            Self::Money => KnownType::Money,
            Self::OptionSetValue => KnownType::OptionSetValue,
            Self::Entity => KnownType::Entity,
            Self::EntityReference => KnownType::EntityReference,
            Self::EntityCollection => KnownType::EntityCollection,
            Self::Strings => KnownType::Array(Self::String),
            _ => return None,
        })
    }

    /// Whether an item may be null.
    fn is_nullable(self) -> bool {
        matches!(self, Self::Object | Self::String) || self.known().is_some()
    }

    fn holds(self, item: &Value) -> bool {
        match (self, item) {
            (_, Value::Null) => self.is_nullable(),
            (Self::Object, _)
            | (Self::Bool, Value::Bool(_))
            | (Self::Int, Value::Int(_))
            | (Self::String, Value::String(_))
            | (Self::Double, Value::Double(_))
            | (Self::Decimal, Value::Decimal(_))
            | (Self::Guid, Value::Guid(_))
            | (Self::DateTime, Value::DateTime(_)) => true,
            (kind, item) => kind.known().is_some_and(|known| known.is_of(item)),
        }
    }

    fn read_item<R: Reader>(self, reader: &mut R) -> Result<Value, R::Error> {
        use crate::contract::Field;
        if self == Self::Object {
            return Value::read(reader);
        }
        if reader.null()? {
            return if self.is_nullable() {
                Ok(Value::Null)
            } else {
                Err(crate::contract::unexpected_null(reader))
            };
        }
        if let Some(known) = self.known() {
            return known.read_declared(reader);
        }
        match self {
            Self::Bool => reader.bool().map(Value::Bool),
            Self::Int => reader.int().map(Value::Int),
            Self::Double => reader.double().map(Value::Double),
            Self::Decimal => reader.decimal().map(Value::Decimal),
            Self::Guid => reader.guid().map(Value::Guid),
            Self::DateTime => reader.date_time().map(Value::DateTime),
            _ => reader.string().map(Value::String),
        }
    }

    /// The kind of array with this contract name.
    #[must_use]
    pub fn from_name(name: &str, namespace: Namespace) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| {
            let known = kind.type_name();
            known.name == name && known.namespace == namespace
        })
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
    Object(Value);
    Bool(bool);
    Int(i32);
    String(String);
    Double(f64);
    Decimal(Decimal);
    Guid(Uuid);
    DateTime(DateTime);
    Strings(Vec<String>);
    Money(crate::attribute::Money);
    OptionSetValue(crate::attribute::OptionSetValue);
    Entity(crate::entity::Entity);
    EntityReference(crate::entity::EntityReference);
    EntityCollection(crate::entity::EntityCollection);
}
