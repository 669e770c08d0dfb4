//! The sockets of the AMQP door: everything else is in [`Connection`].

use std::io;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_rustls::TlsAcceptor;

use crate::amqp::connection::Connection;
use crate::amqp::context::Now;
use crate::namespace::Namespace;
use crate::socket::{Socket, drain};

/// How many bytes are read at once: few from a peer that sends little, because each connection has a
/// buffer of its own, and there may be many.
const READ: RangeInclusive<usize> = 1 << 10..=64 << 10;

/// Accepts connections until it is aborted; they end with it.
pub(crate) async fn accept(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    namespace: Arc<Namespace>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve(stream, tls.clone(), Arc::clone(&namespace)));
                }
                // Out of file handles, most likely; some will be free in a moment.
                Err(_) => sleep(Duration::from_millis(50)).await,
            },
            // Ended connections are taken out, or the set would grow for as long as the hub runs.
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, tls: Option<TlsAcceptor>, namespace: Arc<Namespace>) {
    // A peer that breaks off, or trusts another certificate, is its own trouble.
    if let Ok(socket) = Socket::accept(stream, tls.as_ref()).await {
        let encrypted = socket.is_encrypted();
        let _ = exchange(socket, encrypted, namespace).await;
    }
}

/// Serves a connection to its end.
pub(crate) async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Send + 'static,
    encrypted: bool,
    namespace: Arc<Namespace>,
) -> io::Result<()> {
    let (mut reader, mut writer) = tokio::io::split(stream);
    let started = Instant::now();
    let wake = Arc::new(Notify::new());
    let clock = Arc::clone(&namespace.clock);
    let now = || Now { elapsed: started.elapsed(), time: clock() };
    let mut connection = Connection::new(namespace, Arc::clone(&wake), now());
    let mut input = Vec::with_capacity(*READ.start());
    // What is being written, and how much of it was.
    let (mut output, mut written) = (Vec::new(), 0);
    // Encryption keeps some of what it has taken until it is flushed.
    let mut flushed = true;
    while !connection.is_done() || !output.is_empty() {
        if connection.is_over(now()) {
            return Ok(());
        }
        connection.take_output(&mut output, now());
        tokio::select! {
            read = reader.read_buf(&mut input), if connection.takes_input() => {
                if read? == 0 {
                    return Ok(());
                }
                connection.receive(&input, now());
                resize(&mut input);
            }
            count = write(&mut writer, &output[written..]), if !output.is_empty() || !flushed => {
                let count = count?;
                written += count;
                flushed = count == 0 || !encrypted;
                if count > 0 && written == output.len() {
                    (output, written) = (emptied(output), 0);
                    connection.pump(now());
                }
            }
            () = wake.notified() => connection.pump(now()),
            () = sleep_until(started + connection.deadline()) => connection.pump(now()),
        }
    }
    let end = async {
        writer.shutdown().await?;
        // A socket that is closed while the peer still sends is reset, and the peer loses what it has not
        // read: the reason.
        drain(reader).await;
        Ok(())
    };
    timeout(Duration::from_secs(1), end).await.unwrap_or(Ok(()))
}

/// Empties the buffer of a read for the next one: larger if it was full, smaller if it was nearly empty.
fn resize(buffer: &mut Vec<u8>) {
    let (length, capacity) = (buffer.len(), buffer.capacity());
    buffer.clear();
    if length == capacity && capacity < *READ.end() {
        buffer.reserve_exact(capacity * 4);
    } else if length < capacity / 16 {
        buffer.shrink_to(*READ.start().max(&(capacity / 4)));
    }
}

/// Writes bytes, or flushes those that were written if there are no more. Returns how many were written.
async fn write(writer: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> io::Result<usize> {
    if bytes.is_empty() {
        return writer.flush().await.map(|()| 0);
    }
    match writer.write(bytes).await? {
        0 => Err(io::ErrorKind::WriteZero.into()),
        count => Ok(count),
    }
}

/// The buffer for the next time, unless it is so large that an idle connection should not have it.
fn emptied(mut buffer: Vec<u8>) -> Vec<u8> {
    buffer.clear();
    if buffer.capacity() > *READ.end() { Vec::new() } else { buffer }
}
