//! A peer for tests and fuzz targets: it sends what it is told, and splits what it gets into frames.

use std::sync::Arc;
use std::time::Duration;

use azure_sas::{Resource, SharedAccessKey, Signer};
use chrono::{DateTime, Utc};
use tokio::sync::Notify;

use crate::amqp::connection::Connection;
use crate::amqp::context::Now;
use crate::amqp::encode;
use crate::amqp::frame::{self, AMQP_HEADER, Kind};
use crate::amqp::performative::{
    Attach, Begin, Flow, List, Open, Properties, Raw, Source, Target, Transfer,
};
#[cfg(test)]
use crate::amqp::value::Element;
use crate::amqp::value::split;
use crate::builder::Builder;
use crate::namespace::Namespace;
use crate::server::LocalEventHub;

pub(crate) const KEY_NAME: &str = "root";
pub(crate) const KEY: &str = "dGhlIGtleSBvZiB0aGUgdGVzdHM=";
pub(crate) const HOST: &str = "sb://localhost";

/// 2026-01-05T08:00:00Z
pub(crate) fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_600_000, 0).unwrap_or_default()
}

/// The hub `first` with four partitions, and `small` with one.
pub(crate) fn builder() -> Builder {
    let key = SharedAccessKey::new(KEY).expect("it is plain text");
    LocalEventHub::builder()
        .hub("first", 4)
        .hub("small", 1)
        .key_name(KEY_NAME)
        .key(key)
        .clock(start)
}

pub(crate) fn namespace() -> Arc<Namespace> {
    Arc::new(builder().namespace().expect("the settings are sound"))
}

/// A token for a URI, which lasts an hour.
pub(crate) fn token(key: &str, uri: &str) -> String {
    let key = SharedAccessKey::new(key).expect("it is plain text");
    let signer = Signer::new(KEY_NAME, &key).expect("it is plain text");
    let resource = Resource::new(uri).expect("it is a URI");
    signer.sign(&resource, start() + Duration::from_secs(3600)).authorization().to_owned()
}

/// A frame that the peer got: its channel, its performative, and the payload after it.
#[cfg(test)]
#[derive(Clone, Debug)]
pub(crate) struct Got {
    pub(crate) channel: u16,
    pub(crate) body: Vec<u8>,
}

#[cfg(test)]
impl Got {
    pub(crate) fn performative(&self) -> Element<'_> {
        split(&self.body).expect("a frame has a performative").0
    }

    pub(crate) fn payload(&self) -> &[u8] {
        split(&self.body).expect("a frame has a performative").1
    }

    /// The number of the descriptor, if it is written as a small one.
    pub(crate) fn code(&self) -> u8 {
        match self.body[..] {
            [0x00, 0x53, code, ..] => code,
            _ => unreachable!("{:02x?} has no small descriptor", self.body),
        }
    }

    pub(crate) fn fields(&self) -> Vec<Element<'_>> {
        let list = self.performative().list().expect("a performative is a list");
        list.collect::<Result<_, _>>().expect("its fields are whole")
    }
}

pub(crate) struct Peer {
    pub(crate) connection: Connection,
    pub(crate) now: Now,
}

impl Peer {
    pub(crate) fn new(namespace: &Arc<Namespace>) -> Self {
        let now = Now { elapsed: Duration::ZERO, time: start() };
        let wake = Arc::new(Notify::new());
        let connection = Connection::new(Arc::clone(namespace), wake, now);
        Self { connection, now }
    }

    /// A peer that has opened its connection, and begun a session on channel 0.
    #[cfg(test)]
    pub(crate) fn open(namespace: &Arc<Namespace>) -> Self {
        Self::open_with(namespace, Open { container_id: Some("test"), ..Open::default() })
    }

    pub(crate) fn open_with(namespace: &Arc<Namespace>, open: Open<'_>) -> Self {
        let mut peer = Self::new(namespace);
        peer.receive(AMQP_HEADER);
        peer.send(0, |out| open.write(out));
        peer.begin(0, 2048);
        peer.bytes();
        peer
    }

