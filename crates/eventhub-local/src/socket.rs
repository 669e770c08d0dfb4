//! A connection of a client, encrypted or not.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// A connection of a client.
pub(crate) enum Socket {
    Plain(TcpStream),
    Encrypted(Box<TlsStream<TcpStream>>),
}

impl Socket {
    /// Makes a connection of a stream, encrypted if there is a certificate.
    pub(crate) async fn accept(stream: TcpStream, tls: Option<&TlsAcceptor>) -> io::Result<Self> {
        /// How long a client may take to agree on keys.
        const HANDSHAKE: Duration = Duration::from_secs(30);

        // Small answers would wait for the acknowledgment of the one before them (Nagle's algorithm).
        stream.set_nodelay(true)?;
        match tls {
            None => Ok(Self::Plain(stream)),
            Some(tls) => {
                let encrypted = timeout(HANDSHAKE, tls.accept(stream)).await??;
                Ok(Self::Encrypted(Box::new(encrypted)))
            }
        }
    }

    pub(crate) const fn is_encrypted(&self) -> bool {
        matches!(self, Self::Encrypted(_))
    }

    /// The connection that carries the bytes.
    pub(crate) fn tcp(&self) -> &TcpStream {
        match self {
            Self::Plain(it) => it,
            Self::Encrypted(it) => it.get_ref().0,
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(it) => Pin::new(it).poll_read(context, buffer),
            Self::Encrypted(it) => Pin::new(it).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(it) => Pin::new(it).poll_write(context, bytes),
            Self::Encrypted(it) => Pin::new(it).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(it) => Pin::new(it).poll_flush(context),
            Self::Encrypted(it) => Pin::new(it).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(it) => Pin::new(it).poll_shutdown(context),
            Self::Encrypted(it) => Pin::new(it).poll_shutdown(context),
        }
    }
}

/// Reads what a peer still sends, until it ends.
pub(crate) async fn drain(mut reader: impl AsyncRead + Unpin) {
    let mut rest = [0; 4096];
    while reader.read(&mut rest).await.is_ok_and(|it| it > 0) {}
}
