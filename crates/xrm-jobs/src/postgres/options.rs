//! How a store in PostgreSQL is opened.

use std::time::Duration;

use crate::payload::{PayloadCompression, PayloadRetention};
use crate::retention::Retention;
use crate::sql::PayloadOptions;
use crate::store_error::{StoreError, StoreErrorKind};

/// The longest name in PostgreSQL, in bytes (`NAMEDATALEN` less the zero at its end). A longer one
/// would be cut, and might then be the name of another schema.
const LONGEST_NAME: usize = 63;

/// How a [`PostgresJobStore`](crate::PostgresJobStore) is opened.
///
/// ```no_run
/// # async fn example() -> Result<(), xrm_jobs::Error> {
/// use xrm_jobs::PostgresOptions;
///
/// let store = PostgresOptions::new()
///     .schema("jobs_of_sales")
///     .max_connections(16)
///     .open("host=db.example.com user=jobs dbname=jobs sslmode=require")
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PostgresOptions {
    pub(super) schema: String,
    pub(super) max_connections: usize,
    pub(super) payloads: PayloadOptions,
    pub(super) root_certificates: Vec<u8>,
    pub(super) retention: Retention,
    pub(super) probe: bool,
    pub(super) clock: PostgresClock,
    pub(super) lock_timeout: Duration,
    pub(super) statement_timeout: Duration,
}

/// The clock that decides when jobs are due and leases end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PostgresClock {
    /// The server's, which all workers share: one whose own clock is wrong takes no other's jobs and
    /// keeps none for longer than its lease.
    #[default]
    Server,
    /// That of whoever calls the store, for tests and simulations with times of their own.
    Caller,
}

impl PostgresOptions {
    /// The options of [`PostgresJobStore::open`](crate::PostgresJobStore::open).
    #[must_use]
    pub fn new() -> Self {
        Self {
            schema: "xrm_jobs".to_owned(),
            max_connections: 8,
            payloads: PayloadOptions::default(),
            root_certificates: Vec::new(),
            retention: Retention::standard(),
            probe: true,
            clock: PostgresClock::default(),
            lock_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(60),
        }
    }

    /// The schema that holds the tables, which is created if it does not exist. Stores in different
    /// schemas share nothing. `xrm_jobs` by default.
    #[must_use]
    pub fn schema(self, name: impl Into<String>) -> Self {
        Self { schema: name.into(), ..self }
    }

    /// How many operations may be under way at a time, each on a connection of its own. The store
    /// has one more connection, on which it listens. 8 by default.
    #[must_use]
    pub fn max_connections(self, count: usize) -> Self {
        Self { max_connections: count, ..self }
    }

    /// How long messages are kept. [Until their jobs have
    /// succeeded](PayloadRetention::UntilSucceeded) by default.
    #[must_use]
    pub fn payload_retention(mut self, retention: PayloadRetention) -> Self {
        self.payloads.retention = retention;
        self
    }

    /// The form in which messages are stored. [Not compressed](PayloadCompression::None) by default.
    #[must_use]
    pub fn payload_compression(mut self, compression: PayloadCompression) -> Self {
        self.payloads.compression = compression;
        self
    }

    /// How long completed jobs are kept, in the whole schema. The workers of the store delete older
    /// ones, in small steps. [Succeeded jobs for 30 days and Canceled ones for
    /// 60](Retention::standard) by default; `Retention::default()` keeps all for ever.
    #[must_use]
    pub fn retention(self, retention: Retention) -> Self {
        Self { retention, ..self }
    }

    /// Whether opening the store tries what it relies on: two connections fight for an advisory lock
    /// and for a row, look at whether each has a session to itself, and notify each other. True by
    /// default. A server that fails one of the first three is refused as
    /// [unsupported](crate::StoreErrorKind::Unsupported); a store on a server that fails the last one
    /// works [without notifications](crate::PostgresJobStore::is_notified).
    #[must_use]
    pub fn probe(self, probe: bool) -> Self {
        Self { probe, ..self }
    }

    /// Certificates to trust besides the platform's roots, in PEM. None by default.
    #[must_use]
    pub fn root_certificates(self, pem: impl Into<Vec<u8>>) -> Self {
        Self { root_certificates: pem.into(), ..self }
    }

    /// The clock that decides when jobs are due and leases end. [The server's](PostgresClock::Server)
    /// by default.
    #[must_use]
    pub fn clock(self, clock: PostgresClock) -> Self {
        Self { clock, ..self }
    }

    /// How long a statement waits for a lock that another session has, such as that of an
    /// administrator who changes the tables, before it is refused as
    /// [busy](crate::StoreErrorKind::Busy). 5 seconds by default; zero for no limit.
    #[must_use]
    pub fn lock_timeout(self, timeout: Duration) -> Self {
        Self { lock_timeout: timeout, ..self }
    }

    /// How long a statement may take, waiting included, before it is refused as
    /// [busy](crate::StoreErrorKind::Busy). 60 seconds by default; zero for no limit. The statements
    /// that create or migrate tables have no limit.
    #[must_use]
    pub fn statement_timeout(self, timeout: Duration) -> Self {
        Self { statement_timeout: timeout, ..self }
    }

    /// The schema's name as part of a statement.
    pub(super) fn quoted_schema(&self) -> Result<String, StoreError> {
        let is_name = !self.schema.is_empty()
            && self.schema.len() <= LONGEST_NAME
            && !self.schema.contains('\0');
        if !is_name {
            return Err(StoreError::new(
                StoreErrorKind::Options,
                format!("a schema name must have 1 to {LONGEST_NAME} bytes, without U+0000"),
            ));
        }
        // Names can't be parameters of a statement, so this is the one text that becomes part of it.
        Ok(format!("\"{}\"", self.schema.replace('"', "\"\"")))
    }
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_is_quoted() {
        let quoted = |name: &str| {
            let options = PostgresOptions::new().schema(name);
            options.quoted_schema().map_err(|error| error.kind())
        };
        assert_eq!(quoted("jobs\"; DROP").unwrap(), "\"jobs\"\"; DROP\"");
        for name in ["", "a\0", &"a".repeat(64)] {
            assert_eq!(quoted(name), Err(StoreErrorKind::Options));
        }
    }
}
