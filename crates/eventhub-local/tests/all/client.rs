//! A client that hides nothing.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};

use azure_sas::{Resource, SharedAccessKey, Signer};
use chrono::{DateTime, Utc};
use eventhub_local::{Builder, LocalEventHub};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) const KEY_NAME: &str = "send";
pub(crate) const LOOPBACK: ([u8; 4], u16) = ([127, 0, 0, 1], 0);

/// 2026-01-05T08:00:00Z, the time of the local hub in these tests.
pub(crate) const NOW: i64 = 1_767_600_000;

pub(crate) static KEY: LazyLock<SharedAccessKey> = LazyLock::new(|| {
    SharedAccessKey::new("dGhlIGtleSBvZiB0aGUgdGVzdHMgb2YgdGhpcyBjcnQ=").expect("a key")
});

pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).expect("a time that chrono knows")
}

/// Hubs `accounts` with four partitions and `tiny` with one, at a clock that stands still.
pub(crate) fn builder() -> Builder {
    LocalEventHub::builder()
        .hub("accounts", 4)
        .hub("tiny", 1)
        .key_name(KEY_NAME)
        .key(KEY.clone())
        .clock(|| at(NOW))
}

pub(crate) async fn local() -> LocalEventHub {
    builder().serve(LOOPBACK).await.expect("a free port")
}

/// A clock that tests can set.
#[derive(Clone)]
pub(crate) struct TestClock(Arc<AtomicI64>);

impl TestClock {
    pub(crate) fn new(seconds: i64) -> Self {
        Self(Arc::new(AtomicI64::new(seconds)))
    }

    pub(crate) fn set(&self, seconds: i64) {
        self.0.store(seconds, Ordering::SeqCst);
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        at(self.0.load(Ordering::SeqCst))
    }
}

/// A token for a path of a local hub, good for ten minutes.
pub(crate) fn token(local: &LocalEventHub, path: &str) -> String {
    sign(&KEY, KEY_NAME, &format!("{}{path}", local.origin()), NOW + 600)
}

pub(crate) fn sign(key: &SharedAccessKey, name: &str, uri: &str, expires: i64) -> String {
    let resource = Resource::new(uri).expect("a URI");
    let signer = Signer::new(name, key).expect("a policy");
    signer.sign(&resource, at(expires)).authorization().to_owned()
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status_line: String,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str())
    }
}

/// Sends a request and reads until the local hub closes the connection.
pub(crate) async fn exchange(address: SocketAddr, head: &str, body: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(address).await.expect("the local hub listens");
    let head = format!("{}\r\nConnection: close\r\n\r\n", head.trim_end());
    stream.write_all(head.as_bytes()).await.expect("the local hub reads");
    stream.write_all(body).await.expect("the local hub reads");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.expect("the local hub answers");
    read_answer(&String::from_utf8(bytes).expect("answers are text"))
}

pub(crate) fn read_answer(text: &str) -> Answer {
    let (head, body) = text.split_once("\r\n\r\n").expect("an answer has a head");
    let mut lines = head.split("\r\n");
    let status_line = lines.next().expect("a head has a status line").to_owned();
    let headers = lines
        .map(|it| it.split_once(": ").expect("a header has a value"))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let mut answer = Answer { status_line, headers, body: body.to_owned() };
    if answer.header("transfer-encoding") == Some("chunked") {
        answer.body = unchunked(body);
    }
    answer
}

/// The data of a body in chunks (RFC 9112, 7.1), up to and with the last one.
fn unchunked(mut body: &str) -> String {
    let mut data = String::new();
    loop {
        let (size, rest) = body.split_once("\r\n").expect("a chunk has a size");
        let size = usize::from_str_radix(size, 16).expect("a size is hexadecimal");
        let (chunk, rest) = rest.split_at(size);
        data.push_str(chunk);
        body = rest.strip_prefix("\r\n").expect("a chunk ends its line");
        if size == 0 {
            return data;
        }
    }
}

/// Posts to a path with a good token and further headers, a line each.
pub(crate) async fn post(local: &LocalEventHub, path: &str, headers: &str, body: &[u8]) -> Answer {
    let resource = path.split('?').next().unwrap_or(path);
    let authorization = format!("Authorization: {}", token(local, resource));
    post_with(local, path, &format!("{authorization}\r\n{headers}"), body).await
}

/// Asks for a path with a good token and further headers, a line each.
pub(crate) async fn ask(
    local: &LocalEventHub,
    method: &str,
    path: &str,
    headers: &str,
    body: &str,
) -> Answer {
    let authorization = token(local, path.split('?').next().unwrap_or(path));
    ask_as(local, method, path, &authorization, headers, body).await
}

/// Asks for a path with this token and further headers.
pub(crate) async fn ask_as(
    local: &LocalEventHub,
    method: &str,
    path: &str,
    authorization: &str,
    headers: &str,
    body: &str,
) -> Answer {
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: {authorization}\r\n\
         Content-Length: {}\r\n{headers}",
        local.address(),
        body.len(),
    );
    exchange(local.address(), &head, body.as_bytes()).await
}

/// Posts to a path with these headers alone.
pub(crate) async fn post_with(
    local: &LocalEventHub,
    path: &str,
    headers: &str,
    body: &[u8],
) -> Answer {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n{headers}",
        local.address(),
        body.len(),
    );
    exchange(local.address(), &head, body).await
}

pub(crate) async fn get(local: &LocalEventHub, path: &str) -> Answer {
    let head = format!("GET {path} HTTP/1.1\r\nHost: {}", local.address());
    exchange(local.address(), &head, b"").await
}

/// The detail of an XML error, after checking the form around it.
pub(crate) fn detail(answer: &Answer, code: u16) -> String {
    assert_eq!(answer.header("content-type"), Some("application/xml; charset=utf-8"), "{answer:?}");
    let start = format!("<Error><Code>{code}</Code><Detail>");
    let inner = answer.body.strip_prefix(start.as_str()).expect("an error with this code");
    inner.strip_suffix("</Detail></Error>").expect("an error's end").to_owned()
}
