//! The HTTPS client: reqwest, rustls with ring, and the platform's root certificates.

mod failure;
#[cfg(feature = "manage")]
mod manage;

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use azure_sas::Token;
use bytes::{Bytes, BytesMut};
use http::{HeaderValue, Request};
use hyper::ext::ReasonPhrase;
use reqwest::{NoProxy, Proxy, Response};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

use crate::batch::Batch;
use crate::error::{Error, InvalidReason};
use crate::event::Event;
use crate::hub::Hub;
use crate::property::header_value;
use crate::refusal::LONGEST_BODY;
use crate::request::{batch_request, send_request};
use crate::transport::{Attempt, Transport};
use crate::verdict::{NoAnswer, NoAnswerKind, Verdict, verdict};

/// The longest that an idle connection is kept: Azure drops it, unsaid, after 240 seconds.
const LONGEST_IDLE: Duration = Duration::from_secs(230);

/// Sends events over HTTPS.
///
/// It holds a pool of connections and is cheap to clone; it works in a tokio runtime. One call is
/// one attempt. A connection from the pool that turns out to be closed before anything was written
/// to it is replaced, which no server can tell from a first attempt.
///
/// Redirects are not followed, no proxy is used unless one is given, and the environment is not
/// read, except for the variables that say where the platform's root certificates are. TLS is set up when
/// the first address asks for it. Cryptography is *ring*'s, whatever the process's default provider may be.
///
/// ```no_run
/// # async fn example(hub: &eventhub_rest::Hub, event: &eventhub_rest::Event,
/// #     token: &azure_sas::Token) -> Result<(), eventhub_rest::Error> {
/// let client = eventhub_rest::Client::new()?;
/// let verdict = client.send(hub, event, token).await;
/// if !verdict.is_accepted() {
///     eprintln!("{verdict}; worth a retry: {}", verdict.is_transient());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    plain: reqwest::Client,
    secure: Arc<Secure>,
}

/// The client of HTTPS, made when the first address asks for it: a machine without root certificates
/// can still send to a hub on itself, and learns what is missing when it is needed.
struct Secure {
    options: ClientBuilder,
    client: OnceLock<Result<reqwest::Client, NoAnswer>>,
}

impl Secure {
    fn client(&self) -> Result<&reqwest::Client, NoAnswer> {
        let client = self.client.get_or_init(|| {
            let tls = self.options.tls();
            let client = tls.and_then(|tls| self.options.client(tls));
            client.map_err(|error| NoAnswer::new(NoAnswerKind::Tls, chain(&error)))
        });
        client.as_ref().map_err(Clone::clone)
    }
}

impl Client {
    /// A client with the defaults of [`ClientBuilder`].
    ///
    /// # Errors
    ///
    /// As for [`ClientBuilder::build`].
    pub fn new() -> Result<Self, Error> {
        Self::builder().build()
    }

    /// Options for a client.
    #[must_use]
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// Sends `event` to `hub` with `token`, once.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// use azure_sas::{ConnectionString, TokenCredential as _};
    /// use eventhub_rest::{Client, Event, Hub, Verdict};
    /// use std::time::SystemTime;
    ///
    /// let connection: ConnectionString = std::env::var("EVENTHUB_CONNECTION_STRING")?.parse()?;
    /// let hub = Hub::try_from(&connection)?;
    /// let credential = connection.token_credential(hub.resource().clone());
    ///
    /// let event = Event::new(r#"{"total":12}"#, "application/json")?;
    /// let token = credential.token(SystemTime::now().into()).await?;
    /// match Client::new()?.send(&hub, &event, &token).await {
    ///     Verdict::Accepted => println!("accepted"),
    ///     verdict if verdict.is_transient() => println!("try again later: {verdict}"),
    ///     verdict => println!("give up: {verdict}"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn send(&self, hub: &Hub, event: &Event, token: &Token) -> Verdict {
        self.attempt(hub, send_request(hub, event, token)).await
    }

    /// Sends `batch` to `hub` with `token`, once. The service accepts all of its events or none.
    ///
    /// ```no_run
    /// # async fn example(client: eventhub_rest::Client, hub: eventhub_rest::Hub,
    /// #     token: azure_sas::Token) -> Result<(), eventhub_rest::Error> {
    /// use eventhub_rest::{Batch, BatchBuilder, Event};
    ///
    /// let mut builder = BatchBuilder::new(Batch::STANDARD_LIMIT);
    /// builder.try_add(&Event::new(r#"{"total":12}"#, "application/json")?)?;
    /// builder.try_add(&Event::new(r#"{"total":7}"#, "application/json")?)?;
    /// if let Some(batch) = builder.take() {
    ///     println!("{}", client.send_batch(&hub, &batch, &token).await);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn send_batch(&self, hub: &Hub, batch: &Batch, token: &Token) -> Verdict {
        self.attempt(hub, batch_request(hub, batch, token)).await
    }

    async fn attempt(&self, hub: &Hub, request: Request<Bytes>) -> Verdict {
        match self.exchange(post(hub, request), LONGEST_BODY).await {
            Ok((response, body)) => {
                verdict(response.status(), reason(&response), response.headers(), &body)
            }
            Err(no_answer) => Verdict::NoAnswer(no_answer),
        }
    }

    /// An answer, and its body up to `longest` bytes or where it breaks off: a body takes nothing
    /// from the status before it.
    ///
    /// The empty body of an acceptance is read too: a connection goes back to the pool only when
    /// nothing is left on it.
    async fn exchange(
        &self,
        request: reqwest::Request,
        longest: usize,
    ) -> Result<(Response, BytesMut), NoAnswer> {
        let client = match request.url().scheme() {
            "http" => &self.plain,
            _ => self.secure.client()?,
        };
        let mut response = client.execute(request).await.map_err(failure::no_answer)?;
        let mut body = BytesMut::new();
        while body.len() < longest
            && let Ok(Some(chunk)) = response.chunk().await
        {
            body.extend_from_slice(&chunk);
        }
        Ok((response, body))
    }
}

