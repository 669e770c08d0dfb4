//! How a store in a file is opened.

use std::path::Path;
use std::time::Duration;

use crate::error::Error;
use crate::payload::PayloadRetention;
use crate::sql::Compression;
use crate::sqlite::SqliteJobStore;

/// How a [`SqliteJobStore`] is opened.
///
/// ```no_run
/// use std::time::Duration;
/// use xrm_jobs::{PayloadRetention, SqliteOptions};
///
/// let store = SqliteOptions::new()
///     .compression(true)
///     .payload_retention(PayloadRetention::Always)
///     .busy_timeout(Duration::from_secs(30))
///     .open("jobs.db")?;
/// # Ok::<(), xrm_jobs::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqliteOptions {
    pub(super) retention: PayloadRetention,
    pub(super) compression: Compression,
    pub(super) durability: SqliteDurability,
    pub(super) busy_timeout: Duration,
    pub(super) max_size: Option<u64>,
}

/// What a change outlives that a [`SqliteJobStore`] has reported as done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SqliteDurability {
    /// A loss of power too: each commit waits until the disk has it (`synchronous=FULL`).
    #[default]
    PowerLoss,
    /// The end of the process, however sudden. A loss of power may undo the last changes, the
    /// oldest of which were made since the last checkpoint; what is left is consistent
    /// (`synchronous=NORMAL`). A job that was undone is posted by nobody, and one whose success
    /// was undone is posted again.
    ProcessCrash,
}

impl SqliteOptions {
    /// How [`SqliteJobStore::open`] does it.
    pub fn new() -> Self {
        Self {
            retention: PayloadRetention::default(),
            compression: Compression::None,
            durability: SqliteDurability::default(),
            busy_timeout: Duration::from_secs(5),
            max_size: None,
        }
    }

    /// For how long messages are kept. [Until their jobs have
    /// succeeded](PayloadRetention::UntilSucceeded) by default.
    #[must_use]
    pub fn payload_retention(self, retention: PayloadRetention) -> Self {
        Self { retention, ..self }
    }

    /// Whether messages are stored in the zlib format where that makes them shorter: time of the
    /// caller's for space in the file. Messages are read in whichever way they were stored. Off by
    /// default.
    #[must_use]
    pub fn compression(self, is_on: bool) -> Self {
        Self { compression: if is_on { Compression::Zlib } else { Compression::None }, ..self }
    }

    /// What changes outlive. [A loss of power](SqliteDurability::PowerLoss) by default.
    #[must_use]
    pub fn durability(self, durability: SqliteDurability) -> Self {
        Self { durability, ..self }
    }

    /// For how long a change waits for another process that is changing the file, before it is
    /// refused as [busy](crate::StoreErrorKind::Busy). 5 seconds by default.
    #[must_use]
    pub fn busy_timeout(self, timeout: Duration) -> Self {
        Self { busy_timeout: timeout, ..self }
    }

    /// How many bytes the file may have: a change that needs more is refused as
    /// [full](crate::StoreErrorKind::Full). The log beside the file (`-wal`) comes on top of it,
    /// and a file that is larger already stays so. As much as the disk has room for by default.
    #[must_use]
    pub fn max_size(self, bytes: u64) -> Self {
        Self { max_size: Some(bytes), ..self }
    }

    /// Opens the store in this file, which is made if there is none.
    ///
    /// # Errors
    ///
    /// [`Error::Store`], whose [kind](Error::store_error) tells why the file can't be used.
    pub fn open(&self, path: impl AsRef<Path>) -> Result<SqliteJobStore, Error> {
        SqliteJobStore::open_with(path.as_ref(), self)
    }

    /// Opens the store in this file, which must be there, for reading alone: what would change it
    /// is refused as [read-only](crate::StoreErrorKind::ReadOnly).
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn open_read_only(&self, path: impl AsRef<Path>) -> Result<SqliteJobStore, Error> {
        SqliteJobStore::open_read_only_with(path.as_ref(), self)
    }
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self::new()
    }
}
