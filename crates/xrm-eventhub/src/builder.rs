use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use azure_sas::{ConnectionString, Renewal};
use chrono::{DateTime, Utc};
use eventhub_rest::{Batch, Hub, Transport};
use uuid::Uuid;
use xrm_body::{EncodeOptions, MessageFormat};
use xrm_context::RemoteExecutionContext;
use xrm_jobs::{JobStore, MemoryJobStore, RetryPolicy};

use crate::claims::Claims;
use crate::credentials::Credentials;
use crate::error::Error;
use crate::machine;
use crate::message::MessageOrder;
use crate::publisher::{Publisher, TraceSource};
use crate::signals::Signals;
use crate::size_policy::SizePolicy;
use crate::step::Step;
use crate::trace_context::TraceContext;
use xrm_jobs::runner::WorkerOptions;
use xrm_jobs::runner::{Clock, Queue, Randomness};

/// Options for a [`Publisher`]; made by [`Publisher::builder`].
///
/// ```
/// # #[cfg(feature = "reqwest")]
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use xrm_eventhub::{
///     ConnectionString, MemoryJobStore, MessageFormat, MessageOrder, Publisher, RetryPolicy,
/// };
///
/// let connection: ConnectionString = "Endpoint=sb://contoso.servicebus.windows.net/;\
///     SharedAccessKeyName=send;SharedAccessKey=c2VjcmV0;EntityPath=accounts".parse()?;
/// let publisher = Publisher::builder(connection)
///     .message_format(MessageFormat::Xml)
///     .endpoint("Accounts")
///     .message_order(MessageOrder::PerRecord)
///     .job_store(MemoryJobStore::new())
///     .retry_policy(RetryPolicy::default())
///     .build()?;
/// assert_eq!((publisher.endpoint(), publisher.hub().name()), ("Accounts", "accounts"));
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "reqwest"))]
/// # fn main() {}
/// ```
#[must_use]
pub struct PublisherBuilder {
    connection: ConnectionString,
    encode_options: EncodeOptions,
    size_policy: SizePolicy,
    claims: Option<Claims>,
    message_order: MessageOrder,
    batch_limit: Option<usize>,
    trace_source: Option<TraceSource>,
    transport: Option<Box<dyn Transport>>,
    job_store: Arc<dyn JobStore>,
    retry_policy: RetryPolicy,
    worker_options: WorkerOptions,
    token_lifetime: Duration,
    token_margin: Option<Duration>,
    endpoint: Option<String>,
    step_id: Option<Uuid>,
    step_name: Option<String>,
    auto_delete: bool,
    host_id: String,
    clock: Clock,
    randomness: Randomness,
}

impl PublisherBuilder {
    pub(crate) fn new(connection: ConnectionString) -> Self {
        Self {
            connection,
            encode_options: EncodeOptions::new(MessageFormat::Json),
            size_policy: SizePolicy::default(),
            claims: None,
            message_order: MessageOrder::default(),
            batch_limit: Some(Batch::BASIC_LIMIT),
            trace_source: None,
            transport: None,
            job_store: Arc::new(MemoryJobStore::new()),
            retry_policy: RetryPolicy::default(),
            worker_options: WorkerOptions::default(),
            token_lifetime: Renewal::LIFETIME,
            token_margin: None,
            endpoint: None,
            step_id: None,
            step_name: None,
            auto_delete: false,
            host_id: machine::host_id(),
            clock: Box::new(machine::now),
            randomness: Box::new(machine::random),
        }
    }

    /// The format of the bodies. By default, this is [`MessageFormat::Json`].
    pub fn message_format(self, message_format: MessageFormat) -> Self {
        Self { encode_options: self.encode_options.with_format(message_format), ..self }
    }

    /// The options that bodies are encoded with: format, time zone, generation of the contracts,
    /// escapes and texts of numbers. By default, they are the platform's for JSON.
    ///
    /// ```
    /// # #[cfg(feature = "reqwest")]
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use xrm_eventhub::body::{EncodeOptions, Fixed};
    /// use xrm_eventhub::{ConnectionString, MessageFormat, Publisher};
    ///
    /// let connection: ConnectionString = "Endpoint=sb://contoso.servicebus.windows.net/;\
    ///     SharedAccessKeyName=send;SharedAccessKey=c2VjcmV0;EntityPath=accounts".parse()?;
    /// let options = EncodeOptions::new(MessageFormat::Xml).zone(Fixed(120));
    /// let publisher = Publisher::builder(connection).encode_options(options).build()?;
    /// assert_eq!(publisher.message_format(), MessageFormat::Xml);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "reqwest"))]
    /// # fn main() {}
    /// ```
    pub fn encode_options(self, encode_options: EncodeOptions) -> Self {
        Self { encode_options, ..self }
    }

