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

mod error;
mod macros;
mod table;
mod taking;

pub use error::MessageError;
pub use table::*;
