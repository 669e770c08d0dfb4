//! The stream to a namespace: TCP, or TLS over it.

use std::io;
use std::sync::Arc;

use azure_sas::Endpoint;
use rustls::ClientConfig;
use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use rustls_platform_verifier::Verifier;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::error::Error;

/// The ports of AMQP, over TLS and in plain text.
const TLS_PORT: u16 = 5671;
const PLAIN_PORT: u16 = 5672;

/// A stream to a namespace.
pub(super) trait Stream: AsyncRead + AsyncWrite + std::fmt::Debug + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + std::fmt::Debug + Send + Unpin> Stream for S {}

/// Where a namespace is, and how it is reached.
pub(super) struct Address {
    /// As the endpoint has it: an IPv6 address is in brackets.
    pub(super) host: String,
    port: u16,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl Address {
    pub(super) fn new(
        endpoint: &Endpoint,
        config: Option<Arc<ClientConfig>>,
    ) -> Result<Self, Error> {
        let host = endpoint.host().to_owned();
        if endpoint.is_emulator() {
            return Ok(Self { host, port: endpoint.port().unwrap_or(PLAIN_PORT), tls: None });
        }
        let wrong = |error: &dyn std::fmt::Display| Error::Options(error.to_string());
        let config = match config {
            Some(config) => config,
            None => Arc::new(client_config().map_err(|it| wrong(&it))?),
        };
        let name = host.trim_matches(['[', ']']).to_owned();
        let name = ServerName::try_from(name).map_err(|it| wrong(&it))?;
        let tls = Some((TlsConnector::from(config), name));
        Ok(Self { host, port: endpoint.port().unwrap_or(TLS_PORT), tls })
    }

    pub(super) async fn connect(&self) -> io::Result<Box<dyn Stream>> {
        let stream = TcpStream::connect((self.host.trim_matches(['[', ']']), self.port)).await?;
        // Small frames would wait for the acknowledgment of the one before them (Nagle's algorithm).
        stream.set_nodelay(true)?;
        match &self.tls {
            Some((connector, name)) => Ok(Box::new(connector.connect(name.clone(), stream).await?)),
            None => Ok(Box::new(stream)),
        }
    }
}

/// TLS as the rest of the workspace has it: *ring*, and the platform's roots.
fn client_config() -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(ring::default_provider());
    let verifier = Verifier::new(Arc::clone(&provider))?;
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(endpoint: &str) -> Address {
        Address::new(&endpoint.parse().unwrap(), None).unwrap()
    }

    #[test]
    fn azure_is_reached_over_tls_and_an_emulator_in_plain_text() {
        let azure = address("sb://contoso.servicebus.windows.net/");
        assert!(azure.tls.is_some() && azure.port == 5671);
        assert_eq!(address("sb://contoso.example:8443").port, 8443);
        let emulator = "sb://localhost".parse::<Endpoint>().unwrap().into_emulator().unwrap();
        let emulator = Address::new(&emulator, None).unwrap();
        assert!(emulator.tls.is_none() && emulator.port == 5672);
        assert!(
            address("sb://[::1]:5671").tls.is_some(),
            "an address is a name in certificates too"
        );
    }
}
