//! The scalars that .NET has and Rust has not.

mod datetime;
mod number;
mod timespan;

pub use datetime::{DateTime, DateTimeKind};
pub use number::{Number, NumberValue};
pub use timespan::TimeSpan;

/// Where a value that carries a text of its own comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// An application made it.
    Application,
    /// It was read from a JSON body.
    Json,
    /// It was read from an XML body.
    Xml,
}

/// A time that .NET's `DateTime` or `TimeSpan` can't hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the time is outside of 0001-01-01 to 9999-12-31")]
pub struct OutOfRange;
