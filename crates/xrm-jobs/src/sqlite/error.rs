//! What SQLite's error codes mean to a store.

use rusqlite::ffi::ErrorCode;

use crate::error::Error;
use crate::store_error::{StoreError, StoreErrorKind};

pub(super) fn failed(error: rusqlite::Error) -> Error {
    store_error(error).into()
}

pub(super) fn store_error(error: rusqlite::Error) -> StoreError {
    let kind = kind(&error);
    StoreError::new(kind, kind.to_string()).with_source(error)
}

/// Whether an error is about the columns of one row, and not about the file.
pub(super) fn is_of_a_column(error: &rusqlite::Error) -> bool {
    // A column that does not hold what the schema lets into it.
    error.sqlite_error_code().is_none()
}

pub(super) fn closed() -> Error {
    of_kind(StoreErrorKind::Closed)
}

pub(super) fn replaced() -> Error {
    of_kind(StoreErrorKind::Replaced)
}

pub(super) fn is_corrupt(error: &Error) -> bool {
    error.store_error().is_some_and(|it| it.kind() == StoreErrorKind::Corrupt)
}

pub(super) fn read_only() -> Error {
    of_kind(StoreErrorKind::ReadOnly)
}

fn of_kind(kind: StoreErrorKind) -> Error {
    StoreError::new(kind, kind.to_string()).into()
}

fn kind(error: &rusqlite::Error) -> StoreErrorKind {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreErrorKind::Full,
        Some(ErrorCode::ReadOnly) => StoreErrorKind::ReadOnly,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreErrorKind::Corrupt,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreErrorKind::Busy,
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => StoreErrorKind::Unavailable,
        Some(ErrorCode::SystemIoFailure) => StoreErrorKind::Io,
        // Misuse and constraints, which no input leads to.
        Some(_) => StoreErrorKind::Other,
        // Of a column.
        None => StoreErrorKind::Corrupt,
    }
}
