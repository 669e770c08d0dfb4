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
    /// No file has the name of a step's message, and the step's own name has one where tools write it:
    /// `Accounts: contoso_Approve of account`. That is taken for the message, with the id.
    #[error("the message {id} is not known; by the step's name, it is taken to be `{name}`")]
    MessageByName {
        /// The message's id.
        id: Uuid,
        /// The message's name.
        name: String,
    },
    /// The step was left out, because it names neither a message nor the id of one.
    #[error("it names no message, and is left out")]
    NoMessage,
    /// The step was left out, because it names neither an endpoint nor a plug-in type.
    #[error("it names no endpoint and no plug-in type, and is left out")]
    NoHandler,
    /// The plug-in type that the step runs is one of a plug-in package, of which the step has the key
    /// alone. The key is the type's name until another one takes its place.
    #[error("its plug-in type is known by the export key {key} alone")]
    PluginTypeByExportKey {
        /// The key.
        key: String,
    },
    /// A plug-in type has no name, and was left out.
    #[error("it has no name, and is left out")]
    PluginTypeNameless,
    /// The step runs as a user, of whom the solution has the name and not the id. The step is kept,
    /// and runs as the caller.
    #[error("it runs as the user `{name}`; set `impersonating_user_id` to the user's id")]
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
}
