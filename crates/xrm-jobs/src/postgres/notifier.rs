//! Notifying workers of any process that there may be something to do.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};
use std::task::{Poll, ready};
use std::time::Duration;

use event_listener::{Event, EventListener};
use futures_util::future::select;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinHandle;
use tokio_postgres::{AsyncMessage, Client, Connection, Notification};

use super::server::Server;

/// The channel of every store; the payload of a notification is the schema of one.
const CHANNEL: &str = "xrm_jobs";

/// The wait before connecting again.
const RECONNECT_AFTER: Duration = Duration::from_secs(1);

/// The wait after a notification before the next one. The server takes one lock for the whole of
/// every transaction that notifies, so their commits queue up. Stores therefore notify apart from
/// their changes, and once for many of them.
const PAUSE: Duration = Duration::from_millis(10);

/// How long a store that is closed waits for its last notification. Workers poll anyway.
const LAST_NOTIFICATION: Duration = Duration::from_secs(1);

/// Notifications of one store's schema, to and from the stores of other processes.
///
/// It has a connection of its own. When the connection is lost and found again, everybody in this
/// process is woken, because notifications may have been missed meanwhile.
#[derive(Debug)]
pub(super) struct Notifier {
    shared: Arc<Shared>,
    /// `None` if the server does not pass notifications on.
    task: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    schema: String,
    /// Wakes those who wait in this process.
    changed: Event,
    /// How many notifications were asked for, and how many of them other processes have.
    requested: AtomicU64,
    sent: AtomicU64,
    /// Wakes the task that sends.
    request: Event,
    /// Wakes a store that is being closed.
    progress: Event,
    /// The server process behind the connection, to tell our own notifications from others'.
    process_id: AtomicI32,
}

impl Notifier {
    /// Starts to listen, if there is a server to listen to. Must be called in a tokio runtime.
    pub(super) fn new(schema: String, server: Option<Server>) -> Self {
        let shared = Arc::new(Shared {
            schema,
            changed: Event::new(),
            requested: AtomicU64::new(0),
            sent: AtomicU64::new(0),
            request: Event::new(),
            progress: Event::new(),
            process_id: AtomicI32::new(0),
        });
        let task = server.map(|server| tokio::spawn(run(Arc::clone(&shared), server)));
        Self { shared, task }
    }

    /// Notifies everybody, those in other processes soon.
    pub(super) fn notify(&self) {
        self.shared.changed.notify(usize::MAX);
        self.shared.requested.fetch_add(1, Ordering::AcqRel);
        self.shared.request.notify(1);
    }

    pub(super) fn changed(&self) -> EventListener {
        self.shared.changed.listen()
    }

    /// Sends what is left to send, and closes the connection.
    pub(super) async fn close(&self) {
        let Some(task) = &self.task else { return };
        let sent = async {
            loop {
                let progress = self.shared.progress.listen();
                if self.shared.unsent().is_none() {
                    return;
                }
                progress.await;
            }
        };
        // A server that can't be reached can't be notified.
        let _ = tokio::time::timeout(LAST_NOTIFICATION, sent).await;
        task.abort();
    }
}

impl Drop for Notifier {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

async fn run(shared: Arc<Shared>, server: Server) {
    loop {
        if let Ok((client, connection)) = server.connect().await {
            // Whichever ends first, the connection is lost.
            select(pin!(shared.receive(connection)), pin!(shared.send(client))).await;
        }
        tokio::time::sleep(RECONNECT_AFTER).await;
    }
}

impl Shared {
    /// Drives the connection, and wakes those who wait when another process notifies.
    async fn receive<T>(&self, mut connection: Connection<tokio_postgres::Socket, T>)
    where
        T: AsyncRead + AsyncWrite + Unpin,
    {
        poll_fn(|context| {
            loop {
                match ready!(connection.poll_message(context)) {
                    Some(Ok(AsyncMessage::Notification(it))) => self.received(&it),
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return Poll::Ready(()),
                }
            }
        })
        .await;
    }

    fn received(&self, notification: &Notification) {
        // Those who wait here were woken when the change was made.
        let is_ours = notification.process_id() == self.process_id.load(Ordering::Relaxed);
        if notification.payload() == self.schema && !is_ours {
            self.changed.notify(usize::MAX);
        }
    }

    async fn send(&self, client: Client) -> Result<(), tokio_postgres::Error> {
        let row = client.query_one("SELECT pg_backend_pid()", &[]).await?;
        self.process_id.store(row.try_get(0)?, Ordering::Relaxed);
        client.batch_execute(&format!("LISTEN {CHANNEL}")).await?;
        // Notifications that came before this were missed.
        self.changed.notify(usize::MAX);
        let notify = client.prepare("SELECT pg_notify($1, $2)").await?;
        loop {
            // Listening before looking: a request that comes in between is not missed.
            let request = self.request.listen();
            match self.unsent() {
                Some(requested) => {
                    client.execute(&notify, &[&CHANNEL, &self.schema]).await?;
                    self.sent.store(requested, Ordering::Release);
                    self.progress.notify(usize::MAX);
                    tokio::time::sleep(PAUSE).await;
                }
                None => request.await,
            }
        }
    }

    /// How many notifications were asked for, if not all of them are sent.
    fn unsent(&self) -> Option<u64> {
        let requested = self.requested.load(Ordering::Acquire);
        (requested != self.sent.load(Ordering::Acquire)).then_some(requested)
    }
}
