//! The client against a server that answers, fails and lies byte for byte.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use eventhub_rest::{
    Batch, Client, ClientBuilder, Error, Event, Hub, InvalidReason, NoAnswerKind, Refusal,
    Transport, Verdict,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::server::{Act, Server, read_request};
use crate::{KEY, at, hub, local_hub, token};

const CREATED: &str = "HTTP/1.1 201 Created\r\nContent-Type: application/xml; charset=utf-8\r\n\
    Server: Microsoft-HTTPAPI/2.0\r\nContent-Length: 0\r\n\r\n";

const CREATED_CHUNKED: &str = "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\
    Strict-Transport-Security: max-age=31536000\r\n\r\n0\r\n\r\n";

async fn send(client: &Client, hub: &Hub) -> Verdict {
    let event = Event::new("{}", "application/json").unwrap().with_property("Kind", "a").unwrap();
    client.send(hub, &event, &token(hub.resource())).await
}

async fn send_to(server: &Server) -> Verdict {
    send(&Client::new().unwrap(), &local_hub(server.port)).await
}

fn refusal(verdict: Verdict) -> Refusal {
    match verdict {
        Verdict::Refused(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}

/// Checks the kind of failure, and that its words give nothing away.
fn check_no_answer(verdict: &Verdict, kind: NoAnswerKind) {
    let Verdict::NoAnswer(no_answer) = verdict else { panic!("{verdict:?}") };
    assert_eq!(no_answer.kind, kind, "{no_answer}");
    for secret in ["orders", "Signature", KEY, "127.0.0.1/"] {
        assert!(!format!("{verdict} {verdict:?}").contains(secret), "{verdict:?}");
    }
}

#[tokio::test]
async fn created_is_accepted_however_it_is_framed() {
    for answer in [CREATED, CREATED_CHUNKED] {
        let server = Server::start(&[&[Act::Answer(answer)]]).await;
        assert_eq!(send_to(&server).await, Verdict::Accepted);
    }
}

#[tokio::test]
async fn the_request_is_the_one_that_was_made() {
    let server = Server::start(&[&[Act::Answer(CREATED)]]).await;
    let port = server.port;
    let client = Client::builder().user_agent("till/7").build().unwrap();
    assert!(send(&client, &local_hub(port)).await.is_accepted());
    let authorization = token(local_hub(port).resource()).authorization().to_owned();
    let mut requests = server.requests().await;
    let request = requests.pop().unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let mut lines: Vec<_> = head.lines().collect();
    assert_eq!(lines.remove(0), "POST /orders/messages?timeout=60&api-version=2014-01 HTTP/1.1");
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "accept: */*",
            &format!("authorization: {authorization}"),
            "content-length: 2",
            "content-type: application/json",
            &format!("host: 127.0.0.1:{port}"),
            "kind: a",
            "user-agent: till/7",
        ]
    );
    assert_eq!(body, "{}");
    assert!(requests.is_empty());
}

#[tokio::test]
async fn a_batch_is_posted_to_the_partition() {
    let server = Server::start(&[&[Act::Answer(CREATED)]]).await;
    let hub = local_hub(server.port).partition("3").unwrap();
    let client: Box<dyn Transport> = Box::new(Client::new().unwrap());
    let batch = Batch::from_event(&Event::new("{}", "application/json").unwrap());
    let verdict = client.send_batch(&hub, &batch, &token(hub.resource())).await;
    assert_eq!(verdict, Verdict::Accepted);
    let request = server.requests().await.pop().unwrap();
    assert!(request.starts_with("POST /orders/partitions/3/messages?"), "{request}");
    assert!(request.contains("\r\ncontent-type: application/vnd.microsoft.servicebus.json\r\n"));
    assert!(request.ends_with("\r\n\r\n[{\"Body\":\"{}\"}]"), "{request}");
}

#[tokio::test]
async fn a_connection_is_used_again_whatever_the_answer_was() {
    let server = Server::start(&[&[
        Act::Answer(CREATED_CHUNKED),
        Act::Answer("HTTP/1.1 503 Busy\r\nContent-Length: 3\r\n\r\nabc"),
        Act::Answer(CREATED),
    ]])
    .await;
    let client = Client::new().unwrap();
    let hub = local_hub(server.port);
    assert!(send(&client, &hub).await.is_accepted());
    assert_eq!(refusal(send(&client, &hub).await).status(), 503);
    assert!(send(&client.clone(), &hub).await.is_accepted());
    assert_eq!(server.requests().await.len(), 3);
}

