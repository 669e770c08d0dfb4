//! A bare peer: it takes every connection, token and link, and replays one prepared event to every receiver for
//! as long as it has credit. It is the fastest that a peer of these clients can be: no log, no checks.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

use fe2o3_amqp::types::primitives::{Array, OrderedMap, Timestamp, Value};
use xrm_clients::Error;

use crate::wire::{address, encode, frame, list, number, symbol, text, values};

const AMQP: &[u8; 8] = b"AMQP\x00\x01\x00\x00";
const SASL: &[u8; 8] = b"AMQP\x03\x01\x00\x00";

/// As much as is written at once.
const CHUNK: usize = 512 << 10;

/// Where the delivery id and the delivery tag are in the prepared frame, and where handle and `settled` are.
const HANDLE: usize = 21;
const DELIVERY_ID: usize = 26;
const DELIVERY_TAG: usize = 32;
const SETTLED: usize = 37;

/// Serves a peer on threads of its own, for as long as the process runs.
///
/// # Errors
///
/// If there is no free port.
pub(crate) fn serve(body: &'static [u8]) -> Result<SocketAddr, Error> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || {
                // A client that breaks off is done.
                let _ = Peer::new(stream, body).map(Peer::run);
            });
        }
    });
    Ok(address)
}

struct Peer {
    stream: TcpStream,
    out: Vec<u8>,
    /// The frame of an event.
    event: Vec<u8>,
    sessions: BTreeMap<u16, Session>,
}

#[derive(Default)]
struct Session {
    next_outgoing_id: u32,
    window: u32,
    links: BTreeMap<u32, Link>,
}

struct Link {
    /// What the client sends to, or receives from.
    node: String,
    receives: bool,
    settled: bool,
    delivery_count: u32,
    credit: u32,
}

impl Peer {
    fn new(stream: TcpStream, body: &[u8]) -> Result<Self, Error> {
        stream.set_nodelay(true)?;
        let event = prepared(&message(body)?);
        Ok(Self { stream, out: Vec::new(), event, sessions: BTreeMap::new() })
    }

    fn run(mut self) -> Result<(), Error> {
        let mut input = Vec::new();
        let mut buffer = vec![0; 64 << 10];
        loop {
            let count = self.stream.read(&mut buffer)?;
            if count == 0 {
                return Ok(());
            }
            input.extend_from_slice(&buffer[..count]);
            let mut taken = 0;
            while let Some(length) = whole(&input[taken..]) {
                self.take(&input[taken..taken + length])?;
                taken += length;
            }
            input.drain(..taken);
            self.replay()?;
            self.flush()?;
        }
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.stream.write_all(&self.out)?;
        self.out.clear();
        Ok(())
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if bytes == SASL {
            self.out.extend(SASL);
            let mechanisms = Array(vec![symbol("ANONYMOUS")]);
            let mechanisms = encode(0x40, Value::List(vec![Value::Array(mechanisms)]))?;
            frame(&mut self.out, true, 0, &mechanisms);
            return Ok(());
        }
        if bytes == AMQP {
            self.out.extend(AMQP);
            return Ok(());
        }
        let (channel, body) = (u16::from_be_bytes([bytes[6], bytes[7]]), &bytes[8..]);
        let mut values = values(body).into_iter();
        // A heartbeat has none.
        let Some(performative) = values.next() else { return Ok(()) };
        let Some((code, fields)) = list(&performative) else { return Ok(()) };
        let rest: Vec<_> = values.collect();
        self.answer(channel, code, fields, &rest)
    }

    fn send(&mut self, channel: u16, code: u64, fields: Vec<Value>) -> Result<(), Error> {
        let body = encode(code, Value::List(fields))?;
        frame(&mut self.out, false, channel, &body);
        Ok(())
    }

