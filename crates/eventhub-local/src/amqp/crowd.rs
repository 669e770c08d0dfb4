//! Many peers at once, and peers that behave badly, each with a task of its own as over sockets: what they
//! cost, and that the others do not notice.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use allocation_counter::measure;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, duplex};
use tokio::runtime::{self, Runtime};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::amqp::context::MAX_OUTPUT;
use crate::amqp::frame::{self, AMQP_HEADER, Kind, SASL_HEADER};
use crate::amqp::peer::{Got, KEY, KEY_NAME, data, namespace, raw, start};
use crate::amqp::performative::{
    Attach, Begin, Close, Disposition, Flow, List, Open, SaslInit, Source, Symbol, Target, Transfer,
};
use crate::amqp::serve::exchange;
use crate::event::EventData;
use crate::namespace::Namespace;
use crate::submission::Destination;
use crate::tls::Tls;

const RECEIVER: &str = "first/ConsumerGroups/$Default/Partitions/0";

/// How many bytes are between a peer and its connection, in each direction.
const PIPE: usize = 4096;

/// What a peer reads and writes.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A peer at the other end of a pipe, which may do all.
struct Remote {
    stream: Box<dyn Stream>,
    input: Vec<u8>,
    /// The task of the connection.
    served: JoinHandle<io::Result<()>>,
}

impl Remote {
    fn connect(namespace: &Arc<Namespace>) -> Self {
        let (stream, served) = duplex(PIPE);
        let served = tokio::spawn(exchange(served, false, Arc::clone(namespace)));
        Self { stream: Box::new(stream), input: Vec::new(), served }
    }

    /// As [`connect`](Self::connect), with the pipe encrypted.
    async fn connect_encrypted(namespace: &Arc<Namespace>) -> Self {
        let (stream, served) = duplex(PIPE);
        let identity = Tls::generated().identity(&[], None).expect("a certificate is made");
        let acceptor = identity.acceptor(None).expect("it can be used");
        let namespace = Arc::clone(namespace);
        let served = tokio::spawn(async move {
            let encrypted = acceptor.accept(served).await.expect("the peer trusts it");
            exchange(encrypted, true, namespace).await
        });
        let mut roots = RootCertStore::empty();
        let certificate = CertificateDer::from_pem_slice(identity.certificates.as_bytes());
        roots.add(certificate.expect("it is PEM")).expect("it is a certificate");
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the versions are known")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("localhost").expect("it is a name");
        let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
        Self { stream: Box::new(stream.expect("it is trusted")), input: Vec::new(), served }
    }

    async fn open(namespace: &Arc<Namespace>) -> Self {
        Self::connect(namespace).opened().await
    }

    /// Opens a connection and a session.
    async fn opened(self) -> Self {
        let mut this = self;
        this.put(SASL_HEADER).await;
        let response = format!("\0{KEY_NAME}\0{KEY}");
        let init = SaslInit {
            mechanism: Some(Symbol("PLAIN")),
            initial_response: Some(response.as_bytes()),
            ..SaslInit::default()
        };
        this.write(Kind::Sasl, |out| init.write(out)).await;
        this.put(AMQP_HEADER).await;
        this.send(|out| Open { container_id: Some("remote"), ..Open::default() }.write(out)).await;
        let begin = Begin {
            next_outgoing_id: Some(0),
            incoming_window: Some(u32::MAX),
            outgoing_window: Some(2048),
            ..Begin::default()
        };
        this.send(|out| begin.write(out)).await;
        this.wait_for(Begin::CODE).await;
        this
    }

    async fn write(&mut self, kind: Kind, body: impl FnOnce(&mut Vec<u8>)) {
        let mut frame = Vec::new();
        frame::write(&mut frame, kind, 0, body);
        self.put(&frame).await;
    }

    async fn put(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.expect("it is read");
        self.stream.flush().await.expect("it is read");
    }

    async fn send(&mut self, body: impl FnOnce(&mut Vec<u8>)) {
        self.write(Kind::Amqp, body).await;
    }

    async fn attach(&mut self, receives: bool, address: &str) {
        let (mut source, mut target) = (Vec::new(), Vec::new());
        Source { address: Some(address), ..Source::default() }.write(&mut source);
        Target { address: Some(address), ..Target::default() }.write(&mut target);
        let attach = Attach {
            name: Some("link"),
            handle: Some(0),
            role: Some(receives),
            source: Some(raw(&source)),
            target: Some(raw(&target)),
            initial_delivery_count: Some(0),
            ..Attach::default()
        };
        self.send(|out| attach.write(out)).await;
        self.wait_for(Attach::CODE).await;
    }

