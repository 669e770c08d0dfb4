//! Ways to send the same body.

use std::sync::Arc;

use azure_sas::{ConnectionString, SharedAccessKey, Signer, Token};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use eventhub_rest::{Batch, BatchBuilder, Client, Event, Hub, batch_request, send_request};
use http::{HeaderMap, Request};
use reqwest::Url;
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use xrm_benches::Body;
use xrm_body::MessageFormat;

use crate::server::{Scheme, Server};

const KEY: &str = "r9rdIglXNiIPN2Lgj/HyhgOuq+aGht0qH3n+/lYQhfo=";
/// 2026-01-01.
const EXPIRES: DateTime<Utc> = DateTime::from_timestamp(1_767_225_600, 0).unwrap();

pub trait Contender: Clone + Send + Sync + 'static {
    /// How many events a request carries.
    const EVENTS: usize;

    /// Makes one request and waits for its answer, which must be 201.
    fn send(&self) -> impl Future<Output = ()> + Send;
}

/// The hub on the server. The emulator's flag makes the address a plain one.
pub fn hub(server: &Server, scheme: Scheme) -> Hub {
    let port = server.port;
    let emulator = scheme == Scheme::Plain;
    let text = format!(
        "Endpoint=sb://localhost:{port};SharedAccessKeyName=send;SharedAccessKey={KEY};\
         EntityPath=orders;UseDevelopmentEmulator={emulator}"
    );
    let connection: ConnectionString = text.parse().expect("the connection string is well-formed");
    Hub::try_from(&connection).expect("it names a hub")
}

pub fn client(server: &Server) -> Client {
    let builder = Client::builder().root_certificate_pem(server.certificate.0.clone());
    builder.build().expect("the certificate is well-formed")
}

pub fn event(body: Body) -> Event {
    let body = body.encoded(MessageFormat::Json);
    Event::new(body, "application/json").expect("the content type is well-formed")
}

fn batch(event: &Event) -> Batch {
    let mut builder = BatchBuilder::new(usize::MAX);
    for _ in 0..BATCH {
        builder.try_add(event).expect("there is no limit");
    }
    builder.take().expect("it has events")
}

fn token(hub: &Hub) -> Token {
    let key = SharedAccessKey::new(KEY).expect("the key is plain text");
    Signer::new("send", &key).expect("the name is plain text").sign(hub.resource(), EXPIRES)
}

/// How many events a batch has.
const BATCH: usize = 64;

/// reqwest with its address, headers and body prepared; the body is that of so many events.
#[derive(Clone)]
pub struct Bare<const EVENTS: usize> {
    http: reqwest::Client,
    url: Url,
    headers: HeaderMap,
    body: Bytes,
}

/// One event.
pub type BareSingle = Bare<1>;

/// A batch of 64 events: what batches would reach if making one took no time.
pub type BareBatch = Bare<BATCH>;

impl BareSingle {
    pub fn new(server: &Server, scheme: Scheme, body: Body) -> Self {
        let hub = hub(server, scheme);
        Self::of(server, send_request(&hub, &event(body), &token(&hub)))
    }
}

impl BareBatch {
    pub fn new(server: &Server, scheme: Scheme, body: Body) -> Self {
        let hub = hub(server, scheme);
        Self::of(server, batch_request(&hub, &batch(&event(body)), &token(&hub)))
    }
}

impl<const EVENTS: usize> Bare<EVENTS> {
    fn of(server: &Server, request: Request<Bytes>) -> Self {
        let (parts, body) = request.into_parts();
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(trust(server))
            .http1_only()
            .no_proxy()
            .build()
            .expect("the options are well-formed");
        let url = parts.uri.to_string().parse().expect("a URI is a URL");
        Self { http, url, headers: parts.headers, body }
    }
}

impl<const EVENTS: usize> Contender for Bare<EVENTS> {
    const EVENTS: usize = EVENTS;

    async fn send(&self) {
        let request = self.http.post(self.url.clone()).headers(self.headers.clone());
        let response = request.body(self.body.clone()).send().await.expect("the server answers");
        assert_eq!(response.status(), 201);
        response.bytes().await.expect("the answer is whole");
    }
}

fn trust(server: &Server) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(server.certificate.1.clone()).expect("the certificate is well-formed");
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has the usual versions")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

/// [`Client::send`].
#[derive(Clone)]
pub struct Single {
    client: Client,
    hub: Hub,
    event: Event,
    token: Arc<Token>,
}

impl Single {
    pub fn new(server: &Server, scheme: Scheme, body: Body) -> Self {
        let hub = hub(server, scheme);
        let token = Arc::new(token(&hub));
        Self { client: client(server), hub, event: event(body), token }
    }
}

impl Contender for Single {
    const EVENTS: usize = 1;

    async fn send(&self) {
        let verdict = self.client.send(&self.hub, &self.event, &self.token).await;
        assert!(verdict.is_accepted(), "{verdict}");
    }
}

/// [`Client::send_batch`] of 64 events; making the batch is a part of it.
#[derive(Clone)]
pub struct Batched(Single);

impl Batched {
    pub fn new(server: &Server, scheme: Scheme, body: Body) -> Self {
        Self(Single::new(server, scheme, body))
    }
}

impl Contender for Batched {
    const EVENTS: usize = BATCH;

    async fn send(&self) {
        let Single { client, hub, event, token } = &self.0;
        let verdict = client.send_batch(hub, &batch(event), token).await;
        assert!(verdict.is_accepted(), "{verdict}");
    }
}