#[tokio::test]
async fn the_reason_phrase_is_kept() {
    let server = Server::start(&[&[Act::Answer(
        "HTTP/1.1 401 SubCode=40103: Invalid authorization token signature\r\n\
         Content-Length: 0\r\n\r\n",
    )]])
    .await;
    let refusal = refusal(send_to(&server).await);
    assert_eq!(refusal.status(), 401);
    assert_eq!(refusal.reason(), Some("SubCode=40103: Invalid authorization token signature"));
    assert_eq!(refusal.sub_code(), Some(40103));
}

#[tokio::test]
async fn the_body_and_the_headers_are_read() {
    let server = Server::start(&[&[Act::Answer(
        "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 9\r\n\
         Content-Type: application/xml; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n\
         1f\r\n<Error><Code>429</Code><Detail>\r\n\
         22\r\nTrackingId:1b2c_G0</Detail></Error>\r\n0\r\n\r\n",
    )]])
    .await;
    let refusal = refusal(send_to(&server).await);
    assert_eq!(refusal.code(), Some("429"));
    assert_eq!(refusal.tracking_id(), Some("1b2c_G0"));
    assert_eq!(refusal.minimum_wait(at(0)), Duration::from_secs(9));
}

#[tokio::test]
async fn a_body_that_breaks_off_leaves_the_status() {
    for answer in [
        "HTTP/1.1 403 Quota\r\nContent-Length: 99\r\n\r\n<Error><Code>1</Code>",
        "HTTP/1.1 403 Quota\r\nTransfer-Encoding: chunked\r\n\r\nnonsense",
    ] {
        let server = Server::start(&[&[Act::Answer(answer)]]).await;
        let refusal = refusal(send_to(&server).await);
        assert_eq!((refusal.status().as_u16(), refusal.reason()), (403, Some("Quota")));
    }
}

#[tokio::test]
async fn an_endless_body_is_cut() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let hub = local_hub(listener.local_addr().unwrap().port());
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        read_request(&mut stream).await;
        let head = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n\r\n";
        stream.write_all(head).await.unwrap();
        while stream.write_all(&[b'a'; 4096]).await.is_ok() {}
    });
    let refusal = refusal(send(&Client::new().unwrap(), &hub).await);
    assert_eq!(refusal.detail().map(|detail| detail.len()), Some(64 * 1024));
    server.await.unwrap();
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let server = Server::start(&[&[Act::Answer(
        "HTTP/1.1 307 Temporary Redirect\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n",
    )]])
    .await;
    assert_eq!(refusal(send_to(&server).await).status(), 307);
    assert_eq!(server.requests().await.len(), 1);
}

#[tokio::test]
async fn a_server_that_hangs_is_a_timeout() {
    let server = Server::start(&[&[Act::Hang]]).await;
    let client = Client::builder().try_timeout(Duration::from_millis(100)).build().unwrap();
    let verdict = send(&client, &local_hub(server.port)).await;
    check_no_answer(&verdict, NoAnswerKind::Timeout);
    assert!(verdict.may_be_delivered());
}

#[tokio::test]
async fn a_connection_lost_after_the_request_may_have_delivered() {
    for act in [Act::ReadAndReset, Act::Answer(""), Act::Answer("HTTP/1.1 20")] {
        let server = Server::start(&[&[act]]).await;
        let verdict = send_to(&server).await;
        check_no_answer(&verdict, NoAnswerKind::ConnectionLost);
        assert!(verdict.may_be_delivered());
        assert_eq!(server.requests().await.len(), 1, "one attempt is one request");
    }
}

#[tokio::test]
async fn a_connection_lost_before_the_request_has_not_delivered() {
    // TLS comes before the request, so what fails there was never sent.
    let server = Server::start(&[&[Act::Reset]]).await;
    let verdict =
        send(&Client::new().unwrap(), &hub(&format!("sb://127.0.0.1:{}", server.port))).await;
    check_no_answer(&verdict, NoAnswerKind::NotSent);
    assert!(verdict.is_transient() && !verdict.may_be_delivered());
}

#[tokio::test]
async fn a_connection_that_closed_while_idle_is_replaced() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let hub = local_hub(listener.local_addr().unwrap().port());
    let client = Client::new().unwrap();
    for _ in 0..2 {
        let attempt = send(&client, &hub);
        let answer = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            read_request(&mut stream).await;
            stream.write_all(CREATED.as_bytes()).await.unwrap();
            stream.shutdown().await.unwrap();
            // The end is here when the client has seen that the server closed, and did so too.
            assert_eq!(stream.read(&mut [0]).await.unwrap(), 0);
        };
        let (verdict, ()) = tokio::join!(attempt, answer);
        assert_eq!(verdict, Verdict::Accepted);
    }
}

