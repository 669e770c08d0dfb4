//! A server in this process that takes everything, on a thread of its own.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;

use http::{Request, Response, StatusCode};
use hyper::body::{Body, Incoming};
use hyper::rt::{Read, Write};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio_rustls::TlsAcceptor;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    Plain,
    Tls,
}

pub struct Server {
    pub port: u16,
    /// As PEM and as DER; that of a plain server is never asked for.
    pub certificate: (String, CertificateDer<'static>),
    _runtime: Runtime,
}

impl Server {
    pub fn start(scheme: Scheme) -> Self {
        let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()])
            .expect("the name is well-formed");
        let certificate = certified.cert.der().clone();
        let key = PrivateKeyDer::Pkcs8(certified.signing_key.serialize_der().into());
        let tls = (scheme == Scheme::Tls).then(|| acceptor(certificate.clone(), key));
        let runtime = runtime();
        let listener = runtime
            .block_on(TcpListener::bind(("127.0.0.1", 0)))
            .expect("the machine has a free port");
        let port = listener.local_addr().expect("it is bound").port();
        runtime.spawn(accept(listener, tls));
        Self { port, certificate: (certified.cert.pem(), certificate), _runtime: runtime }
    }
}

/// A runtime of one thread.
pub fn runtime() -> Runtime {
    let mut builder = Builder::new_multi_thread();
    let builder = builder.worker_threads(1).enable_all();
    builder.build().expect("the machine has room for a thread")
}

fn acceptor(certificate: CertificateDer<'static>, key: PrivateKeyDer<'static>) -> TlsAcceptor {
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has the usual versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("the key is that of the certificate");
    TlsAcceptor::from(Arc::new(config))
}

async fn accept(listener: TcpListener, tls: Option<TlsAcceptor>) {
    loop {
        let (stream, _) = listener.accept().await.expect("the listener lives");
        stream.set_nodelay(true).expect("it is a TCP stream");
        match tls.clone() {
            None => drop(tokio::spawn(serve(TokioIo::new(stream)))),
            Some(tls) => drop(tokio::spawn(async move {
                let stream = tls.accept(stream).await.expect("the client trusts the certificate");
                serve(TokioIo::new(stream)).await;
            })),
        }
    }
}

async fn serve(stream: impl Read + Write + Unpin) {
    let serving = http1::Builder::new().serve_connection(stream, service_fn(answer));
    // The client is gone when the measurement is over.
    let _ = serving.await;
}

async fn answer(mut request: Request<Incoming>) -> Result<Response<String>, Infallible> {
    let mut body = Pin::new(request.body_mut());
    while let Some(Ok(_)) = poll_fn(|context| body.as_mut().poll_frame(context)).await {}
    let mut response = Response::default();
    *response.status_mut() = StatusCode::CREATED;
    Ok(response)
}
