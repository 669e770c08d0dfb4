//! What PostgreSQL refused, as the errors of a job store.

use std::error::Error as StdError;
use std::fmt;

use deadpool_postgres::PoolError;
use tokio_postgres::error::{DbError, SqlState};

use crate::error::Error;
use crate::store_error::{StoreError, StoreErrorKind};

/// What ends an operation early.
#[derive(Debug)]
pub(super) enum Failure {
    /// The server, or the way to it.
    Postgres(tokio_postgres::Error),
    /// No connection was to be had.
    NoConnection(PoolError),
    /// The job itself.
    Job(Error),
}

impl Failure {
    /// Whether the server rolled the transaction back for others' sake, so that it can be repeated.
    pub(super) fn is_rolled_back(&self) -> bool {
        let codes = [SqlState::T_R_DEADLOCK_DETECTED, SqlState::T_R_SERIALIZATION_FAILURE];
        self.code().is_some_and(|code| codes.contains(code))
    }

    pub(super) fn is_repeated_id(&self) -> bool {
        self.code() == Some(&SqlState::UNIQUE_VIOLATION)
    }

    fn code(&self) -> Option<&SqlState> {
        match self {
            Self::Postgres(error) => error.code(),
            _ => None,
        }
    }
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Postgres(error)
    }
}

impl From<PoolError> for Failure {
    fn from(error: PoolError) -> Self {
        Self::NoConnection(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Job(error)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Postgres(error) => told(error).into(),
            Failure::NoConnection(error) => unconnected(error).into(),
            Failure::Job(error) => error,
        }
    }
}

/// A failure of a statement.
fn told(error: tokio_postgres::Error) -> StoreError {
    let Some(refusal) = error.as_db_error().map(Refusal::of) else {
        let is_lost =
            error.is_closed() || error.source().is_some_and(|it| it.is::<std::io::Error>());
        let kind = if is_lost { StoreErrorKind::ConnectionLost } else { StoreErrorKind::Other };
        return StoreError::new(kind, kind.to_string()).with_source(error);
    };
    let kind = refusal.kind();
    StoreError::new(kind, kind.to_string()).with_source(refusal)
}

/// A failure to connect. What the server says about itself then tells more than that.
fn unconnected(error: PoolError) -> StoreError {
    let kind = match &error {
        PoolError::Backend(error) => match error.as_db_error().map(Refusal::of) {
            Some(refusal) if refusal.kind() == StoreErrorKind::PermissionDenied => refusal.kind(),
            _ => StoreErrorKind::Unavailable,
        },
        PoolError::Timeout(_) => StoreErrorKind::Busy,
        PoolError::Closed => StoreErrorKind::Closed,
        _ => StoreErrorKind::Unavailable,
    };
    let told = StoreError::new(kind, kind.to_string());
    match error {
        PoolError::Backend(error) => match error.as_db_error().map(Refusal::of) {
            Some(refusal) => told.with_source(refusal),
            None => told.with_source(error),
        },
        other => told.with_source(other),
    }
}

/// The server's code and message. What else it tells may quote a row, and so business data.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Refusal {
    code: SqlState,
    message: String,
}

impl Refusal {
    fn of(error: &DbError) -> Self {
        Self { code: error.code().clone(), message: error.message().to_owned() }
    }

    fn kind(&self) -> StoreErrorKind {
        match self.code.code() {
            // Read-only transaction, as on a standby.
            "25006" => StoreErrorKind::ReadOnly,
            // Insufficient privilege.
            "42501" => StoreErrorKind::PermissionDenied,
            // Lock not available, canceled statement, too many connections.
            "55P03" | "57014" | "53300" => StoreErrorKind::Busy,
            // Disk full.
            "53100" => StoreErrorKind::Full,
            // Data or index corrupted.
            "XX001" | "XX002" => StoreErrorKind::Corrupt,
            // A table, column or schema is not there, or a table is there already.
            "42P01" | "42703" | "3F000" | "42P07" => StoreErrorKind::ForeignSchema,
            // I/O error.
            "58030" => StoreErrorKind::Io,
            // Shutdown, crash of a server process, idle timeouts.
            "57P01" | "57P02" | "57P03" | "57P05" | "25P03" => StoreErrorKind::ConnectionLost,
            code => match code.get(..2) {
                Some("08") => StoreErrorKind::ConnectionLost,
                // Invalid authorization.
                Some("28") => StoreErrorKind::PermissionDenied,
                _ => StoreErrorKind::Other,
            },
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgreSQL says {}: {}", self.code.code(), self.message)
    }
}

impl StdError for Refusal {}
