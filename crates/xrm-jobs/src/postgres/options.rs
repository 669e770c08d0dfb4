//! How a store in PostgreSQL is opened.

use crate::error::Error;
use crate::payload::PayloadRetention;
use crate::postgres::PostgresJobStore;
use crate::sql::Compression;
use crate::store_error::{StoreError, StoreErrorKind};

/// The longest name that PostgreSQL knows, in bytes.
const LONGEST_NAME: usize = 63;

/// How a [`PostgresJobStore`] is opened.
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
pub struct PostgresOptions {
    pub(super) schema: String,
    pub(super) max_connections: usize,
    pub(super) retention: PayloadRetention,
    pub(super) compression: Compression,
    pub(super) root_certificates: Vec<u8>,
}

impl PostgresOptions {
    /// How [`PostgresJobStore::open`] does it.
    pub fn new() -> Self {
        Self {
            schema: "xrm_jobs".to_owned(),
            max_connections: 8,
            retention: PayloadRetention::default(),
            compression: Compression::None,
            root_certificates: Vec::new(),
        }
    }

    /// The schema that holds the tables, which is made if there is none. Stores in different
    /// schemas share nothing. `xrm_jobs` by default.
    #[must_use]
    pub fn schema(self, name: impl Into<String>) -> Self {
        Self { schema: name.into(), ..self }
    }

    /// How many operations may be under way at a time, each on a connection of its own. The store
    /// has one more, on which it listens. 8 by default.
    #[must_use]
    pub fn max_connections(self, count: usize) -> Self {
        Self { max_connections: count, ..self }
    }

    /// For how long messages are kept. [Until their jobs have
    /// succeeded](PayloadRetention::UntilSucceeded) by default.
    #[must_use]
    pub fn payload_retention(self, retention: PayloadRetention) -> Self {
        Self { retention, ..self }
    }

    /// Whether messages are stored in the zlib format where that makes them shorter: time of the
    /// caller's for space in the database. Messages are read in whichever way they were stored. Off
    /// by default.
    #[must_use]
    pub fn compression(self, is_on: bool) -> Self {
        Self { compression: if is_on { Compression::Zlib } else { Compression::None }, ..self }
    }

    /// Certificates to trust besides the platform's roots, in PEM. None by default.
    #[must_use]
    pub fn root_certificates(self, pem: impl Into<Vec<u8>>) -> Self {
        Self { root_certificates: pem.into(), ..self }
    }

    /// Opens the store, and makes or migrates its tables if need be.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the connection string or an option can't be used, the server can't be
    /// reached or refuses, or the tables are [somebody else's](StoreErrorKind::ForeignSchema) or of
    /// a [later version](StoreErrorKind::NewerSchema) of this crate.
    pub async fn open(&self, connection: &str) -> Result<PostgresJobStore, Error> {
        PostgresJobStore::open_with(connection, self).await
    }

    /// The schema's name as it stands in a statement.
    pub(super) fn quoted_schema(&self) -> Result<String, StoreError> {
        let is_name = !self.schema.is_empty()
            && self.schema.len() <= LONGEST_NAME
            && !self.schema.contains('\0');
        if !is_name {
            return Err(StoreError::new(
                StoreErrorKind::Options,
                format!("a schema's name has 1 to {LONGEST_NAME} bytes, none of them zero"),
            ));
        }
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
