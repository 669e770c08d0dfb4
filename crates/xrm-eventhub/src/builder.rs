use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use azure_sas::{ConnectionString, Renewal, TokenCredential};
use eventhub_rest::{Batch, Hub, Transport};
use uuid::Uuid;
use xrm_body::{EncodeOptions, MessageFormat};
use xrm_context::RemoteExecutionContext;
use xrm_jobs::runner::{Host, Queue, WorkerOptions};
use xrm_jobs::{JobStore, MemoryJobStore, RetryPolicy};

use crate::credentials::Credentials;
use crate::error::Error;
use crate::job_description::OwningStep;
use crate::machine::system_host;
use crate::message::{Claims, MessageOptions, MessageOrder, SizePolicy, TraceContext};
use crate::publisher::{Inner, Publisher};
use crate::signals::Signals;

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
    messages: MessageOptions,
    batch_limit: Option<usize>,
    transport: Option<Box<dyn Transport>>,
    job_store: Arc<dyn JobStore>,
    retry_policy: RetryPolicy,
    worker_options: WorkerOptions,
    credential: Option<Box<dyn TokenCredential>>,
    token_lifetime: Duration,
    token_margin: Option<Duration>,
    endpoint: Option<String>,
    step: OwningStep,
    host: Host,
}

impl PublisherBuilder {
    pub(crate) fn new(connection: ConnectionString) -> Self {
        Self {
            connection,
            messages: MessageOptions::default(),
            batch_limit: Some(Batch::BASIC_LIMIT),
            transport: None,
            job_store: Arc::new(MemoryJobStore::new()),
            retry_policy: RetryPolicy::default(),
            worker_options: WorkerOptions::default(),
            credential: None,
            token_lifetime: Renewal::LIFETIME,
            token_margin: None,
            endpoint: None,
            step: OwningStep::default(),
            host: system_host(),
        }
    }

