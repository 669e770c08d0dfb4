//! TLS: whose certificate the local hub shows, and the encrypted connection.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use rcgen::{CertificateParams, DnType, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;
use zeroize::Zeroizing;

use crate::error::Error;

/// The certificate by which a local hub is known to its clients, for [`Builder::tls`](crate::Builder::tls).
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use eventhub_local::{LocalEventHub, Tls};
///
/// let loopback = ([127, 0, 0, 1], 0);
/// let builder = LocalEventHub::builder().hub("accounts", 4).tls(Tls::generated()).amqp(loopback);
/// let local = builder.serve(loopback).await?;
/// let for_clients_to_trust = local.certificate_pem().expect("it has one");
/// assert!(for_clients_to_trust.starts_with("-----BEGIN CERTIFICATE-----"));
/// assert!(!local.connection_string("accounts")?.endpoint().is_emulator());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Tls(Source);

#[derive(Clone)]
enum Source {
    Generated,
    Given { certificates: String, key: Zeroizing<String> },
}

impl Tls {
    /// A certificate that the local hub makes for itself. It is valid for `localhost`, `127.0.0.1`, `::1`
    /// and the addresses that are served, and it is no authority: who trusts it trusts this local hub, and
    /// nothing that anybody signs. With [data](crate::Builder::data), it is kept there with its key.
    #[must_use]
    pub const fn generated() -> Self {
        Self(Source::Generated)
    }

    /// A certificate in PEM, with those between it and its authority after it, and its private key
    /// (PKCS#8, PKCS#1 or SEC1).
    ///
    /// # Errors
    ///
    /// [`Error::Certificate`] if there is no certificate or no key, or the key is another certificate's.
    pub fn pem(certificates: impl Into<String>, key: impl Into<String>) -> Result<Self, Error> {
        let (certificates, key) = (certificates.into(), Zeroizing::new(key.into()));
        config(&certificates, &key)?;
        Ok(Self(Source::Given { certificates, key }))
    }

    /// The certificate that is used, for these addresses. `kept` is that of an earlier local hub.
    pub(crate) fn identity(
        self,
        addresses: &[SocketAddr],
        kept: Option<Identity>,
    ) -> Result<Identity, Error> {
        match self.0 {
            Source::Given { certificates, key } => {
                Ok(Identity { certificates, key, names: Vec::new() })
            }
            Source::Generated => {
                let names = names(addresses);
                let is_enough = |it: &Identity| names.iter().all(|name| it.names.contains(name));
                kept.filter(is_enough).map_or_else(|| generate(names), Ok)
            }
        }
    }
}

/// Without the key, and without the certificate, which is long.
impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Source::Generated => "Tls(generated)",
            Source::Given { .. } => "Tls(given)",
        })
    }
}

/// A certificate in PEM with its key.
#[derive(Clone)]
pub(crate) struct Identity {
    pub(crate) certificates: String,
    pub(crate) key: Zeroizing<String>,
    /// The names of one that was generated.
    pub(crate) names: Vec<String>,
}

impl Identity {
    /// What accepts connections with the certificate. A client that names protocols (RFC 7301) must name
    /// `protocol`, if there is one.
    pub(crate) fn acceptor(&self, protocol: Option<&[u8]>) -> Result<TlsAcceptor, Error> {
        let mut config = config(&self.certificates, &self.key)?;
        config.alpn_protocols.extend(protocol.map(<[u8]>::to_vec));
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

/// What the doors of a local hub encrypt with.
pub(crate) struct Encryption {
    pub(crate) rest: TlsAcceptor,
    pub(crate) amqp: TlsAcceptor,
    /// In PEM.
    pub(crate) certificate: String,
}

impl Encryption {
    pub(crate) fn new(identity: Identity) -> Result<Self, Error> {
        Ok(Self {
            rest: identity.acceptor(Some(b"http/1.1"))?,
            amqp: identity.acceptor(None)?,
            certificate: identity.certificates,
        })
    }
}

/// The names by which the addresses are called.
fn names(addresses: &[SocketAddr]) -> Vec<String> {
    let mut names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).to_vec();
    for ip in addresses.iter().map(SocketAddr::ip).filter(|it| !it.is_unspecified()) {
        let name = ip.to_string();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Makes a key and a certificate, by the randomness of the machine. It is valid at any time, because the
/// clock of a local hub may be any, and what it opens is a test's.
fn generate(names: Vec<String>) -> Result<Identity, Error> {
    let failed = |error: rcgen::Error| Error::Certificate { what: error.to_string() };
    let key = KeyPair::generate().map_err(failed)?;
    let mut params = CertificateParams::new(names.clone()).map_err(failed)?;
    params.distinguished_name.push(DnType::CommonName, "eventhub-local");
    let certificate = params.self_signed(&key).map_err(failed)?;
    Ok(Identity {
        certificates: certificate.pem(),
        key: Zeroizing::new(key.serialize_pem()),
        names,
    })
}

fn config(certificates: &str, key: &str) -> Result<ServerConfig, Error> {
    let failed = |what: &str| Error::Certificate { what: what.to_owned() };
    let chain: Vec<_> = CertificateDer::pem_slice_iter(certificates.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|_| failed("the certificate is not PEM"))?;
    if chain.is_empty() {
        return Err(failed("there is no certificate in the PEM"));
    }
    // The error could quote the key.
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes())
        .map_err(|_| failed("there is no private key in the PEM"))?;
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(&error.to_string()))?;
    let config = builder.with_no_client_auth().with_single_cert(chain, key);
    config.map_err(|error| failed(&error.to_string()))
}
