//! The connection to a local hub, encrypted if its address says so.

use std::io;
use std::sync::Arc;

use http::uri::Scheme;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use rustls_platform_verifier::Verifier;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::error::{Error, OrError as _};

/// Connects to a host and a port, over TLS for `https`.
pub(crate) async fn connect(
    scheme: &Scheme,
    host: &str,
    authority: &str,
) -> Result<SendRequest<String>, Error> {
    let stream = TcpStream::connect(authority).await;
    let stream = stream.or_failed(format_args!("no local hub answers at {authority}"))?;
    let sender = if *scheme == Scheme::HTTPS {
        let what = format!("no local hub that is trusted answers at {authority}");
        handshake(encrypted(stream, host).await.or_failed(what)?).await
    } else {
        handshake(stream).await
    };
    sender.or_failed(format_args!("the connection to the local hub at {authority} broke"))
}

async fn handshake(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
) -> hyper::Result<SendRequest<String>> {
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // It ends with the exchange, and what goes wrong on it goes wrong with the exchange too.
    tokio::spawn(connection);
    Ok(sender)
}

/// Trusts the root certificates of the machine, or those in the file that `SSL_CERT_FILE` names, as the
/// commands that send do.
async fn encrypted(
    stream: TcpStream,
    host: &str,
) -> io::Result<impl AsyncRead + AsyncWrite + Send + Unpin + use<>> {
    let provider = Arc::new(ring::default_provider());
    let verifier = Verifier::new(Arc::clone(&provider)).map_err(io::Error::other)?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .dangerous() // The name of the way to any verifier that is not a plain list of roots.
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    let name = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let name = ServerName::try_from(name).map_err(io::Error::other)?;
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}
