//! The running local hub.

use std::fmt;
use std::mem;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use azure_sas::{ConnectionString, Endpoint};
use chrono::TimeDelta;
use http::Request;
use hyper::body::Incoming;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::amqp;
use crate::body::TimedBody;
use crate::builder::Builder;
use crate::error::Error;
use crate::event::ReceivedEvent;
use crate::fault::{Fault, FaultPlan};
use crate::http2::first_bytes;
use crate::hub::{Hub, Listener};
use crate::local::Peer;
use crate::log::EventCounts;
use crate::namespace::Namespace;
use crate::routes;
use crate::rule::AuthorizationRule;
use crate::socket::Socket;
use crate::store::TornTail;
use crate::tls::Encryption;
use crate::wire::{Delivery, FaultyStream, Wire};

/// A running local hub. It stops when it is dropped.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), eventhub_local::Error> {
/// use eventhub_local::{Fault, FaultPlan, LocalEventHub, StatusCode};
///
/// let local = LocalEventHub::builder().hub("accounts", 4).serve(([127, 0, 0, 1], 0)).await?;
/// let mut listener = local.listen("accounts")?;
///
/// // The first send is refused, the others are not.
/// let busy = Fault::Status(StatusCode::SERVICE_UNAVAILABLE);
/// local.set_fault_plan("accounts", Some(FaultPlan::default().then(Some(busy))))?;
///
/// let for_the_application = local.connection_string("accounts")?.to_secret_string();
/// // ... the application sends, `listener.next_event().await` gives what arrives ...
/// assert_eq!(local.fault_count("accounts")?, 0);
/// local.shutdown().await;
/// assert!(listener.next_event().await.is_none());
/// # Ok(())
/// # }
/// ```
pub struct LocalEventHub {
    namespace: Arc<Namespace>,
    address: SocketAddr,
    amqp_address: Option<SocketAddr>,
    /// In PEM, if connections are encrypted.
    certificate: Option<String>,
    /// One for each door. What is aborted when it is dropped ends its connections.
    servers: JoinSet<()>,
}

impl LocalEventHub {
    /// Returns settings without an event hub yet.
    pub fn builder() -> Builder {
        Builder::new()
    }

    pub(crate) fn start(
        namespace: Namespace,
        (listener, address): (TcpListener, SocketAddr),
        amqp: Option<(TcpListener, SocketAddr)>,
        tls: Option<Encryption>,
        body_timeout: Duration,
    ) -> Self {
        let namespace = Arc::new(namespace);
        let router = routes::router(Arc::clone(&namespace));
        let mut servers = JoinSet::new();
        let acceptor = tls.as_ref().map(|it| it.rest.clone());
        servers.spawn(accept(listener, acceptor, router, body_timeout));
        let amqp_address = amqp.map(|(listener, address)| {
            let acceptor = tls.as_ref().map(|it| it.amqp.clone());
            servers.spawn(amqp::accept(listener, acceptor, Arc::clone(&namespace)));
            address
        });
        if let Some(age) = namespace.retention.age {
            servers.spawn(expire(Arc::clone(&namespace), age));
        }
        let certificate = tls.map(|it| it.certificate);
        Self { namespace, address, amqp_address, certificate, servers }
    }

    /// Makes every send to a hub fail in the same way from now on, or no send if `fault` is `None`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), eventhub_local::Error> {
    /// # use eventhub_local::*;
    /// # let local = LocalEventHub::builder().hub("accounts", 1).serve(([127, 0, 0, 1], 0)).await?;
    /// local.set_fault("accounts", Some(Fault::Status(StatusCode::SERVICE_UNAVAILABLE)))?;
    /// // ... every send is answered with 503 ...
    /// local.set_fault("accounts", None)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::UnknownHub`] if there is no such hub.
    pub fn set_fault(&self, hub: &str, fault: Option<Fault>) -> Result<(), Error> {
        self.set_fault_plan(hub, fault.map(FaultPlan::always))
    }

    /// Sets the plan by which sends to a hub fail, from the next send on, or clears it. Requests
    /// that hang already go on hanging.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), eventhub_local::Error> {
    /// # use eventhub_local::*;
    /// # let local = LocalEventHub::builder().hub("accounts", 1).serve(([127, 0, 0, 1], 0)).await?;
    /// // The first send hangs, the second is accepted, and one in twenty of the others is lost.
    /// let plan = FaultPlan::new(7).then(Some(Fault::Hang)).then(None);
    /// local.set_fault_plan("accounts", Some(plan.rate(0.05, Fault::ResetAfterReading)?))?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::UnknownHub`] if there is no such hub.
    pub fn set_fault_plan(&self, hub: &str, plan: Option<FaultPlan>) -> Result<(), Error> {
        self.hub(hub)?.set_fault_plan(plan);
        Ok(())
    }

