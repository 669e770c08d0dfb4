//! A server that follows a script, byte for byte, and keeps what it was sent.

use std::future;
use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What to do on one connection, in order.
#[derive(Clone, Copy)]
pub(crate) enum Act {
    /// Read a request and answer it with these bytes.
    Answer(&'static str),
    /// Read a request and answer nothing, ever.
    Hang,
    /// Drop the connection the hard way, whether a request has been read or not.
    Reset,
    /// Read a request and drop the connection the hard way.
    ReadAndReset,
}

/// A server with one script per connection that it accepts; after the last it stops listening.
pub(crate) struct Server {
    pub(crate) port: u16,
    requests: JoinHandle<Vec<String>>,
}

impl Server {
    pub(crate) async fn start(scripts: &[&[Act]]) -> Self {
        let scripts: Vec<_> = scripts.iter().map(|script| script.to_vec()).collect();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = tokio::spawn(async move {
            let mut requests = Vec::new();
            for script in scripts {
                let (stream, _) = listener.accept().await.unwrap();
                serve(stream, &script, &mut requests).await;
            }
            requests
        });
        Self { port, requests }
    }

    /// The requests that were read, once every script has been played.
    pub(crate) async fn requests(self) -> Vec<String> {
        self.requests.await.unwrap()
    }
}

async fn serve(mut stream: TcpStream, script: &[Act], requests: &mut Vec<String>) {
    for act in script {
        if !matches!(act, Act::Reset) {
            requests.push(read_request(&mut stream).await);
        }
        match act {
            Act::Answer(answer) => answer_with(&mut stream, answer).await,
            Act::Hang => future::pending().await,
            Act::Reset | Act::ReadAndReset => stream.set_zero_linger().unwrap(),
        }
    }
}

/// A client that has read enough may be gone already.
async fn answer_with(stream: &mut (impl AsyncWrite + Unpin), answer: &str) {
    let sent: io::Result<()> = stream.write_all(answer.as_bytes()).await;
    drop(sent);
}

/// Reads one request, whose length `Content-Length` tells, up to the end of its body.
pub(crate) async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n")
            && body.len() >= content_length(head)
        {
            return text.into_owned();
        }
        assert_ne!(stream.read_buf(&mut bytes).await.unwrap(), 0, "the request is cut off");
    }
}

fn content_length(head: &str) -> usize {
    let lines = head.lines().filter_map(|line| line.split_once(':'));
    let mut lengths = lines.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    lengths.next().map_or(0, |(_, length)| length.trim().parse().unwrap())
}
