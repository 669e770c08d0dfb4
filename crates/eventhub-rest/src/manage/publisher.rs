use std::fmt;

use crate::error::Error;
use crate::target::check;

/// The name of a publisher, by which it can be revoked and restored.
///
/// ```
/// use eventhub_rest::manage::PublisherName;
///
/// assert_eq!(PublisherName::new("till-7")?.as_str(), "till-7");
/// assert!(PublisherName::new("till/7").is_err());
/// # Ok::<(), eventhub_rest::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PublisherName(String);

impl PublisherName {
    /// A name.
    ///
    /// # Errors
    ///
    /// [`Error::PublisherName`] unless it is one that a [`Hub`](crate::Hub::publisher) takes.
    pub fn new(name: &str) -> Result<Self, Error> {
        check(name).map_err(Error::PublisherName)?;
        Ok(Self(name.to_owned()))
    }

    /// The name's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PublisherName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
