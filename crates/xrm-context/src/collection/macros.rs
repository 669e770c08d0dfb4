//! One row for each collection: its name, what it holds, and how an item is named.

/// Describes collections of pairs.
macro_rules! pair_collection {
    ($(
        $(#[$doc:meta])*
        pub struct $type:ident = $contract:literal in $namespace:ident:
            $key:ty => $value:ty, $item:literal;
    )*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Default, Debug)]
        pub struct $type(Pairs<$key, $value>);

        impl $type {
            const FRAME: &'static pairs::PairFrame = &pairs::PairFrame {
                collection: &$crate::contract::type_name!($contract in $namespace),
                pair: &$crate::contract::type_name!($item in Generic),
                item: $crate::contract::slot!(item $item in $namespace),
            };

            /// No pair.
            #[must_use]
            pub const fn new() -> Self {
                Self(Pairs::new())
            }
        }

        impl $crate::contract::Field for $type {
            const DECLARED: Option<$crate::namespace::Namespace> =
                Some($crate::namespace::Namespace::$namespace);
            const NULL_IS_EMPTY: bool = true;

            #[inline]
            fn write<W: $crate::contract::Writer>(
                &self,
                writer: &mut W,
                slot: &$crate::contract::Slot,
                place: $crate::contract::Place,
            ) {
                pairs::write_pairs(&self.0, writer, slot, place, Self::FRAME);
            }

            fn read<R: $crate::contract::Reader>(reader: &mut R) -> Result<Self, R::Error> {
                reader.begin_list()?;
                pairs::read_pairs(reader, Self::FRAME).map(Self)
            }

            fn is_default(&self) -> bool {
                self.0.is_empty()
            }

            fn visit(&mut self, visitor: &mut dyn $crate::contract::VisitMut) {
                pairs::visit_pairs(&mut self.0, visitor);
            }
        }

        impl<Q, T> FromIterator<(Q, T)> for $type
        where
            $key: From<Q>,
            $value: From<T>,
        {
            /// The last value of a key holds.
            fn from_iter<I: IntoIterator<Item = (Q, T)>>(pairs: I) -> Self {
                let mut all = Pairs::new();
                for (key, value) in pairs {
                    all.insert(key, value);
                }
                Self(all)
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

        $crate::collection::macros::dereference!($type, Pairs<$key, $value>, ($key, $value));
    )*};
}

/// Describes lists.
macro_rules! list_collection {
    ($(
        $(#[$doc:meta])*
        pub struct $type:ident = $contract:literal in $namespace:ident:
            $of:ty, $item:literal;
    )*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Default, Debug)]
        pub struct $type(List<$of>);

        impl $type {
            const FRAME: &'static list::ListFrame = &list::ListFrame {
                collection: &$crate::contract::type_name!($contract in $namespace),
                item: $crate::contract::slot!(item $item in $namespace),
            };

            /// No item.
            #[must_use]
            pub const fn new() -> Self {
                Self(List::new())
            }
        }

        impl $crate::contract::Field for $type {
            const DECLARED: Option<$crate::namespace::Namespace> =
                Some($crate::namespace::Namespace::$namespace);
            const NULL_IS_EMPTY: bool = true;

            #[inline]
            fn write<W: $crate::contract::Writer>(
                &self,
                writer: &mut W,
                slot: &$crate::contract::Slot,
                place: $crate::contract::Place,
            ) {
                self.0.write_items(writer, slot, place, Self::FRAME);
            }

            fn read<R: $crate::contract::Reader>(reader: &mut R) -> Result<Self, R::Error> {
                reader.begin_list()?;
                List::read_items(reader, Self::FRAME).map(Self)
            }

            fn is_default(&self) -> bool {
                self.0.is_empty()
            }

            fn visit(&mut self, visitor: &mut dyn $crate::contract::VisitMut) {
                self.0.visit_items(visitor);
            }
        }

        impl<T> FromIterator<T> for $type
        where
            $of: From<T>,
        {
            fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
                Self(items.into_iter().map(<$of>::from).collect())
            }
        }

        impl From<List<$of>> for $type {
            fn from(items: List<$of>) -> Self {
                Self(items)
            }
        }

        $crate::collection::macros::dereference!($type, List<$of>, $of);
    )*};
}

/// A collection that may stand in an `object` place.
macro_rules! known_collection {
    ($($type:ident, $inner:ident::$read:ident;)*) => {$(
        impl $crate::contract::Known for $type {
            const TYPE: &'static $crate::contract::TypeName = Self::FRAME.collection;

            fn read_begun<R: $crate::contract::Reader>(reader: &mut R) -> Result<Self, R::Error> {
                $inner::$read(reader, Self::FRAME).map(Self)
            }
        }
    )*};
}

/// Gives a collection the methods of what it wraps.
macro_rules! dereference {
    ($type:ident, $inner:ty, $item:ty) => {
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
    };
}

pub(super) use {dereference, known_collection, list_collection, pair_collection};
