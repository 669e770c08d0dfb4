//! A client that sends over AMQP, as small as one can be: a connection, a session, a link.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;

const MECHANISMS: u8 = 0x40;
const INIT: u8 = 0x41;
const OUTCOME: u8 = 0x44;
const OPEN: u8 = 0x10;
const BEGIN: u8 = 0x11;
const ATTACH: u8 = 0x12;
const FLOW: u8 = 0x13;
const TRANSFER: u8 = 0x14;
const DISPOSITION: u8 = 0x15;

/// A link on which events are sent to an address.
pub(crate) struct Sender {
    stream: TcpStream,
    next: u32,
}

impl Sender {
    /// Connects with the name and the key of a policy, and attaches a link.
    pub(crate) fn connect(
        address: &str,
        (name, key): (&str, &str),
        target: &str,
    ) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        let mut this = Self { stream, next: 0 };
        this.header(3)?;
        this.read(MECHANISMS)?;
        let response = format!("\0{name}\0{key}");
        this.write(1, INIT, &[symbol("PLAIN"), binary(response.as_bytes())], &[])?;
        this.read(OUTCOME)?;
        this.header(0)?;
        this.write(0, OPEN, &[string("sender")], &[])?;
        this.read(OPEN)?;
        this.write(0, BEGIN, &[null(), uint(0), uint(2048), uint(2048)], &[])?;
        this.read(BEGIN)?;
        let (source, target) = (list(0x28, &[string("here")]), list(0x29, &[string(target)]));
        let link = [string("link"), uint(0), vec![0x42], null(), null(), source, target];
        let fields = [&link[..], &[null(), null(), uint(0)]].concat();
        this.write(0, ATTACH, &fields, &[])?;
        this.read(ATTACH)?;
        this.read(FLOW)?;
        Ok(this)
    }

    /// Sends an event whose body is these bytes. The peer gives credit for a thousand at once.
    pub(crate) fn send(&mut self, body: &[u8]) -> io::Result<()> {
        let fields = [uint(0), uint(self.next), binary(b"t"), uint(0), vec![0x42], vec![0x42]];
        self.next += 1;
        let section = [&[0x00, 0x53, 0x75][..], &binary(body)].concat();
        self.write(0, TRANSFER, &fields, &section)
    }

    /// Waits until deliveries are accepted, and returns the number of the last one.
    pub(crate) fn accepted(&mut self) -> io::Result<u32> {
        loop {
            let (code, body) = self.frame()?;
            if code != DISPOSITION {
                continue;
            }
            // The fields are role, first, last, settled, state.
            let mut fields = Fields(&body);
            let (_, first, last) = (fields.next()?, fields.next()?, fields.next()?);
            fields.next()?;
            let accepted = fields.0.starts_with(&[0x00, 0x53, 0x24]);
            return if accepted { Ok(last.max(first)) } else { Err(malformed()) };
        }
    }

    fn header(&mut self, protocol: u8) -> io::Result<()> {
        let header = [b'A', b'M', b'Q', b'P', protocol, 1, 0, 0];
        self.stream.write_all(&header)?;
        let mut answer = [0; 8];
        self.stream.read_exact(&mut answer)?;
        if answer == header { Ok(()) } else { Err(malformed()) }
    }

    fn write(&mut self, kind: u8, code: u8, fields: &[Vec<u8>], payload: &[u8]) -> io::Result<()> {
        let body = list(code, fields);
        let length = (8 + body.len() + payload.len()) as u32;
        let header = [&length.to_be_bytes()[..], &[2, kind, 0, 0]].concat();
        self.stream.write_all(&[&header, &body, payload].concat())
    }

    /// Reads frames until one has this code.
    fn read(&mut self, code: u8) -> io::Result<()> {
        while self.frame()?.0 != code {}
        Ok(())
    }

    /// The code of the next frame that is not empty, and its fields.
    fn frame(&mut self) -> io::Result<(u8, Vec<u8>)> {
        loop {
            let mut header = [0; 8];
            self.stream.read_exact(&mut header)?;
            let [a, b, c, d, ..] = header;
            let length = u32::from_be_bytes([a, b, c, d]) as usize;
            let mut body = vec![0; length.checked_sub(8).ok_or_else(malformed)?];
            self.stream.read_exact(&mut body)?;
            match &body[..] {
                [] => {}
                [0x00, 0x53, code, 0xd0, rest @ ..] if rest.len() >= 8 => {
                    return Ok((*code, rest[8..].to_vec()));
                }
                [0x00, 0x53, code, 0xc0, rest @ ..] if rest.len() >= 2 => {
                    return Ok((*code, rest[2..].to_vec()));
                }
                _ => return Err(malformed()),
            }
        }
    }
}

/// The numbers and Booleans that fields begin with.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn next(&mut self) -> io::Result<u32> {
        let (value, rest) = match self.0 {
            [0x40..=0x43, rest @ ..] => (0, rest),
            [0x52, value, rest @ ..] => (u32::from(*value), rest),
            [0x70, a, b, c, d, rest @ ..] => (u32::from_be_bytes([*a, *b, *c, *d]), rest),
            _ => return Err(malformed()),
        };
        self.0 = rest;
        Ok(value)
    }
}

fn malformed() -> io::Error {
    io::Error::other("this is not what the local hub answers")
}

fn null() -> Vec<u8> {
    vec![0x40]
}

fn uint(value: u32) -> Vec<u8> {
    [&[0x70][..], &value.to_be_bytes()].concat()
}

fn string(text: &str) -> Vec<u8> {
    [&[0xa1, text.len() as u8], text.as_bytes()].concat()
}

fn symbol(text: &str) -> Vec<u8> {
    [&[0xa3, text.len() as u8], text.as_bytes()].concat()
}

fn binary(bytes: &[u8]) -> Vec<u8> {
    [&[0xb0][..], &(bytes.len() as u32).to_be_bytes(), bytes].concat()
}

fn list(code: u8, fields: &[Vec<u8>]) -> Vec<u8> {
    let count = fields.len() as u32;
    let fields = fields.concat();
    let size = (fields.len() + 4) as u32;
    [&[0x00, 0x53, code, 0xd0][..], &size.to_be_bytes(), &count.to_be_bytes(), &fields].concat()
}
