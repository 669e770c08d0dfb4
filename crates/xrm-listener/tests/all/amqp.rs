//! Receiving over AMQP, from a local hub.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use azure_sas::{
    ConnectionString, Endpoint, Resource, SharedAccessKey, Signer, TokenCredential, TokenFuture,
};
use chrono::{DateTime, Utc};
use eventhub_local::{Builder, LocalEventHub};
use rcgen::generate_simple_self_signed;
use rustls::crypto::ring;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use xrm_listener::{
    AmqpOptions, AmqpSource, Checkpoint, CheckpointStore, Error, Event, EventSource, Listener,
    MemoryStore, Position, PropertyValue, Receive, SourceError, SourceErrorKind,
};

const LOOPBACK: ([u8; 4], u16) = ([127, 0, 0, 1], 0);

/// So long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(60);

fn builder() -> Builder {
    LocalEventHub::builder().hub("accounts", 2).amqp(LOOPBACK)
}

async fn local() -> LocalEventHub {
    builder().serve(LOOPBACK).await.unwrap()
}

fn connection(local: &LocalEventHub) -> ConnectionString {
    local.amqp_connection_string("accounts").unwrap()
}

/// Sends an event over REST.
async fn post(local: &LocalEventHub, partition: u32, headers: &str, body: &[u8]) {
    let address = local.address();
    let connection = local.connection_string("accounts").unwrap();
    let hub = Resource::hub(connection.endpoint(), "accounts").unwrap();
    let token = connection.signer().unwrap().sign(&hub, DateTime::<Utc>::MAX_UTC);
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /accounts/partitions/{partition}/messages HTTP/1.1\r\nHost: {address}\r\n\
         Authorization: {}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n",
        token.authorization(),
        body.len(),
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
}

/// Reads so many events of a partition.
async fn read(
    source: &AmqpSource,
    receive: Receive,
    count: usize,
) -> Result<Vec<Event>, SourceError> {
    let mut receiver = source.receive(receive).await?;
    let mut events = Vec::new();
    while events.len() < count {
        let batch = timeout(PATIENCE, receiver.next(count - events.len())).await.expect("in time");
        events.extend(batch?.events);
    }
    receiver.close().await;
    Ok(events)
}

fn source(connection: ConnectionString) -> AmqpSource {
    AmqpSource::new(AmqpOptions::new(connection)).unwrap()
}

fn from(position: Position) -> Receive {
    let mut receive = Receive::new("0");
    receive.position = position;
    receive
}

#[tokio::test]
async fn an_event_arrives_as_it_was_sent() {
    let local = local().await;
    let headers = "Content-Type: application/json\r\ntext: Strong Wind\r\nnumber: 42\r\n\
                   long: 1099511627776\r\ndouble: 1.5\r\nyes: true\r\n";
    post(&local, 0, headers, b"{\"Depth\":1}").await;
    let sent = local.events("accounts").unwrap().remove(0);
    let source = source(connection(&local));
    assert_eq!(source.partitions().await.unwrap(), ["0", "1"]);
    let event = read(&source, from(Position::Start), 1).await.unwrap().remove(0);
    assert_eq!(event.body, sent.body);
    assert_eq!((event.sequence_number, &event.offset), (sent.sequence, &sent.offset));
    assert_eq!(
        event.enqueued_time.timestamp_millis(),
        sent.enqueued_time.timestamp_millis(),
        "to the millisecond"
    );
    assert_eq!(event.content_type.as_deref(), Some("application/json"));
    let expected: BTreeMap<String, PropertyValue> = [
        ("text", "Strong Wind".into()),
        ("number", 42.into()),
        ("long", (1_i64 << 40).into()),
        ("double", 1.5.into()),
        ("yes", true.into()),
    ]
    .map(|(name, value): (&str, PropertyValue)| (name.to_owned(), value))
    .into();
    assert_eq!(event.properties, expected);
    source.close().await;
}