    /// A peer that may do all.
    #[cfg(test)]
    pub(crate) fn authorized(namespace: &Arc<Namespace>) -> Self {
        let mut peer = Self::open(namespace);
        peer.put_token(&token(KEY, HOST));
        peer
    }

    pub(crate) fn begin(&mut self, channel: u16, window: u32) {
        let begin = Begin {
            next_outgoing_id: Some(0),
            incoming_window: Some(window),
            outgoing_window: Some(2048),
            ..Begin::default()
        };
        self.send(channel, |out| begin.write(out));
    }

    pub(crate) fn receive(&mut self, bytes: &[u8]) {
        self.connection.receive(bytes, self.now);
    }

    pub(crate) fn send(&mut self, channel: u16, body: impl FnOnce(&mut Vec<u8>)) {
        let mut frame = Vec::new();
        frame::write(&mut frame, Kind::Amqp, channel, body);
        self.receive(&frame);
    }

    pub(crate) fn wait(&mut self, time: Duration) {
        self.now.elapsed += time;
        self.now.time += time;
        self.connection.pump(self.now);
    }

    /// What the connection writes, once it is no longer held.
    pub(crate) fn bytes(&mut self) -> Vec<u8> {
        let mut output = Vec::new();
        self.now.elapsed += Duration::from_millis(2);
        self.connection.take_output(&mut output, self.now);
        self.connection.pump(self.now);
        output
    }

    /// The frames that the connection writes, without protocol headers and heartbeats.
    #[cfg(test)]
    pub(crate) fn output(&mut self) -> Vec<Got> {
        let bytes = self.bytes();
        let mut rest = &bytes[..];
        let mut frames = Vec::new();
        while !rest.is_empty() {
            if let Some(tail) =
                rest.strip_prefix(AMQP_HEADER).or_else(|| rest.strip_prefix(frame::SASL_HEADER))
            {
                rest = tail;
                continue;
            }
            let (frame, tail) =
                frame::split(rest).expect("frames are sound").expect("frames are whole");
            if !frame.body.is_empty() {
                frames.push(Got { channel: frame.channel, body: frame.body.to_vec() });
            }
            rest = tail;
        }
        frames
    }

    /// Attaches a link on which the peer receives.
    pub(crate) fn receiver(&mut self, handle: u32, address: &str, selector: Option<&str>) {
        self.receiver_with(handle, address, selector, Attach::default());
    }

    pub(crate) fn receiver_with(
        &mut self,
        handle: u32,
        address: &str,
        selector: Option<&str>,
        attach: Attach<'_>,
    ) {
        let filter = selector.map(filter);
        let source = Source {
            address: Some(address),
            filter: filter.as_deref().map(raw),
            ..Source::default()
        };
        self.attach(
            handle,
            true,
            &source,
            &Target { address: Some("here"), ..Target::default() },
            attach,
        );
    }

    /// Attaches a link on which the peer sends.
    pub(crate) fn sender(&mut self, handle: u32, address: &str) {
        let target = Target { address: Some(address), ..Target::default() };
        let source = Source { address: Some("there"), ..Source::default() };
        let attach = Attach { initial_delivery_count: Some(0), ..Attach::default() };
        self.attach(handle, false, &source, &target, attach);
    }

    fn attach(
        &mut self,
        handle: u32,
        receives: bool,
        source: &Source<'_>,
        target: &Target<'_>,
        attach: Attach<'_>,
    ) {
        let (mut encoded_source, mut encoded_target) = (Vec::new(), Vec::new());
        source.write(&mut encoded_source);
        target.write(&mut encoded_target);
        let attach = Attach {
            name: Some("link"),
            handle: Some(handle),
            role: Some(receives),
            source: Some(raw(&encoded_source)),
            target: Some(raw(&encoded_target)),
            ..attach
        };
        self.send(0, |out| attach.write(out));
    }

