//! Trying what the store relies on, before it does.
//!
//! Engines that speak PostgreSQL's protocol and poolers in front of it accept statements that they do
//! not carry out: CockroachDB's advisory locks lock nothing, and through PgBouncer in transaction mode
//! two statements of one connection meet two sessions. A store that found this out later would have
//! sent jobs twice or out of order by then. So two connections fight for a lock and for a row, and
//! look at whether each has a session to itself.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Poll, ready};
use std::time::Duration;

use deadpool_postgres::PoolError;
use event_listener::Event;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::error::SqlState;
use tokio_postgres::{AsyncMessage, Client, SimpleQueryMessage};

use super::error::ServerError;
use super::server::Server;
use crate::error::Error;
use crate::store_error::{StoreError, StoreErrorKind};

/// The channel on which a probe notifies itself, so that it wakes nobody else.
const CHANNEL: &str = "xrm_jobs_probe";

/// The wait for what should come at once.
const PATIENCE: Duration = Duration::from_secs(5);

/// The upper half of the number of the lock that is fought for ("xrmj" in ASCII); the lower half is
/// the server's process, so that stores which open at the same time fight for locks of their own.
const LOCK: i64 = 0x7872_6D6A << 32;

/// Two connections to a server that is probed.
pub(super) struct Probe {
    first: Session,
    second: Session,
}

impl Probe {
    /// Connects, and tries what needs no tables.
    pub(super) async fn begin(server: &Server) -> Result<Self, ServerError> {
        let (first, second) = (Session::connect(server).await?, Session::connect(server).await?);
        let probe = Self { first, second };
        probe.locks_lock().await?;
        probe.sessions_last().await?;
        Ok(probe)
    }

    /// Two transactions can't have one advisory lock.
    async fn locks_lock(&self) -> Result<(), ServerError> {
        let process: i64 = self.first.process().await?.parse().unwrap_or_default();
        let key = LOCK | (process & 0xFFFF_FFFF);
        self.first.execute(&format!("BEGIN; SELECT pg_advisory_xact_lock({key})")).await?;
        let locked =
            self.second.value(&format!("BEGIN; SELECT pg_try_advisory_xact_lock({key})")).await?;
        self.second.execute("COMMIT").await?;
        self.first.execute("COMMIT").await?;
        if locked.as_deref() == Some("f") {
            return Ok(());
        }
        Err(unsupported(
            "the server's advisory locks lock nothing, so jobs of one partition key could overtake \
             each other or wait for ever",
        ))
    }

    /// A connection stays with its session. A pooler that hands sessions out by the transaction gives
    /// the second connection the session that the first one has just used, or the first one another.
    async fn sessions_last(&self) -> Result<(), ServerError> {
        let before = self.first.process().await?;
        self.second.execute("BEGIN").await?;
        let other = self.second.process().await?;
        let after = self.first.process().await?;
        self.second.execute("COMMIT").await?;
        if before == after && before != other {
            return Ok(());
        }
        Err(unsupported(
            "a pooler hands out sessions by the transaction, so settings, prepared statements and \
             notifications are lost; use its session mode or connect to the server",
        ))
    }

    /// A claim leaves out rows that others have locked. This needs the tables of the schema.
    pub(super) async fn rows_are_skipped(&self, schema: &str) -> Result<(), ServerError> {
        let row =
            format!("SELECT version FROM {schema}.schemaversion WHERE version = 1 FOR UPDATE");
        let begin = "BEGIN; SET LOCAL lock_timeout = '1s'";
        if let Err(error) = self.first.value(&format!("{begin}; {row}")).await {
            // A server or a user that can't write, or a row that another store probes: nobody knows
            // then, and nothing is claimed where nothing can be written.
            let unknown = [
                SqlState::READ_ONLY_SQL_TRANSACTION,
                SqlState::INSUFFICIENT_PRIVILEGE,
                SqlState::LOCK_NOT_AVAILABLE,
            ];
            self.first.execute("ROLLBACK").await?;
            return if error.code().is_some_and(|code| unknown.contains(code)) {
                Ok(())
            } else {
                Err(error)
            };
        }
        let skipped =
            timeout(PATIENCE, self.second.value(&format!("{begin}; {row} SKIP LOCKED"))).await;
        self.first.execute("ROLLBACK").await?;
        match skipped {
            Ok(Ok(None)) => self.second.execute("ROLLBACK").await,
            // It was given out, or waited for.
            Ok(Ok(Some(_))) | Err(_) => Err(rows_are_not_skipped()),
            Ok(Err(error)) if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) => {
                Err(rows_are_not_skipped())
            }
            Ok(Err(error)) => Err(error),
        }
    }

    /// Whether one connection hears the notification of another. A store can do without.
    pub(super) async fn is_notified(&self) -> Result<bool, ServerError> {
        let heard = self.first.heard.listen();
        let process = self.second.process().await?;
        let notify = format!("/* probe */ SELECT pg_notify('{CHANNEL}', '{process}')");
        let listens = self.first.execute(&format!("LISTEN {CHANNEL}")).await;
        if listens.is_err() || self.second.execute(&notify).await.is_err() {
            return Ok(false);
        }
        Ok(timeout(PATIENCE, heard).await.is_ok())
    }
}

fn rows_are_not_skipped() -> ServerError {
    unsupported(
        "the server does not skip locked rows (SKIP LOCKED), so workers would wait for each other or \
         send jobs twice",
    )
}

fn unsupported(message: &'static str) -> ServerError {
    Error::from(StoreError::new(StoreErrorKind::Unsupported, message)).into()
}

/// A connection that belongs to no pool. Statements are sent as text: a pooler may not know prepared
/// ones, and is to be recognized all the same.
struct Session {
    client: Client,
    /// Wakes who waits for a notification.
    heard: Arc<Event>,
    connection: JoinHandle<()>,
}

impl Session {
    async fn connect(server: &Server) -> Result<Self, ServerError> {
        let (client, mut connection) = server.connect().await.map_err(PoolError::Backend)?;
        let heard = Arc::<Event>::default();
        let hears = Arc::clone(&heard);
        let connection = tokio::spawn(poll_fn(move |context| {
            loop {
                match ready!(connection.poll_message(context)) {
                    Some(Ok(AsyncMessage::Notification(it))) if it.channel() == CHANNEL => {
                        hears.notify(usize::MAX);
                    }
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return Poll::Ready(()),
                }
            }
        }));
        Ok(Self { client, heard, connection })
    }

    async fn execute(&self, statements: &str) -> Result<(), ServerError> {
        Ok(self.client.batch_execute(statements).await?)
    }

    /// The first value that statements answer.
    async fn value(&self, statements: &str) -> Result<Option<String>, ServerError> {
        let answers = self.client.simple_query(statements).await?;
        Ok(answers.iter().find_map(|it| match it {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        }))
    }

    /// The server's process behind the connection.
    async fn process(&self) -> Result<String, ServerError> {
        Ok(self.value("SELECT pg_backend_pid()").await?.unwrap_or_default())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.connection.abort();
    }
}
