//! Collections: one row for each, with its name, what it holds, and how an item is named.

use super::{Declared, Reader, Slot, VisitMut, Writer};

/// What a collection wraps: a list, or pairs. The collection `C` decides how the items are framed.
pub(crate) trait Items<C>: Sized {
    /// Writes the whole collection.
    fn write_items<W: Writer>(&self, writer: &mut W, slot: &Slot, declared: Declared);

    /// Reads the items of a collection that the reader has begun.
    fn read_items<R: Reader>(reader: &mut R) -> Result<Self, R::Error>;

    /// Shows every value to the visitor.
    fn visit_items(&mut self, visitor: &mut dyn VisitMut);
}

/// Reads a collection with the items that `read_items` reads. Most are empty.
pub(crate) fn read_collection<C: Default, R: Reader>(
    reader: &mut R,
    read_items: impl FnOnce(&mut R) -> Result<C, R::Error>,
) -> Result<C, R::Error> {
    if reader.take_empty_list() {
        return Ok(C::default());
    }
    reader.begin_list()?;
    read_items(reader)
}

/// Describes collections of pairs, one in each row.
///
/// ```text
/// /// The columns of an alternate key: logical names and values.
/// pub struct KeyAttributeCollection = "KeyAttributeCollection" in Contracts71:
///     Key => Value as KeyValuePairOfStringObject, "KeyValuePairOfstringanyType";
/// ```
///
/// is `pub struct KeyAttributeCollection(Pairs<Key, Value>)` with the methods of [`Pairs`], its
/// frame, and its place as a member. `as KeyValuePairOfStringObject` is there for collections that may
/// stand in an `object` place, and names the class that a pair has on its own, which JSON makes of it.
///
/// [`Pairs`]: crate::collection::Pairs
macro_rules! pair_collection {
    ($(
        $(#[$doc:meta])*
        pub struct $type:ident = $contract:literal in $namespace:ident:
            $key:ty => $value:ty $(as $pair:ident)?, $item:literal;
    )*) => {$(
        $crate::contract::pairs! {
            $(#[$doc])* $type = $contract in $namespace: $key => $value $(as $pair)?,
            pair $item, item $item, generic_slots, Generic, "</a:value></", "><a:key>"
        }
    )*};
}

/// Describes dictionaries, which have a way of their own to name their pairs in XML.
macro_rules! dictionary {
    ($(
        $(#[$doc:meta])*
        pub struct $type:ident = $contract:literal:
            $key:ty => $value:ty as $pair:ident, $xml:literal, $json:literal;
    )*) => {$(
        $crate::contract::pairs! {
            $(#[$doc])* $type = $contract in Arrays: $key => $value as $pair,
            pair $json, item $xml, dictionary_slots, Arrays, "</a:Value></", "><a:Key>"
        }
    )*};
}

/// What all collections of pairs are: see [`pair_collection!`](pair_collection).
macro_rules! pairs {
    (
        $(#[$doc:meta])*
        $type:ident = $contract:literal in $namespace:ident: $key:ty => $value:ty $(as $pair:ident)?,
        pair $pair_name:literal, item $item:literal, $slots:ident, $content:ident,
        $close:literal, $xml_key:literal
    ) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Default, Debug)]
        pub struct $type($crate::collection::Pairs<$key, $value>);

        const _: () = {
            use $crate::contract::{FramedPairs, PairFrame, Literal, pair_slots, slot, type_name};
            use $crate::namespace::Namespace;

            impl FramedPairs for $type {
                const FRAME: &'static PairFrame = &PairFrame {
                    collection: &type_name!($contract in $namespace),
                    pair: &type_name!($pair_name in Generic),
                    item: slot!(item $item in $namespace),
                    slots: &const { pair_slots::$slots::<$key, $value>() },
                    last: const {
                        let [_, value] = pair_slots::$slots::<$key, $value>();
                        let close = Literal::new(concat!($close, $item, ">"));
                        value.closing(&slot!(item $item in $namespace), close)
                    },
                    content: Namespace::$content,
                    xml_key: const { Literal::new(concat!("<", $item, $xml_key)) },
                };
            }

            impl<Q, T> FromIterator<(Q, T)> for $type
            where
                $key: From<Q>,
                $value: From<T>,
            {
                /// The last value of a key holds.
                fn from_iter<I: IntoIterator<Item = (Q, T)>>(pairs: I) -> Self {
                    let mut all = Self::new();
                    for (key, value) in pairs {
                        all.insert(key, value);
                    }
                    all
                }
            }

            impl<Q, T, const N: usize> From<[(Q, T); N]> for $type
            where
                $key: From<Q>,
                $value: From<T>,
            {
                fn from(pairs: [(Q, T); N]) -> Self {
                    pairs.into_iter().collect()
                }
            }
        };

        $crate::contract::collection! {
            $type($crate::collection::Pairs<$key, $value>) = $contract in $namespace,
            FramedPairs, item ($key, $value)
            $(, plain pairs => pairs.into_iter().map(|(key, value)| {
                let pair = $crate::pair::$pair {
                    key: Some(key.into()),
                    value,
                    ..Default::default()
                };
                pair.into()
            }))?
        }
    };
}

/// Describes lists, one in each row: the collection's name, the items' type, and an item's name.
macro_rules! list_collection {
    ($(
        $(#[$doc:meta])*
        pub struct $type:ident = $contract:literal in $namespace:ident:
            $of:ty, $item:literal;
    )*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Default, Debug)]
        pub struct $type($crate::collection::List<$of>);

        impl $crate::contract::FramedList for $type {
            const FRAME: &'static $crate::contract::ListFrame = &$crate::contract::ListFrame {
                collection: &$crate::contract::type_name!($contract in $namespace),
                item: $crate::contract::slot!(item $item in $namespace),
                content: match <$of as $crate::contract::Field>::DECLARED {
                    Some(content) => content,
                    None => $crate::namespace::Namespace::$namespace,
                },
            };
        }

        impl<T> FromIterator<T> for $type
        where
            $of: From<T>,
        {
            fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
                Self(items.into_iter().map(<$of>::from).collect())
            }
        }

        impl<T, const N: usize> From<[T; N]> for $type
        where
            $of: From<T>,
        {
            fn from(items: [T; N]) -> Self {
                items.into_iter().collect()
            }
        }

        impl From<$crate::collection::List<$of>> for $type {
            fn from(items: $crate::collection::List<$of>) -> Self {
                Self(items)
            }
        }

        $crate::contract::collection! {
            $type($crate::collection::List<$of>) = $contract in $namespace,
            FramedList, item $of,
            plain items => items.as_slice().iter().cloned().map($crate::value::Value::from)
        }
    )*};
}

