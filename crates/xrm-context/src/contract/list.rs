//! Lists: how their items are framed, and the walk over them.

use rust_decimal::Decimal;
use uuid::Uuid;

use super::{Field, Place, Reader, Slot, Step, TypeName, VisitMut, Writer};
use crate::collection::List;
use crate::namespace::Namespace;
use crate::scalar::DateTime;
use crate::value::Value;

/// How the items of a list are framed.
#[derive(Debug)]
pub struct ListFrame {
    /// The list's contract name.
    pub(crate) collection: &'static TypeName,
    /// The place of an item.
    pub(crate) item: Slot,
    /// The namespace that the items bring along.
    pub(crate) content: Namespace,
}

/// A value that lists without a contract of their own are made of.
pub trait ListItem: Field {
    /// How the items are framed.
    const FRAME: &'static ListFrame;
}

#[inline]
pub(crate) fn write_items<'a, T: Field + 'a, W: Writer>(
    items: impl Iterator<Item = &'a T>,
    writer: &mut W,
    slot: &Slot,
    place: Place,
    frame: &ListFrame,
) {
    let list = writer.begin_list(slot, place, frame.collection, frame.content);
    for item in items {
        item.write(writer, &frame.item, place.of_items());
    }
    writer.end_list(slot, list);
}

/// Reads the items of a list that the reader has begun.
pub(crate) fn read_items<T: Field, R: Reader>(
    reader: &mut R,
    frame: &'static ListFrame,
) -> Result<Vec<T>, R::Error> {
    let mut items = Vec::new();
    while reader.item(&frame.item, items.len())? {
        let item = T::read(reader).map_err(|error| R::within(error, Step::Item(items.len())))?;
        items.push(item);
    }
    Ok(items)
}

pub(crate) fn visit_items<'a, T: Field + 'a>(
    items: impl Iterator<Item = &'a mut T>,
    visitor: &mut dyn VisitMut,
) {
    items.for_each(|item| item.visit(visitor));
}

/// A list of class values or strings, which may be null.
impl<T: ListItem> Field for List<T> {
    const DECLARED: Option<Namespace> = Some(T::FRAME.collection.namespace);
    const NULL_IS_EMPTY: bool = true;

    #[inline]
    fn write<W: Writer>(&self, writer: &mut W, slot: &Slot, place: Place) {
        write_items(self.as_slice().iter(), writer, slot, place, T::FRAME);
    }

    fn read<R: Reader>(reader: &mut R) -> Result<Self, R::Error> {
        if reader.take_empty_list() {
            return Ok(Self::new());
        }
        reader.begin_list()?;
        read_items::<Option<T>, R>(reader, T::FRAME).map(Self::from_iter)
    }

    fn is_default(&self) -> bool {
        self.is_empty()
    }

    fn visit(&mut self, visitor: &mut dyn VisitMut) {
        visit_items(self.as_mut_slice().iter_mut(), visitor);
    }
}

/// A list of values that can't be null, or that tell null themselves.
impl<T: ListItem> Field for Vec<T> {
    const DECLARED: Option<Namespace> = Some(T::FRAME.collection.namespace);
    const NULL_IS_EMPTY: bool = true;

    #[inline]
    fn write<W: Writer>(&self, writer: &mut W, slot: &Slot, place: Place) {
        write_items(self.iter(), writer, slot, place, T::FRAME);
    }

    fn read<R: Reader>(reader: &mut R) -> Result<Self, R::Error> {
        if reader.take_empty_list() {
            return Ok(Self::new());
        }
        reader.begin_list()?;
        read_items(reader, T::FRAME)
    }

    fn is_default(&self) -> bool {
        self.is_empty()
    }

    fn visit(&mut self, visitor: &mut dyn VisitMut) {
        visit_items(self.iter_mut(), visitor);
    }
}

/// Names the list of a type, and an item of it.
macro_rules! list_item {
    ($type:ty: $list:literal of $item:literal in $namespace:ident) => {
        impl $crate::contract::ListItem for $type {
            const FRAME: &'static $crate::contract::ListFrame = &$crate::contract::ListFrame {
                collection: &$crate::contract::type_name!($list in $namespace),
                item: $crate::contract::slot!(item $item in $namespace),
                content: $crate::namespace::Namespace::$namespace,
            };
        }
    };
}

list_item!(Value: "ArrayOfanyType" of "anyType" in Arrays);
list_item!(String: "ArrayOfstring" of "string" in Arrays);
list_item!(Uuid: "ArrayOfguid" of "guid" in Arrays);
list_item!(i32: "ArrayOfint" of "int" in Arrays);
list_item!(bool: "ArrayOfboolean" of "boolean" in Arrays);
list_item!(f64: "ArrayOfdouble" of "double" in Arrays);
list_item!(Decimal: "ArrayOfdecimal" of "decimal" in Arrays);
list_item!(DateTime: "ArrayOfdateTime" of "dateTime" in Arrays);
