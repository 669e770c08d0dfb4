//! Values that documents write as a text or, where that is natural, as a number.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserializer, Serializer};

/// A value that a document writes as a text or a number.
pub(crate) trait Textual: Sized {
    /// What was expected, for the error about anything else.
    const EXPECTED: &'static str;

    /// Values to choose from, which the error lists.
    fn choices() -> impl Iterator<Item = &'static str> {
        std::iter::empty()
    }

    fn from_text(text: &str) -> Option<Self>;

    fn from_integer(_number: i64) -> Option<Self> {
        None
    }

    fn from_double(_number: f64) -> Option<Self> {
        None
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
}

/// With [`deserialize`], for `#[serde(with = "crate::textual")]`.
pub(crate) fn serialize<T: Textual, S: Serializer>(
    value: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    value.write(serializer)
}

pub(crate) fn deserialize<'de, T: Textual, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    deserializer.deserialize_any(TextOrNumber(PhantomData))
}

struct TextOrNumber<T>(PhantomData<T>);

impl<T: Textual> Visitor<'_> for TextOrNumber<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)?;
        T::choices().try_for_each(|it| write!(f, " `{it}`"))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        T::from_text(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        T::from_integer(number).ok_or_else(|| E::invalid_value(Unexpected::Signed(number), &self))
    }

    // JSON's positive integers come as `u64`, TOML's as `i64`. What is beyond both is a number of a
    // double's size, which a double takes and a code does not.
    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        let known = match i64::try_from(number) {
            Ok(number) => T::from_integer(number),
            Err(_) => T::from_double(number as f64),
        };
        known.ok_or_else(|| E::invalid_value(Unexpected::Unsigned(number), &self))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<T, E> {
        T::from_double(number).ok_or_else(|| E::invalid_type(Unexpected::Float(number), &self))
    }
}

/// Codes are written by their label or, where there is none, their number.
macro_rules! labeled {
    ($($code:ident),+) => {$(
        impl $crate::textual::Textual for $code {
            const EXPECTED: &'static str = "a number or one of the labels";

            fn choices() -> impl Iterator<Item = &'static str> {
                <Self as xrm_context::Code>::ALL.iter().filter_map(|it| it.label())
            }

            fn from_text(text: &str) -> Option<Self> {
                xrm_context::Code::ALL.iter().copied().find(|it: &Self| it.label() == Some(text))
            }

            fn from_integer(number: i64) -> Option<Self> {
                number.try_into().ok().map(Self)
            }

            fn write<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self.label() {
                    Some(label) => serializer.serialize_str(label),
                    None => serializer.serialize_i32(self.0),
                }
            }
        }
    )+};
}

pub(crate) use labeled;
