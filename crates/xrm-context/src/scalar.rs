//! The scalars that .NET has and Rust has not.

mod date_text;
mod datetime;
mod duration_text;
mod error;
mod number;
mod origin;
mod short_text;
mod timespan;

pub use date_text::{json_date_text, xsd_date_text};
pub use datetime::{DateTime, DateTimeKind};
pub use duration_text::duration_text;
pub use error::{InvalidText, OutOfRange};
pub use number::{Number, NumberValue};
pub use origin::Origin;
pub use short_text::{ShortText, copy_few};
pub use timespan::TimeSpan;
