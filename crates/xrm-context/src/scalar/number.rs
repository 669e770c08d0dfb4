//! Numbers that keep the text they were read from.

use rust_decimal::Decimal;

use crate::scalar::origin::Origin;

/// A number that was read into an `object` place and whose text is not the one that its type is
/// written with: a double in the shortest form, `1E5`, `-0`. Written to the format it came from it
/// has that text again; equality compares the number alone.
// Bodies must be written back byte for byte, and the value of a number does not determine its text: `1E5`
// and `100000.0` are the same double.
#[derive(Clone, Debug)]
pub struct Number {
    value: NumberValue,
    text: Box<str>,
    origin: Origin,
}

/// A number of the type that the platform's reader gives it.
#[derive(Clone, Copy, Debug)]
pub enum NumberValue {
    /// 32-bit integer.
    Int(i32),
    /// 64-bit integer.
    Long(i64),
    /// Decimal number with its scale.
    Decimal(Decimal),
    /// Single-precision number.
    Float(f32),
    /// Double-precision number.
    Double(f64),
}

impl Number {
    /// A number that stood in a body with this text.
    #[must_use]
    pub fn new(value: NumberValue, text: &str, origin: Origin) -> Self {
        Self { value, text: text.into(), origin }
    }

    /// The number.
    #[must_use]
    pub fn value(&self) -> NumberValue {
        self.value
    }

    /// The text it was read from.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The format it was read from.
    #[must_use]
    pub fn origin(&self) -> Origin {
        self.origin
    }
}

impl PartialEq for NumberValue {
    /// Numbers of one type are equal when they hold the same number; doubles and floats when
    /// their bits are the same.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a == b,
            (Self::Long(a), Self::Long(b)) => a == b,
            (Self::Decimal(a), Self::Decimal(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => a.to_bits() == b.to_bits(),
            (Self::Double(a), Self::Double(b)) => a.to_bits() == b.to_bits(),
            _ => false,
        }
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}
