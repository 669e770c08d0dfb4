//! Encrypted connections, to clients that check the certificate.

use std::net::SocketAddr;
use std::sync::Arc;

use eventhub_local::{Error, LocalEventHub, Tls};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::client::{Answer, KEY, KEY_NAME, LOOPBACK, builder, read_answer, token};

async fn local() -> LocalEventHub {
    let builder = builder().tls(Tls::generated()).amqp(LOOPBACK);
    builder.serve(LOOPBACK).await.expect("a certificate is made")
}

/// Connects as a client that trusts a certificate alone, and expects this name.
async fn connect(
    address: SocketAddr,
    trusted: &str,
    name: &'static str,
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    let certificate = CertificateDer::from_pem_slice(trusted.as_bytes()).expect("it is PEM");
    roots.add(certificate).expect("it is a certificate");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the versions are known")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::try_from(name).expect("it is a name");
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

async fn post(local: &LocalEventHub, body: &[u8]) -> Answer {
    let trusted = local.certificate_pem().expect("it has a certificate");
    let mut stream = connect(local.address(), trusted, "127.0.0.1").await.expect("it is trusted");
    let head = format!(
        "POST /accounts/messages HTTP/1.1\r\nHost: {}\r\nAuthorization: {}\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        local.address(),
        token(local, "/accounts"),
        body.len(),
    );
    stream.write_all(&[head.as_bytes(), body].concat()).await.expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("it answers");
    read_answer(&answer)
}

#[tokio::test]
async fn events_are_sent_over_encrypted_connections() {
    let local = local().await;
    assert!(local.origin().starts_with("https://127.0.0.1:"), "{}", local.origin());
    let large = vec![b'x'; 900_000];
    for body in [&b"small"[..], &large] {
        assert_eq!(post(&local, body).await.status_line, "HTTP/1.1 201 Created");
    }
    let events = local.events("accounts").unwrap();
    let lengths: Vec<_> = events.iter().map(|it| it.body.len()).collect();
    assert_eq!(lengths, [5, 900_000]);
}

#[tokio::test]
async fn the_certificate_is_for_the_names_of_this_machine_alone() {
    let local = local().await;
    let trusted = local.certificate_pem().unwrap();
    for name in ["localhost", "127.0.0.1", "::1"] {
        connect(local.address(), trusted, name).await.unwrap();
    }
    connect(local.address(), trusted, "contoso.example").await.unwrap_err();
    let other = self::local().await;
    connect(local.address(), other.certificate_pem().unwrap(), "localhost").await.unwrap_err();
}

#[tokio::test]
async fn amqp_and_its_sasl_are_encrypted() {
    let local = local().await;
    let trusted = local.certificate_pem().unwrap();
    let address = local.amqp_address().unwrap();
    let mut stream = connect(address, trusted, "localhost").await.unwrap();
    stream.write_all(b"AMQP\x03\x01\x00\x00").await.unwrap();
    let mut header = [0; 8];
    stream.read_exact(&mut header).await.unwrap();
    assert_eq!(&header, b"AMQP\x03\x01\x00\x00");
    let mechanisms = frame(&mut stream).await;
    assert!(mechanisms.windows(5).any(|it| it == b"PLAIN"), "{mechanisms:02x?}");

    let init = |key: &str| {
        let response = format!("\0{KEY_NAME}\0{key}");
        let fields = [&[0xa3, 5][..], b"PLAIN", &[0xa0, response.len() as u8], response.as_bytes()];
        let fields = fields.concat();
        let list = [&[0xc0, fields.len() as u8 + 1, 2][..], &fields].concat();
        let body = [&[0x00, 0x53, 0x41][..], &list].concat();
        [&(body.len() as u32 + 8).to_be_bytes()[..], &[2, 1, 0, 0], &body].concat()
    };
    stream.write_all(&init(KEY.reveal())).await.unwrap();
    // The outcome has the code 0.
    let outcome = frame(&mut stream).await;
    assert_eq!(outcome[..3], [0x00, 0x53, 0x44]);
    assert!(outcome.windows(2).any(|it| it == [0x50, 0x00]), "{outcome:02x?}");
    stream.write_all(b"AMQP\x00\x01\x00\x00").await.unwrap();
    stream.read_exact(&mut header).await.unwrap();
    assert_eq!(&header, b"AMQP\x00\x01\x00\x00");
}

/// The body of the next frame.
async fn frame(stream: &mut TlsStream<TcpStream>) -> Vec<u8> {
    let length = stream.read_u32().await.expect("a frame comes");
    let mut rest = vec![0; length as usize - 4];
    stream.read_exact(&mut rest).await.expect("the frame is whole");
    rest.split_off(4)
}

#[tokio::test]
async fn connection_strings_are_for_clients_that_encrypt() {
    let local = local().await;
    for connection in [local.connection_string("tiny"), local.amqp_connection_string("tiny")] {
        let connection = connection.unwrap();
        assert!(!connection.endpoint().is_emulator());
        assert!(connection.endpoint().origin().starts_with("https://127.0.0.1:"));
        assert!(!connection.to_secret_string().contains("UseDevelopmentEmulator"));
    }
}

#[tokio::test]
async fn a_client_that_does_not_encrypt_does_not_harm_the_others() {
    let local = local().await;
    for address in [local.address(), local.amqp_address().unwrap()] {
        let mut plain = TcpStream::connect(address).await.unwrap();
        plain.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        let mut answer = Vec::new();
        // An alert of TLS, and the end.
        let _ = plain.read_to_end(&mut answer).await;
        assert!(!answer.starts_with(b"HTTP") && !answer.starts_with(b"AMQP"), "{answer:02x?}");
    }
    assert_eq!(post(&local, b"x").await.status_line, "HTTP/1.1 201 Created");
}

#[tokio::test]
async fn a_generated_certificate_is_kept_with_the_events() {
    let folder = tempfile::tempdir().unwrap();
    let new = || builder().tls(Tls::generated()).data(folder.path());
    let local = new().serve(LOOPBACK).await.unwrap();
    let certificate = local.certificate_pem().unwrap().to_owned();
    local.shutdown().await;
    // Also while another is served, or none.
    builder().data(folder.path()).serve(LOOPBACK).await.unwrap().shutdown().await;
    let local = new().serve(LOOPBACK).await.unwrap();
    assert_eq!(local.certificate_pem(), Some(&*certificate));
    post(&local, b"x").await;
}

#[tokio::test]
async fn a_certificate_can_be_given() {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let other = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let tls = Tls::pem(&*certificate, &*key).unwrap();
    assert!(!format!("{tls:?}").contains("PRIVATE"));
    let local = builder().tls(tls).serve(LOOPBACK).await.unwrap();
    assert_eq!(local.certificate_pem(), Some(&*certificate));
    assert_eq!(post(&local, b"x").await.status_line, "HTTP/1.1 201 Created");

    let foreign = other.signing_key.serialize_pem();
    for (certificate, key) in [
        ("", &*key),
        ("x", &key),
        (&certificate, ""),
        (&certificate, &certificate),
        (&certificate, &foreign),
    ] {
        let error = Tls::pem(certificate, key).unwrap_err();
        assert!(matches!(error, Error::Certificate { .. }), "{error:?}");
        assert!(!error.to_string().contains("PRIVATE"), "{error}");
    }
}
