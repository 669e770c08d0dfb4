//! Registrations of Dynamics 365 / Dataverse: service endpoints, which receive execution contexts, and
//! steps with their images, which say what is posted there. Finds the steps that an operation fires,
//! and makes the context that each of them posts.
//!
//! ```
//! use uuid::Uuid;
//! use xrm_context::Entity;
//! use xrm_registration::{
//!     ConnectionParts, Image, Operation, Reason, Registration, Rules, ServiceEndpoint, Step,
//! };
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
//! let step = Step::new(Uuid::from_u128(2), &endpoint, "Update", Some("account"))
//!     .filtering_attributes("name,revenue")
//!     .image(Image::pre("Before", "name"));
//! assert!(step.validate(Some(endpoint.contract), Rules::default()).is_empty());
//!
//! let registration = Registration::new(vec![endpoint], vec![step]);
//! let renaming = Operation::on_record("Update", Entity::new("account").with("name", "Contoso"));
//! assert_eq!(registration.matches(&renaming).len(), 1);
//!
//! let faxing = Operation::on_record("Update", Entity::new("account").with("fax", "555"));
//! let why = registration.explain(&faxing).next().and_then(|it| it.reason);
//! assert_eq!(why, Some(Reason::Filter));
//! ```
//!
//! # What is deliberately absent
//!
//! - Clocks, randomness and I/O, and a parser of documents: the types are serde's.
//! - The columns of webhooks and of Event Grid, and the code of plug-ins.
//! - What the platform adds to a record, formatted values among it.
//! - The hour within which a chain of operations is taken for a loop.
//!
//! # Where to go next
//!
//! - [`ServiceEndpoint`], [`Step`] and [`Image`]: the parts of a registration.
//! - [`Registration`]: its document in TOML or JSON, and the steps that an operation fires.
//! - [`Registration::fire`]: the contexts to post.
//! - [`Registration::check`]: the problems of a registration.
//! - [`Registration::diff`]: the differences of two registrations.
//! - [`Operation`]: its document, and [`Operation::from_context`] for recorded bodies.
//! - [`schema`]: JSON Schemas of the documents, for editors.
//! - [`solution`]: the platform's solution files.
//! - [`MessageImages`]: the images that each message can have.
//!
//! Columns, numbers and labels are those of Microsoft's [table
//! reference](https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/serviceendpoint);
//! contexts are those of recorded bodies. Rules without a source are marked as inferred.

mod attributes;
mod behavior;
mod choices;
mod columns;
mod component;
mod difference;
mod endpoint;
mod explanation;
mod findings;
mod fired;
mod hint;
mod image_record;
mod known_message;
mod message_images;
mod operation;
mod optional_parameters;
mod pipeline;
mod plugin_type;
mod problem;
mod registration;
pub mod schema;
pub mod solution;
mod step;
mod textual;
mod variable_name;

pub use crate::{
    attributes::Attributes,
    behavior::Behavior,
    choices::{
        AuthType, ConnectionMode, Contract, EventHandlerType, ImageType, InvocationSource,
        MessageCharset, MessageFormatCode, NamespaceFormat, SchemaType, StepState,
        SupportedDeployment, UserClaim,
    },
    component::Component,
    difference::{Change, Difference},
    endpoint::{ConnectionParts, EndpointUrl, SasKey, ServiceEndpoint},
    explanation::{Explanation, Reason},
    fired::{Fired, Job, shares_with_parent},
    hint::Hint,
    known_message::{AutomaticImage, Evidence, KnownMessage},
    message_images::MessageImages,
    operation::{Caller, MainOperation, Operation, Organization, Snapshots},
    optional_parameters::Bypass,
    pipeline::CarriedOut,
    plugin_type::PluginType,
    problem::{Problem, ProblemKind, Severity},
    registration::{MissingKeys, Registration},
    step::{Image, Rules, Step},
    variable_name::is_variable_name,
};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
