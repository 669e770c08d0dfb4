//! Why a context is not the message that was asked for.

/// A context's or a request's parameters are not those of the message that was asked for.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MessageError {
    /// It is another message.
    #[error("the message is `{found}`, not `{expected}`")]
    WrongMessage {
        /// The message that was asked for.
        expected: &'static str,
        /// The message that it is; empty where there is no name.
        found: String,
    },
    /// A parameter that the message can't do without is absent or null.
    #[error("{message} lacks the parameter `{parameter}`")]
    MissingParameter {
        /// The message.
        message: &'static str,
        /// The parameter.
        parameter: &'static str,
    },
    /// A parameter is of another type.
    #[error("the parameter `{parameter}` of {message} is of type {found}, not {expected}")]
    WrongType {
        /// The message.
        message: &'static str,
        /// The parameter.
        parameter: &'static str,
        /// The type that the message declares.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
}