    async fn credit(&mut self, credit: u32) {
        let flow = Flow {
            next_incoming_id: Some(0),
            incoming_window: Some(u32::MAX),
            next_outgoing_id: Some(0),
            outgoing_window: Some(2048),
            handle: Some(0),
            delivery_count: Some(0),
            link_credit: Some(credit),
            ..Flow::default()
        };
        self.send(|out| flow.write(out)).await;
    }

    async fn transfer(&mut self, id: u32, message: &[u8]) {
        let transfer = Transfer {
            handle: Some(0),
            delivery_id: Some(id),
            delivery_tag: Some(b"tag"),
            ..Transfer::default()
        };
        self.send(|out| {
            transfer.write(out);
            out.extend_from_slice(message);
        })
        .await;
    }

    /// The next frame with a performative of this code.
    async fn wait_for(&mut self, code: u8) -> Got {
        loop {
            let got = self.frame().await.expect("the connection goes on");
            if got.body.get(2) == Some(&code) {
                return got;
            }
        }
    }

    /// The next frame that is not empty; `None` at the end of the connection.
    async fn frame(&mut self) -> Option<Got> {
        loop {
            for header in [SASL_HEADER, AMQP_HEADER] {
                if self.input.starts_with(header) {
                    self.input.drain(..header.len());
                }
            }
            if let Ok(Some((frame, rest))) = frame::split(&self.input) {
                let got = Got { channel: frame.channel, body: frame.body.to_vec() };
                let taken = self.input.len() - rest.len();
                self.input.drain(..taken);
                if !got.body.is_empty() {
                    return Some(got);
                }
            } else if self.stream.read_buf(&mut self.input).await.expect("a pipe") == 0 {
                return None;
            }
        }
    }

    /// The end of the connection, whatever comes before it.
    async fn end(&mut self) {
        let mut rest = [0; 1024];
        while self.stream.read(&mut rest).await.is_ok_and(|it| it > 0) {}
    }
}

/// One thread, so that all memory is counted, and time that passes when nothing else happens.
fn runtime() -> Runtime {
    let mut builder = runtime::Builder::new_current_thread();
    builder.enable_time().start_paused(true).build().expect("a runtime")
}

/// Puts events of a KiB into partition 0 of the hub `first`.
fn keep(namespace: &Namespace, count: usize) {
    let hub = namespace.hub("first").expect("the hub is there");
    for _ in 0..count {
        let event = EventData { body: vec![b'x'; 1024].into(), ..EventData::default() };
        let destination = Destination::Partition(0);
        namespace.keep(&hub, destination, vec![event.into()], start()).expect("memory takes all");
    }
}

/// Sends and receives an event as a client does that has nothing to do with the others.
async fn work(namespace: &Arc<Namespace>) {
    let mut sender = Remote::open(namespace).await;
    sender.attach(false, "small").await;
    sender.transfer(0, &data(b"good")).await;
    sender.wait_for(Disposition::CODE).await;
    let mut receiver = Remote::open(namespace).await;
    receiver.attach(true, "small/ConsumerGroups/$Default/Partitions/0").await;
    receiver.credit(1).await;
    receiver.wait_for(Transfer::CODE).await;
}

/// As [`work`], and soon: other peers may take their turns, and no more.
async fn work_soon(namespace: &Arc<Namespace>) {
    timeout(Duration::from_secs(1), work(namespace)).await.expect("others do not stop it");
}

#[test]
fn a_thousand_idle_connections_cost_little() {
    let (runtime, namespace) = (runtime(), namespace());
    let mut idle = Vec::new();
    let cost = measure(|| {
        runtime.block_on(async {
            for _ in 0..1000 {
                idle.push(Remote::open(&namespace).await);
            }
        });
    });
    // The pipes are of the test.
    let each = cost.bytes_current / 1000 - 2 * PIPE as i64;
    assert!(each < 16 << 10, "an idle connection takes {each} bytes");
    runtime.block_on(async {
        work_soon(&namespace).await;
        // They are there, and end in order.
        for remote in &mut idle {
            remote.send(|out| Close::default().write(out)).await;
            remote.wait_for(Close::CODE).await;
        }
    });
}

#[test]
fn receivers_without_credit_take_nothing() {
    let (runtime, namespace) = (runtime(), namespace());
    keep(&namespace, 1000);
    let mut waiting = Vec::new();
    let cost = measure(|| {
        runtime.block_on(async {
            for partition in 0..4 {
                for _ in 0..5 {
                    let mut remote = Remote::open(&namespace).await;
                    let address = RECEIVER.replace("/0", &format!("/{partition}"));
                    remote.attach(true, &address).await;
                    waiting.push(remote);
                }
            }
        });
    });
    let each = cost.bytes_current / 20 - 2 * PIPE as i64;
    assert!(each < 32 << 10, "a receiver without credit takes {each} bytes");
    runtime.block_on(async {
        keep(&namespace, 1000);
        work_soon(&namespace).await;
        // It gets its events as soon as it asks.
        let remote = &mut waiting[0];
        remote.credit(2000).await;
        for _ in 0..2000 {
            remote.wait_for(Transfer::CODE).await;
        }
    });
}

