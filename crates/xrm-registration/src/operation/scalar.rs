//! The texts of scalars in documents of operations: those of XML Schema.

use std::fmt;
use std::marker::PhantomData;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::de::{Error, Unexpected, Visitor};
use serde::ser::Error as _;
use serde::{Deserializer, Serialize, Serializer};
use xrm_context::query::{XrmAggregateType, XrmDateTimeGrouping};
use xrm_context::{
    ConcurrencyBehavior, DateTime, Decimal, EntityRole, EntityState, Mode, Stage, TimeSpan,
};

use crate::operation::notation::Notated;
use crate::operation::{date_time, duration};
use crate::option_value;

/// What a text means, or an integer in its place.
trait Textual: Sized {
    /// What is expected, for who wrote something else.
    const EXPECTED: &'static str;

    fn of_text(text: &str) -> Option<Self>;

    fn of_integer(_number: i64) -> Option<Self> {
        None
    }

    fn of_double(_number: f64) -> Option<Self> {
        None
    }
}

struct Text<T>(PhantomData<T>);

impl<T: Textual> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        T::of_text(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        T::of_integer(number).ok_or_else(|| E::invalid_type(Unexpected::Signed(number), &self))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        let known = match i64::try_from(number) {
            Ok(number) => T::of_integer(number),
            Err(_) => T::of_double(number as f64),
        };
        known.ok_or_else(|| E::invalid_type(Unexpected::Unsigned(number), &self))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<T, E> {
        T::of_double(number).ok_or_else(|| E::invalid_type(Unexpected::Float(number), &self))
    }
}

fn read<'de, T: Textual, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_any(Text(PhantomData))
}

/// The scale is part of a decimal, which a number of JSON would lose.
impl Textual for Decimal {
    const EXPECTED: &'static str = "a decimal number as text, `\"12.50\"`, or an integer";

    fn of_text(text: &str) -> Option<Self> {
        Self::from_str_exact(text).ok()
    }

    fn of_integer(number: i64) -> Option<Self> {
        Some(number.into())
    }
}

impl Notated for Decimal {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(deserializer)
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// JSON has no number for what is none.
macro_rules! floats {
    ($($float:ident),+) => {$(
        impl Textual for $float {
            const EXPECTED: &'static str = "a number, or `\"NaN\"`, `\"INF\"`, `\"-INF\"`";

            fn of_text(text: &str) -> Option<Self> {
                match text {
                    "NaN" => Some(Self::NAN),
                    "INF" => Some(Self::INFINITY),
                    "-INF" => Some(Self::NEG_INFINITY),
                    _ => None,
                }
            }

            fn of_integer(number: i64) -> Option<Self> {
                Some(number as Self)
            }

            fn of_double(number: f64) -> Option<Self> {
                // What is too great for a float is none.
                Some(number as Self).filter(|it| it.is_infinite() == number.is_infinite())
            }
        }

        impl Notated for $float {
            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                read(deserializer)
            }

            fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match *self {
                    Self::INFINITY => serializer.serialize_str("INF"),
                    Self::NEG_INFINITY => serializer.serialize_str("-INF"),
                    number if number.is_nan() => serializer.serialize_str("NaN"),
                    number => number.serialize(serializer),
                }
            }
        }
    )+};
}

floats!(f32, f64);

/// A UTF-16 code unit: .NET's character.
pub(super) struct CodeUnit(pub(super) u16);

/// Half of a character is no text, and stands as its number.
impl Textual for CodeUnit {
    const EXPECTED: &'static str = "a text of one UTF-16 code unit, or its number";

    fn of_text(text: &str) -> Option<Self> {
        let mut units = text.encode_utf16();
        units.next().filter(|_| units.next().is_none()).map(Self)
    }

    fn of_integer(number: i64) -> Option<Self> {
        number.try_into().ok().map(Self)
    }
}

impl Notated for CodeUnit {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(deserializer)
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match char::from_u32(self.0.into()) {
            Some(character) => serializer.serialize_char(character),
            None => serializer.serialize_u16(self.0),
        }
    }
}

/// Bytes.
pub(super) struct Base64(pub(super) Vec<u8>);

impl Textual for Base64 {
    const EXPECTED: &'static str = "bytes in Base64";

    fn of_text(text: &str) -> Option<Self> {
        BASE64_STANDARD.decode(text).ok().map(Self)
    }
}

impl Notated for Base64 {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(deserializer)
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64_STANDARD.encode(&self.0))
    }
}

impl Textual for DateTime {
    const EXPECTED: &'static str =
        "a date and time, `\"2026-11-23T10:00:00Z\"`, with `Z`, an offset or neither";

    fn of_text(text: &str) -> Option<Self> {
        date_time::read(text)
    }
}

impl Notated for DateTime {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(deserializer)
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = date_time::text(*self).ok_or_else(|| S::Error::custom("a date beyond all"))?;
        serializer.serialize_str(&text)
    }
}

impl Textual for TimeSpan {
    const EXPECTED: &'static str = "a duration without years and months, `\"P1DT2H3M4.5S\"`";

    fn of_text(text: &str) -> Option<Self> {
        duration::read(text)
    }
}

impl Notated for TimeSpan {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(deserializer)
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&duration::text(*self))
    }
}

/// Enumerations by name or, where there is none, by number.
macro_rules! enumerations {
    ($($type:ident: $expected:literal;)+) => {$(
        impl Textual for $type {
            const EXPECTED: &'static str = $expected;

            fn of_text(text: &str) -> Option<Self> {
                let named = Self::TYPE.members.iter().find(|(name, _)| *name == text);
                named.map(|(_, number)| Self(*number))
            }

            fn of_integer(number: i64) -> Option<Self> {
                number.try_into().ok().map(Self)
            }
        }

        impl Notated for $type {
            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                read(deserializer)
            }

            fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self.name() {
                    Some(name) => serializer.serialize_str(name),
                    None => serializer.serialize_i32(self.0),
                }
            }
        }
    )+};
}

enumerations! {
    XrmAggregateType: "the name of an aggregate";
    XrmDateTimeGrouping: "the name of a span of time";
    ConcurrencyBehavior: "`Default`, `IfRowVersionMatches` or `AlwaysOverwrite`";
    EntityRole: "`Referencing` or `Referenced`";
    EntityState: "`Unchanged`, `Created` or `Changed`";
}

/// Choices have the notation that they have in documents of registrations.
macro_rules! options {
    ($($type:ident),+) => {$(
        impl Notated for $type {
            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                option_value::deserialize(deserializer)
            }

            fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                option_value::serialize(self, serializer)
            }
        }
    )+};
}

options!(Mode, Stage);