    /// The format of the bodies. By default, this is [`MessageFormat::Json`].
    ///
    /// ```
    /// # use xrm_eventhub::{ConnectionString, Error, Publisher};
    /// use xrm_eventhub::MessageFormat;
    ///
    /// # fn publisher(connection: ConnectionString) -> Result<Publisher, Error> {
    /// Publisher::builder(connection).message_format(MessageFormat::Xml).build()
    /// # }
    /// ```
    pub fn message_format(mut self, message_format: MessageFormat) -> Self {
        self.messages.encode = self.messages.encode.with_format(message_format);
        self
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
    pub fn encode_options(mut self, encode_options: EncodeOptions) -> Self {
        self.messages.encode = encode_options;
        self
    }

    /// What is removed from a large message: a [`SizePolicy`], or your own
    /// [`SizeRule`](xrm_body::SizeRule). By default, this is [`SizePolicy::Platform`].
    ///
    /// ```
    /// # use xrm_eventhub::{ConnectionString, Error, Publisher};
    /// use xrm_eventhub::SizeRule;
    ///
    /// # fn publisher(connection: ConnectionString) -> Result<Publisher, Error> {
    /// Publisher::builder(connection).size_policy(SizeRule::WEBHOOK).build()
    /// # }
    /// ```
    pub fn size_policy(mut self, size_policy: impl Into<SizePolicy>) -> Self {
        self.messages.size_policy = size_policy.into();
        self
    }

    /// The properties that the platform puts on its messages, such as
    /// `http://schemas.microsoft.com/xrm/2011/Claims/EntityLogicalName`. By default, messages have
    /// none of them: the platform documents them for queues, relays and topics and not for event
    /// hubs, and what they say is in the body.
    ///
    /// They have a price. No HTTP header can have such a name, so a message with claims travels as a
    /// [batch of one](eventhub_rest::Form): listeners get the same body, but without the content
    /// type that distinguishes JSON from XML. The body is sent as a JSON string, whose escapes count
    /// toward the hub's limit.
    ///
    /// ```
    /// # use xrm_eventhub::{ConnectionString, Error, Publisher};
    /// use xrm_eventhub::Claims;
    ///
    /// # fn publisher(connection: ConnectionString) -> Result<Publisher, Error> {
    /// Publisher::builder(connection).claims(Claims::new()).build()
    /// # }
    /// ```
    pub fn claims(mut self, claims: Claims) -> Self {
        self.messages.claims = Some(claims);
        self
    }

    /// Whether a context whose `OperationId`, `CorrelationId` or `OperationCreatedOn` is unset is sent with
    /// the id and the time of its job in their place. By default, it is: consumers recognize duplicates
    /// by `OperationId`, which would be the same in all contexts that an application makes without one.
    /// `RequestId` is sent as it is. Contexts that a [solution](crate::EventHubSolution) makes have ids
    /// of their own.
    ///
    /// ```
    /// # use xrm_eventhub::{ConnectionString, Error, Publisher};
    /// # fn publisher(connection: ConnectionString) -> Result<Publisher, Error> {
    /// // Bodies that were recorded elsewhere are sent as they are.
    /// Publisher::builder(connection).identify_contexts(false).build()
    /// # }
    /// ```
    pub fn identify_contexts(mut self, identify_contexts: bool) -> Self {
        self.messages.identifies = identify_contexts;
        self
    }

    /// The order in which messages are attempted. By default, this is [`MessageOrder::Any`].
    ///
    /// ```
    /// # use xrm_eventhub::{ConnectionString, Error, Publisher};
    /// use xrm_eventhub::MessageOrder;
    ///
    /// # fn publisher(connection: ConnectionString) -> Result<Publisher, Error> {
    /// Publisher::builder(connection).message_order(MessageOrder::PerRecord).build()
    /// # }
    /// ```
    pub fn message_order(mut self, message_order: MessageOrder) -> Self {
        self.messages.order = message_order;
        self
    }

    /// The most bytes of a batch; `None` sends each message in a separate request. By default,
    /// this is 256 KiB, which every tier accepts ([`Batch::BASIC_LIMIT`]).
    ///
    /// A message without a partition key travels in a batch if others are sent at the same time. A
    /// member of a batch has no content type: Event Hubs gives it none.
    ///
    /// ```
    /// # use xrm_eventhub::{ConnectionString, Error, Publisher};
    /// # fn publisher(connection: ConnectionString) -> Result<Publisher, Error> {
    /// Publisher::builder(connection).batch_limit(None).build()
    /// # }
    /// ```
    pub fn batch_limit(self, batch_limit: impl Into<Option<usize>>) -> Self {
        Self { batch_limit: batch_limit.into(), ..self }
    }

    /// The trace that a context belongs to; `None` for a message without one. By default, the trace
    /// is named after the context's correlation id.
    ///
    /// ```
    /// # use xrm_eventhub::{ConnectionString, Error, Publisher};
    /// use xrm_eventhub::TraceContext;
    ///
    /// # fn publisher(connection: ConnectionString) -> Result<Publisher, Error> {
    /// Publisher::builder(connection).trace_context(|_| TraceContext::new(7, 8, true)).build()
    /// # }
    /// ```
    pub fn trace_context(
        mut self,
        source: impl Fn(&RemoteExecutionContext) -> Option<TraceContext> + Send + Sync + 'static,
    ) -> Self {
        self.messages.trace_source = Some(Box::new(source));
        self
    }

    /// The store that keeps the jobs. By default, this is a [`MemoryJobStore`] of the publisher's own, which
    /// ends with it. It keeps the newest 10,000 completed jobs, or as many as
    /// [`MemoryJobStore::with_completed_limit`] says, so a publisher that runs for months does not grow.
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
    ///
    /// ```
    /// # #[cfg(feature = "reqwest")]
    /// # mod example {
    /// # use xrm_eventhub::{ConnectionString, Publisher};
    /// use std::time::Duration;
    ///
    /// use xrm_eventhub::Client;
    ///
    /// # fn publisher(connection: ConnectionString) -> Result<Publisher, Box<dyn std::error::Error>> {
    /// let client = Client::builder().try_timeout(Duration::from_secs(10)).build()?;
    /// let publisher = Publisher::builder(connection).transport(client).build()?;
    /// # Ok(publisher)
    /// # }
    /// # }
    /// ```
    pub fn transport(self, transport: impl Transport + 'static) -> Self {
        Self { transport: Some(Box::new(transport)), ..self }
    }

    /// When failed posts are retried. By default, this is [`RetryPolicy::default`].
    ///
    /// ```
    /// # use xrm_eventhub::{ConnectionString, Error, Publisher};
    /// use xrm_eventhub::RetryPolicy;
    ///
    /// # fn publisher(connection: ConnectionString) -> Result<Publisher, Error> {
    /// Publisher::builder(connection).retry_policy(RetryPolicy::default()).build()
    /// # }
    /// ```
    pub fn retry_policy(self, retry_policy: RetryPolicy) -> Self {
        Self { retry_policy, ..self }
    }

    /// The limits within which jobs are run. By default, this is [`WorkerOptions::default`].
    ///
    /// ```
    /// # use xrm_eventhub::{ConnectionString, Error, Publisher};
    /// use xrm_eventhub::WorkerOptions;
    ///
    /// # fn publisher(connection: ConnectionString) -> Result<Publisher, Error> {
    /// Publisher::builder(connection).worker_options(WorkerOptions::default().requests(4)).build()
    /// # }
    /// ```
    pub fn worker_options(self, worker_options: WorkerOptions) -> Self {
        Self { worker_options, ..self }
    }

    /// The source of the tokens that requests are sent with, instead of the connection string: a
    /// pair of keys ([`KeyRotation`](azure_sas::KeyRotation)), a token that was made elsewhere
    /// ([`ReadyMade`](azure_sas::ReadyMade)), or Microsoft Entra ID. By default, tokens are signed
    /// with the connection string's key, or are its signature.
    ///
    /// The connection string still names the hub. The crate `azure_identity` signs in like this:
    ///
    /// ```ignore
    /// struct EntraId(Arc<dyn azure_core::credentials::TokenCredential>);
    ///
    /// impl xrm_eventhub::TokenCredential for EntraId {
    ///     fn token(&self, _now: DateTime<Utc>) -> TokenFuture<'_> {
    ///         Box::pin(async {
    ///             let scopes = ["https://eventhubs.azure.net/.default"];
    ///             let found = self.0.get_token(&scopes, None).await.map_err(TokenError::unavailable)?;
    ///             let expires = SystemTime::from(found.expires_on).into();
    ///             Ok(Arc::new(Token::bearer(found.token.secret(), expires)?))
    ///         })
    ///     }
    /// }
    ///
    /// let entra_id = EntraId(azure_identity::ManagedIdentityCredential::new(None)?);
    /// let publisher = Publisher::builder(connection).credential(entra_id).build()?;
    /// ```
    ///
    /// If no token can be obtained, the job waits ([`Cause::TokenUnavailable`]) or, if the issuer
    /// refused, is treated as one whose credentials the hub refused.
    ///
    /// [`Cause::TokenUnavailable`]: xrm_jobs::Cause::TokenUnavailable
    pub fn credential(self, credential: impl TokenCredential + 'static) -> Self {
        Self { credential: Some(Box::new(credential)), ..self }
    }

    /// For how long the tokens that are signed with the connection string's key are valid, in whole
    /// seconds. By default, this is an hour ([`Renewal::LIFETIME`]).
    ///
    /// ```
    /// # use xrm_eventhub::{ConnectionString, Error, Publisher};
    /// use std::time::Duration;
    ///
    /// # fn publisher(connection: ConnectionString) -> Result<Publisher, Error> {
    /// Publisher::builder(connection).token_lifetime(Duration::from_secs(600)).build()
    /// # }
    /// ```
    pub fn token_lifetime(self, token_lifetime: Duration) -> Self {
        Self { token_lifetime, ..self }
    }

    /// How long before its expiry a token is replaced by the next, in whole seconds. By default,
    /// this is a tenth of the lifetime.
    ///
    /// ```
    /// # use xrm_eventhub::{ConnectionString, Error, Publisher};
    /// use std::time::Duration;
    ///
    /// # fn publisher(connection: ConnectionString) -> Result<Publisher, Error> {
    /// Publisher::builder(connection).token_margin(Duration::from_secs(300)).build()
    /// # }
    /// ```
    pub fn token_margin(self, token_margin: Duration) -> Self {
        Self { token_margin: Some(token_margin), ..self }
    }

    /// The name of the service endpoint, which identifies its jobs in a store that several publishers
    /// share. By default, this is the hub's name.
    ///
    /// Jobs are named `<endpoint>: <Message> of <table>`, as the Plug-in Registration Tool names
    /// steps, unless the step has [its own name](Self::step_name).
    ///
    /// ```
    /// # use xrm_eventhub::{ConnectionString, Error, Publisher};
    /// # fn publisher(connection: ConnectionString) -> Result<Publisher, Error> {
    /// Publisher::builder(connection).endpoint("Accounts").build()
    /// # }
    /// ```
    pub fn endpoint(self, endpoint: impl Into<String>) -> Self {
        Self { endpoint: Some(endpoint.into()), ..self }
    }

    /// The step on whose behalf is posted (`owningextensionid` of the jobs). By default, this is
    /// the step that the context names as its `OwningExtension`.
    ///
    /// ```
    /// # use xrm_eventhub::{ConnectionString, Error, Publisher};
    /// use xrm_eventhub::Uuid;
    ///
    /// # fn publisher(connection: ConnectionString) -> Result<Publisher, Error> {
    /// Publisher::builder(connection).step_id(Uuid::from_u128(7)).build()
    /// # }
    /// ```
    pub fn step_id(mut self, step_id: Uuid) -> Self {
        self.step.id = Some(step_id);
        self
    }

    /// The name of the step, and so of the jobs, of which 256 characters are kept. By default, this
    /// is the name of the context's `OwningExtension`, which synchronous steps were seen to send,
    /// and where that has none, what [`endpoint`](Self::endpoint) says.
    ///
    /// ```
    /// # use xrm_eventhub::{ConnectionString, Error, Publisher};
    /// # fn publisher(connection: ConnectionString) -> Result<Publisher, Error> {
    /// Publisher::builder(connection).step_name("Notify the warehouse").build()
    /// # }
    /// ```
    pub fn step_name(mut self, step_name: impl Into<String>) -> Self {
        self.step.name = Some(step_name.into());
        self
    }

    /// Whether a job is deleted when it succeeds (`asyncautodelete` of the step). By default, it is
    /// not.
    ///
    /// ```
    /// # use xrm_eventhub::{ConnectionString, Error, Publisher};
    /// # fn publisher(connection: ConnectionString) -> Result<Publisher, Error> {
    /// Publisher::builder(connection).auto_delete(true).build()
    /// # }
    /// ```
    pub fn auto_delete(mut self, auto_delete: bool) -> Self {
        self.step.auto_delete = auto_delete;
        self
    }

    /// The process that makes the attempts: its name (`hostid` of the jobs), its clock and its
    /// randomness. By default, this is [`system_host`].
    ///
    /// ```
    /// use xrm_eventhub::{ConnectionString, Error, Publisher, system_host};
    ///
    /// # fn publisher(connection: ConnectionString) -> Result<Publisher, Error> {
    /// Publisher::builder(connection).host(system_host().with_id("worker-1")).build()
    /// # }
    /// ```
    pub fn host(self, host: Host) -> Self {
        Self { host, ..self }
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
        let lifetime = self.token_lifetime;
        // The part of the lifetime that `Renewal::MARGIN` is of `Renewal::LIFETIME`.
        let margin = self.token_margin.unwrap_or(lifetime / 10);
        let credentials =
            Credentials::new(&self.connection, self.credential, hub.resource(), lifetime, margin)
                .map_err(Error::TokenRenewal)?;
        // Made only if none was given: it reads the root certificates of the machine, and fails
        // without any.
        let transport = self.transport.map_or_else(default_transport, Ok)?;
        let endpoint = self.endpoint.unwrap_or_else(|| hub.name().to_owned());
        let signals = Signals::new(&endpoint);
        let queue = Queue::new(endpoint, self.job_store, self.host)
            .retry_policy(self.retry_policy)
            .worker_options(self.worker_options)
            .observer(signals.clone());
        let inner = Inner {
            hub,
            credentials,
            messages: self.messages,
            batch_limit: self.batch_limit,
            transport,
            step: self.step,
            queue,
            signals,
        };
        Ok(Publisher { inner: Arc::new(inner) })
    }
}

impl fmt::Debug for PublisherBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublisherBuilder")
            .field("connection", &self.connection)
            .field("messages", &self.messages)
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