    pub(crate) fn credit(&mut self, handle: u32, credit: u32) {
        self.flow(Flow { handle: Some(handle), link_credit: Some(credit), ..Flow::default() });
    }

    /// Sends a FLOW with a delivery count of 0, unless it has another.
    pub(crate) fn flow(&mut self, flow: Flow<'_>) {
        let flow = Flow {
            next_incoming_id: flow.next_incoming_id.or(Some(0)),
            incoming_window: flow.incoming_window.or(Some(2048)),
            next_outgoing_id: Some(0),
            outgoing_window: Some(2048),
            delivery_count: flow.delivery_count.or(Some(0)),
            ..flow
        };
        self.send(0, |out| flow.write(out));
    }

    /// Sends a message whole.
    pub(crate) fn transfer(&mut self, handle: u32, delivery_id: u32, format: u32, message: &[u8]) {
        self.transfer_with(
            Transfer {
                handle: Some(handle),
                delivery_id: Some(delivery_id),
                message_format: Some(format),
                ..Transfer::default()
            },
            message,
        );
    }

    pub(crate) fn transfer_with(&mut self, transfer: Transfer<'_>, message: &[u8]) {
        let transfer = Transfer { delivery_tag: Some(b"tag"), ..transfer };
        self.send(0, |out| {
            transfer.write(out);
            out.extend_from_slice(message);
        });
    }

    /// Puts a token for all.
    pub(crate) fn put_token_only(&mut self) {
        self.ask_for_token(&token(KEY, HOST));
    }

    /// Puts a token by the links 100 and 101, and returns the reply.
    #[cfg(test)]
    pub(crate) fn put_token(&mut self, token: &str) -> Vec<u8> {
        self.ask_for_token(token);
        let frames = self.output();
        let reply = frames.iter().find(|it| it.code() == Transfer::CODE);
        reply.expect("a request is answered").payload().to_vec()
    }

    fn ask_for_token(&mut self, token: &str) {
        self.sender(100, "$cbs");
        self.receiver(101, "$cbs", None);
        self.credit(101, 10);
        let properties = [
            ("operation", "put-token"),
            ("type", "servicebus.windows.net:sastoken"),
            ("name", HOST),
        ];
        self.transfer(100, 0, 0, &request(&properties, Some(token)));
    }
}

/// A request with the message id 7, and with a text as its body.
pub(crate) fn request(properties: &[(&str, &str)], body: Option<&str>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut id = Vec::new();
    encode::ulong(&mut id, 7);
    Properties { message_id: Some(raw(&id)), ..Properties::default() }.write(&mut out);
    application_properties(&mut out, properties);
    encode::descriptor(&mut out, 0x77);
    match body {
        Some(body) => encode::string(&mut out, body),
        None => encode::null(&mut out),
    }
    out
}

pub(crate) fn application_properties(out: &mut Vec<u8>, properties: &[(&str, &str)]) {
    encode::descriptor(out, 0x74);
    encode::map(out, properties.len() as u32, |out| {
        for (name, value) in properties {
            encode::string(out, name);
            encode::string(out, value);
        }
    });
}

/// A message whose body is data.
pub(crate) fn data(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    encode::descriptor(&mut out, 0x75);
    encode::binary(&mut out, body);
    out
}

/// A filter map with a selector, as the Python client writes it.
pub(crate) fn filter(selector: &str) -> Vec<u8> {
    const NAME: &str = "apache.org:selector-filter:string";

    let mut out = Vec::new();
    encode::map(&mut out, 1, |out| {
        encode::symbol(out, NAME);
        out.push(0x00);
        encode::symbol(out, NAME);
        encode::string(out, selector);
    });
    out
}

pub(crate) fn raw(encoded: &[u8]) -> Raw<'_> {
    Raw(split(encoded).expect("it is a whole value").0)
}
