//! Lists: how their items are framed, and the walk over them.

use rust_decimal::Decimal;
use uuid::Uuid;

use super::{
    Declared, Field, Items, PathSegment, Reader, Sealed, Slot, TypeName, VisitMut, Writer,
    read_collection, slot, type_name,
};
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

/// A list, or a collection that wraps one, whose frame is known when the walk over it is compiled.
pub(crate) trait FramedList {
    const FRAME: &'static ListFrame;
}

impl<T: ListItem> FramedList for List<T> {
    const FRAME: &'static ListFrame = T::FRAME;
}

impl<C: FramedList, T: Field> Items<C> for List<T> {
    #[inline]
    fn write_items<W: Writer>(&self, writer: &mut W, slot: &Slot, declared: Declared) {
        write_items(self.as_slice(), C::FRAME, writer, slot, declared);
    }

    fn read_items<R: Reader>(reader: &mut R) -> Result<Self, R::Error> {
        read_items::<Option<T>, R>(C::FRAME, reader).map(Self::from_iter)
    }

    fn visit_items(&mut self, visitor: &mut dyn VisitMut) {
        self.as_mut_slice().iter_mut().for_each(|item| item.visit(visitor));
    }
}

#[inline]
fn write_items<T: Field, W: Writer>(
    items: &[T],
    frame: &ListFrame,
    writer: &mut W,
    slot: &Slot,
    declared: Declared,
) {
    let list = writer.begin_list(slot, declared, frame.collection, frame.content);
    for item in items {
        item.write(writer, &frame.item, declared.for_items());
    }
    writer.end_list(slot, list);
}

/// Reads the items of a list that the reader has begun.
fn read_items<T: Field, R: Reader>(
    frame: &'static ListFrame,
    reader: &mut R,
) -> Result<Vec<T>, R::Error> {
    let mut items = Vec::new();
    while reader.item(&frame.item, items.len())? {
        let item =
            T::read(reader).map_err(|error| R::within(error, PathSegment::Item(items.len())))?;
        items.push(item);
    }
    Ok(items)
}

impl<T: ListItem> Sealed for List<T> {}

/// A list of class values or strings, which may be null.
impl<T: ListItem> Field for List<T> {
    const DECLARED: Option<Namespace> = Some(T::FRAME.collection.namespace);
    const NULL_IS_EMPTY: bool = true;

    #[inline]
    fn write<W: Writer>(&self, writer: &mut W, slot: &Slot, declared: Declared) {
        Items::<Self>::write_items(self, writer, slot, declared);
    }

    fn read<R: Reader>(reader: &mut R) -> Result<Self, R::Error> {
        read_collection(reader, <Self as Items<Self>>::read_items)
    }

    fn is_default(&self) -> bool {
        self.is_empty()
    }

    fn visit(&mut self, visitor: &mut dyn VisitMut) {
        Items::<Self>::visit_items(self, visitor);
    }
}

impl<T: ListItem> Sealed for Vec<T> {}

/// A list of values that can't be null, or that tell null themselves.
impl<T: ListItem> Field for Vec<T> {
    const DECLARED: Option<Namespace> = Some(T::FRAME.collection.namespace);
    const NULL_IS_EMPTY: bool = true;

    #[inline]
    fn write<W: Writer>(&self, writer: &mut W, slot: &Slot, declared: Declared) {
        write_items(self, T::FRAME, writer, slot, declared);
    }

    fn read<R: Reader>(reader: &mut R) -> Result<Self, R::Error> {
        read_collection(reader, |reader| read_items(T::FRAME, reader))
    }

    fn is_default(&self) -> bool {
        self.is_empty()
    }

    fn visit(&mut self, visitor: &mut dyn VisitMut) {
        self.iter_mut().for_each(|item| item.visit(visitor));
    }
}

/// The lists of types that have no contract of their own to say it.
macro_rules! list_items {
    ($($type:ty: $list:literal of $item:literal;)*) => {$(
        impl ListItem for $type {
            const FRAME: &'static ListFrame = &ListFrame {
                collection: &type_name!($list in Arrays),
                item: slot!(item $item in Arrays),
                content: Namespace::Arrays,
            };
        }
    )*};
}

list_items! {
    Value: "ArrayOfanyType" of "anyType";
    String: "ArrayOfstring" of "string";
    Uuid: "ArrayOfguid" of "guid";
    i32: "ArrayOfint" of "int";
    bool: "ArrayOfboolean" of "boolean";
    f64: "ArrayOfdouble" of "double";
    Decimal: "ArrayOfdecimal" of "decimal";
    DateTime: "ArrayOfdateTime" of "dateTime";
}
