use std::fmt;

use crate::error::{Error, InvalidReason};
use crate::hub::check_name;

/// The longest name of a consumer group, in characters.
const LONGEST_NAME: usize = 256;

/// The name of a consumer group: a view of a hub that one application reads by.
///
/// ```
/// use eventhub_rest::manage::ConsumerGroupName;
///
/// assert_eq!(ConsumerGroupName::default().as_str(), "$Default");
/// assert_eq!(ConsumerGroupName::new("billing")?.as_str(), "billing");
/// # Ok::<(), eventhub_rest::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConsumerGroupName(String);

impl ConsumerGroupName {
    /// The group that every hub has.
    const DEFAULT: &str = "$Default";

    /// A name.
    ///
    /// # Errors
    ///
    /// [`Error::ConsumerGroupName`] unless it is `$Default`, or 1 to 256 letters, digits, `.`, `-`
    /// and `_` with a letter or a digit at both ends. Basic and Standard namespaces take 50
    /// characters at most.
    pub fn new(name: &str) -> Result<Self, Error> {
        if name != Self::DEFAULT {
            check_name(name, LONGEST_NAME).map_err(Error::ConsumerGroupName)?;
        }
        Ok(Self(name.to_owned()))
    }

    /// The name's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `$Default`, the group that every hub has.
impl Default for ConsumerGroupName {
    fn default() -> Self {
        Self(Self::DEFAULT.to_owned())
    }
}

impl fmt::Display for ConsumerGroupName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A consumer group as the service describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConsumerGroupDescription {
    /// The name.
    pub name: String,
    /// When it was created, in the service's own form of ISO 8601.
    pub created_at: Option<String>,
    /// When it was changed last, in the service's own form of ISO 8601.
    pub updated_at: Option<String>,
    /// Text that the service keeps for its owner.
    pub user_metadata: Option<String>,
}

/// Text that XML can hold: no control characters but the tab and the line feed.
pub(super) fn check_metadata(text: &str) -> Result<(), InvalidReason> {
    let illegal = |c: char| {
        (c.is_control() && !matches!(c, '\t' | '\n')) || matches!(c, '\u{fffe}' | '\u{ffff}')
    };
    if text.contains(illegal) { Err(InvalidReason::Character) } else { Ok(()) }
}
