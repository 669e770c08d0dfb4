//! What can go wrong with a text or a time.

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
