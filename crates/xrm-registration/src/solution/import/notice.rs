//! What did not come over as it was.

use uuid::Uuid;

use crate::component::Component;
use crate::solution::location::Location;

/// Something of a solution that could not be read as it was meant. It did not stop the import.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{location}: {component}: {kind}")]
#[non_exhaustive]
pub struct Notice {
    /// What it is about.
    pub component: Component,
    /// Where that stands.
    pub location: Location,
    /// What it is.
    pub kind: NoticeKind,
}

/// The subject of a [`Notice`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum NoticeKind {
    /// The name of a step's message is not known. The step is kept with the id, as text, for its
    /// message; nothing fires it until the name takes its place. An export writes the id again.
    #[error("the message {id} is not known by name")]
    UnknownMessage {
        /// The message's id.
        id: Uuid,
    },
    /// The step runs as a user, of whom the solution has the name and not the id. The step is kept,
    /// and runs as the caller.
    #[error("it runs as the user `{name}`, whose id is to be set")]
    ImpersonatingUser {
        /// The user's name.
        name: String,
    },
    /// No file has the name of the plug-in type that a step runs.
    #[error("no file has the name of the plug-in type {id}")]
    PluginTypeUnnamed {
        /// The plug-in type's id.
        id: Uuid,
    },
    /// No file has the id of a plug-in type, as in older exports. It has one that is made from its
    /// name, so that it is always the same.
    #[error("no file has the id of the plug-in type, which got one by its name")]
    PluginTypeWithoutId,
    /// A step names two handlers. That of `EventHandler` was taken, and this one left.
    #[error("it names another handler, {id}, besides its own")]
    OtherHandler {
        /// The id of the one that was left.
        id: Uuid,
    },
    /// Another one with the id was read before, and this one was left out.
    #[error("another one with the id was read before, and this one left out")]
    RepeatedId,
    /// The endpoint has a URL, for which there is no column here.
    #[error("its URL was not kept")]
    Url,
}
