//! The scalars that .NET has and Rust has not.

mod date_text;
mod datetime;
mod duration_text;
mod number;
mod short_text;
mod timespan;

pub use date_text::{json_date_text, xsd_date_text};
pub use datetime::{DateTime, DateTimeKind};
pub use duration_text::duration_text;
pub use number::{Number, NumberValue};
pub use short_text::{ShortText, copy_few};
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

/// A text that is not of the form that was expected.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("expected {expected}")]
pub struct InvalidText {
    /// The form, with an example.
    pub(crate) expected: &'static str,
}