#[tokio::test]
async fn a_receiver_starts_where_it_is_told_to() {
    let seconds = Arc::new(AtomicI64::new(1_767_600_000));
    let clock = Arc::clone(&seconds);
    let clock = move || DateTime::from_timestamp(clock.load(Ordering::Relaxed), 0).unwrap();
    let local = builder().clock(clock.clone()).serve(LOOPBACK).await.unwrap();
    for body in ["a", "b", "c", "d"] {
        post(&local, 0, "", body.as_bytes()).await;
        seconds.fetch_add(10, Ordering::Relaxed);
    }
    let connection = connection(&local);
    // By the clock of the hub, which checks the token.
    let hub = Resource::hub(connection.endpoint(), "accounts").unwrap();
    let token = connection.signer().unwrap().sign(&hub, DateTime::<Utc>::MAX_UTC);
    let options =
        AmqpOptions::new(connection).credential(Arc::new(azure_sas::ReadyMade::from(token)));
    let source = AmqpSource::new(options).unwrap();
    let time = DateTime::from_timestamp(1_767_600_015, 0).unwrap();
    for (position, first) in [
        (Position::Start, "a"),
        (Position::From(1), "b"),
        (Position::After(1), "c"),
        (Position::Time(time), "c"),
    ] {
        let events = read(&source, from(position), 1).await.unwrap();
        assert_eq!(events[0].body, first, "{position:?}");
    }
    let mut latest = source.receive(from(Position::Latest)).await.unwrap();
    post(&local, 0, "", b"e").await;
    let batch = timeout(PATIENCE, latest.next(10)).await.unwrap().unwrap();
    assert_eq!(batch.events[0].body, "e");
    assert_eq!(batch.last_enqueued, Some(4));
    let beyond = read(&source, from(Position::After(99)), 1).await.unwrap_err();
    assert_eq!(beyond.kind(), SourceErrorKind::PositionBeyondEnd, "{beyond}");
    source.close().await;
}

#[tokio::test]
async fn many_and_large_events_arrive_in_order() {
    let local = local().await;
    let sizes = [900_000, 1, 64_000, 0, 300_000];
    // More than what is prefetched, so that credit has to be given again and again.
    for round in 0..40_u8 {
        post(&local, 0, "", &vec![round; sizes[usize::from(round) % 5]]).await;
    }
    let source = source(connection(&local));
    let mut receive = from(Position::Start);
    receive.prefetch = 7;
    let events = read(&source, receive, 40).await.unwrap();
    for (round, event) in (0..40_u8).zip(events) {
        assert_eq!(event.body, vec![round; sizes[usize::from(round) % 5]], "event {round}");
    }
    source.close().await;
}

#[tokio::test]
async fn what_is_refused_says_why() {
    let local = local().await;
    post(&local, 0, "", b"x").await;
    let right = connection(&local);
    let with_key = |key: &str| {
        let key = SharedAccessKey::new(key).unwrap();
        ConnectionString::new(right.endpoint().clone(), right.key_name(), key, Some("accounts"))
    };
    let wrong_key = source(with_key("wrong").unwrap()).partitions().await.unwrap_err();
    assert_eq!(wrong_key.kind(), SourceErrorKind::Unauthorized, "{wrong_key}");
    assert!(!format!("{wrong_key:?}").contains("wrong"), "{wrong_key:?}");

    let nowhere = AmqpOptions::new(right.clone()).hub("nowhere");
    let nowhere = AmqpSource::new(nowhere).unwrap().partitions().await.unwrap_err();
    assert_eq!(nowhere.kind(), SourceErrorKind::NotFound, "{nowhere}");

    let source = source(right);
    let mut no_group = from(Position::Start);
    no_group.group = "nobody".to_owned();
    let mut no_partition = from(Position::Start);
    no_partition.partition = "7".to_owned();
    for receive in [no_group, no_partition] {
        let error = read(&source, receive, 1).await.unwrap_err();
        assert_eq!(error.kind(), SourceErrorKind::NotFound, "{error}");
    }
    assert_eq!(read(&source, from(Position::Start), 1).await.unwrap().len(), 1, "it goes on");
    source.close().await;

    let gone = local.amqp_connection_string("accounts").unwrap();
    local.shutdown().await;
    let error = self::source(gone).partitions().await.unwrap_err();
    assert!(error.is_transient(), "{error}");
}

