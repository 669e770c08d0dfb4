//! The key of an endpoint.

use std::fmt;

use zeroize::Zeroizing;

/// A shared access key, or any other secret of an endpoint. It is neither shown nor serialized, and
/// wiped from memory when it is dropped.
#[derive(Clone)]
pub struct SasKey(Zeroizing<String>);

impl SasKey {
    /// This text as a key.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The key, for who signs with it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SasKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not even the length is shown.
        f.write_str("SasKey(redacted)")
    }
}
