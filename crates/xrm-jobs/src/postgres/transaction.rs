//! A transaction whose statements are sent together.

use std::fmt;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};

use deadpool_postgres::{Client, Object};

use super::error::ServerError;

/// A connection for one transaction.
///
/// Nothing waits for an answer that the next statement does not need: futures of statements are
/// joined, which sends them in that order and in one go, `BEGIN` and `COMMIT` among them. The server
/// skips what follows a statement that failed, and then takes `COMMIT` for `ROLLBACK`; so it is the
/// first failure that says what happened.
///
/// A connection that is dropped before its `COMMIT` was sent is closed, not put back into the pool,
/// and the server rolls back.
pub(super) struct Transaction {
    client: Option<Client>,
    is_ended: AtomicBool,
}

impl Transaction {
    pub(super) fn new(client: Client) -> Self {
        Self { client: Some(client), is_ended: AtomicBool::new(false) }
    }

    pub(super) async fn begin(&self) -> Result<(), ServerError> {
        // Each statement sees what was committed before it began, also after it waited for a lock:
        // the statements after the advisory locks rely on that.
        Ok(self.batch_execute("BEGIN ISOLATION LEVEL READ COMMITTED").await?)
    }

    /// Begins a transaction that only reads, in which every statement sees the same moment. A search
    /// may have to read every job, so the server is free to scan tables.
    pub(super) async fn begin_search(&self) -> Result<(), ServerError> {
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
            SET LOCAL enable_seqscan = on;
            SET LOCAL enable_bitmapscan = on";
        Ok(self.batch_execute(begin).await?)
    }

    pub(super) async fn commit(&self) -> Result<(), ServerError> {
        // Set before the answer: once it is sent, the server ends the transaction in any case.
        self.is_ended.store(true, Ordering::Relaxed);
        Ok(self.batch_execute("COMMIT").await?)
    }
}

impl Deref for Transaction {
    type Target = Client;

    fn deref(&self) -> &Client {
        self.client.as_ref().expect("only dropping takes the connection")
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        // An open transaction keeps its locks, and the next user of the connection would go on in it.
        if !self.is_ended.load(Ordering::Relaxed) {
            self.client.take().map(Object::take);
        }
    }
}

impl fmt::Debug for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction").finish_non_exhaustive()
    }
}