#[tokio::test]
async fn a_receiver_with_an_owner_level_displaces_another() {
    let local = local().await;
    let (one, other) = (source(connection(&local)), source(connection(&local)));
    let mut receive = from(Position::Start);
    receive.owner_level = Some(0);
    let mut first = one.receive(receive.clone()).await.unwrap();
    let waiting = tokio::spawn(async move { first.next(1).await });
    let second = other.receive(receive).await.unwrap();
    let error = timeout(PATIENCE, waiting).await.unwrap().unwrap().unwrap_err();
    assert_eq!(error.kind(), SourceErrorKind::Displaced, "{error}");
    second.close().await;
    one.close().await;
    other.close().await;
}

/// Passes connections on to an address, and cuts them when a test says so.
struct Proxy {
    address: SocketAddr,
    cut: Arc<Notify>,
    connections: Arc<AtomicUsize>,
    _task: JoinSet<()>,
}

impl Proxy {
    async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind(SocketAddr::from(LOOPBACK)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (cut, connections) = (Arc::new(Notify::new()), Arc::new(AtomicUsize::new(0)));
        let (cutting, counting) = (Arc::clone(&cut), Arc::clone(&connections));
        let mut task = JoinSet::new();
        task.spawn(async move {
            loop {
                let (mut near, _) = listener.accept().await.unwrap();
                counting.fetch_add(1, Ordering::Relaxed);
                let cut = Arc::clone(&cutting);
                tokio::spawn(async move {
                    let mut far = TcpStream::connect(target).await.unwrap();
                    tokio::select! {
                        _ = copy_bidirectional(&mut near, &mut far) => {}
                        () = cut.notified() => {}
                    }
                });
            }
        });
        Self { address, cut, connections, _task: task }
    }

    /// The connection string by which the hub is reached through this proxy.
    fn connection(&self, local: &LocalEventHub) -> ConnectionString {
        let right = connection(local);
        let endpoint: Endpoint = format!("sb://{}", self.address).parse().unwrap();
        let endpoint = endpoint.into_emulator().unwrap();
        let key = right.key().unwrap().clone();
        ConnectionString::new(endpoint, right.key_name(), key, Some("accounts")).unwrap()
    }
}

#[tokio::test]
async fn a_listener_outlives_its_connections() {
    let local = local().await;
    let proxy = Proxy::to(local.amqp_address().unwrap()).await;
    let (sender, mut handled) = mpsc::unbounded_channel();
    let store = Arc::new(MemoryStore::new());
    let listener =
        Listener::builder(proxy.connection(&local)).store(Arc::clone(&store)).build().unwrap();
    let stop = Arc::new(Notify::new());
    let stopped = Arc::clone(&stop);
    let stream = listener.stream().clone();
    let running = tokio::spawn(async move {
        let handler = move |event: xrm_listener::ReceivedEvent| {
            let place = (event.partition.clone(), event.sequence_number);
            sender.send(place).unwrap();
            async { Ok(()) }
        };
        listener.run_events_until(stopped.notified(), handler).await
    });
    for round in 0..4 {
        for partition in [0, 1] {
            post(&local, partition, "", b"{}").await;
        }
        let mut places = Vec::new();
        for _ in 0..2 {
            places.push(timeout(PATIENCE, handled.recv()).await.unwrap().unwrap());
        }
        places.sort();
        assert_eq!(places, [("0".to_owned(), round), ("1".to_owned(), round)], "once, in order");
        proxy.cut.notify_waiters();
    }
    stop.notify_one();
    assert_eq!(running.await.unwrap().unwrap().handled, 8);
    assert!(proxy.connections.load(Ordering::Relaxed) >= 4);
    let recorded = store.checkpoints(&stream).await.unwrap();
    assert_eq!(recorded.iter().map(|it| it.sequence_number).collect::<Vec<_>>(), [3, 3]);
}

