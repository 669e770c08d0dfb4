//! What a registration of Dynamics 365 / Dataverse holds: the service endpoints that execution
//! contexts are posted to, and the steps with their images that say which event is posted.
//!
//! ```
//! use uuid::Uuid;
//! use xrm_registration::{ConnectionParts, Image, ProblemKind, Rules, ServiceEndpoint, Step};
//!
//! let connection = ConnectionParts {
//!     endpoint: "sb://contoso.servicebus.windows.net/",
//!     key_name: "send",
//!     key: "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
//!     entity_path: Some("accounts"),
//! };
//! let endpoint = ServiceEndpoint::event_hub(Uuid::from_u128(1), "Accounts", connection);
//! assert!(endpoint.validate().is_empty());
//!
//! let mut step = Step::new(Uuid::from_u128(2), &endpoint, "Delete", Some("account"));
//! step.images.push(Image::post("After", "name"));
//! let problems = step.validate(Some(endpoint.contract), Rules::default());
//! assert_eq!(problems[0].kind, ProblemKind::NoPostImage { message: "Delete" });
//! ```
//!
//! # What is deliberately absent
//!
//! No clock, no randomness and no I/O. The columns of webhooks and of Event Grid. Steps of
//! plug-ins. Which operation fires which step.
//!
//! Columns, numbers and labels are those of Microsoft's [table
//! reference](https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/serviceendpoint).

mod attributes;
mod endpoint;
mod message_images;
mod option_value;
mod problem;
mod step;

pub use crate::{
    attributes::Attributes,
    endpoint::{
        AuthType, ConnectionMode, ConnectionParts, Contract, MessageFormat, NamespaceFormat,
        SasKey, ServiceEndpoint, UserClaim,
    },
    message_images::MessageImages,
    problem::{Place, Problem, ProblemKind, Severity},
    step::{Image, ImageType, Rules, Step, StepState, SupportedDeployment},
};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
