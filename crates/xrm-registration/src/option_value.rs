//! Numbers that the platform gives a label: open enumerations.

use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserializer, Serializer};

/// A column's value out of a list that the platform may extend.
pub(crate) trait OptionValue: Copy + 'static {
    /// The values that have a label.
    const LISTED: &'static [Self];

    fn from_number(number: i32) -> Self;
    fn number(self) -> i32;
    fn label(self) -> Option<&'static str>;
}

/// Writes the label or, where there is none, the number.
pub(crate) fn serialize<T: OptionValue, S: Serializer>(
    value: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match value.label() {
        Some(label) => serializer.serialize_str(label),
        None => serializer.serialize_i32(value.number()),
    }
}

/// Reads a label or a number.
pub(crate) fn deserialize<'de, T: OptionValue, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    deserializer.deserialize_any(LabelOrNumber(std::marker::PhantomData))
}

struct LabelOrNumber<T>(std::marker::PhantomData<T>);

impl<T: OptionValue> Visitor<'_> for LabelOrNumber<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number or one of the labels")?;
        T::LISTED.iter().try_for_each(|it| write!(f, " `{}`", it.label().unwrap_or_default()))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        T::LISTED
            .iter()
            .copied()
            .find(|it| it.label() == Some(text))
            .ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &self))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        let found = serde::de::Unexpected::Signed(number);
        let number = i32::try_from(number).map_err(|_| E::invalid_value(found, &self))?;
        Ok(T::from_number(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        let found = serde::de::Unexpected::Unsigned(number);
        let number = i32::try_from(number).map_err(|_| E::invalid_value(found, &self))?;
        Ok(T::from_number(number))
    }
}

/// Tells which values of an open enumeration have a label.
macro_rules! listed {
    ($type:ty: $($constant:ident),+) => {
        impl $crate::option_value::OptionValue for $type {
            const LISTED: &'static [Self] = &[$(Self::$constant),+];

            fn from_number(number: i32) -> Self {
                Self(number)
            }

            fn number(self) -> i32 {
                self.0
            }

            fn label(self) -> Option<&'static str> {
                self.label()
            }
        }
    };
}

/// Declares an open enumeration: a constant, its number and its label in each row.
macro_rules! option_values {
    ($(
        $(#[$doc:meta])*
        pub struct $type:ident {
            $($(#[$value_doc:meta])* $constant:ident = $number:literal, $label:literal;)+
        }
    )+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(pub i32);

        impl $type {
            $($(#[$value_doc])* pub const $constant: Self = Self($number);)+

            /// The platform's label for the value, if it has one.
            #[must_use]
            pub const fn label(self) -> Option<&'static str> {
                match self.0 {
                    $($number => Some($label),)+
                    _ => None,
                }
            }
        }

        $crate::option_value::listed! { $type: $($constant),+ }

        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self.label() {
                    Some(label) => write!(f, "{} ({label})", self.0),
                    None => write!(f, "{}", self.0),
                }
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::option_value::serialize(self, serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::option_value::deserialize(deserializer)
            }
        }
    )+};
}

pub(crate) use {listed, option_values};