/// Tokens that live for four seconds.
struct ShortLived {
    signer: Signer,
    hub: Resource,
    signed: AtomicUsize,
}

impl TokenCredential for ShortLived {
    fn token(&self, now: DateTime<Utc>) -> TokenFuture<'_> {
        self.signed.fetch_add(1, Ordering::Relaxed);
        let token = self.signer.sign(&self.hub, now + Duration::from_secs(4));
        Box::pin(async move { Ok(Arc::new(token)) })
    }
}

#[tokio::test]
async fn the_token_is_renewed_before_it_expires() {
    let local = local().await;
    let connection = connection(&local);
    let credential = Arc::new(ShortLived {
        signer: connection.signer().unwrap(),
        hub: Resource::hub(connection.endpoint(), "accounts").unwrap(),
        signed: AtomicUsize::new(0),
    });
    let options = AmqpOptions::new(connection).credential(Arc::clone(&credential) as _);
    let source = AmqpSource::new(options).unwrap();
    let mut receiver = source.receive(from(Position::Start)).await.unwrap();
    // Until three tokens have lived: without a renewal, the link would have ended with the first.
    while credential.signed.load(Ordering::Relaxed) < 3 {
        post(&local, 0, "", b"x").await;
        let batch = timeout(PATIENCE, receiver.next(100)).await.unwrap();
        assert!(!batch.unwrap().events.is_empty());
    }
    source.close().await;
}

#[tokio::test]
async fn a_hub_is_received_from_over_tls() {
    let local = local().await;
    post(&local, 0, "", b"over TLS").await;
    let certified = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = certified.cert.der().clone();
    let key = PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der());
    let provider = Arc::new(ring::default_provider());
    let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key.into())
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind(SocketAddr::from(LOOPBACK)).await.unwrap();
    let (port, target) = (listener.local_addr().unwrap().port(), local.amqp_address().unwrap());
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let Ok(mut near) = acceptor.accept(stream).await else { continue };
            tokio::spawn(async move {
                let mut far = TcpStream::connect(target).await.unwrap();
                drop(copy_bidirectional(&mut near, &mut far).await);
            });
        }
    });
    let right = connection(&local);
    let endpoint = format!("sb://localhost:{port}").parse().unwrap();
    let key = right.key().unwrap().clone();
    let over_tls =
        ConnectionString::new(endpoint, right.key_name(), key, Some("accounts")).unwrap();

    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let trusting = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let options = AmqpOptions::new(over_tls.clone()).tls(Arc::new(trusting));
    let source = AmqpSource::new(options).unwrap();
    assert_eq!(read(&source, from(Position::Start), 1).await.unwrap()[0].body, "over TLS");
    source.close().await;

    let distrusting = self::source(over_tls).partitions().await.unwrap_err();
    assert_eq!(distrusting.kind(), SourceErrorKind::Refused, "{distrusting}");
    let cause = std::error::Error::source(&distrusting).unwrap().to_string();
    assert!(cause.contains("certificate"), "{cause}");
}

#[tokio::test]
async fn a_checkpoint_of_a_hub_that_was_recreated_is_an_error() {
    let local = local().await;
    let store = Arc::new(MemoryStore::new());
    let listener = Listener::builder(connection(&local)).store(Arc::clone(&store)).build().unwrap();
    let checkpoint = Checkpoint::new("0", 99, "9900");
    store.set_checkpoint(listener.stream(), None, &checkpoint).await.unwrap();
    let error = timeout(PATIENCE, listener.run(|_| async { Ok(()) })).await.unwrap().unwrap_err();
    let Error::Source(error) = error else { unreachable!("{error:?}") };
    assert_eq!(error.kind(), SourceErrorKind::PositionBeyondEnd, "{error}");
}
