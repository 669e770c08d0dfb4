//! A connection that fails on demand.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use crate::hub::lock;
use crate::socket::Socket;

/// How a connection delivers what is written to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// As it should.
    #[default]
    Whole,
    /// Not at all: writing resets the connection.
    Nothing,
    /// So many bytes, and then it closes.
    First(usize),
    /// One byte at a time, with a pause between them.
    Trickle(Duration),
}

/// Sets how a connection delivers what is written to it from now on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wire(Arc<Mutex<Delivery>>);

impl Wire {
    pub(crate) fn deliver(&self, delivery: Delivery) {
        *lock(&self.0) = delivery;
    }

    fn delivery(&self) -> Delivery {
        *lock(&self.0)
    }
}

/// A stream that does as its [`Wire`] says. Reading is not affected.
pub(crate) struct FaultyStream {
    stream: Socket,
    wire: Wire,
    /// What was read before, and comes first.
    first: Bytes,
    pause: Option<Pin<Box<Sleep>>>,
}

impl FaultyStream {
    pub(crate) fn new(stream: Socket, wire: Wire, first: Vec<u8>) -> Self {
        Self { stream, wire, first: first.into(), pause: None }
    }

    fn stream(&mut self) -> Pin<&mut Socket> {
        Pin::new(&mut self.stream)
    }

    fn reset(&self) -> io::Error {
        // Closing a socket that does not linger resets it, and that comes next.
        let result = self.stream.tcp().set_zero_linger();
        result.err().unwrap_or_else(|| io::ErrorKind::ConnectionReset.into())
    }

    fn poll_first(
        &mut self,
        context: &mut Context<'_>,
        bytes: &[u8],
        left: usize,
    ) -> Poll<io::Result<usize>> {
        let first = bytes.get(..left).unwrap_or(bytes);
        // An error ends the connection; what was written before is delivered all the same.
        if first.is_empty() && !bytes.is_empty() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        let written = ready!(self.stream().poll_write(context, first))?;
        self.wire.deliver(Delivery::First(left - written));
        Poll::Ready(Ok(written))
    }

    fn poll_trickle(
        &mut self,
        context: &mut Context<'_>,
        bytes: &[u8],
        pause: Duration,
    ) -> Poll<io::Result<usize>> {
        // The pause is between bytes: the first goes at once, and none follows the last.
        if let Some(pause) = &mut self.pause {
            ready!(pause.as_mut().poll(context));
        }
        self.pause = None;
        let written = ready!(self.stream().poll_write(context, bytes.get(..1).unwrap_or(bytes)))?;
        self.pause = Some(Box::pin(sleep(pause)));
        Poll::Ready(Ok(written))
    }
}

impl AsyncRead for FaultyStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.first.is_empty() {
            let length = self.first.len().min(buffer.remaining());
            buffer.put_slice(&self.first.split_to(length));
            return Poll::Ready(Ok(()));
        }
        self.stream().poll_read(context, buffer)
    }
}

impl AsyncWrite for FaultyStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.wire.delivery() {
            Delivery::Whole => self.stream().poll_write(context, bytes),
            Delivery::Nothing => Poll::Ready(Err(self.reset())),
            Delivery::First(left) => self.poll_first(context, bytes, left),
            Delivery::Trickle(pause) => self.poll_trickle(context, bytes, pause),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_shutdown(context)
    }
}