    /// The number of sends to a hub that failed by a fault since the hub was created.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), eventhub_local::Error> {
    /// # use eventhub_local::*;
    /// # let local = LocalEventHub::builder().hub("accounts", 1).serve(([127, 0, 0, 1], 0)).await?;
    /// assert_eq!(local.fault_count("accounts")?, 0);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::UnknownHub`] if there is no such hub.
    pub fn fault_count(&self, hub: &str) -> Result<u64, Error> {
        Ok(self.hub(hub)?.faults().count)
    }

    /// The address that the local hub listens on, with the port that was found if 0 was given.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address at which the local hub serves AMQP, if it does; with the port that was found if 0
    /// was given.
    #[must_use]
    pub fn amqp_address(&self) -> Option<SocketAddr> {
        self.amqp_address
    }

    /// The origin to send to, `http://127.0.0.1:5123`; with [TLS](Builder::tls), it begins with `https`.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("{}://{}", self.namespace.scheme, reachable(self.address))
    }

    /// The certificate in PEM for clients to trust, if connections are [encrypted](Builder::tls).
    #[must_use]
    pub fn certificate_pem(&self) -> Option<&str> {
        self.certificate.as_deref()
    }

    /// The connection string of a hub: the policy of the namespace, the hub as `EntityPath`, and
    /// `UseDevelopmentEmulator=true` unless connections are [encrypted](Builder::tls).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), eventhub_local::Error> {
    /// # use eventhub_local::*;
    /// # let local = LocalEventHub::builder().hub("accounts", 1).serve(([127, 0, 0, 1], 0)).await?;
    /// let connection = local.connection_string("accounts")?;
    /// assert_eq!(connection.entity_path(), Some("accounts"));
    /// assert_eq!(connection.key_name(), "RootManageSharedAccessKey");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::UnknownHub`] if there is no such hub.
    pub fn connection_string(&self, hub: &str) -> Result<ConnectionString, Error> {
        self.connect(self.address, &*self.hub(hub)?, self.namespace.root())
    }

    /// The connection string of a hub for clients that speak AMQP: as
    /// [`connection_string`](Self::connection_string), with the port of AMQP.
    ///
    /// Microsoft's clients for Python and JavaScript take it as it is; with [TLS](Builder::tls), the one for
    /// Python takes a port other than 5671 by `custom_endpoint_address="sb://127.0.0.1:5673"`. Its Rust
    /// client takes the host and port by `with_custom_endpoint("amqp://127.0.0.1:5672")`.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownHub`] if there is no such hub, [`Error::NoAmqp`] if AMQP is not served.
    pub fn amqp_connection_string(&self, hub: &str) -> Result<ConnectionString, Error> {
        let address = self.amqp_address.ok_or(Error::NoAmqp)?;
        self.connect(address, &*self.hub(hub)?, self.namespace.root())
    }

    /// The connection string of a hub with the primary key of another shared access policy: one of
    /// the hub's, or else of the namespace.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownHub`] and [`Error::UnknownRule`] if there is no such hub or policy.
    pub fn connection_string_with(&self, hub: &str, rule: &str) -> Result<ConnectionString, Error> {
        self.connect(self.address, &*self.hub(hub)?, &self.authorization_rule(hub, rule)?)
    }

    /// A shared access policy of a hub, or else of the namespace.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownHub`] and [`Error::UnknownRule`] if there is no such hub or policy.
    pub fn authorization_rule(&self, hub: &str, rule: &str) -> Result<AuthorizationRule, Error> {
        let of_hub = self.hub(hub)?.rules();
        let rules = of_hub.iter().chain(self.namespace.rules.iter());
        let unknown = || Error::UnknownRule { hub: hub.to_owned(), name: rule.to_owned() };
        rules.into_iter().find(|it| it.name() == rule).cloned().ok_or_else(unknown)
    }

    /// The hubs with the numbers of their partitions, sorted by name without regard to case.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), eventhub_local::Error> {
    /// # use eventhub_local::*;
    /// let builder = LocalEventHub::builder().hub("orders", 1).hub("accounts", 4);
    /// let local = builder.serve(([127, 0, 0, 1], 0)).await?;
    /// assert_eq!(local.hubs(), [("accounts".to_owned(), 4), ("orders".to_owned(), 1)]);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn hubs(&self) -> Vec<(String, u32)> {
        self.namespace.hubs().values().map(|it| (it.name.clone(), it.partitions)).collect()
    }

    /// What was cut off from the [data](Builder::data) at the start: sends that the earlier local hub had
    /// not written to their end when it was killed, and had not acknowledged.
    #[must_use]
    pub fn torn_tails(&self) -> &[TornTail] {
        &self.namespace.torn_tails
    }

    /// The events that a hub keeps, in the order in which they arrived.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), eventhub_local::Error> {
    /// # use eventhub_local::*;
    /// # let local = LocalEventHub::builder().hub("accounts", 1).serve(([127, 0, 0, 1], 0)).await?;
    /// assert!(local.events("accounts")?.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::UnknownHub`] if there is no such hub.
    pub fn events(&self, hub: &str) -> Result<Vec<ReceivedEvent>, Error> {
        Ok(self.hub(hub)?.events())
    }

    /// The numbers of events that a hub has accepted, holds, and has dropped.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownHub`] if there is no such hub.
    pub fn event_counts(&self, hub: &str) -> Result<EventCounts, Error> {
        Ok(self.hub(hub)?.event_counts())
    }

    /// Waits until a hub has accepted `count` events since it was created, or is deleted, and
    /// returns those that it keeps.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), eventhub_local::Error> {
    /// # use eventhub_local::*;
    /// # let local = LocalEventHub::builder().hub("accounts", 1).serve(([127, 0, 0, 1], 0)).await?;
    /// // ... the application sends in another task ...
    /// # let count = 0;
    /// let events = local.wait_for("accounts", count).await?;
    /// assert!(events.iter().all(|event| event.partition == "0"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::UnknownHub`] if there is no such hub.
    pub async fn wait_for(&self, hub: &str, count: u64) -> Result<Vec<ReceivedEvent>, Error> {
        let hub = self.hub(hub)?;
        hub.arrived(count).await;
        Ok(hub.events())
    }

    /// Returns a reader of a hub's events, from the first one that is kept.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), eventhub_local::Error> {
    /// # use eventhub_local::*;
    /// # let local = LocalEventHub::builder().hub("accounts", 1).serve(([127, 0, 0, 1], 0)).await?;
    /// let mut listener = local.listen("accounts")?;
    /// local.shutdown().await;
    /// assert!(listener.next_event().await.is_none());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::UnknownHub`] if there is no such hub.
    pub fn listen(&self, hub: &str) -> Result<Listener, Error> {
        Ok(Listener::new(self.hub(hub)?))
    }

    /// Stops the local hub: frees the port, cuts open connections, and ends listeners once they have
    /// read the events that were answered with 201.
    pub async fn shutdown(mut self) {
        self.servers.shutdown().await;
    }

    fn connect(
        &self,
        address: SocketAddr,
        hub: &Hub,
        rule: &AuthorizationRule,
    ) -> Result<ConnectionString, Error> {
        let endpoint = format!("sb://{}", reachable(address)).parse::<Endpoint>();
        // With `UseDevelopmentEmulator`, clients do not encrypt.
        let encrypted = self.certificate.is_some();
        endpoint
            .and_then(|it| if encrypted { Ok(it) } else { it.into_emulator() })
            .and_then(|it| {
                ConnectionString::new(it, rule.name(), rule.primary_key().clone(), Some(&hub.name))
            })
            .map_err(Error::Policy)
    }

    fn hub(&self, name: &str) -> Result<Arc<Hub>, Error> {
        self.namespace.hub(name).ok_or_else(|| Error::UnknownHub { name: name.to_owned() })
    }
}