    /// What is done with a message that is large: a [`SizePolicy`], or a
    /// [`SizeRule`](xrm_body::SizeRule) of the application's own. By default, this is
    /// [`SizePolicy::Platform`].
    pub fn size_policy(self, size_policy: impl Into<SizePolicy>) -> Self {
        Self { size_policy: size_policy.into(), ..self }
    }

    /// The properties that the platform puts on its messages, such as
    /// `http://schemas.microsoft.com/xrm/2011/Claims/EntityLogicalName`. By default, messages have
    /// none of them: the platform documents them for queues, relays and topics and not for event
    /// hubs, and what they say is in the body.
    ///
    /// They also have a price. No HTTP header can have such a name, so a message with claims travels
    /// as a [batch of one](eventhub_rest::Form): listeners get the same body, but no content type
    /// with it, by which they may tell JSON from XML; and on its way the body is longer by the
    /// escapes of a JSON string, which the hub's limit counts.
    pub fn claims(self, claims: Claims) -> Self {
        Self { claims: Some(claims), ..self }
    }

    /// In which order messages are attempted. By default, in any.
    pub fn message_order(self, message_order: MessageOrder) -> Self {
        Self { message_order, ..self }
    }

    /// The most bytes of a batch; `None` sends each message in a request of its own. By default,
    /// this is 256 KiB, which every tier accepts ([`Batch::BASIC_LIMIT`]).
    ///
    /// A message without a partition key travels in a batch if others are sent at the same time. A
    /// member of a batch has no content type: Event Hubs gives it none.
    pub fn batch_limit(self, batch_limit: impl Into<Option<usize>>) -> Self {
        Self { batch_limit: batch_limit.into(), ..self }
    }

    /// Where the trace that a context belongs to is known from, `None` for a message without one.
    /// By default, the trace is named after the context's correlation id.
    pub fn trace_context(
        self,
        source: impl Fn(&RemoteExecutionContext) -> Option<TraceContext> + Send + Sync + 'static,
    ) -> Self {
        Self { trace_source: Some(Box::new(source)), ..self }
    }

    /// Where jobs are kept. By default, this is a [`MemoryJobStore`] of the publisher's own, which
    /// ends with it. No job is dropped from that by itself: an application that runs for long
    /// [deletes](JobStore::delete) those that are completed.
    ///
    /// A store that others use too, such as another publisher or the code that shows the jobs, is
    /// given as an [`Arc`]:
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use xrm_eventhub::{ConnectionString, MemoryJobStore, Publisher};
    ///
    /// # fn publisher(connection: ConnectionString) -> Result<Publisher, xrm_eventhub::Error> {
    /// let jobs = Arc::new(MemoryJobStore::new());
    /// let publisher = Publisher::builder(connection).job_store(Arc::clone(&jobs)).build()?;
    /// # Ok(publisher)
    /// # }
    /// ```
    pub fn job_store(self, job_store: impl JobStore + 'static) -> Self {
        Self { job_store: Arc::new(job_store), ..self }
    }

    /// What carries the messages. By default, with the feature `reqwest`, this is a
    /// [`Client`](eventhub_rest) with its defaults; without the feature there is none, and one must
    /// be given.
    pub fn transport(self, transport: impl Transport + 'static) -> Self {
        Self { transport: Some(Box::new(transport)), ..self }
    }

    /// When jobs whose post failed are tried again. By default, this is [`RetryPolicy::default`].
    pub fn retry_policy(self, retry_policy: RetryPolicy) -> Self {
        Self { retry_policy, ..self }
    }

    /// How jobs are worked on. By default, this is [`WorkerOptions::default`].
    pub fn worker_options(self, worker_options: WorkerOptions) -> Self {
        Self { worker_options, ..self }
    }

    /// For how long the tokens that are signed with the connection string's key are valid, in whole
    /// seconds. By default, this is an hour ([`Renewal::LIFETIME`]).
    pub fn token_lifetime(self, token_lifetime: Duration) -> Self {
        Self { token_lifetime, ..self }
    }

    /// How long before its expiry a token is replaced by the next, in whole seconds. By default,
    /// this is a tenth of the lifetime.
    pub fn token_margin(self, token_margin: Duration) -> Self {
        Self { token_margin: Some(token_margin), ..self }
    }

