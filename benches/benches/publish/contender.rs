//! Ways to post a context.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use azure_sas::{ConnectionString, Renewal, SharedAccessKey, Signer, Token};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::HeaderMap;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::Url;
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use xrm_benches::baseline::{self, json};
use xrm_body::{EncodeOptions, MessageFormat, encode_with};
use xrm_context::RemoteExecutionContext;
use xrm_eventhub::rest::{Client, Hub};
use xrm_eventhub::{Publisher, StatusCode};

use crate::sample::Sample;
use crate::server::{Scheme, Server};

const KEY: &str = "r9rdIglXNiIPN2Lgj/HyhgOuq+aGht0qH3n+/lYQhfo=";
/// 2026-01-01.
const NOW: DateTime<Utc> = DateTime::from_timestamp(1_767_225_600, 0).unwrap();

/// How many contexts `publish_many` is given at once.
pub const MANY: usize = 64;

pub trait Contender: Clone + Send + Sync + 'static {
    /// Posts, waits for the answer, which must be a success, and returns the number of contexts.
    fn post(&self) -> impl Future<Output = usize> + Send;
}

/// The connection string of the hub on the server. The emulator's flag makes the address a plain one.
pub fn connection(server: &Server, scheme: Scheme) -> ConnectionString {
    let (port, emulator) = (server.port, scheme == Scheme::Plain);
    let text = format!(
        "Endpoint=sb://localhost:{port};SharedAccessKeyName=send;SharedAccessKey={KEY};\
         EntityPath=orders;UseDevelopmentEmulator={emulator}"
    );
    text.parse().expect("the connection string is well-formed")
}

/// reqwest, with its address prepared, and a token that is signed once.
#[derive(Clone)]
struct Http {
    client: reqwest::Client,
    url: Url,
    tokens: Arc<Renewal>,
    content_type: HeaderValue,
}

impl Http {
    fn new(server: &Server, scheme: Scheme, format: MessageFormat) -> Self {
        let hub = Hub::try_from(&connection(server, scheme)).expect("it names a hub");
        let key = SharedAccessKey::new(KEY).expect("the key is plain text");
        let signer = Signer::new("send", &key).expect("the name is plain text");
        let tokens =
            Renewal::new(signer, hub.resource().clone(), Renewal::LIFETIME, Renewal::MARGIN)
                .expect("the lifetime is longer than the margin");
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(trust(server))
            .http1_only()
            .no_proxy()
            .build()
            .expect("the options are well-formed");
        Self {
            client,
            url: hub.messages().to_string().parse().expect("a URI is a URL"),
            tokens: Arc::new(tokens),
            content_type: HeaderValue::from_static(format.content_type()),
        }
    }

    fn headers(&self) -> HeaderMap {
        let token: Arc<Token> = self.tokens.token_at(NOW);
        let authorization = HeaderValue::from_str(token.authorization()).expect("it is ASCII");
        let content_type = self.content_type.clone();
        [(AUTHORIZATION, authorization), (CONTENT_TYPE, content_type)].into_iter().collect()
    }

    async fn post(&self, headers: HeaderMap, body: Bytes) -> usize {
        let request = self.client.post(self.url.clone()).headers(headers).body(body);
        let response = request.send().await.expect("the server answers");
        assert_eq!(response.status(), 201);
        response.bytes().await.expect("the answer is whole");
        1
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

/// Headers and body prepared.
#[derive(Clone)]
pub struct Prepared(Http, HeaderMap, Bytes);

impl Prepared {
    pub fn new(server: &Server, scheme: Scheme, sample: Sample) -> Self {
        let http = Http::new(server, scheme, sample.format);
        let headers = http.headers();
        Self(http, headers, sample.body().into())
    }
}

impl Contender for Prepared {
    async fn post(&self) -> usize {
        self.0.post(self.1.clone(), self.2.clone()).await
    }
}

/// The context encoded by `xrm-body` each time.
#[derive(Clone)]
pub struct Encoded(Http, Arc<RemoteExecutionContext>, EncodeOptions);

impl Encoded {
    pub fn new(server: &Server, scheme: Scheme, sample: Sample) -> Self {
        let http = Http::new(server, scheme, sample.format);
        Self(http, Arc::new(sample.context()), EncodeOptions::new(sample.format))
    }
}

impl Contender for Encoded {
    async fn post(&self) -> usize {
        let mut body = Vec::new();
        encode_with(&self.1, &self.2, &mut body).expect("it has a body in either format");
        self.0.post(self.0.headers(), body.into()).await
    }
}

/// What a user would write: structs of the same shape, written by `serde_json`. There is no such
/// thing for XML.
#[derive(Clone)]
pub struct Serde(Http, Arc<baseline::RemoteExecutionContext>);

impl Serde {
    pub fn new(server: &Server, scheme: Scheme, sample: Sample) -> Option<Self> {
        let http = Http::new(server, scheme, sample.format);
        let is_json = sample.format == MessageFormat::Json;
        let context = is_json.then(|| json::decode(&sample.body()).expect("it is JSON"))?;
        Some(Self(http, Arc::new(context)))
    }
}

impl Contender for Serde {
    async fn post(&self) -> usize {
        let body = serde_json::to_vec(&*self.1).expect("it is JSON");
        self.0.post(self.0.headers(), body.into()).await
    }
}

/// [`Publisher::publish_context`] with its default options.
#[derive(Clone)]
pub struct Published(Publisher, Arc<RemoteExecutionContext>);

impl Published {
    pub fn new(server: &Server, scheme: Scheme, sample: Sample) -> Self {
        Self(publisher(server, scheme, sample.format), Arc::new(sample.context()))
    }
}

impl Contender for Published {
    async fn post(&self) -> usize {
        let job = self.0.publish_context(&self.1).await.expect("the store in memory records it");
        assert_eq!(job.status(), StatusCode::Succeeded);
        1
    }
}

/// [`Publisher::publish_many`], in batches.
#[derive(Clone)]
pub struct PublishedMany(Published);

impl PublishedMany {
    pub fn new(server: &Server, scheme: Scheme, sample: Sample) -> Self {
        Self(Published::new(server, scheme, sample))
    }
}

impl Contender for PublishedMany {
    async fn post(&self) -> usize {
        let contexts = std::iter::repeat_n(&*self.0.1, MANY);
        let jobs = self.0.0.publish_many(contexts).await.expect("the store in memory records them");
        assert!(jobs.iter().all(|it| it.status() == StatusCode::Succeeded));
        MANY
    }
}

fn publisher(server: &Server, scheme: Scheme, format: MessageFormat) -> Publisher {
    Publisher::builder(connection(server, scheme))
        .message_format(format)
        .transport(client(server))
        .build()
        .expect("the connection string names a hub")
}

pub fn client(server: &Server) -> Client {
    let builder = Client::builder().root_certificate_pem(server.certificate.0.clone());
    builder.build().expect("the certificate is well-formed")
}

/// Counts contexts that were posted.
#[derive(Default)]
pub struct Count(AtomicUsize);

impl Count {
    pub fn add(&self, contexts: usize) {
        self.0.fetch_add(contexts, Ordering::Relaxed);
    }

    pub fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}