#[tokio::test]
async fn an_answer_that_is_not_http_is_malformed() {
    let server = Server::start(&[&[Act::Answer("SSH-2.0-OpenSSH_9.2\r\n\r\n")]]).await;
    let verdict = send_to(&server).await;
    check_no_answer(&verdict, NoAnswerKind::Malformed);
    assert!(verdict.may_be_delivered());
}

#[tokio::test]
async fn a_port_where_nothing_listens_refuses() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let verdict = send(&Client::new().unwrap(), &local_hub(port)).await;
    check_no_answer(&verdict, NoAnswerKind::ConnectionRefused);
}

#[tokio::test]
async fn a_name_without_an_address_is_an_unknown_host() {
    // RFC 6761 keeps `.invalid` free of names for ever.
    let verdict = send(&Client::new().unwrap(), &hub("sb://contoso.invalid")).await;
    check_no_answer(&verdict, NoAnswerKind::UnknownHost);
}

#[tokio::test]
async fn tls_carries_an_event_to_a_trusted_server_only() {
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let trusting = Client::builder().root_certificate_pem(certified.cert.pem()).build().unwrap();
    let key = PrivateKeyDer::Pkcs8(certified.signing_key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = tokio::spawn(async move {
        let mut requests = 0;
        for _ in 0..3 {
            let (stream, _) = listener.accept().await.unwrap();
            if let Ok(mut stream) = acceptor.accept(stream).await {
                read_request(&mut stream).await;
                stream.write_all(CREATED.as_bytes()).await.unwrap();
                requests += 1;
            }
        }
        requests
    });

    let hub = hub(&format!("sb://localhost:{port}"));
    assert_eq!(send(&trusting, &hub).await, Verdict::Accepted);
    let verdict = send(&Client::new().unwrap(), &hub).await;
    check_no_answer(&verdict, NoAnswerKind::Tls);
    let other_name = crate::hub(&format!("sb://127.0.0.1:{port}"));
    check_no_answer(&send(&trusting, &other_name).await, NoAnswerKind::Tls);
    assert_eq!(server.await.unwrap(), 1);
}

#[tokio::test]
async fn a_server_without_tls_is_a_failure_of_tls() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let hub = hub(&format!("sb://127.0.0.1:{}", listener.local_addr().unwrap().port()));
    let client = Client::new().unwrap();
    let attempt = send(&client, &hub);
    let answer = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        stream
    };
    let (verdict, _stream) = tokio::join!(attempt, answer);
    check_no_answer(&verdict, NoAnswerKind::Tls);
}

#[tokio::test]
async fn a_proxy_is_asked_for_a_tunnel_and_not_for_a_loopback_host() {
    let proxy =
        Server::start(&[&[Act::Answer("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")]])
            .await;
    let url = format!("http://user:password@127.0.0.1:{}", proxy.port);
    let client = Client::builder().proxy(url).build().unwrap();

    let local = Server::start(&[&[Act::Answer(CREATED)]]).await;
    assert!(send(&client, &local_hub(local.port)).await.is_accepted());

    let verdict = send(&client, &hub("sb://contoso.invalid")).await;
    check_no_answer(&verdict, NoAnswerKind::NotSent);
    assert!(!format!("{verdict:?}").contains("password"));
    let requests = proxy.requests().await;
    let [request] = &requests[..] else { panic!("{requests:?}") };
    assert!(request.starts_with("CONNECT contoso.invalid:443 HTTP/1.1\r\n"), "{request}");
    assert!(!request.contains("SharedAccessSignature"), "{request}");
}

/// A proxy that opens tunnels to one address, whatever host it is asked for, and counts them.
async fn tunnels(to: u16) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let request = read_request(&mut client).await;
            // base64 of user:password
            let credentials = "proxy-authorization: basic dxnlcjpwyxnzd29yza==";
            if !request.to_ascii_lowercase().contains(credentials) {
                let refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n";
                client.write_all(refusal).await.unwrap();
                continue;
            }
            counted.fetch_add(1, Ordering::SeqCst);
            client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.unwrap();
            tokio::spawn(async move {
                let mut server = TcpStream::connect(("127.0.0.1", to)).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
            });
        }
    });
    (port, count)
}

