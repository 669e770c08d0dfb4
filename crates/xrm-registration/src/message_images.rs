//! The images that each message can have.

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
/// Property names: Microsoft's page on [registering a
/// plug-in](https://learn.microsoft.com/power-apps/developer/data-platform/register-plug-in) and open
/// registration tools, which differ about `Create`: all three of theirs are taken. That a `Create`
/// has no record before and a `Delete` none after is documented; that the others have both is
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

/// Declares what each message has: its name, the properties in brackets, and which records there are.
macro_rules! message_images {
    ($($message:literal [$($property:literal),+] $($kind:ident)+;)+) => {
        const TABLE: &[MessageImages] = &[$({
            let mut row = MessageImages::without($message, &[$($property),+]);
            $(row.$kind = true;)+
            row
        }),+];
    };
}

message_images! {
    // The documentation says `Id`, exported steps have `id`, and tools offer `Target`.
    "Create" ["Id", "id", "Target"] post;
    "Update" ["Target"] pre post;
    "Delete" ["Target"] pre;
    "Assign" ["Target"] pre post;
    // The parameter of `SetStateRequest` that refers to the record.
    "SetState" ["EntityMoniker"] pre post;
    "SetStateDynamicEntity" ["EntityMoniker"] pre post;
    "Merge" ["Target", "SubordinateId"] pre post;
    "Route" ["Target"] pre post;
    "ExecuteWorkflow" ["Target"] pre post;
    // A property for each of the things that can be sent: an email, a fax, a template.
    "Send" ["EmailId", "FaxId", "TemplateId"] pre post;
    "DeliverIncoming" ["EmailId"] pre post;
    "DeliverPromote" ["EmailId"] pre post;
    // Each record of the request has an image of its own
    // (https://learn.microsoft.com/power-apps/developer/data-platform/write-plugin-multiple-operation).
    "CreateMultiple" ["Ids"] post;
    "UpdateMultiple" ["Targets"] pre post;
}

impl MessageImages {
    /// The messages that have images.
    pub const ALL: &'static [Self] = TABLE;

    /// Returns the images of a message; `None` if it has none.
    #[must_use]
    pub fn get(message: &str) -> Option<&'static Self> {
        TABLE.iter().find(|it| it.message == message)
    }

    const fn without(message: &'static str, properties: &'static [&'static str]) -> Self {
        Self { message, properties, pre: false, post: false }
    }
}
