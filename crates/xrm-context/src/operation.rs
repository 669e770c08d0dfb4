//! The parameters of messages by type: what an operation takes, and what it answers.
//!
//! A context holds parameters as names and values. Here each message that the platform documents
//! has a struct, which is made from a context and turned into parameters again:
//!
//! ```
//! use xrm_context::operation::{MessageError, UpdateRequest};
//! use xrm_context::{ConcurrencyBehavior, Entity, RemoteExecutionContext};
//!
//! let request = UpdateRequest {
//!     concurrency_behavior: Some(ConcurrencyBehavior::ALWAYS_OVERWRITE),
//!     ..UpdateRequest::new(Entity::new("account").with("name", "Contoso"))
//! };
//! let context = RemoteExecutionContext {
//!     message_name: Some("Update".into()),
//!     input_parameters: request.into_parameters(),
//!     ..Default::default()
//! };
//!
//! let request = UpdateRequest::try_from(&context)?;
//! assert_eq!(request.target["name"], "Contoso".into());
//! # Ok::<(), MessageError>(())
//! ```
//!
//! - A request is read from the input parameters of a [context](crate::RemoteExecutionContext) or
//!   from an [`OrganizationRequest`](crate::message::OrganizationRequest), a response from the
//!   output parameters or from an
//!   [`OrganizationResponse`](crate::message::OrganizationResponse).
//! - The message's name is checked; `from_parameters` does not ask for it. A parent context may
//!   need that: servers were seen to give it the name of the message inside, with parameters of
//!   its own.
//! - A message may go by two names: the one that the pipeline gives it (`Win`), and that of the
//!   SDK's request class (`WinOpportunity`). Both are taken.
//! - What JSON makes of a type is taken for it: the string of a guid, the integer of an
//!   enumeration, the array of a collection.
//! - Parameters that are not of the table, and optional ones that are null, stand in `extra` and
//!   are written back. The platform adds some of its own, `SuppressDuplicateDetection` for example.
//!
//! Deliberately absent: messages of metadata, of solutions, and custom ones, whose parameters are
//! read [by name](crate::ParameterCollection).
//!
//! Parameters and their types are those of the request and response classes in
//! [Microsoft.Xrm.Sdk.Messages](https://learn.microsoft.com/dotnet/api/microsoft.xrm.sdk.messages)
//! and [Microsoft.Crm.Sdk.Messages](https://learn.microsoft.com/dotnet/api/microsoft.crm.sdk.messages),
//! except that `Retrieve` and `RetrieveMultiple` answer with `BusinessEntity` and
//! `BusinessEntityCollection`, as [the data context](https://learn.microsoft.com/power-apps/developer/data-platform/understand-the-data-context)
//! is documented to hold. Which of them are required is a decision of this crate: those without
//! which the message says nothing.

mod macros;
mod table;

pub use table::*;

use crate::collection::ParameterCollection;
use crate::value::FromValue;

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

/// Parameters that are taken out one by one.
struct Taking {
    message: &'static str,
    left: ParameterCollection,
}

impl Taking {
    fn required<T: for<'a> FromValue<'a>>(
        &mut self,
        parameter: &'static str,
    ) -> Result<T, MessageError> {
        let message = self.message;
        self.optional(parameter)?.ok_or(MessageError::MissingParameter { message, parameter })
    }

    /// A null is no value, and is left where it is.
    fn optional<T: for<'a> FromValue<'a>>(
        &mut self,
        parameter: &'static str,
    ) -> Result<Option<T>, MessageError> {
        let Some(value) = self.left.get(parameter).filter(|value| !value.is_null()) else {
            return Ok(None);
        };
        let (message, expected) = (self.message, <T as FromValue<'_>>::EXPECTED);
        let found = value.type_name();
        let wrong = || MessageError::WrongType { message, parameter, expected, found };
        let value = T::from_value(value).ok_or_else(wrong)?;
        self.left.remove(parameter);
        Ok(Some(value))
    }
}

fn check_name(names: &[&'static str], found: Option<&str>) -> Result<(), MessageError> {
    let found = found.unwrap_or_default();
    if names.contains(&found) {
        return Ok(());
    }
    let expected = names.first().copied().unwrap_or_default();
    Err(MessageError::WrongMessage { expected, found: found.to_owned() })
}

/// Adds the parameters that the typed ones do not set.
// A value that an application set in a field replaces one of the same name that was read into `extra`: a null
// parameter is there, and its field is `None` until the application sets it.
fn add_extra(parameters: &mut ParameterCollection, extra: ParameterCollection) {
    for (name, value) in extra {
        if !parameters.contains_key(&name) {
            parameters.insert(name, value);
        }
    }
}