#[tokio::test]
async fn an_event_goes_through_a_proxy_unless_its_host_is_an_exception() {
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(certified.signing_key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let server_port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            read_request(&mut stream).await;
            stream.write_all(CREATED.as_bytes()).await.unwrap();
        }
    });
    let (proxy_port, count) = tunnels(server_port).await;
    let hub = hub(&format!("sb://localhost:{server_port}"));

    for (user, exceptions, tunnels) in [
        ("user:password@", "contoso.invalid", Some(1)),
        ("user:password@", "localhost,contoso.invalid", Some(0)),
        ("user:password@", "*", Some(0)),
        ("", "", None),
    ] {
        count.store(0, Ordering::SeqCst);
        let variable = |name: &str| match name {
            "https_proxy" => Some(format!("http://{user}127.0.0.1:{proxy_port}")),
            "NO_PROXY" => Some(exceptions.to_owned()),
            _ => None,
        };
        let builder = Client::builder().root_certificate_pem(certified.cert.pem());
        let client = builder.proxy_in(variable).build().unwrap();
        let verdict = send(&client, &hub).await;
        assert_eq!(verdict.is_accepted(), tunnels.is_some(), "{exceptions}: {verdict:?}");
        assert_eq!(count.load(Ordering::SeqCst), tunnels.unwrap_or(0), "{exceptions}");
        assert!(!format!("{verdict:?} {client:?}").contains("password"), "{verdict:?}");
    }
}

#[tokio::test]
async fn the_client_is_a_transport() {
    let server = Server::start(&[&[Act::Answer(CREATED)]]).await;
    let hub = local_hub(server.port);
    let transport: Box<dyn Transport> = Box::new(Client::new().unwrap());
    let event = Event::new("", "text/plain").unwrap();
    let verdict = transport.send(&hub, &event, &token(hub.resource())).await;
    assert_eq!(verdict, Verdict::Accepted);
}

#[cfg(feature = "sender")]
#[tokio::test]
async fn a_sender_over_the_client_tries_again_on_the_same_connection() {
    use azure_sas::ReadyMade;
    use eventhub_rest::{ResendPolicy, Sender, StopReason};

    let busy = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";
    let wrong = "HTTP/1.1 401 SubCode=40103: Invalid authorization token signature\r\n\
        Content-Length: 0\r\n\r\n";
    let server =
        Server::start(&[&[Act::Answer(busy), Act::Answer(CREATED), Act::Answer(wrong)]]).await;
    let hub = local_hub(server.port);
    let credential = Arc::new(ReadyMade::from(token(hub.resource())));
    let policy = ResendPolicy::default().base_delay(Duration::from_millis(1));
    let sender = Sender::builder(Client::new().unwrap(), hub, credential, || at(1_000), || 0)
        .resend_policy(policy)
        .build();
    let event = Event::new("{}", "application/json").unwrap();
    let outcome = sender.send(&event).await;
    assert_eq!((outcome.verdict, outcome.attempts), (Verdict::Accepted, 2));
    let outcome = sender.send_batch(&Batch::from_event(&event)).await;
    assert_eq!((outcome.stopped, outcome.attempts), (StopReason::Lasting, 1));
    let requests = server.requests().await;
    assert_eq!((requests.len(), &requests[0]), (3, &requests[1]));
}

#[test]
fn a_malformed_option_is_refused() {
    let error = |builder: ClientBuilder| builder.build().unwrap_err();
    let agent = |agent: &str| error(Client::builder().user_agent(agent));
    assert!(matches!(agent(""), Error::UserAgent(InvalidReason::Empty)));
    assert!(matches!(agent("a\nb"), Error::UserAgent(InvalidReason::Character)));
    let root = |pem: &str| error(Client::builder().root_certificate_pem(pem));
    for pem in ["", "nonsense", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"] {
        assert!(matches!(root(pem), Error::RootCertificate), "{pem}");
    }
    let not_der = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert!(matches!(root(not_der), Error::Tls(_)));
    let proxy = error(Client::builder().proxy("http://user:password@"));
    assert!(matches!(proxy, Error::Proxy) && !format!("{proxy} {proxy:?}").contains("password"));
}

#[test]
fn debug_shows_no_password() {
    let builder = Client::builder().proxy("http://user:password@h:1");
    assert!(!format!("{builder:?} {:?}", builder.clone().build().unwrap()).contains("password"));
}