impl Drop for LocalEventHub {
    fn drop(&mut self) {
        self.servers.abort_all();
        self.namespace.close();
    }
}

impl fmt::Debug for LocalEventHub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalEventHub")
            .field("address", &self.address)
            .field("namespace", &self.namespace)
            .finish_non_exhaustive()
    }
}

/// Drops what is older than the retention, until it is aborted.
async fn expire(namespace: Arc<Namespace>, age: TimeDelta) {
    const SHORTEST: Duration = Duration::from_millis(100);
    const LONGEST: Duration = Duration::from_secs(10);

    // Polled, because the clock that dates events may differ from tokio's, and reports no changes.
    let interval = age.to_std().map_or(LONGEST, |it| (it / 10).clamp(SHORTEST, LONGEST));
    loop {
        tokio::time::sleep(interval).await;
        namespace.expire();
    }
}

/// Accepts connections until it is aborted; they end with it.
async fn accept(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    router: Router,
    body_timeout: Duration,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let (tls, router) = (tls.clone(), router.clone());
                    connections.spawn(async move {
                        // One that trusts another certificate is its own trouble.
                        if let Ok(socket) = Socket::accept(stream, tls.as_ref()).await {
                            serve(socket, Peer(peer), router, body_timeout).await;
                        }
                    });
                }
                // Out of file handles, most likely; some will be free in a moment.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            },
            // Ended connections are taken out, or the set would grow for as long as the hub runs.
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(mut socket: Socket, peer: Peer, router: Router, body_timeout: Duration) {
    let Ok(Some(first)) = first_bytes(&mut socket).await else { return };
    let wire = Wire::default();
    let stream = FaultyStream::new(socket, wire.clone(), first);
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        // A connection carries several requests one after the other, and a fault is for one of them.
        wire.deliver(Delivery::Whole);
        request.extensions_mut().insert(peer);
        request.extensions_mut().insert(wire.clone());
        *request.uri_mut() = routes::canonical(mem::take(request.uri_mut()));
        router.call(request.map(|body| TimedBody::new(body, body_timeout)))
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service);
    // A client that breaks off or talks no HTTP is its own trouble.
    let _ = connection.await;
}

/// The address by which a client on this machine reaches one that may stand for all of them.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    SocketAddr::new(ip, address.port())
}