    fn answer(
        &mut self,
        channel: u16,
        code: u64,
        fields: &[Value],
        message: &[Value],
    ) -> Result<(), Error> {
        const NULL: Value = Value::Null;

        let uint = Value::Uint;
        match code {
            // sasl-init, and an outcome that is ok
            0x41 => {
                let outcome = encode(0x44, Value::List(vec![Value::Ubyte(0), NULL]))?;
                frame(&mut self.out, true, 0, &outcome);
                Ok(())
            }
            // open
            0x10 => {
                let mut open = vec![NULL; 10];
                (open[0], open[2], open[3]) = (text("peer"), uint(65_536), Value::Ushort(255));
                self.send(channel, 0x10, open)
            }
            // begin
            0x11 => {
                let window = number(fields.get(2)).unwrap_or(0);
                self.sessions.insert(channel, Session { window, ..Session::default() });
                let begin = vec![
                    Value::Ushort(channel),
                    uint(0),
                    uint(u32::MAX >> 1),
                    uint(u32::MAX >> 1),
                    uint(255),
                    NULL,
                    NULL,
                    NULL,
                ];
                self.send(channel, 0x11, begin)
            }
            0x12 => self.attach(channel, fields),
            0x13 => {
                self.flow(channel, fields);
                Ok(())
            }
            0x14 => self.request(channel, fields, message),
            // detach
            0x16 => {
                let handle = number(fields.first()).unwrap_or(0);
                if let Some(session) = self.sessions.get_mut(&channel) {
                    session.links.remove(&handle);
                }
                self.send(channel, 0x16, vec![uint(handle), Value::Bool(true), NULL])
            }
            // end, close
            0x17 | 0x18 => self.send(channel, code, vec![NULL]),
            // dispositions
            _ => Ok(()),
        }
    }

    fn attach(&mut self, channel: u16, fields: &[Value]) -> Result<(), Error> {
        const UNSETTLED: Value = Value::Ubyte(0);

        let field = |index: usize| fields.get(index).cloned().unwrap_or_default();
        let receives = field(2) == Value::Bool(true);
        let handle = number(fields.get(1)).unwrap_or(0);
        let mut answer: Vec<_> = (0..7).map(field).collect();
        answer[2] = Value::Bool(!receives);
        for (mode, default) in [(3, 2), (4, 0)] {
            if answer[mode] == Value::Null {
                answer[mode] = Value::Ubyte(default);
            }
        }
        answer.resize(14, Value::Null);
        answer[8] = Value::Bool(false);
        answer[9] = if receives { Value::Uint(0) } else { Value::Null };
        answer[10] = Value::Ulong(1 << 20);
        self.send(channel, 0x12, answer)?;
        let node = address(fields.get(if receives { 5 } else { 6 })).to_owned();
        let settled = field(3) != UNSETTLED;
        let link = Link { node, receives, settled, delivery_count: 0, credit: 0 };
        if let Some(session) = self.sessions.get_mut(&channel) {
            session.links.insert(handle, link);
        }
        match receives {
            true => Ok(()),
            false => self.credit(channel, handle),
        }
    }

    /// Lets the client send for as long as it likes to.
    fn credit(&mut self, channel: u16, handle: u32) -> Result<(), Error> {
        let (uint, no) = (Value::Uint, Value::Bool(false));
        let window = u32::MAX >> 1;
        let flow = vec![
            uint(0),
            uint(window),
            uint(0),
            uint(window),
            uint(handle),
            uint(0),
            uint(100_000),
            uint(0),
            no.clone(),
            no,
            Value::Null,
        ];
        self.send(channel, 0x13, flow)
    }

    fn flow(&mut self, channel: u16, fields: &[Value]) {
        let Some(session) = self.sessions.get_mut(&channel) else { return };
        let field = |index: usize| number(fields.get(index)).unwrap_or(0);
        session.window = field(0).wrapping_add(field(1)).wrapping_sub(session.next_outgoing_id);
        let Some(handle) = number(fields.get(4)) else { return };
        if let Some(link) = session.links.get_mut(&handle) {
            link.credit = field(5).wrapping_add(field(6)).wrapping_sub(link.delivery_count);
        }
    }

    /// Answers a request to `$cbs` or `$management`, whose message has been split into its sections.
    fn request(&mut self, channel: u16, fields: &[Value], message: &[Value]) -> Result<(), Error> {
        let (handle, id) =
            (number(fields.first()).unwrap_or(0), number(fields.get(1)).unwrap_or(0));
        let Some(session) = self.sessions.get_mut(&channel) else { return Ok(()) };
        let Some(node) = session.links.get(&handle).map(|it| it.node.clone()) else {
            return Ok(());
        };
        let reply_to = session.links.iter_mut().find(|(_, it)| it.receives && it.node == node);
        let Some((&reply_handle, link)) = reply_to else { return Ok(()) };
        link.delivery_count = link.delivery_count.wrapping_add(1);
        let properties = message.iter().find_map(|it| list(it).filter(|it| it.0 == 0x73));
        let correlation_id = properties.and_then(|it| it.1.first()).cloned().unwrap_or_default();
        let delivery_id = session.next_outgoing_id;
        session.next_outgoing_id = delivery_id.wrapping_add(1);
        let accepted = vec![
            Value::Bool(true),
            Value::Uint(id),
            Value::Uint(id),
            Value::Bool(true),
            described(0x24, Value::List(Vec::new())),
            Value::Bool(false),
        ];
        self.send(channel, 0x15, accepted)?;
        let message = reply(&node, correlation_id)?;
        let mut transfer = prepared(&message);
        address_to(&mut transfer, channel, reply_handle, delivery_id, true);
        self.out.extend(transfer);
        Ok(())
    }

