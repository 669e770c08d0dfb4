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
        pub struct $type($crate::collection::Pairs<$key, $value>);

        impl $crate::collection::pairs::Framed for $type {
            const FRAME: &'static $crate::collection::pairs::PairFrame =
                &$crate::collection::pairs::PairFrame {
                collection: &$crate::contract::type_name!($contract in $namespace),
                pair: &$crate::contract::type_name!($item in Generic),
                item: $crate::contract::slot!(item $item in $namespace),
                slots: &const { $crate::collection::pairs::generic_slots::<$key, $value>() },
                last: const {
                    let [_, value] = $crate::collection::pairs::generic_slots::<$key, $value>();
                    value.closing(
                        &$crate::contract::slot!(item $item in $namespace),
                        $crate::contract::Piece::new(concat!("</a:value></", $item, ">")),
                    )
                },
                content: $crate::namespace::Namespace::Generic,
                xml_key: const { $crate::contract::Piece::new(concat!("<", $item, "><a:key>")) },
            };
        }

        $crate::collection::macros::pairs!($type, $contract in $namespace, $key, $value);
    )*};
}

/// Describes dictionaries, which have a way of their own to name their pairs in XML.
macro_rules! dictionary {
    ($(
        $(#[$doc:meta])*
        pub struct $type:ident = $contract:literal: $key:ty => $value:ty, $xml:literal, $json:literal;
    )*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Default, Debug)]
        pub struct $type($crate::collection::Pairs<$key, $value>);

        impl $crate::collection::pairs::Framed for $type {
            const FRAME: &'static $crate::collection::pairs::PairFrame =
                &$crate::collection::pairs::PairFrame {
                collection: &$crate::contract::type_name!($contract in Arrays),
                pair: &$crate::contract::type_name!($json in Generic),
                item: $crate::contract::slot!(item $xml in Arrays),
                slots: &const { $crate::collection::pairs::dictionary_slots::<$key, $value>() },
                last: const {
                    let [_, value] = $crate::collection::pairs::dictionary_slots::<$key, $value>();
                    value.closing(
                        &$crate::contract::slot!(item $xml in Arrays),
                        $crate::contract::Piece::new(concat!("</a:Value></", $xml, ">")),
                    )
                },
                content: $crate::namespace::Namespace::Arrays,
                xml_key: const { $crate::contract::Piece::new(concat!("<", $xml, "><a:Key>")) },
            };
        }

        $crate::collection::macros::pairs!($type, $contract in Arrays, $key, $value);
    )*};
}

/// What all collections of pairs can do.
macro_rules! pairs {
    ($type:ident, $contract:literal in $namespace:ident, $key:ty, $value:ty) => {
        impl $type {
            /// No pair.
            #[must_use]
            pub const fn new() -> Self {
                Self($crate::collection::Pairs::new())
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
                $crate::collection::pairs::write_pairs::<Self, _, _, _>(&self.0, writer, slot, place);
            }

            fn read<R: $crate::contract::Reader>(reader: &mut R) -> Result<Self, R::Error> {
                if reader.take_empty_list() {
                    return Ok(Self::new());
                }
                reader.begin_list()?;
                $crate::collection::pairs::read_pairs::<Self, _, _, _>(reader).map(Self)
            }

            fn is_default(&self) -> bool {
                self.0.is_empty()
            }

            fn visit(&mut self, visitor: &mut dyn $crate::contract::VisitMut) {
                $crate::collection::pairs::visit_pairs(&mut self.0, visitor);
            }
        }

        impl<Q, T> FromIterator<(Q, T)> for $type
        where
            $key: From<Q>,
            $value: From<T>,
        {
            /// The last value of a key holds.
            fn from_iter<I: IntoIterator<Item = (Q, T)>>(pairs: I) -> Self {
                let mut all = $crate::collection::Pairs::new();
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

        $crate::collection::macros::dereference!($type, $crate::collection::Pairs<$key, $value>, ($key, $value));

        impl $crate::contract::Known for $type {
            const TYPE: &'static $crate::contract::TypeName =
                <Self as $crate::collection::pairs::Framed>::FRAME.collection;
            const IS_LIST: bool = true;
            const ARRAYS: &'static $crate::contract::ArrayNames =
                $crate::contract::array_names!($contract in $namespace);

            fn read_begun<R: $crate::contract::Reader>(reader: &mut R) -> Result<Self, R::Error> {
                $crate::collection::pairs::read_pairs::<Self, _, _, _>(reader).map(Self)
            }
        }
    };
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
        pub struct $type($crate::collection::List<$of>);

        impl $type {
            const FRAME: &'static $crate::contract::ListFrame = &$crate::contract::ListFrame {
                collection: &$crate::contract::type_name!($contract in $namespace),
                item: $crate::contract::slot!(item $item in $namespace),
                content: match <$of as $crate::contract::Field>::DECLARED {
                    Some(content) => content,
                    None => $crate::namespace::Namespace::$namespace,
                },
            };

            /// No item.
            #[must_use]
            pub const fn new() -> Self {
                Self($crate::collection::List::new())
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
                let items = self.0.as_slice().iter();
                $crate::contract::write_items(items, writer, slot, place, Self::FRAME);
            }

            fn read<R: $crate::contract::Reader>(reader: &mut R) -> Result<Self, R::Error> {
                if reader.take_empty_list() {
                    return Ok(Self::new());
                }
                reader.begin_list()?;
                $crate::contract::Known::read_begun(reader)
            }

            fn is_default(&self) -> bool {
                self.0.is_empty()
            }

            fn visit(&mut self, visitor: &mut dyn $crate::contract::VisitMut) {
                $crate::contract::visit_items(self.0.as_mut_slice().iter_mut(), visitor);
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

        impl From<$crate::collection::List<$of>> for $type {
            fn from(items: $crate::collection::List<$of>) -> Self {
                Self(items)
            }
        }

        impl $crate::contract::Known for $type {
            const TYPE: &'static $crate::contract::TypeName = Self::FRAME.collection;
            const IS_LIST: bool = true;
            const ARRAYS: &'static $crate::contract::ArrayNames =
                $crate::contract::array_names!($contract in $namespace);

            fn read_begun<R: $crate::contract::Reader>(reader: &mut R) -> Result<Self, R::Error> {
                let items = $crate::contract::read_items::<Option<$of>, R>(reader, Self::FRAME)?;
                Ok(Self($crate::collection::List::from_iter(items)))
            }
        }

        $crate::collection::macros::dereference!($type, $crate::collection::List<$of>, $of);
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
    };
}

pub(crate) use {dereference, dictionary, list_collection, pair_collection, pairs};
