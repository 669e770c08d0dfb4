//! Publishes Dynamics 365 / Dataverse execution contexts to Azure Event Hubs, each post followed as
//! a system job.
//!
//! The crate does for your own applications what the platform does for a service endpoint of
//! contract type Event Hub ([Work with event data in your Azure event hub solution][eh]). It encodes
//! the context in JSON or XML, byte for byte as the platform does, signs the request with a shared
//! access signature, and posts it over HTTPS. A system job records whether the post succeeded, is
//! waiting for its next attempt, or failed, and why.
//!
//! ```
//! # #[cfg(feature = "reqwest")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use eventhub_local::LocalEventHub;
//! use xrm_eventhub::{Entity, MessageFormat, Publisher, RemoteExecutionContext, StatusCode};
//!
//! // A local hub replaces Azure here; a connection string from the portal works as well.
//! let local = LocalEventHub::builder().hub("accounts", 4).serve(([127, 0, 0, 1], 0)).await?;
//! let connection = local.connection_string("accounts")?;
//!
//! let publisher = Publisher::builder(connection).message_format(MessageFormat::Json).build()?;
//!
//! let context = RemoteExecutionContext {
//!     message_name: Some("Update".into()),
//!     primary_entity_name: Some("account".into()),
//!     input_parameters: [("Target", Entity::new("account").with("name", "Contoso"))].into(),
//!     ..Default::default()
//! };
//! let job = publisher.publish_context(&context).await?;
//!
//! assert_eq!(job.status(), StatusCode::Succeeded);
//! assert_eq!(job.description().name, "accounts: Update of account");
//! let received = xrm_eventhub::body::decode(&local.events("accounts")?[0].body, MessageFormat::Json)?;
//! assert_eq!(received.input_parameters, context.input_parameters);
//! assert_eq!(received.operation_id, job.id(), "a context without an id gets the job's");
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "reqwest"))]
//! # fn main() {}
//! ```
//!
//! # Where to go next
//!
//! | to | see |
//! |---|---|
//! | publish a context and read its job | [`Publisher::publish_context`] |
//! | keep jobs across restarts | [`PublisherBuilder::job_store`], [`SqliteJobStore`](jobs) |
//! | post in the background | [`Publisher::enqueue_context`], `Publisher::run_until` |
//! | keep the messages about one record in order | [`MessageOrder`] |
//! | decide by a registration what is posted where | [`EventHubSolution::trigger`] |
//! | run your own code when a step fires | [`Plugin`] |
//! | recognize a message that arrives twice | [`Dedupe`], [`property`] |
//! | set any option | [`PublisherBuilder`] |
//! | sign in with Microsoft Entra ID, or rotate keys | [`PublisherBuilder::credential`] |
//! | understand a failed job | [`Cause`] |
//! | change what is removed from a large message | [`SizePolicy`] |
//! | add the properties of the platform's messages | [`Claims`] |
//! | create or read a context | [`context`] |
//! | encode or decode a body without sending it | [`body`] |
//! | register endpoints, steps and images | [`registration`] |
//! | sign requests without sending them | [`sas`] |
//! | send without jobs, or use another HTTP client | [`rest`], [`Transport`] |
//! | receive what was published | `Listener` (feature `listener`) |
//! | keep jobs in another store | [`jobs`], [`JobStore`] |
//! | see all of this run | the example `publish_context` |
//!
//! The modules are whole crates under shorter names. This page reexports the types that most
//! applications need.
//!
//! # Features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `reqwest` | on | an HTTPS client, which is the default transport |
//! | `worker` | on | [`Publisher::run_until`](Publisher), which uses tokio's timers |
//! | `sqlite` | on | `SqliteJobStore`: jobs in a file, with SQLite built from source |
//! | `manage` | on | [`rest`]`::manage`: creates, describes and deletes event hubs |
//! | `listener` | off | `Listener`, which receives contexts over AMQP, and the module `listener` |
//! | `documents` | on | `EventHubSolution::from_file`: registrations and operations in TOML or JSON |
//! | `postgres` | off | `PostgresJobStore`: jobs in a database that any number of machines share |
//!
//! Without these features, the crate depends on no HTTP client, TLS, database or runtime.
//!
//! # At least once
//!
//! A message is delivered *at least* once. It is sent again if it may not have arrived, because the
//! connection was lost after the request was written, or because the process crashed before it
//! recorded the answer. A listener therefore receives some messages twice, and recognizes them by
//! their [message id](property::MESSAGE_ID), which is the same for each copy.
//!
//! A job in a durable store is never lost and never stuck: a worker claims it for the length of a
//! lease, and if that worker crashes, another one takes over its jobs.
//!
//! # Signals
//!
//! Each request is a `tracing` span, named after OpenTelemetry's messaging conventions
//! (`messaging.system` is `eventhubs`). The crate reports these metrics through the `metrics` facade.
//! Neither spans nor metrics contain secrets, bodies or properties.
//!
//! | metric | type | labels |
//! |---|---|---|
//! | `xrm_eventhub_requests_total` | counter | `endpoint` |
//! | `xrm_eventhub_request_duration_seconds` | histogram | `endpoint` |
//! | `xrm_eventhub_outcomes_total` | counter | `endpoint`, `outcome` (succeeded, waiting, suspended, failed, canceled), `cause` |
//! | `xrm_eventhub_backlog_jobs` | gauge, by a worker | `endpoint`, `status` |
//! | `xrm_eventhub_oldest_job_age_seconds` | gauge, by a worker | `endpoint` |
//! | `xrm_eventhub_expired_jobs_total` | counter of completed jobs that a worker deleted | `status` |
//!
//! # What is deliberately absent
//!
//! - *Endpoints other than event hubs.*
//! - *A client for Microsoft Entra ID.* [`PublisherBuilder::credential`] accepts tokens from any source.
//!
//! [eh]: https://learn.microsoft.com/power-apps/developer/data-platform/work-event-data-azure-event-hub-solution

