//! Connections through TLS.

use std::sync::Arc;

use rcgen::generate_simple_self_signed;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;
use xrm_jobs::{Error, StoreError, StoreErrorKind};

use crate::database::{Database, insert};
use crate::proxy::Proxy;

crate::tests!(
    a_certificate_has_to_be_trusted,
    a_server_without_tls_is_refused_where_it_is_required
);

async fn a_certificate_has_to_be_trusted(database: Database) {
    let certified = generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
    let key = PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der());
    let tls = acceptor(certified.cert.der().clone(), key.into());
    let proxy = Proxy::with_tls(&database.server, tls).await;
    let connection = format!("{} sslmode=require", proxy.connection());

    let refused = database.options().open(&connection).await;
    assert_eq!(kind(&refused), Some(StoreErrorKind::Unavailable), "{refused:?}");

    let trusting = database.options().root_certificates(certified.cert.pem());
    let store = trusting.open(&connection).await.expect("the certificate is trusted");
    insert(&store, 2).await;
}

fn acceptor(certificate: CertificateDer<'static>, key: PrivateKeyDer<'static>) -> TlsAcceptor {
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions that ring knows")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("a key that fits");
    Arc::new(config).into()
}

async fn a_server_without_tls_is_refused_where_it_is_required(database: Database) {
    let connection = format!("{} sslmode=require", database.server);
    let refused = database.options().open(&connection).await;
    assert_eq!(kind(&refused), Some(StoreErrorKind::Unavailable), "{refused:?}");
    let damaged = database.options().root_certificates("-----BEGIN CERTIFICATE-----\n!");
    assert_eq!(kind(&damaged.open(&database.server).await), Some(StoreErrorKind::Options));
}

fn kind<T>(answer: &Result<T, Error>) -> Option<StoreErrorKind> {
    answer.as_ref().err().and_then(Error::store_error).map(StoreError::kind)
}