#[test]
fn receivers_that_do_not_read_cost_what_waits_for_one_and_no_more() {
    let (runtime, namespace) = (runtime(), namespace());
    // Much more than may wait for a peer.
    keep(&namespace, 9000);
    let mut slow = Vec::new();
    let cost = measure(|| {
        runtime.block_on(async {
            for _ in 0..4 {
                let mut remote = Remote::open(&namespace).await;
                remote.attach(true, RECEIVER).await;
                remote.credit(1_000_000).await;
                slow.push(remote);
            }
            work_soon(&namespace).await;
        });
    });
    // What is written now, and what comes next.
    let each = cost.bytes_max / 4;
    assert!(each < 3 * MAX_OUTPUT as u64, "a peer that does not read takes {each} bytes");
    // Another receiver gets all that there is.
    runtime.block_on(async {
        let mut good = Remote::open(&namespace).await;
        good.attach(true, RECEIVER).await;
        good.credit(9000).await;
        for _ in 0..9000 {
            good.wait_for(Transfer::CODE).await;
        }
    });
}

#[test]
fn a_peer_that_neither_reads_nor_sends_is_given_up() {
    let (runtime, namespace) = (runtime(), namespace());
    keep(&namespace, 2000);
    runtime.block_on(async {
        for encrypted in [false, true] {
            let remote = match encrypted {
                false => Remote::connect(&namespace),
                true => Remote::connect_encrypted(&namespace).await,
            };
            let mut remote = remote.opened().await;
            remote.attach(true, RECEIVER).await;
            remote.credit(2000).await;
            // Idle for too long, it is closed; and it does not read that either.
            let ended = timeout(Duration::from_secs(180), &mut remote.served).await;
            assert!(ended.is_ok(), "the connection goes on");
        }
    });
}

#[test]
fn an_encrypted_connection_carries_all_that_waits_for_it() {
    let (runtime, namespace) = (runtime(), namespace());
    keep(&namespace, 3000);
    runtime.block_on(async {
        let mut remote = Remote::connect_encrypted(&namespace).await.opened().await;
        remote.attach(true, RECEIVER).await;
        // The pipe is full most of the time, and what was written last must come all the same.
        for (received, credit) in [(0, 1), (1, 100), (100, 3000)] {
            remote.credit(credit).await;
            for _ in received..credit {
                remote.wait_for(Transfer::CODE).await;
            }
        }
    });
}

#[test]
fn malformed_and_oversized_frames_end_the_connections_that_they_came_on() {
    let (runtime, namespace) = (runtime(), namespace());
    let nested = [&[0, 0, 0x40, 0, 2, 0, 0, 0][..], &[0xc0; 0x4000 - 8]].concat();
    let many = [0, 0, 0, 20, 2, 0, 0, 0, 0x00, 0x53, 0x12, 0xd0, 0, 0, 0, 4, 255, 255, 255, 255];
    let frames: [&[u8]; 6] = [
        // Larger than any, smaller than its header, of no known type.
        &[0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0],
        &[0, 0, 0, 7, 2, 0, 0, 0],
        &[0, 0, 0, 8, 2, 9, 0, 0],
        // Values in values, and more fields than there are bytes.
        &nested,
        &many,
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ];
    runtime.block_on(async {
        let mut good = Remote::open(&namespace).await;
        good.attach(true, RECEIVER).await;
        for frame in frames {
            for opened in [false, true] {
                let mut bad = Remote::connect(&namespace);
                if opened {
                    bad = Remote::open(&namespace).await;
                }
                // It may be cut off before it has written all.
                let _ = bad.stream.write_all(frame).await;
                let ended = timeout(Duration::from_secs(5), bad.end()).await;
                assert!(ended.is_ok(), "{:02x?} goes on", &frame[..8]);
            }
        }
        work_soon(&namespace).await;
        keep(&namespace, 1);
        good.credit(1).await;
        good.wait_for(Transfer::CODE).await;
    });
}

#[test]
fn an_announced_frame_takes_no_memory_before_it_comes() {
    let (runtime, namespace) = (runtime(), namespace());
    let mut announcing = Vec::new();
    let cost = measure(|| {
        runtime.block_on(async {
            for _ in 0..100 {
                let mut remote = Remote::open(&namespace).await;
                // The largest frame that is taken, of which no more comes.
                remote.stream.write_all(&[0, 1, 0, 0, 2, 0, 0, 0]).await.expect("it is read");
                announcing.push(remote);
            }
            work_soon(&namespace).await;
        });
    });
    let each = cost.bytes_current / 100 - 2 * PIPE as i64;
    assert!(each < 16 << 10, "an announced frame takes {each} bytes");
}
