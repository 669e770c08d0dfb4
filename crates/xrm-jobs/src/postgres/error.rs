//! What PostgreSQL refused, as the errors of a job store.

use std::error::Error as StdError;
use std::fmt;

use deadpool_postgres::PoolError;
use tokio_postgres::error::SqlState;

use crate::error::Error;
use crate::store_error::{StoreError, StoreErrorKind};

/// What ends an operation early.
#[derive(Debug)]
pub(super) enum ServerError {
    /// The server, or the connection to it.
    Postgres(tokio_postgres::Error),
    /// There was no connection.
    NoConnection(PoolError),
    /// The job itself.
    Job(Error),
}

impl ServerError {
    /// Whether the server rolled the transaction back in favor of another one, so it can be repeated.
    /// Statements lock rows in one order, but a plan may still take index entries in another.
    pub(super) fn is_rolled_back(&self) -> bool {
        let codes = [SqlState::T_R_DEADLOCK_DETECTED, SqlState::T_R_SERIALIZATION_FAILURE];
        self.code().is_some_and(|code| codes.contains(code))
    }

    pub(super) fn is_repeated_id(&self) -> bool {
        self.code() == Some(&SqlState::UNIQUE_VIOLATION)
    }

    pub(super) fn code(&self) -> Option<&SqlState> {
        match self {
            Self::Postgres(error) => error.code(),
            _ => None,
        }
    }
}

/// Repeats a transaction for as long as the server rolls it back in favor of another one. One of the
/// two always goes on, so this ends.
pub(super) async fn repeat_rolled_back<T, F>(mut attempt: impl FnMut() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, ServerError>>,
{
    loop {
        match attempt().await {
            Err(error) if error.is_rolled_back() => {}
            result => return Ok(result?),
        }
    }
}

impl From<tokio_postgres::Error> for ServerError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Postgres(error)
    }
}

impl From<PoolError> for ServerError {
    fn from(error: PoolError) -> Self {
        Self::NoConnection(error)
    }
}

impl From<Error> for ServerError {
    fn from(error: Error) -> Self {
        Self::Job(error)
    }
}

impl From<ServerError> for Error {
    fn from(error: ServerError) -> Self {
        match error {
            ServerError::Postgres(error) => statement_error(error).into(),
            ServerError::NoConnection(error) => connection_error(error).into(),
            ServerError::Job(error) => error,
        }
    }
}

/// The error of a statement.
fn statement_error(error: tokio_postgres::Error) -> StoreError {
    if let Some(refusal) = Refusal::in_error(&error) {
        return with_source(refusal.kind(), refusal);
    }
    // tokio_postgres does not say that a connection broke: the source is an I/O error then.
    let is_lost = error.is_closed() || error.source().is_some_and(|it| it.is::<std::io::Error>());
    with_source(if is_lost { StoreErrorKind::ConnectionLost } else { StoreErrorKind::Other }, error)
}

/// The error of an attempt to connect.
fn connection_error(error: PoolError) -> StoreError {
    match error {
        PoolError::Backend(error) => match Refusal::in_error(&error) {
            // Whoever may not connect can't change that by waiting. Whatever else the server
            // refuses while it connects passes, such as a start or a shutdown.
            Some(refusal) if refusal.kind() == StoreErrorKind::PermissionDenied => {
                with_source(StoreErrorKind::PermissionDenied, refusal)
            }
            Some(refusal) => with_source(StoreErrorKind::Unavailable, refusal),
            None => with_source(StoreErrorKind::Unavailable, error),
        },
        PoolError::Timeout(_) => with_source(StoreErrorKind::Busy, error),
        PoolError::Closed => with_source(StoreErrorKind::Closed, error),
        _ => with_source(StoreErrorKind::Unavailable, error),
    }
}

fn with_source(kind: StoreErrorKind, source: impl StdError + Send + Sync + 'static) -> StoreError {
    StoreError::new(kind, kind.to_string()).with_source(source)
}

/// What the codes of PostgreSQL mean to a store: a code or, of two characters, a whole class of
/// them. A code comes before its class. See the appendix
/// [PostgreSQL Error Codes](https://www.postgresql.org/docs/current/errcodes-appendix.html).
const KINDS: &[(&str, StoreErrorKind)] = &[
    // read_only_sql_transaction, as on a standby.
    ("25006", StoreErrorKind::ReadOnly),
    // insufficient_privilege, and the class of invalid authorization.
    ("42501", StoreErrorKind::PermissionDenied),
    ("28", StoreErrorKind::PermissionDenied),
    // lock_not_available, query_canceled, too_many_connections.
    ("55P03", StoreErrorKind::Busy),
    ("57014", StoreErrorKind::Busy),
    ("53300", StoreErrorKind::Busy),
    // disk_full.
    ("53100", StoreErrorKind::Full),
    // data_corrupted, index_corrupted.
    ("XX001", StoreErrorKind::Corrupt),
    ("XX002", StoreErrorKind::Corrupt),
    // undefined_table, undefined_column, invalid_schema_name, duplicate_table.
    ("42P01", StoreErrorKind::ForeignSchema),
    ("42703", StoreErrorKind::ForeignSchema),
    ("3F000", StoreErrorKind::ForeignSchema),
    ("42P07", StoreErrorKind::ForeignSchema),
    // io_error.
    ("58030", StoreErrorKind::Io),
    // admin_shutdown, crash_shutdown, cannot_connect_now, idle_session_timeout,
    // idle_in_transaction_session_timeout, and the class of connection exceptions.
    ("57P01", StoreErrorKind::ConnectionLost),
    ("57P02", StoreErrorKind::ConnectionLost),
    ("57P03", StoreErrorKind::ConnectionLost),
    ("57P05", StoreErrorKind::ConnectionLost),
    ("25P03", StoreErrorKind::ConnectionLost),
    ("08", StoreErrorKind::ConnectionLost),
];

/// The server's code and message. Its other fields may quote a row, and so business data.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Refusal {
    code: SqlState,
    message: String,
}

impl Refusal {
    fn in_error(error: &tokio_postgres::Error) -> Option<Self> {
        let error = error.as_db_error()?;
        Some(Self { code: error.code().clone(), message: error.message().to_owned() })
    }

    fn kind(&self) -> StoreErrorKind {
        let found = KINDS.iter().find(|(code, _)| self.code.code().starts_with(code));
        found.map_or(StoreErrorKind::Other, |(_, kind)| *kind)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgreSQL error {}: {}", self.code.code(), self.message)
    }
}

impl StdError for Refusal {}