    /// Sends all that the clients' links have credit for.
    fn replay(&mut self) -> Result<(), Error> {
        for (&channel, session) in &mut self.sessions {
            for (&handle, link) in &mut session.links {
                if link.node.starts_with('$') || !link.receives {
                    continue;
                }
                let mut event = self.event.clone();
                let count = link.credit.min(session.window);
                for _ in 0..count {
                    address_to(&mut event, channel, handle, session.next_outgoing_id, link.settled);
                    self.out.extend_from_slice(&event);
                    session.next_outgoing_id = session.next_outgoing_id.wrapping_add(1);
                    if self.out.len() >= CHUNK {
                        self.stream.write_all(&self.out)?;
                        self.out.clear();
                    }
                }
                link.credit -= count;
                link.delivery_count = link.delivery_count.wrapping_add(count);
                session.window -= count;
            }
        }
        Ok(())
    }
}

/// The length of the first frame or protocol header, if it is whole.
fn whole(input: &[u8]) -> Option<usize> {
    let head = input.first_chunk::<4>()?;
    let length = if head == b"AMQP" { 8 } else { u32::from_be_bytes(*head) as usize };
    (input.len() >= length).then_some(length)
}

fn described(code: u64, value: Value) -> Value {
    Value::Described(Box::new(serde_amqp::described::Described {
        descriptor: serde_amqp::descriptor::Descriptor::Code(code),
        value,
    }))
}

/// The frame of a transfer, with fields of a fixed width.
fn prepared(message: &[u8]) -> Vec<u8> {
    let mut body = vec![0x00, 0x53, 0x14, 0xd0];
    body.extend(28_u32.to_be_bytes());
    body.extend(11_u32.to_be_bytes());
    body.extend([0x70, 0, 0, 0, 0, 0x70, 0, 0, 0, 0, 0xa0, 4, 0, 0, 0, 0]);
    body.extend([0x43, 0x42, 0x42, 0x40, 0x40, 0x42, 0x42, 0x42]);
    body.extend(message);
    let mut out = Vec::new();
    frame(&mut out, false, 0, &body);
    out
}

/// Writes the numbers of a delivery into a prepared frame.
fn address_to(frame: &mut [u8], channel: u16, handle: u32, delivery_id: u32, settled: bool) {
    frame[6..8].copy_from_slice(&channel.to_be_bytes());
    for (at, number) in [(HANDLE, handle), (DELIVERY_ID, delivery_id), (DELIVERY_TAG, delivery_id)]
    {
        frame[at..at + 4].copy_from_slice(&number.to_be_bytes());
    }
    frame[SETTLED] = if settled { 0x41 } else { 0x42 };
}

/// An event with this body, with the annotations of a hub.
fn message(body: &[u8]) -> Result<Vec<u8>, Error> {
    let mut annotations = OrderedMap::new();
    annotations.insert(symbol("x-opt-sequence-number"), Value::Long(123_456));
    annotations.insert(symbol("x-opt-offset"), text("123456789"));
    let time = Timestamp::from_milliseconds(1_767_600_000_000);
    annotations.insert(symbol("x-opt-enqueued-time"), Value::Timestamp(time));
    let mut message = encode(0x72, Value::Map(annotations))?;
    message.extend(encode(0x75, Value::Binary(body.to_vec().into()))?);
    Ok(message)
}

fn reply(node: &str, correlation_id: Value) -> Result<Vec<u8>, Error> {
    let mut properties = vec![Value::Null; 13];
    properties[5] = correlation_id;
    let mut status = OrderedMap::new();
    status.insert(text("status-code"), Value::Int(if node == "$cbs" { 202 } else { 200 }));
    status.insert(text("status-description"), text("OK"));
    let mut hub = OrderedMap::new();
    if node != "$cbs" {
        let ids = ["0", "1", "2", "3"].map(text).to_vec();
        hub.insert(text("name"), text("accounts"));
        hub.insert(text("type"), text("com.microsoft:eventhub"));
        let created = Timestamp::from_milliseconds(1_767_600_000_000);
        hub.insert(text("created_at"), Value::Timestamp(created));
        hub.insert(text("partition_count"), Value::Int(4));
        hub.insert(text("partition_ids"), Value::Array(Array(ids)));
    }
    let mut message = encode(0x73, Value::List(properties))?;
    message.extend(encode(0x74, Value::Map(status))?);
    message.extend(encode(0x77, Value::Map(hub))?);
    Ok(message)
}