impl Transport for Client {
    fn send<'a>(&'a self, hub: &'a Hub, event: &'a Event, token: &'a Token) -> Attempt<'a> {
        Box::pin(Self::send(self, hub, event, token))
    }

    fn send_batch<'a>(&'a self, hub: &'a Hub, batch: &'a Batch, token: &'a Token) -> Attempt<'a> {
        Box::pin(Self::send_batch(self, hub, batch, token))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // reqwest's own `Debug` shows the proxies, and the address of a proxy may contain a
        // password.
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

/// A request that sends to `hub`, as reqwest has it. Its own conversion would write the address out
/// and parse it once more.
fn post(hub: &Hub, request: Request<Bytes>) -> reqwest::Request {
    let (parts, body) = request.into_parts();
    let mut post = reqwest::Request::new(parts.method, hub.url().clone());
    *post.headers_mut() = parts.headers;
    *post.body_mut() = Some(body.into());
    post
}

/// The reason phrase, empty if there is none.
fn reason(response: &Response) -> &[u8] {
    response.extensions().get::<ReasonPhrase>().map_or(b"", ReasonPhrase::as_bytes)
}

/// Options for a [`Client`].
#[derive(Clone)]
pub struct ClientBuilder {
    connect_timeout: Duration,
    try_timeout: Duration,
    pool_idle_timeout: Duration,
    user_agent: String,
    proxy: Option<String>,
    no_proxy: Option<String>,
    root_certificates: Vec<Vec<u8>>,
}

impl ClientBuilder {
    /// How long a connection may take to be made, TLS included. By default, this is 10 seconds.
    #[must_use]
    pub fn connect_timeout(self, connect_timeout: Duration) -> Self {
        Self { connect_timeout, ..self }
    }

    /// How long an attempt may take from its beginning to the end of the answer. By default, this
    /// is 60 seconds, as in Microsoft's clients.
    #[must_use]
    pub fn try_timeout(self, try_timeout: Duration) -> Self {
        Self { try_timeout, ..self }
    }

    /// How long an idle connection is kept for the next attempt, at most 230 seconds: Azure drops
    /// idle connections after 240. By default, this is 90 seconds.
    #[must_use]
    pub fn pool_idle_timeout(self, pool_idle_timeout: Duration) -> Self {
        Self { pool_idle_timeout, ..self }
    }

    /// The `User-Agent` header. By default, this is this crate's name and version.
    #[must_use]
    pub fn user_agent(self, user_agent: impl Into<String>) -> Self {
        Self { user_agent: user_agent.into(), ..self }
    }

    /// A proxy to ask for a tunnel (`CONNECT`), such as `http://proxy.example:3128`; a user name
    /// and a password may be in it. Requests to a local emulator bypass it. By default,
    /// there is none.
    #[must_use]
    pub fn proxy(self, url: impl Into<String>) -> Self {
        Self { proxy: Some(url.into()), ..self }
    }

    /// The hosts that the proxy is not used for, between commas, as in the variable `NO_PROXY`: names with
    /// or without a domain before them, addresses, blocks of addresses, or `*`. By default, there are
    /// none.
    #[must_use]
    pub fn no_proxy(self, hosts: impl Into<String>) -> Self {
        Self { no_proxy: Some(hosts.into()), ..self }
    }

    /// The proxy and its exceptions in variables of the environment, which `variable` looks up:
    /// `HTTPS_PROXY` or else `ALL_PROXY`, and `NO_PROXY`, each in capital or in small letters. Those that are
    /// not set change nothing.
    ///
    /// ```
    /// let client = eventhub_rest::Client::builder()
    ///     .proxy_in(|name| std::env::var(name).ok())
    ///     .build()?;
    /// # Ok::<(), eventhub_rest::Error>(())
    /// ```
    #[must_use]
    pub fn proxy_in(mut self, variable: impl Fn(&str) -> Option<String>) -> Self {
        let first = |names: &[&str]| {
            let found = names.iter().filter_map(|name| variable(name));
            found.into_iter().find(|it| !it.is_empty())
        };
        let proxy = first(&["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]);
        self.proxy = proxy.or(self.proxy);
        self.no_proxy = first(&["NO_PROXY", "no_proxy"]).or(self.no_proxy);
        self
    }

    /// One or more certificates, as PEM, to trust beside those of the platform. By default, there
    /// are none.
    #[must_use]
    pub fn root_certificate_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.root_certificates.push(pem.into());
        self
    }

    /// The client.
    ///
    /// # Errors
    ///
    /// [`Error::UserAgent`], [`Error::Proxy`] or [`Error::RootCertificate`] if that option is
    /// malformed; [`Error::Tls`] if root certificates were given and TLS can't be set up with them. A
    /// platform without root certificates fails the first attempt that needs them.
    pub fn build(self) -> Result<Client, Error> {
        let plain = self.client(without_roots()?)?;
        let client = OnceLock::new();
        // What was given is checked now. What the platform has may not be needed.
        if !self.root_certificates.is_empty() {
            let secure = self.client(self.tls()?)?;
            client.get_or_init(|| Ok(secure));
        }
        Ok(Client { plain, secure: Arc::new(Secure { options: self, client }) })
    }

    fn client(&self, tls: ClientConfig) -> Result<reqwest::Client, Error> {
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            // The token must not go to another host, and the service has no redirects.
            .redirect(reqwest::redirect::Policy::none())
            // A resent event is a duplicate, which only the caller can judge.
            .retry(reqwest::retry::never())
            // The environment is input that no argument shows.
            .no_proxy()
            // HTTP/2 has no reason phrase, where the service puts the cause of a 401.
            .http1_only()
            .user_agent(self.user_agent_header()?)
            // A limit apart from that of the attempt: what fails before there is a connection is
            // known not to be delivered.
            .connect_timeout(self.connect_timeout)
            .timeout(self.try_timeout)
            .pool_idle_timeout(self.pool_idle_timeout.min(LONGEST_IDLE));
        if let Some(url) = &self.proxy {
            // For HTTPS alone: plain HTTP goes to emulators on this machine.
            let proxy = Proxy::https(url).map_err(|_| Error::Proxy)?;
            let exceptions = self.no_proxy.as_deref().and_then(NoProxy::from_string);
            builder = builder.proxy(proxy.no_proxy(exceptions));
        }
        builder.build().map_err(|error| Error::Tls(error.into()))
    }

    fn user_agent_header(&self) -> Result<HeaderValue, Error> {
        match &*self.user_agent {
            "" => Err(Error::UserAgent(InvalidReason::Empty)),
            text => header_value(text).map_err(Error::UserAgent),
        }
    }

    fn tls(&self) -> Result<ClientConfig, Error> {
        // Named rather than the process's default: an application may have installed another, or none.
        let provider = Arc::new(ring::default_provider());
        let roots = self.roots()?;
        tls(provider, roots).map_err(|error| match error {
            // The only error of this kind that the verifier has.
            rustls::Error::General(_) if self.root_certificates.is_empty() => Error::NoRoots,
            error => Error::Tls(error.into()),
        })
    }

    fn roots(&self) -> Result<Vec<CertificateDer<'static>>, Error> {
        let mut roots = Vec::new();
        for pem in &self.root_certificates {
            let before = roots.len();
            for certificate in CertificateDer::pem_slice_iter(pem) {
                roots.push(certificate.map_err(|_| Error::RootCertificate)?);
            }
            // A file of a key, or an empty one, parses as no certificates.
            if roots.len() == before {
                return Err(Error::RootCertificate);
            }
        }
        Ok(roots)
    }
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            try_timeout: Duration::from_secs(60),
            // reqwest's own default.
            pool_idle_timeout: Duration::from_secs(90),
            user_agent: concat!("eventhub-rest/", env!("CARGO_PKG_VERSION")).to_owned(),
            proxy: None,
            no_proxy: None,
            root_certificates: Vec::new(),
        }
    }
}

/// Leaves out the proxy, whose address may hold a password.
impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("connect_timeout", &self.connect_timeout)
            .field("try_timeout", &self.try_timeout)
            .field("pool_idle_timeout", &self.pool_idle_timeout)
            .field("user_agent", &self.user_agent)
            .finish_non_exhaustive()
    }
}

/// TLS that trusts nobody, for the client that never uses it: reqwest would look for the platform's root
/// certificates otherwise.
fn without_roots() -> Result<ClientConfig, Error> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| Error::Tls(error.into()))?;
    Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}

/// An error and its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// TLS 1.2 and 1.3 with the platform's root certificates and `roots`.
fn tls(
    provider: Arc<CryptoProvider>,
    roots: Vec<CertificateDer<'static>>,
) -> Result<ClientConfig, rustls::Error> {
    let verifier = Verifier::new_with_extra_roots(roots, Arc::clone(&provider))?;
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous() // The name of the way to any verifier that is not a plain list of roots.
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    // The handshake, too, says that only HTTP/1.1 is spoken.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
