//! Receives from Azure Event Hubs, or a local hub, over AMQP 1.0.

mod connection;
mod failure;
mod message;
mod receiver;
mod request;
mod transport;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use azure_sas::{ConnectionString, Resource, TokenCredential};
use rustls::ClientConfig;
use tokio::sync::Mutex;

use self::connection::Connection;
use self::failure::timely;
use self::receiver::AmqpReceiver;
use self::transport::Address;
use crate::error::Error;
use crate::listener::Clock;
use crate::machine;
use crate::source::{EventReceiver, EventSource, Receive, SourceError};
use crate::store::BoxFuture;

/// The settings of a connection to a hub.
///
/// ```
/// use std::time::Duration;
/// use xrm_listener::{AmqpOptions, AmqpSource};
///
/// let connection = "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=listen;\
///     SharedAccessKey=c2VjcmV0;EntityPath=accounts".parse()?;
/// let source = AmqpSource::new(AmqpOptions::new(connection).timeout(Duration::from_secs(20)))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
#[derive(Clone)]
pub struct AmqpOptions {
    connection: ConnectionString,
    hub: Option<String>,
    credential: Option<Arc<dyn TokenCredential>>,
    tls: Option<Arc<ClientConfig>>,
    timeout: Duration,
}

impl AmqpOptions {
    /// The settings of a connection string. With `UseDevelopmentEmulator=true`, the connection is in plain
    /// text, to port 5672 if the endpoint names none; else it is over TLS, to port 5671.
    pub fn new(connection: ConnectionString) -> Self {
        // As long as Microsoft's clients wait.
        let timeout = Duration::from_secs(60);
        Self { connection, hub: None, credential: None, tls: None, timeout }
    }

    /// The hub, instead of the one in the connection string.
    pub fn hub(mut self, hub: impl Into<String>) -> Self {
        self.hub = Some(hub.into());
        self
    }

    /// The source of tokens, instead of the key of the connection string: bearer tokens of Microsoft Entra
    /// ID, for instance.
    pub fn credential(mut self, credential: Arc<dyn TokenCredential>) -> Self {
        self.credential = Some(credential);
        self
    }

    /// The settings of TLS. By default, certificates are verified by the platform's roots.
    pub fn tls(mut self, config: Arc<ClientConfig>) -> Self {
        self.tls = Some(config);
        self
    }

    /// How long the service may take to answer a request. By default, this is 60 seconds.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}

impl fmt::Debug for AmqpOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AmqpOptions")
            .field("connection", &self.connection)
            .field("hub", &self.hub)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// An event hub, received from over AMQP 1.0.
///
/// All receivers share one connection. It is made when it is needed, and made again after it was lost. Its
/// token is renewed before it expires.
pub struct AmqpSource {
    setup: Setup,
    connection: Mutex<Option<Connection>>,
    /// Numbers the links, whose names must differ.
    links: AtomicU64,
}

/// What a connection is made of.
struct Setup {
    address: Address,
    hub: String,
    /// What a token opens: the hub, and so all that is in it.
    audience: Resource,
    credential: Arc<dyn TokenCredential>,
    timeout: Duration,
    clock: Clock,
}

impl AmqpSource {
    /// A source of the events of a hub. It connects when it is first used.
    ///
    /// # Errors
    ///
    /// [`Error::Options`] if no hub is named, its name is no name of one, or TLS can't be set up.
    pub fn new(options: AmqpOptions) -> Result<Self, Error> {
        Self::with_clock(options, Arc::new(machine::now))
    }

    pub(crate) fn with_clock(options: AmqpOptions, clock: Clock) -> Result<Self, Error> {
        let AmqpOptions { connection, hub, credential, tls, timeout } = options;
        let hub = hub.or_else(|| connection.entity_path().map(str::to_owned));
        let hub = hub.ok_or_else(|| Error::Options("no hub is named".to_owned()))?;
        let endpoint = connection.endpoint();
        // Checks the name; the scheme is that of Microsoft's clients for AMQP.
        let checked = Resource::hub(endpoint, &hub);
        let audience =
            checked.and_then(|_| Resource::new(format!("sb://{}/{hub}", endpoint.host())));
        let audience = audience.map_err(|error| Error::Options(error.to_string()))?;
        let credential =
            credential.unwrap_or_else(|| connection.token_credential(audience.clone()));
        let address = Address::new(endpoint, tls)?;
        let setup = Setup { address, hub, audience, credential, timeout, clock };
        Ok(Self { setup, connection: Mutex::new(None), links: AtomicU64::new(0) })
    }

    /// Does `work` on the connection, which is opened first if necessary.
    async fn with_connection<T>(
        &self,
        work: impl AsyncFnOnce(&mut Connection) -> Result<T, SourceError>,
    ) -> Result<T, SourceError> {
        let mut connection = self.connection.lock().await;
        if connection.as_mut().is_some_and(|it| it.is_closed()) {
            *connection = None;
        }
        let open = match &mut *connection {
            Some(open) => open,
            none => none.insert(Connection::open(&self.setup).await?),
        };
        let result = work(open).await;
        // What failed may have left the connection in any state, and a new one costs little.
        if result.as_ref().is_err_and(SourceError::is_transient) {
            *connection = None;
        }
        result
    }
}

impl EventSource for AmqpSource {
    fn partitions(&self) -> BoxFuture<'_, Result<Vec<String>, SourceError>> {
        Box::pin(self.with_connection(async |connection| connection.partitions(&self.setup).await))
    }

    fn receive(
        &self,
        receive: Receive,
    ) -> BoxFuture<'_, Result<Box<dyn EventReceiver>, SourceError>> {
        Box::pin(async move {
            let number = self.links.fetch_add(1, Ordering::Relaxed);
            // Only the session needs the connection: attaching takes longer, and partitions need not wait
            // for each other.
            let session =
                self.with_connection(async |it| it.session(self.setup.timeout).await).await?;
            let attach = AmqpReceiver::attach(session, &self.setup.hub, receive, number);
            let receiver = timely(self.setup.timeout, attach).await?;
            Ok(Box::new(receiver) as Box<dyn EventReceiver>)
        })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            if let Some(connection) = self.connection.lock().await.take() {
                connection.close(self.setup.timeout).await;
            }
        })
    }
}

impl fmt::Debug for AmqpSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AmqpSource").field("audience", &self.setup.audience).finish_non_exhaustive()
    }
}
