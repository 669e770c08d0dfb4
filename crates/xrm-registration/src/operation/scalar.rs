//! The texts of scalars in documents of operations: those of XML Schema.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserializer, Serialize, Serializer};
use xrm_context::query::{XrmAggregateType, XrmDateTimeGrouping};
use xrm_context::{
    ConcurrencyBehavior, DateTime, Decimal, EntityRole, EntityState, Mode, Stage, TimeSpan,
};

use crate::operation::notation::Notated;
use crate::textual::{self, Textual};

/// Scalars are noted by their text. (An `impl<T: Textual> Notated for T` conflicts with that for
/// `Box<T>`.)
macro_rules! noted_by_text {
    ($($type:ty),+) => {$(
        impl Notated for $type {
            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                textual::deserialize(deserializer)
            }

            fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                Textual::write(self, serializer)
            }
        }
    )+};
}

noted_by_text! {
    Decimal, f32, f64, CodeUnit, Base64, DateTime, TimeSpan, Mode, Stage, XrmAggregateType,
    XrmDateTimeGrouping, ConcurrencyBehavior, EntityRole, EntityState
}

// A text, because 12.50 and 12.5 differ in a body and parsers of JSON make one double of both.
impl Textual for Decimal {
    const EXPECTED: &'static str = "a decimal number as text, `\"12.50\"`, or an integer";

    fn from_text(text: &str) -> Option<Self> {
        Self::from_str_exact(text).ok()
    }

    fn from_integer(number: i64) -> Option<Self> {
        Some(number.into())
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

// JSON has no number for NaN and the infinities, so these are texts, spelled as XML Schema spells
// them (https://www.w3.org/TR/xmlschema-2/#double), which is how XML bodies have them.
macro_rules! floats {
    ($($float:ident),+) => {$(
        impl Textual for $float {
            const EXPECTED: &'static str = "a number, or `\"NaN\"`, `\"INF\"`, `\"-INF\"`";

            fn from_text(text: &str) -> Option<Self> {
                match text {
                    "NaN" => Some(Self::NAN),
                    "INF" => Some(Self::INFINITY),
                    "-INF" => Some(Self::NEG_INFINITY),
                    _ => None,
                }
            }

            fn from_integer(number: i64) -> Option<Self> {
                Some(number as Self)
            }

            fn from_double(number: f64) -> Option<Self> {
                // `as` makes an infinity of a number beyond the largest float; nobody meant that.
                Some(number as Self).filter(|it| it.is_infinite() == number.is_infinite())
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

// Half of a surrogate pair is no character of any document, and stands as its number.
impl Textual for CodeUnit {
    const EXPECTED: &'static str = "a text of one UTF-16 code unit, or its number";

    fn from_text(text: &str) -> Option<Self> {
        let mut units = text.encode_utf16();
        units.next().filter(|_| units.next().is_none()).map(Self)
    }

    fn from_integer(number: i64) -> Option<Self> {
        number.try_into().ok().map(Self)
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

    fn from_text(text: &str) -> Option<Self> {
        BASE64_STANDARD.decode(text).ok().map(Self)
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64_STANDARD.encode(&self.0))
    }
}

impl Textual for DateTime {
    const EXPECTED: &'static str =
        "a date and time, `\"2026-11-23T10:00:00Z\"`, with `Z`, an offset or neither";

    fn from_text(text: &str) -> Option<Self> {
        // RFC 3339 takes both letters in lower case, and a blank for `T`.
        text.replace(['t', ' '], "T").parse().ok()
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Textual for TimeSpan {
    const EXPECTED: &'static str = "a duration without years and months, `\"P1DT2H3M4.5S\"`";

    fn from_text(text: &str) -> Option<Self> {
        let has_months = text.split('T').next().is_some_and(|date| date.contains(['Y', 'M']));
        text.parse().ok().filter(|_| !has_months)
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Enumerations by name or, where there is none, by number.
macro_rules! enumerations {
    ($($type:ident: $expected:literal;)+) => {$(
        impl Textual for $type {
            const EXPECTED: &'static str = $expected;

            fn from_text(text: &str) -> Option<Self> {
                let named = Self::TYPE.members.iter().find(|(name, _)| *name == text);
                named.map(|(_, number)| Self(*number))
            }

            fn from_integer(number: i64) -> Option<Self> {
                number.try_into().ok().map(Self)
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
