//! The images that can be registered on each message.

use crate::known_message::IMAGES;

/// The properties under which a message has images, and their kinds.
///
/// ```
/// use xrm_registration::MessageImages;
///
/// let images = MessageImages::get("Delete").unwrap();
/// assert_eq!(images.properties, ["Target"]);
/// assert!(images.pre && !images.post);
/// assert!(MessageImages::get("Associate").is_none());
/// ```
///
/// The rows are those of [`KnownMessage`](crate::KnownMessage). Property names are from Microsoft's
/// page on [registering a
/// plug-in](https://learn.microsoft.com/power-apps/developer/data-platform/register-plug-in) and
/// from open registration tools, which differ about `Create`: all three of theirs are accepted. The
/// page documents the kinds of `Create`, `Update` and `Delete`; that the others have both is
/// inferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MessageImages {
    /// The message.
    pub message: &'static str,
    /// The properties that refer to a record; the first is the usual one.
    pub properties: &'static [&'static str],
    /// Whether there is a record before.
    pub pre: bool,
    /// Whether there is a record after.
    pub post: bool,
}

impl MessageImages {
    /// The messages that have images.
    pub const ALL: &'static [Self] = IMAGES;

    /// Returns the images of a message; `None` if it has none.
    #[must_use]
    pub fn get(message: &str) -> Option<&'static Self> {
        Self::ALL.iter().find(|it| it.message == message)
    }

    pub(crate) const fn without(
        message: &'static str,
        properties: &'static [&'static str],
    ) -> Self {
        Self { message, properties, pre: false, post: false }
    }
}
