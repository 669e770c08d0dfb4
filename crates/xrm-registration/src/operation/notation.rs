//! How documents of operations note what serde does not know by itself.

use std::fmt;
use std::hash::Hash;
use std::marker::PhantomData;

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;
use xrm_context::{
    AttributeCollection, Decimal, EntityReference, EntityReferenceCollection,
    FormattedValueCollection, Key, KeyAttributeCollection, List, Money, OptionSetValue,
    OptionSetValueCollection, Pairs, ParameterCollection, StringDictionary, Value,
};

/// A type with a notation of its own in documents.
///
/// Not serde's traits: the types are those of `xrm-context`, which leaves them to the formats of
/// bodies, and what is readable in a document is not what a body holds.
pub(super) trait Notated: Sized {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
}

/// Reads the notation of a type, as serde reads any other.
pub(super) struct Read<T>(pub(super) T);

impl<'de, T: Notated> Deserialize<'de> for Read<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read(deserializer).map(Self)
    }
}

/// Writes the notation of a type, as serde writes any other.
pub(super) struct Write<'a, T>(pub(super) &'a T);

impl<T: Notated> Serialize for Write<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(serializer)
    }
}

/// For `#[serde(with = ...)]`.
pub(super) mod notated {
    use serde::{Deserializer, Serializer};

    use super::Notated;

    pub(in crate::operation) fn serialize<T: Notated, S: Serializer>(
        value: &T,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.write(serializer)
    }

    pub(in crate::operation) fn deserialize<'de, T: Notated, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        T::read(deserializer)
    }
}

impl<T: Notated> Notated for Option<T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::<Read<T>>::deserialize(deserializer)?.map(|it| it.0))
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_ref().map(Write).serialize(serializer)
    }
}

impl<T: Notated> Notated for Box<T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read(deserializer).map(Self::new)
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).write(serializer)
    }
}

impl<T: Notated> Notated for Vec<T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let items = Vec::<Read<T>>::deserialize(deserializer)?;
        Ok(items.into_iter().map(|it| it.0).collect())
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(Write))
    }
}

impl<T: Notated> Notated for List<T> {
    // Collections of the platform may hold null.
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let items = Vec::<Read<Option<T>>>::deserialize(deserializer)?;
        Ok(items.into_iter().map(|it| it.0).collect())
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.as_slice().iter().map(Write))
    }
}

/// A table of pairs by name, in its order. No name may stand twice.
impl<V: Notated> Notated for Pairs<Key, V> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Table(PhantomData))
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter().map(|(name, value)| (name.as_str(), Write(value))))
    }
}

struct Table<V>(PhantomData<V>);

impl<'de, V: Notated> Visitor<'de> for Table<V> {
    type Value = Pairs<Key, V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table of names and values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Pairs::new();
        // A parser of JSON gives a repeated name twice, and the later value would win silently.
        while let Some(name) = map.next_key::<String>()?.map(Key::from) {
            if pairs.contains_key(name.as_str()) {
                return Err(A::Error::custom(format_args!("`{name}` appears twice")));
            }
            pairs.insert(name, map.next_value::<Read<V>>()?.0);
        }
        Ok(pairs)
    }
}

/// A pair whose key is no name, as bodies have it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyAndValue<K, V> {
    key: K,
    value: V,
}

/// A list of pairs, as bodies have them. No key may stand twice.
pub(super) fn read_pairs<'de, K, V, D>(deserializer: D) -> Result<Pairs<K, V>, D::Error>
where
    K: Notated + Eq + Hash,
    V: Notated,
    D: Deserializer<'de>,
{
    let mut pairs = Pairs::new();
    for KeyAndValue { key, value } in
        Vec::<KeyAndValue<Read<K>, Read<V>>>::deserialize(deserializer)?
    {
        if pairs.insert(key.0, value.0).is_some() {
            return Err(D::Error::custom("a key appears twice"));
        }
    }
    Ok(pairs)
}

pub(super) fn write_pairs<K: Notated, V: Notated, S: Serializer>(
    pairs: &Pairs<K, V>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let pairs = pairs.iter().map(|(key, value)| (Write(key), Write(value)));
    serializer.collect_seq(pairs.map(|(key, value)| KeyAndValue { key, value }))
}

/// Collections and classes that wrap a single value have its notation. A row says how the value is
/// wrapped and where it is.
macro_rules! as_wrapped {
    ($($type:ty as $wrapped:ty, $wrap:expr, |$it:ident| $value:expr;)+) => {$(
        impl Notated for $type {
            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <$wrapped>::read(deserializer).map($wrap)
            }

            fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let $it = self;
                $value.write(serializer)
            }
        }
    )+};
}

as_wrapped! {
    AttributeCollection as Pairs<Key, Value>, Self::from_iter, |it| (**it);
    FormattedValueCollection as Pairs<Key, Option<String>>, Self::from_iter, |it| (**it);
    KeyAttributeCollection as Pairs<Key, Value>, Self::from_iter, |it| (**it);
    ParameterCollection as Pairs<Key, Value>, Self::from_iter, |it| (**it);
    StringDictionary as Pairs<Key, Option<String>>, Self::from_iter, |it| (**it);
    EntityReferenceCollection as List<EntityReference>, Self::from, |it| (**it);
    OptionSetValueCollection as List<OptionSetValue>, Self::from, |it| (**it);
    Money as Decimal, Self::new, |it| it.value;
    OptionSetValue as i32, Self::new, |it| it.value;
}

/// What serde knows by itself.
macro_rules! as_serde_does {
    ($($type:ty),+) => {$(
        impl Notated for $type {
            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <$type as Deserialize>::deserialize(deserializer)
            }

            fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.serialize(serializer)
            }
        }
    )+};
}

as_serde_does!(bool, i8, i16, i32, i64, u8, u16, u32, u64, String, Uuid);

/// Describes classes: the members that a document has, each left out where it has its default, and
/// the one that it never has.
///
/// `OptionSetValue in option { value: i32; } [without extra: Extra]` is a struct `Notation` with
/// serde's `remote` attribute, which reads and writes the foreign type through [`Notated`], and the
/// `impl Notated` that calls it. `remote` wants each field of the type; `extra` is among them, and is
/// skipped because it holds what only a body can.
macro_rules! classes {
    (
        named as $case:literal;
        $($type:ident in $module:ident { $($member:ident: $of:ty;)+ }
        $([without $left_out:ident: $left_out_type:ty])?)+
    ) => {$(
        mod $module {
            use serde::{Deserialize, Serialize};

            use super::*;
            use crate::operation::notation::{is_default, notated};

            #[derive(Serialize, Deserialize)]
            #[serde(remote = "Described", rename_all = $case, deny_unknown_fields)]
            pub(super) struct Notation {
                $(
                    #[serde(default, with = "notated", skip_serializing_if = "is_default")]
                    $member: $of,
                )+
                $(#[serde(skip)] $left_out: $left_out_type,)?
            }

            type Described = $type;
        }

        impl $crate::operation::notation::Notated for $type {
            fn read<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $module::Notation::deserialize(deserializer)
            }

            fn write<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $module::Notation::serialize(self, serializer)
            }
        }
    )+};
}

pub(super) use classes;

pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