/// What all collections are: the methods of what they wrap, and their place as a member and as a
/// value. `plain` says which values the items are on their own.
macro_rules! collection {
    (
        $type:ident($inner:ty) = $contract:literal in $namespace:ident,
        $framed:ident, item $item:ty $(, plain $items:ident => $plain:expr)?
    ) => {
        impl $type {
            /// An empty collection.
            #[must_use]
            pub const fn new() -> Self {
                Self(<$inner>::new())
            }
        }

        impl std::ops::Deref for $type {
            type Target = $inner;

            fn deref(&self) -> &$inner {
                &self.0
            }
        }

        impl std::ops::DerefMut for $type {
            fn deref_mut(&mut self) -> &mut $inner {
                &mut self.0
            }
        }

        impl IntoIterator for $type {
            type Item = $item;
            type IntoIter = <$inner as IntoIterator>::IntoIter;

            fn into_iter(self) -> Self::IntoIter {
                self.0.into_iter()
            }
        }

        impl<'a> IntoIterator for &'a $type {
            type Item = <&'a $inner as IntoIterator>::Item;
            type IntoIter = <&'a $inner as IntoIterator>::IntoIter;

            fn into_iter(self) -> Self::IntoIter {
                (&self.0).into_iter()
            }
        }

        impl<'a> IntoIterator for &'a mut $type {
            type Item = <&'a mut $inner as IntoIterator>::Item;
            type IntoIter = <&'a mut $inner as IntoIterator>::IntoIter;

            fn into_iter(self) -> Self::IntoIter {
                (&mut self.0).into_iter()
            }
        }

        const _: () = {
            use $crate::contract::{
                Field, Items, Declared, Reader, Sealed, Slot, VisitMut, Writer, read_collection,
            };

            impl Sealed for $type {}

            impl Field for $type {
                const DECLARED: Option<$crate::namespace::Namespace> =
                    Some($crate::namespace::Namespace::$namespace);
                const NULL_IS_EMPTY: bool = true;

                #[inline]
                fn write<W: Writer>(&self, writer: &mut W, slot: &Slot, declared: Declared) {
                    Items::<Self>::write_items(&self.0, writer, slot, declared);
                }

                fn read<R: Reader>(reader: &mut R) -> Result<Self, R::Error> {
                    let read_items = <$inner as Items<Self>>::read_items::<R>;
                    read_collection(reader, |reader| read_items(reader).map(Self))
                }

                fn is_default(&self) -> bool {
                    self.0.is_empty()
                }

                fn visit(&mut self, visitor: &mut dyn VisitMut) {
                    Items::<Self>::visit_items(&mut self.0, visitor);
                }
            }

            impl $crate::contract::Known for $type {
                const TYPE: &'static $crate::contract::TypeName =
                    <Self as $crate::contract::$framed>::FRAME.collection;
                const IS_LIST: bool = true;
                const ARRAYS: &'static $crate::contract::ArrayNames =
                    $crate::contract::array_names!($contract in $namespace);

                fn read_begun<R: Reader>(reader: &mut R) -> Result<Self, R::Error> {
                    <$inner as Items<Self>>::read_items(reader).map(Self)
                }

                $(fn into_plain(self) -> $crate::contract::Plain {
                    let $items = self.0;
                    $crate::contract::Plain::Items($plain.collect())
                })?
            }
        };
    };
}

pub(crate) use {collection, dictionary, list_collection, pair_collection, pairs};