    /// The name of the service endpoint, by which the store tells the jobs of several publishers
    /// apart. By default, this is the hub's name.
    ///
    /// Jobs are named `<endpoint>: <Message> of <table>`, as the Plug-in Registration Tool names
    /// steps, unless the step has [its own name](Self::step_name).
    pub fn endpoint(self, endpoint: impl Into<String>) -> Self {
        Self { endpoint: Some(endpoint.into()), ..self }
    }

    /// The step on whose behalf is posted (`owningextensionid` of the jobs). By default, this is
    /// the step that the context names as its `OwningExtension`.
    pub fn step_id(self, step_id: Uuid) -> Self {
        Self { step_id: Some(step_id), ..self }
    }

    /// The name of the step, and so of the jobs, of which 256 characters are kept. By default, this
    /// is the name of the context's `OwningExtension`, which synchronous steps were seen to send,
    /// and where that has none, what [`endpoint`](Self::endpoint) says.
    pub fn step_name(self, step_name: impl Into<String>) -> Self {
        Self { step_name: Some(step_name.into()), ..self }
    }

    /// Whether a job is deleted when it succeeds (`asyncautodelete` of the step). By default, it is
    /// not.
    pub fn auto_delete(self, auto_delete: bool) -> Self {
        Self { auto_delete, ..self }
    }

    /// Who makes the attempts (`hostid` of the jobs). No two publishers of one store and endpoint
    /// may have the same. By default, this is `xrm-eventhub-`, the process's number and a random
    /// one.
    pub fn host_id(self, host_id: impl Into<String>) -> Self {
        Self { host_id: host_id.into(), ..self }
    }

    /// Where the time comes from by which tokens are signed and jobs are dated. By default, this is
    /// the system's clock.
    pub fn clock(self, clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self { clock: Box::new(clock), ..self }
    }

    /// Where 128 random bits come from, for the ids of jobs and for the jitter of retries. By
    /// default, this is the system's randomness.
    pub fn randomness(self, randomness: impl Fn() -> u128 + Send + Sync + 'static) -> Self {
        Self { randomness: Box::new(randomness), ..self }
    }

    /// The publisher.
    ///
    /// # Errors
    ///
    /// [`Error::Hub`] if the connection string names no hub (`EntityPath`) or a malformed one,
    /// [`Error::TokenRenewal`] if tokens would have to be renewed before they are made, and
    /// [`Error::Client`] or [`Error::NoTransport`] if there is no way to send.
    pub fn build(self) -> Result<Publisher, Error> {
        let hub = Hub::try_from(&self.connection).map_err(Error::Hub)?;
        let margin = self.token_margin.unwrap_or(self.token_lifetime / 10);
        let lifetime = self.token_lifetime;
        let credentials = Credentials::new(&self.connection, hub.resource(), lifetime, margin)
            .map_err(Error::TokenRenewal)?;
        let transport = self.transport.map_or_else(default_transport, Ok)?;
        let endpoint = self.endpoint.unwrap_or_else(|| hub.name().to_owned());
        Ok(Publisher {
            hub,
            credentials,
            encode_options: self.encode_options,
            size_policy: self.size_policy,
            claims: self.claims,
            message_order: self.message_order,
            batch_limit: self.batch_limit,
            trace_source: self.trace_source,
            transport,
            step: Step { id: self.step_id, name: self.step_name, auto_delete: self.auto_delete },
            queue: Queue {
                endpoint,
                job_store: self.job_store,
                retry_policy: self.retry_policy,
                worker_options: self.worker_options,
                host_id: self.host_id,
                clock: self.clock,
                randomness: self.randomness,
                workers: AtomicUsize::new(0),
                observer: Box::new(Signals),
            },
        })
    }
}

impl fmt::Debug for PublisherBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublisherBuilder")
            .field("connection", &self.connection)
            .field("encode_options", &self.encode_options)
            .field("size_policy", &self.size_policy)
            .field("claims", &self.claims)
            .field("job_store", &self.job_store)
            .field("retry_policy", &self.retry_policy)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "reqwest")]
pub(crate) fn default_transport() -> Result<Box<dyn Transport>, Error> {
    let client = eventhub_rest::Client::new().map_err(Error::Client)?;
    Ok(Box::new(client))
}

#[cfg(not(feature = "reqwest"))]
pub(crate) fn default_transport() -> Result<Box<dyn Transport>, Error> {
    Err(Error::NoTransport)
}
