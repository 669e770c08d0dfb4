//! What a registration of Dynamics 365 / Dataverse holds: the service endpoints that execution
//! contexts are posted to.
//!
//! ```
//! use uuid::Uuid;
//! use xrm_registration::{ConnectionParts, ServiceEndpoint};
//!
//! let connection = ConnectionParts {
//!     endpoint: "sb://contoso.servicebus.windows.net/",
//!     key_name: "send",
//!     key: "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
//!     entity_path: Some("accounts"),
//! };
//! let endpoint = ServiceEndpoint::event_hub(Uuid::from_u128(1), "Accounts", connection);
//! assert!(endpoint.validate().is_empty());
//! ```
//!
//! # What is deliberately absent
//!
//! No clock, no randomness and no I/O. The columns of webhooks and of Event Grid. Steps.
//!
//! Columns, numbers and labels are those of Microsoft's [table
//! reference](https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/serviceendpoint).

mod endpoint;
mod option_value;
mod problem;

pub use crate::{
    endpoint::{
        AuthType, ConnectionMode, ConnectionParts, Contract, MessageFormat, NamespaceFormat,
        SasKey, ServiceEndpoint, UserClaim,
    },
    problem::{Place, Problem, ProblemKind, Severity},
};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