mod attempt;
mod builder;
mod credentials;
mod dedupe;
mod diagnosis;
#[cfg(feature = "documents")]
mod document;
mod error;
mod job_description;
mod machine;
mod message;
mod plugin;
mod publisher;
mod signals;
mod solution;

pub use azure_sas as sas;
pub use eventhub_rest as rest;
pub use xrm_body as body;
pub use xrm_context as context;
pub use xrm_jobs as jobs;
#[cfg(feature = "listener")]
pub use xrm_listener as listener;
pub use xrm_registration as registration;

pub use azure_sas::{ConnectionString, TokenCredential};
#[cfg(feature = "reqwest")]
pub use eventhub_rest::Client;
pub use eventhub_rest::Transport;
pub use xrm_body::{EncodeOptions, MessageFormat, SizeRule};
pub use xrm_context::{
    DateTime, Decimal, Entity, EntityReference, Money, OptionSetValue, RemoteExecutionContext,
    Uuid, Value,
};
#[cfg(feature = "postgres")]
pub use xrm_jobs::PostgresJobStore;
#[cfg(feature = "sqlite")]
pub use xrm_jobs::SqliteJobStore;
#[cfg(feature = "worker")]
pub use xrm_jobs::runner::WorkerReport;
pub use xrm_jobs::runner::{Clock, Host, PreparedJob, Randomness, WorkerOptions};
pub use xrm_jobs::{
    Cause, JobStore, MemoryJobStore, RetryOptions, RetryPolicy, RetrySchedule, StateCode,
    StatusCode, SystemJob,
};
#[cfg(feature = "listener")]
pub use xrm_listener::{Listener, ReceivedContext};
pub use xrm_registration::{
    Image, Operation, PluginType, Registration, Rules, ServiceEndpoint, Step,
};

pub use builder::PublisherBuilder;
pub use dedupe::Dedupe;
#[cfg(feature = "documents")]
pub use document::{DocumentError, DocumentFormat};
pub use error::Error;
pub use machine::system_host;
pub use message::{Claims, InvalidTraceContext, MessageOrder, SizePolicy, TraceContext, property};
pub use plugin::{
    InvalidPluginExecution, NotificationError, NotificationService, OperationStatus, Plugin,
    PluginRun, PluginServices,
};
pub use publisher::Publisher;
pub use solution::{EventHubSolution, EventHubSolutionBuilder, SolutionError, service_endpoint};

#[cfg(all(doctest, feature = "reqwest", feature = "sqlite", feature = "worker"))]
mod pages {
    #[doc = include_str!("../README.md")]
    mod readme {}

    #[doc = include_str!("../../../README.md")]
    mod readme_of_all {}

    #[doc = include_str!("../../../docs/src/getting-started.md")]
    mod getting_started {}

    #[doc = include_str!("../../../docs/src/transactions.md")]
    mod transactions {}
}
