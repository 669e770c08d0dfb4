//! Refuses clients that speak HTTP/2 without negotiation.
//!
//! HTTP/2 has no reason phrase (RFC 9113, 8.3.2), in which the service and the local hub say why they refuse
//! a token. So the hub speaks HTTP/1.1 only. Clients that negotiate fall back to it by ALPN, or because their
//! upgrade gets no answer. A client with prior knowledge (RFC 9113, 3.3) gets HTTP/2's own error for this,
//! `HTTP_1_1_REQUIRED`.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

use crate::socket::{Socket, drain};

/// The first bytes of a client that speaks HTTP/2 (RFC 9113, 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// How long a client may take to say what it speaks: as long as hyper lets it take for the head of a
/// request.
const PATIENCE: Duration = Duration::from_secs(30);

/// Reads the first bytes of a client, until they show what it speaks. Returns them if it is something else
/// than HTTP/2, and otherwise refuses the client and returns `None`.
pub(crate) async fn first_bytes(socket: &mut Socket) -> io::Result<Option<Vec<u8>>> {
    let bytes = timeout(PATIENCE, read_first(socket)).await??;
    if bytes != PREFACE {
        return Ok(Some(bytes));
    }
    socket.write_all(&refusal()).await?;
    socket.shutdown().await?;
    // What has come is read, or the connection would be reset, and the refusal could be lost.
    let _ = timeout(Duration::from_secs(1), drain(socket)).await;
    Ok(None)
}

/// No more than the preface is read, and of another protocol no more than is at hand.
async fn read_first(socket: &mut Socket) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(PREFACE.len());
    while bytes.len() < PREFACE.len() && PREFACE.starts_with(&bytes) {
        let mut rest = (&mut *socket).take((PREFACE.len() - bytes.len()) as u64);
        if rest.read_buf(&mut bytes).await? == 0 {
            break;
        }
    }
    Ok(bytes)
}

/// An empty SETTINGS, with which a server begins, and a GOAWAY (RFC 9113, 6.5, 6.8).
fn refusal() -> Vec<u8> {
    const SETTINGS: [u8; 9] = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    const GOAWAY: u8 = 7;
    const HTTP_1_1_REQUIRED: u32 = 0xd;
    const TEXT: &[u8] = b"The local hub speaks HTTP/1.1: let the client use it.";

    let [_, a, b, c] = (8 + TEXT.len() as u32).to_be_bytes();
    let mut out = SETTINGS.to_vec();
    out.extend([a, b, c, GOAWAY, 0, 0, 0, 0, 0]);
    // The last stream that the hub processed: 0, for none.
    out.extend([0; 4]);
    out.extend(HTTP_1_1_REQUIRED.to_be_bytes());
    out.extend(TEXT);
    out
}
