//! Telling workers of any process that there may be something to do.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::task::{Poll, ready};
use std::time::Duration;

use event_listener::{Event, EventListener};
use futures_util::future::select;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinHandle;
use tokio_postgres::{AsyncMessage, Client, Connection, Notification};

use super::server::Server;

/// The channel of every store; what is told is the schema of one.
const CHANNEL: &str = "xrm_jobs";

/// How long to wait before connecting anew.
const RECONNECT_AFTER: Duration = Duration::from_secs(1);

/// How long to wait after news before there may be more. The server commits one transaction that
/// tells news after another, so stores tell it apart from their changes, and not for each of them.
const PAUSE: Duration = Duration::from_millis(10);

/// News of one store's schema, to and from the stores of other processes.
///
/// It has a connection of its own, on which it listens and speaks. When it is lost and found again,
/// everybody is told that there may be something to do, for news may have been missed meanwhile.
#[derive(Debug)]
pub(super) struct News {
    board: Arc<Board>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Board {
    schema: String,
    /// Wakes who waits in this process.
    changed: Event,
    /// Whether there is news that other processes have not been told.
    is_untold: AtomicBool,
    told: Event,
    /// The server process behind the connection, to tell our own news from others'.
    process_id: AtomicI32,
}

impl News {
    /// Starts to listen. Must be called in a tokio runtime.
    pub(super) fn of(schema: String, server: Server) -> Self {
        let board = Arc::new(Board {
            schema,
            changed: Event::new(),
            is_untold: AtomicBool::new(false),
            told: Event::new(),
            process_id: AtomicI32::new(0),
        });
        let task = tokio::spawn(run(Arc::clone(&board), server));
        Self { board, task }
    }

    /// Tells everybody.
    pub(super) fn tell(&self) {
        self.board.changed.notify(usize::MAX);
        self.board.is_untold.store(true, Ordering::Release);
        self.board.told.notify(1);
    }

    pub(super) fn changed(&self) -> EventListener {
        self.board.changed.listen()
    }
}

impl Drop for News {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn run(board: Arc<Board>, server: Server) {
    loop {
        if let Ok((client, connection)) = server.connect().await {
            // Whichever ends first, the connection is lost.
            select(pin!(board.hear(connection)), pin!(board.speak(client))).await;
        }
        tokio::time::sleep(RECONNECT_AFTER).await;
    }
}

impl Board {
    async fn hear<T>(&self, mut connection: Connection<tokio_postgres::Socket, T>)
    where
        T: AsyncRead + AsyncWrite + Unpin,
    {
        poll_fn(|context| {
            loop {
                match ready!(connection.poll_message(context)) {
                    Some(Ok(AsyncMessage::Notification(news))) => self.note(&news),
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return Poll::Ready(()),
                }
            }
        })
        .await;
    }

    fn note(&self, news: &Notification) {
        let is_ours = news.process_id() == self.process_id.load(Ordering::Relaxed);
        if news.payload() == self.schema && !is_ours {
            self.changed.notify(usize::MAX);
        }
    }

    async fn speak(&self, client: Client) -> Result<(), tokio_postgres::Error> {
        let row = client.query_one("SELECT pg_backend_pid()", &[]).await?;
        self.process_id.store(row.try_get(0)?, Ordering::Relaxed);
        client.batch_execute(&format!("LISTEN {CHANNEL}")).await?;
        self.changed.notify(usize::MAX);
        let tell = client.prepare("SELECT pg_notify($1, $2)").await?;
        loop {
            let told = self.told.listen();
            if self.is_untold.swap(false, Ordering::AcqRel) {
                if let Err(lost) = client.execute(&tell, &[&CHANNEL, &self.schema]).await {
                    self.is_untold.store(true, Ordering::Release);
                    return Err(lost);
                }
                tokio::time::sleep(PAUSE).await;
            } else {
                told.await;
            }
        }
    }
}
