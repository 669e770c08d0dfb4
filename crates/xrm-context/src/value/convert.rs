//! Plain Rust values as [`Value`]s.

use rust_decimal::Decimal;
use uuid::Uuid;

use super::{Array, Value};
use crate::scalar::{DateTime, TimeSpan};

macro_rules! from_scalars {
    ($($type:ty => $variant:ident;)*) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$variant(value)
            }
        }
    )*};
}

from_scalars! {
    bool => Bool;
    i32 => Int;
    i64 => Long;
    i16 => Short;
    u8 => Byte;
    i8 => SByte;
    u16 => UShort;
    u32 => UInt;
    u64 => ULong;
    f32 => Float;
    f64 => Double;
    Decimal => Decimal;
    String => String;
    Uuid => Guid;
    DateTime => DateTime;
    TimeSpan => TimeSpan;
    Vec<u8> => Bytes;
    Array => Array;
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::String(value.to_owned())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
